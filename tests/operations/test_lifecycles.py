"""What AWS's clients see of records: states, preconditions, errors, pages, tags."""

import json

import pytest
from botocore.exceptions import ClientError

from .shop import INTERACTIONS, ITEMS, USERS, avro, interactions_csv


def error_of(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


class TestSchemas:
    def test_a_schema_comes_back_to_the_letter(self, shop):
        text = json.dumps(json.loads(avro("Interactions", INTERACTIONS)), indent=3) + "\n"
        arn = shop.personalize.create_schema(name=shop.id, schema=text)["schemaArn"]
        assert arn.endswith(f":schema/{shop.id}")
        assert shop.personalize.describe_schema(schemaArn=arn)["schema"]["schema"] == text

    def test_a_name_is_taken_once(self, shop):
        text = avro("Interactions", INTERACTIONS)
        shop.personalize.create_schema(name=shop.id, schema=text)
        with pytest.raises(
            shop.personalize.exceptions.ResourceAlreadyExistsException, match="already exists"
        ):
            shop.personalize.create_schema(name=shop.id, schema=text)

    def test_a_broken_schema_is_refused_with_its_fault(self, shop):
        code, message = error_of(shop.personalize.create_schema, name=shop.id, schema="{not json")
        assert code == "InvalidInputException"
        assert "Invalid schema" in message

    def test_a_used_schema_stays(self, shop):
        arn = shop.dataset("INTERACTIONS", INTERACTIONS)
        schema = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
        assert error_of(shop.personalize.delete_schema, schemaArn=schema)[0] == "ResourceInUseException"


class TestDatasets:
    def test_the_arn_names_group_and_type(self, shop):
        assert shop.dataset("INTERACTIONS", INTERACTIONS).endswith(f":dataset/{shop.id}/INTERACTIONS")

    def test_a_group_has_one_dataset_of_a_type(self, shop):
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

    def test_a_schema_of_another_type_is_refused(self, shop):
        schema = shop.personalize.create_schema(name=shop.id, schema=avro("Items", ITEMS))["schemaArn"]
        code, _ = error_of(
            shop.personalize.create_dataset,
            name="x",
            schemaArn=schema,
            datasetGroupArn=shop.group,
            datasetType="INTERACTIONS",
        )
        assert code == "InvalidInputException"

    def test_a_newer_schema_may_only_add(self, shop):
        arn = shop.dataset("ITEMS", ITEMS)
        wider = [*ITEMS, {"name": "COLOUR", "type": ["null", "string"], "categorical": True}]
        schema = shop.personalize.create_schema(name=f"{shop.id}-2", schema=avro("Items", wider))["schemaArn"]
        shop.personalize.update_dataset(datasetArn=arn, schemaArn=schema)
        record = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]
        assert record["schemaArn"] == schema
        assert record["latestDatasetUpdate"]["status"] == "ACTIVE"
        narrower = shop.personalize.create_schema(name=f"{shop.id}-3", schema=avro("Items", ITEMS))[
            "schemaArn"
        ]
        code, _ = error_of(shop.personalize.update_dataset, datasetArn=arn, schemaArn=narrower)
        assert code == "InvalidInputException"
        assert error_of(shop.personalize.delete_schema, schemaArn=schema)[0] == "ResourceInUseException"

    def test_interactions_keep_their_schema(self, shop):
        arn = shop.dataset("INTERACTIONS", INTERACTIONS)
        schema = shop.personalize.describe_dataset(datasetArn=arn)["dataset"]["schemaArn"]
        assert (
            error_of(shop.personalize.update_dataset, datasetArn=arn, schemaArn=schema)[0]
            == "InvalidInputException"
        )


class TestDeletion:
    def test_things_go_in_order_and_names_are_free_again(self, shop):
        dataset = shop.dataset("USERS", USERS)
        assert error_of(shop.personalize.delete_dataset_group, datasetGroupArn=shop.group)[0] == (
            "ResourceInUseException"
        )
        shop.personalize.delete_dataset(datasetArn=dataset)
        with pytest.raises(shop.personalize.exceptions.ResourceNotFoundException):
            shop.personalize.describe_dataset(datasetArn=dataset)
        shop.personalize.delete_dataset_group(datasetGroupArn=shop.group)
        with pytest.raises(shop.personalize.exceptions.ResourceNotFoundException):
            shop.personalize.describe_dataset_group(datasetGroupArn=shop.group)
        shop.personalize.create_dataset_group(name=shop.id)

    def test_what_is_not_there_cannot_go(self, shop):
        gone = shop.group.replace(shop.id, "never")
        assert (
            error_of(shop.personalize.delete_dataset_group, datasetGroupArn=gone)[0]
            == "ResourceNotFoundException"
        )


class TestEventTrackers:
    def test_a_group_has_one(self, shop):
        made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
        record = shop.wait("event_tracker", made["eventTrackerArn"])
        assert record["trackingId"] == made["trackingId"]
        assert record["accountId"]
        code, _ = error_of(shop.personalize.create_event_tracker, name="second", datasetGroupArn=shop.group)
        assert code == "ResourceAlreadyExistsException"
        shop.personalize.delete_event_tracker(eventTrackerArn=made["eventTrackerArn"])
        again = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
        assert again["trackingId"] != made["trackingId"]


class TestImports:
    def test_a_bad_row_is_named_and_nothing_is_stored(self, shop):
        shop.dataset("INTERACTIONS", INTERACTIONS)
        lines = interactions_csv().splitlines()
        lines[700] = "u1,i1,yesterday,click,1,phone"
        record = shop.import_rows("INTERACTIONS", "\n".join(lines), wanted=("CREATE FAILED",), ended=())
        for part in (".csv", "701", "TIMESTAMP", "yesterday"):
            assert part in record["failureReason"]

    def test_a_missing_file_is_named(self, shop):
        shop.dataset("INTERACTIONS", INTERACTIONS)
        job = shop.personalize.create_dataset_import_job(
            jobName=shop.id,
            datasetArn=shop.datasets["INTERACTIONS"],
            dataSource={"dataLocation": f"s3://{shop.id}/never.csv"},
        )["datasetImportJobArn"]
        record = shop.wait("dataset_import_job", job, wanted=("CREATE FAILED",), ended=())
        assert "Invalid Data location" in record["failureReason"]
        assert "never.csv" in record["failureReason"]

    def test_a_dataset_that_is_not_there(self, shop):
        code, _ = error_of(
            shop.personalize.create_dataset_import_job,
            jobName="x",
            datasetArn=shop.group.replace("dataset-group", "dataset"),
            dataSource={"dataLocation": "s3://b/k"},
        )
        assert code == "ResourceNotFoundException"

    def test_the_list_of_a_dataset_has_its_jobs_alone(self, stocked):
        jobs = stocked.personalize.list_dataset_import_jobs(datasetArn=stocked.datasets["ITEMS"])
        assert [job["status"] for job in jobs["datasetImportJobs"]] == ["ACTIVE"]


class TestListsAndTags:
    def test_pages_follow_one_another_without_gaps(self, shop):
        made = [
            shop.personalize.create_schema(name=f"{shop.id}-{n}", schema=avro("Users", USERS))["schemaArn"]
            for n in range(5)
        ]
        pages = shop.personalize.get_paginator("list_schemas").paginate(PaginationConfig={"PageSize": 2})
        seen = [schema["schemaArn"] for page in pages for schema in page["schemas"]]
        assert len(seen) == len(set(seen))
        assert set(made) <= set(seen)

    def test_a_made_up_token_is_refused(self, shop):
        for token in ("x", "bm90IGpzb24=", "WyJTY2hlbWEiLCAiIiwgMV0="):
            code, _ = error_of(shop.personalize.list_datasets, nextToken=token)
            assert code == "InvalidNextTokenException"

    def test_tags_come_and_go(self, shop):
        shop.personalize.tag_resource(resourceArn=shop.group, tags=[{"tagKey": "team", "tagValue": "a"}])
        shop.personalize.tag_resource(resourceArn=shop.group, tags=[{"tagKey": "team", "tagValue": "b"}])
        found = shop.personalize.list_tags_for_resource(resourceArn=shop.group)["tags"]
        assert found == [{"tagKey": "team", "tagValue": "b"}]
        shop.personalize.untag_resource(resourceArn=shop.group, tagKeys=["team"])
        assert shop.personalize.list_tags_for_resource(resourceArn=shop.group)["tags"] == []

    def test_fifty_tags_are_enough(self, shop):
        tags = [{"tagKey": f"k{n}", "tagValue": ""} for n in range(51)]
        assert (
            error_of(shop.personalize.tag_resource, resourceArn=shop.group, tags=tags)[0]
            == "TooManyTagsException"
        )


class TestCatalogue:
    def test_every_recipe_can_be_followed_to_its_algorithm(self, shop):
        recipes = shop.personalize.list_recipes(recipeProvider="SERVICE")["recipes"]
        assert len(recipes) >= 7
        for summary in recipes:
            recipe = shop.personalize.describe_recipe(recipeArn=summary["recipeArn"])["recipe"]
            algorithm = shop.personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])["algorithm"]
            shop.personalize.describe_feature_transformation(
                featureTransformationArn=recipe["featureTransformationArn"]
            )
            if "hrnn" in summary["name"]:
                assert "hidden_dimension" in algorithm["defaultHyperParameters"]
                assert algorithm["defaultHyperParameterRanges"]["integerHyperParameterRanges"]

    def test_an_unknown_recipe_is_not_found(self, shop):
        arn = "arn:aws:personalize:::recipe/aws-magic"
        code, message = error_of(shop.personalize.describe_recipe, recipeArn=arn)
        assert code == "ResourceNotFoundException"
        assert "aws-hrnn" in message
