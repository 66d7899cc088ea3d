"""Forecast's datasets and dataset groups through boto3, beside Personalize's of the same names."""

import pytest
from botocore.exceptions import ClientError

SERIES = [("item_id", "string"), ("timestamp", "timestamp"), ("demand", "float")]
RELATED = [("item_id", "string"), ("timestamp", "timestamp"), ("price", "float")]
METADATA = [("item_id", "string"), ("brand", "string")]
FREQUENT = {"TARGET_TIME_SERIES": "D", "RELATED_TIME_SERIES": "D"}


@pytest.fixture
def forecast(inside):
    return inside.client("forecast")


def schema(attributes):
    return {"Attributes": [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes]}


def dataset(forecast, name="sales", kind="TARGET_TIME_SERIES", attributes=SERIES, **more):
    request = {"DatasetName": name, "Domain": "RETAIL", "DatasetType": kind, "Schema": schema(attributes)}
    if kind in FREQUENT:
        request["DataFrequency"] = FREQUENT[kind]
    return forecast.create_dataset(**(request | more))["DatasetArn"]


def group(forecast, name="shop", **more):
    return forecast.create_dataset_group(DatasetGroupName=name, Domain="RETAIL", **more)["DatasetGroupArn"]


def error_of(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


class TestDatasets:
    def test_one_comes_back_as_it_was_made(self, forecast):
        arn = dataset(
            forecast,
            EncryptionConfig={
                "RoleArn": "arn:aws:iam::000000000000:role/r",
                "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k",
            },
        )
        assert arn == "arn:aws:forecast:us-east-1:000000000000:dataset/sales"
        found = forecast.describe_dataset(DatasetArn=arn)
        assert (found["DatasetName"], found["Domain"], found["DatasetType"]) == (
            "sales",
            "RETAIL",
            "TARGET_TIME_SERIES",
        )
        assert found["Status"] == "ACTIVE"
        assert found["DataFrequency"] == "D"
        assert found["Schema"] == schema(SERIES)
        assert found["EncryptionConfig"]["KMSKeyArn"].endswith("key/k")
        assert found["CreationTime"] == found["LastModificationTime"]

    def test_a_list_has_summaries_in_pages(self, forecast):
        made = [dataset(forecast, f"sales{n}") for n in range(5)]
        pages = forecast.get_paginator("list_datasets").paginate(PaginationConfig={"PageSize": 2})
        seen = [one["DatasetArn"] for page in pages for one in page["Datasets"]]
        assert seen == made[::-1]
        assert "Schema" not in forecast.list_datasets()["Datasets"][0]
        assert error_of(forecast.list_datasets, NextToken="made up")[0] == "InvalidNextTokenException"

    def test_a_name_is_free_again_once_it_is_deleted(self, forecast):
        arn = dataset(forecast)
        assert error_of(dataset, forecast=forecast)[0] == "ResourceAlreadyExistsException"
        forecast.delete_dataset(DatasetArn=arn)
        assert error_of(forecast.describe_dataset, DatasetArn=arn) == (
            "ResourceNotFoundException",
            f"No resource found {arn}",
        )
        dataset(forecast)

    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({"DataFrequency": "25H"}, "25H"),
            ({"DataFrequency": "01D"}, "01D"),
            ({"DataFrequency": "5W"}, "5W"),
            ({"attributes": SERIES[:2]}, "'demand'"),
            ({"attributes": [*SERIES[:2], ("demand", "string")]}, "float or integer"),
            ({"attributes": [*SERIES, ("stock", "integer")]}, "'stock'"),
            ({"attributes": [*SERIES, SERIES[0]]}, "AttributeName of its own"),
            ({"attributes": [*SERIES, ("Item_ID", "string")]}, "different in more than case"),
            ({"attributes": [*SERIES, ("Type", "string")]}, "'Type' is a reserved name"),
            ({"kind": "RELATED_TIME_SERIES", "attributes": [*RELATED, ("month", "float")]}, "reserved name"),
            ({"kind": "RELATED_TIME_SERIES", "attributes": RELATED[:2]}, "at least one feature"),
            ({"kind": "RELATED_TIME_SERIES", "attributes": SERIES}, "is the target"),
            ({"kind": "ITEM_METADATA", "attributes": METADATA, "DataFrequency": "D"}, "have none"),
            ({"kind": "ITEM_METADATA", "attributes": [*METADATA, ("t", "timestamp")]}, "'timestamp'"),
        ],
    )
    def test_what_is_wrong_with_a_schema_is_named(self, forecast, changes, part):
        code, message = error_of(dataset, forecast=forecast, **changes)
        assert code == "InvalidInputException"
        assert part in message

    @pytest.mark.parametrize("frequency", ["Y", "11M", "2W", "6D", "23H", "59min", "15min"])
    def test_multiples_of_every_unit_are_frequencies(self, forecast, frequency):
        dataset(forecast, DataFrequency=frequency)

    def test_the_fields_of_a_domain_may_have_reserved_names(self, forecast):
        traffic = [*SERIES[:2], ("value", "float")]
        dataset(forecast, Domain="WEB_TRAFFIC", attributes=traffic)

    def test_an_attribute_without_a_type_is_named(self, forecast):
        attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind in SERIES]
        shape = {"Attributes": [*attributes, {"AttributeName": "shop"}]}
        code, message = error_of(dataset, forecast=forecast, Schema=shape)
        assert (code, "'shop' has no AttributeType" in message) == ("InvalidInputException", True)


class TestDatasetGroups:
    def test_one_names_its_datasets_and_outlives_none_of_them(self, forecast):
        sales, price = dataset(forecast), dataset(forecast, "price", "RELATED_TIME_SERIES", RELATED)
        arn = group(forecast, DatasetArns=[sales])
        found = forecast.describe_dataset_group(DatasetGroupArn=arn)
        assert (found["DatasetGroupName"], found["DatasetArns"], found["Status"]) == (
            "shop",
            [sales],
            "ACTIVE",
        )
        forecast.update_dataset_group(DatasetGroupArn=arn, DatasetArns=[sales, price])
        assert forecast.describe_dataset_group(DatasetGroupArn=arn)["DatasetArns"] == [sales, price]
        forecast.delete_dataset_group(DatasetGroupArn=arn)
        assert forecast.describe_dataset(DatasetArn=sales)["Status"] == "ACTIVE"

    def test_its_datasets_are_there_of_its_domain_and_of_different_types(self, forecast):
        sales, other = dataset(forecast), dataset(forecast, "other")
        arn = group(forecast)
        for wrong, part in (([sales + "x"], "are not found"), ([sales, other], "one of each type")):
            code, message = error_of(forecast.update_dataset_group, DatasetGroupArn=arn, DatasetArns=wrong)
            assert code == "InvalidInputException"
            assert part in message
        code, message = error_of(
            forecast.create_dataset_group, DatasetGroupName="web", Domain="WEB_TRAFFIC", DatasetArns=[sales]
        )
        assert code == "InvalidInputException"
        assert "WEB_TRAFFIC" in message

    def test_a_taken_name_is_told_as_forecast_tells_it(self, forecast):
        arn = group(forecast)
        assert error_of(group, forecast=forecast) == (
            "ResourceAlreadyExistsException",
            f"A dataset group already exists with the arn: {arn}",
        )


class TestBesidePersonalize:
    def test_each_service_lists_and_finds_its_own_alone(self, inside, forecast):
        personalize = inside.client("personalize")
        ours = group(forecast)
        theirs = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
        assert [g["DatasetGroupArn"] for g in forecast.list_dataset_groups()["DatasetGroups"]] == [ours]
        assert [g["datasetGroupArn"] for g in personalize.list_dataset_groups()["datasetGroups"]] == [theirs]
        crossed = theirs.replace("personalize", "forecast").replace("shop", "other")
        assert (
            error_of(forecast.describe_dataset_group, DatasetGroupArn=crossed)[0]
            == "ResourceNotFoundException"
        )
        as_theirs = ours.replace("forecast", "personalize").replace("shop", "other")
        assert (
            error_of(personalize.describe_dataset_group, datasetGroupArn=as_theirs)[0]
            == "ResourceNotFoundException"
        )


class TestTags:
    def test_they_come_with_it_change_and_go(self, forecast):
        arn = dataset(forecast, Tags=[{"Key": "team", "Value": "a"}])
        forecast.tag_resource(
            ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]
        )
        tags = forecast.list_tags_for_resource(ResourceArn=arn)["Tags"]
        assert tags == [{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]
        forecast.untag_resource(ResourceArn=arn, TagKeys=["x", "never there"])
        assert forecast.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]

    def test_more_than_fifty_are_too_many(self, forecast):
        arn = group(forecast)
        tags = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
        assert error_of(forecast.tag_resource, ResourceArn=arn, Tags=tags)[0] == "LimitExceededException"
        assert forecast.list_tags_for_resource(ResourceArn=arn)["Tags"] == []
