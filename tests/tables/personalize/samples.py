"""Schemas that the tests of this room share."""

import json

from presage.tables.personalize.schema import parse_schema


def avro(name: str, *fields: dict, **changes: object) -> str:
    record = {
        "type": "record",
        "name": name,
        "namespace": "com.amazonaws.personalize.schema",
        "fields": list(fields),
        "version": "1.0",
    }
    return json.dumps(record | changes)


def field(name: str, kind: object = "string", **marks: object) -> dict:
    return {"name": name, "type": kind, **marks}


USER, ITEM, TIME = field("USER_ID"), field("ITEM_ID"), field("TIMESTAMP", "long")
EVENT_TYPE = field("EVENT_TYPE")
EVENT_VALUE = field("EVENT_VALUE", ["null", "float"])

INTERACTIONS = parse_schema(avro("Interactions", USER, ITEM, TIME, EVENT_TYPE, EVENT_VALUE))
ITEMS = parse_schema(
    avro(
        "Items",
        ITEM,
        field("GENRES", ["null", "string"], categorical=True),
        field("PRICE", ["null", "float"]),
        field("STOCK", ["null", "int"]),
        field("IS_NEW", ["null", "boolean"]),
        field("CREATION_TIMESTAMP", ["null", "long"]),
        field("ABOUT", ["null", "string"], textual=True),
    )
)
USERS = parse_schema(avro("Users", USER, field("NOTE", ["null", "string"])))
