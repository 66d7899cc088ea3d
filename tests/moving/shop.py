"""A small account, as a file declares it."""

import random


def declared(name, **changes):
    """The text of a file that declares a shop, all of whose names begin with a name."""
    values = {
        "recipe": "aws-popularity-count",
        "tps": 1,
        "event": "buy",
        "price": 4.99,
        "version": "v1",
        **changes,
    }
    return TEXT.replace("NAME", name).format(**values)


TEXT = """
personalize:
  dataset_groups:
    NAME: {{tags: {{team: web}}}}
  schemas:
    NAME-rows:
      schema:
        type: record
        name: Interactions
        namespace: com.amazonaws.personalize.schema
        version: "1.0"
        fields:
          - {{name: USER_ID, type: string}}
          - {{name: ITEM_ID, type: string}}
          - {{name: TIMESTAMP, type: long}}
          - {{name: EVENT_TYPE, type: string}}
  datasets:
    NAME-rows: {{dataset_group: NAME, dataset_type: Interactions, schema: NAME-rows}}
  dataset_import_jobs:
    NAME-rows-1:
      dataset: NAME-rows
      dataSource: {{dataLocation: "s3://NAME/rows.csv"}}
      role: arn:aws:iam::000000000000:role/any
  filters:
    NAME-new: {{dataset_group: NAME, filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("{event}")'}}
  event_trackers:
    NAME: {{dataset_group: NAME}}
  metric_attributions:
    NAME:
      dataset_group: NAME
      metrics:
        - {{eventType: click, metricName: clicks, expression: SAMPLECOUNT()}}
        - {{eventType: {event}, metricName: bought, expression: SAMPLECOUNT()}}
      metricsOutputConfig: {{roleArn: "arn:aws:iam::000000000000:role/any"}}
  solutions:
    NAME: {{dataset_group: NAME, recipe: {recipe}, perform_auto_training: false}}
  solution_versions:
    {version}: {{solution: NAME}}
  campaigns:
    NAME: {{solution_version: {version}, minProvisionedTPS: {tps}}}
features:
  feature_sets:
    NAME:
      streaming: |
        Type: Blurr:Transform:Streaming
        Version: '2018-03-01'
        Name: sessions
        Import:
          - {{Module: datetime, Identifiers: [datetime]}}
        Identity: source.user
        Time: datetime.utcfromtimestamp(source.at)
        Stores:
          - {{Type: Blurr:Store:Memory, Name: memory}}
        Aggregates:
          - Type: Blurr:Aggregate:Identity
            Name: counts
            Store: memory
            Fields:
              - {{Name: events, Type: integer, Value: counts.events + 1}}
decisions:
  campaigns:
    NAME: {{offers: [{{id: small, price: {price}}}, {{id: large, price: 9.99}}]}}
  experiments:
    NAME:
      arms:
        - {{name: one, target: NAME}}
        - {{name: two, target: NAME}}
"""


def upload(server, name):
    """Rows for a declared shop to import; how many there are."""
    chance = random.Random(0)
    rows = [
        f"u{chance.randrange(40)},i{chance.randrange(6)},{1_700_000_000 + n},{'click' if n % 3 else 'buy'}\n"
        for n in range(1_000)
    ]
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(
        Bucket=name, Key="rows.csv", Body="".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n", *rows])
    )
    return len(rows)


def without_models(text):
    """What a text declares besides the version and its campaign."""
    return text[: text.index("  solution_versions:")] + text[text.index("features:") :]
