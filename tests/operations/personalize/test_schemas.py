"""Schemas: kept to the letter, checked, and held while they are used."""

import json

import pytest

from ..shop import INTERACTIONS, ITEMS, avro, error_of


def test_a_schema_comes_back_to_the_letter(shop):
    text = json.dumps(json.loads(avro("Interactions", INTERACTIONS)), indent=3) + "\n"
    arn = shop.personalize.create_schema(name=shop.id, schema=text)["schemaArn"]
    assert arn.endswith(f":schema/{shop.id}")
    assert shop.personalize.describe_schema(schemaArn=arn)["schema"]["schema"] == text


def test_a_name_is_taken_once(shop):
    text = avro("Interactions", INTERACTIONS)
    shop.personalize.create_schema(name=shop.id, schema=text)
    with pytest.raises(shop.personalize.exceptions.ResourceAlreadyExistsException, match="already exists"):
        shop.personalize.create_schema(name=shop.id, schema=text)


def test_a_broken_schema_is_refused_with_its_fault(shop):
    code, message = error_of(shop.personalize.create_schema, name=shop.id, schema="{not json")
    assert code == "InvalidInputException"
    assert "Invalid schema" in message


def test_a_schema_as_people_write_it_is_used_and_comes_back_to_the_letter(shop):
    record = {"type": "record", "name": "interactions", "fields": INTERACTIONS, "version": 1.0}
    text = "\ufeff" + json.dumps(record)
    schema = shop.personalize.create_schema(name=shop.id, schema=text)["schemaArn"]
    arn = shop.personalize.create_dataset(
        name=shop.id, schemaArn=schema, datasetGroupArn=shop.group, datasetType="Interactions"
    )["datasetArn"]
    shop.wait("dataset", arn)
    assert shop.personalize.describe_schema(schemaArn=schema)["schema"]["schema"] == text


@pytest.mark.parametrize(
    ("name", "fields", "domain", "part"),
    [
        ("Interactions", [*INTERACTIONS[:2], {"name": "TIMESTAMP", "type": "string"}], {}, "TIMESTAMP"),
        ("Items", [{"name": "ITEM_ID", "type": "long"}], {}, "ITEM_ID"),
        ("Items", [ITEMS[0], {"name": "PRICE", "type": "double"}], {"domain": "ECOMMERCE"}, "PRICE"),
        (
            "Actions",
            [{"name": "ACTION_ID", "type": "string"}],
            {"domain": "ECOMMERCE"},
            "no ACTIONS datasets",
        ),
    ],
)
def test_a_reserved_field_of_another_type_is_refused_at_once(shop, name, fields, domain, part):
    code, message = error_of(
        shop.personalize.create_schema, name=shop.id, schema=avro(name, fields), **domain
    )
    assert code == "InvalidInputException"
    assert part in message


def test_a_used_schema_stays(shop):
    arn = shop.dataset("INTERACTIONS", INTERACTIONS)
    schema = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
    assert error_of(shop.personalize.delete_schema, schemaArn=schema)[0] == "ResourceInUseException"
