"""Whoever names a file by a call needs the right to it: held against every operation of the service models."""

import pytest

from presage.operations.rights import READS, WRITES, bucket_rights, places
from presage.wire.models import OPERATIONS

USES = {
    ("personalize", "CreateBatchInferenceJob"): {*READS, *WRITES},
    ("personalize", "CreateBatchSegmentJob"): {*READS, *WRITES},
    ("personalize", "CreateDataDeletionJob"): {*READS},
    ("personalize", "CreateDatasetExportJob"): {*WRITES},
    ("personalize", "CreateDatasetImportJob"): {*READS},
    ("personalize", "CreateMetricAttribution"): {*WRITES},
    ("personalize", "UpdateMetricAttribution"): {*WRITES},
    ("forecast", "CreateDatasetImportJob"): {*READS},
    ("forecast", "CreateExplainability"): {*READS},
    ("forecast", "CreateExplainabilityExport"): {*WRITES},
    ("forecast", "CreateForecast"): {*READS},
    ("forecast", "CreateForecastExportJob"): {*WRITES},
    ("forecast", "CreatePredictorBacktestExportJob"): {*WRITES},
    ("forecast", "CreateWhatIfAnalysis"): {*READS},
    ("forecast", "CreateWhatIfForecast"): {*READS},
    ("forecast", "CreateWhatIfForecastExport"): {*WRITES},
}


def locations(shape, within=()):
    """Where a structure, or anything in it, holds a text that the model lets begin with s3."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from locations(member, (*within, name))
    elif shape.type_name in ("list", "map"):
        yield from locations(shape.member if shape.type_name == "list" else shape.value, (*within, "[]"))
    elif "s3" in shape.metadata.get("pattern", ""):
        yield within


def members(place, value="s3://depot/file.csv"):
    for name in reversed(place):
        value = {name: value}
    return value


@pytest.mark.parametrize("name", OPERATIONS, ids=" ".join)
def test_an_operation_that_may_name_a_file_asks_for_the_rights_to_it(name):
    operation = OPERATIONS[name]
    found = list(locations(operation.input_shape))
    assert set(places(operation.input_shape)) == set(found)
    asked = {right for place in found for right in bucket_rights(operation, members(place))}
    assert asked == USES.get(name, set())


def test_a_request_that_names_no_file_asks_for_nothing_more():
    operation = OPERATIONS["forecast", "CreateForecast"]
    assert not list(bucket_rights(operation, {"ForecastName": "f", "PredictorArn": "arn"}))
