"""Datasets: one of a type in a group, shaped by a schema that may only grow."""

from ..shop import INTERACTIONS, ITEMS, avro, error_of


def test_the_arn_names_group_and_type(shop):
    assert shop.dataset("INTERACTIONS", INTERACTIONS).endswith(f":dataset/{shop.id}/INTERACTIONS")


def test_a_group_has_one_dataset_of_a_type(shop):
    arn = shop.dataset("INTERACTIONS", INTERACTIONS)
    record = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]
    code, _ = error_of(
        shop.personalize.create_dataset,
        name="again",
        schemaArn=record["schemaArn"],
        datasetGroupArn=shop.group,
        datasetType="interactions",
    )
    assert code == "ResourceAlreadyExistsException"


def test_a_schema_of_another_type_is_refused(shop):
    schema = shop.personalize.create_schema(name=shop.id, schema=avro("Items", ITEMS))["schemaArn"]
    code, _ = error_of(
        shop.personalize.create_dataset,
        name="x",
        schemaArn=schema,
        datasetGroupArn=shop.group,
        datasetType="INTERACTIONS",
    )
    assert code == "InvalidInputException"


def test_a_newer_schema_may_only_add(shop):
    arn = shop.dataset("ITEMS", ITEMS)
    wider = [*ITEMS, {"name": "COLOUR", "type": ["null", "string"], "categorical": True}]
    schema = shop.personalize.create_schema(name=f"{shop.id}-2", schema=avro("Items", wider))["schemaArn"]
    shop.personalize.update_dataset(datasetArn=arn, schemaArn=schema)
    record = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]
    assert record["schemaArn"] == schema
    assert record["latestDatasetUpdate"]["status"] == "ACTIVE"
    narrower = shop.personalize.create_schema(name=f"{shop.id}-3", schema=avro("Items", ITEMS))["schemaArn"]
    code, _ = error_of(shop.personalize.update_dataset, datasetArn=arn, schemaArn=narrower)
    assert code == "InvalidInputException"
    assert error_of(shop.personalize.delete_schema, schemaArn=schema)[0] == "ResourceInUseException"


def test_interactions_keep_their_schema(shop):
    arn = shop.dataset("INTERACTIONS", INTERACTIONS)
    schema = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
    assert (
        error_of(shop.personalize.update_dataset, datasetArn=arn, schemaArn=schema)[0]
        == "InvalidInputException"
    )


def test_no_dataset_of_a_group_goes_while_a_training_waits(shop):
    interactions = shop.dataset("INTERACTIONS", INTERACTIONS)
    arn = shop.personalize.create_solution_version(solutionArn=shop.solution())["solutionVersionArn"]
    schema = shop.personalize.create_schema(name=shop.id, schema=avro("Items", ITEMS))["schemaArn"]
    items = shop.personalize.create_dataset(
        name="later", schemaArn=schema, datasetGroupArn=shop.group, datasetType="ITEMS"
    )["datasetArn"]
    for dataset in (interactions, items):
        code, message = error_of(shop.personalize.delete_dataset, datasetArn=dataset)
        assert code == "ResourceInUseException"
        assert f"{dataset} is used by {arn} (CREATE PENDING)" in message
    shop.personalize.stop_solution_version_creation(solutionVersionArn=arn)
    for dataset in (interactions, items):
        shop.personalize.delete_dataset(datasetArn=dataset)
