"""Lists come in pages."""

import base64
import json

from .shop import USERS, avro, error_of


def test_pages_follow_one_another_without_gaps(shop):
    made = [
        shop.personalize.create_schema(name=f"{shop.id}-{n}", schema=avro("Users", USERS))["schemaArn"]
        for n in range(5)
    ]
    pages = shop.personalize.get_paginator("list_schemas").paginate(PaginationConfig={"PageSize": 2})
    seen = [schema["schemaArn"] for page in pages for schema in page["schemas"]]
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


def test_a_made_up_token_is_refused(shop):
    inside = [True, 1.0, "1", None, 10**30, -1, [1]]
    forged = [json.dumps(["personalize", "Dataset", "", number]).encode() for number in inside]
    deep = b"[" * 500 + b"]" * 500
    for token in ("x", *map(encoded, (b"not json", b'["Schema", "", 1]', deep, b"\xff", *forged))):
        code, _ = error_of(shop.personalize.list_datasets, nextToken=token)
        assert code == "InvalidNextTokenException"


def encoded(text):
    return base64.urlsafe_b64encode(text).decode()
