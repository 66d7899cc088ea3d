"""Lists come in pages."""

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
    for token in ("x", "bm90IGpzb24=", "WyJTY2hlbWEiLCAiIiwgMV0="):
        code, _ = error_of(shop.personalize.list_datasets, nextToken=token)
        assert code == "InvalidNextTokenException"
