"""Schemas: kept to the letter, checked, and held while they are used."""

import json

import pytest

from ..shop import INTERACTIONS, avro, error_of


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


def test_a_used_schema_stays(shop):
    arn = shop.dataset("INTERACTIONS", INTERACTIONS)
    schema = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
    assert error_of(shop.personalize.delete_schema, schemaArn=schema)[0] == "ResourceInUseException"
