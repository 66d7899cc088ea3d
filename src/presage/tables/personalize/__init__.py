"""What a dataset is to Amazon Personalize: Avro schemas, reserved columns, rules, properties of told rows."""
