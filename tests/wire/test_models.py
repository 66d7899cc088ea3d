from presage.wire.models import OPERATIONS, ROUTES, TARGETS

from .generate import all_operations, operation_model


def test_every_operation_of_the_five_models_is_in_the_table():
    assert set(OPERATIONS) == set(all_operations())


def test_every_operation_is_found_by_its_target_or_by_its_route_and_never_by_both():
    assert {*TARGETS.values(), *ROUTES.values()} == set(OPERATIONS.values())
    assert len(TARGETS) + len(ROUTES) == len(OPERATIONS) == 144


def test_the_forecast_query_service_signs_as_forecast():
    operation = TARGETS["AmazonForecastRuntime.QueryForecast"]
    assert (operation.service, operation.action) == ("forecastquery", "forecast:QueryForecast")


def test_statuses_and_message_members_are_the_models():
    runtime = ROUTES["POST", "/recommendations"]
    assert runtime.statuses["ResourceNotFoundException"] == 404
    assert OPERATIONS["personalize", "CreateSchema"].statuses["ResourceNotFoundException"] == 400
    assert OPERATIONS["personalize", "CreateSchema"].message_member == "message"
    assert OPERATIONS["forecast", "CreateDataset"].message_member == "Message"


def test_operations_without_an_output_shape_write_nothing():
    silent = {name for name, operation in OPERATIONS.items() if operation.write is None}
    without = {name for name in OPERATIONS if operation_model(*name).output_shape is None}
    assert silent == without
    assert ("personalize", "DeleteCampaign") in silent
