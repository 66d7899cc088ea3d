"""Files by bucket and key: presage's own, durable in the data folder, or behind another S3 endpoint."""
