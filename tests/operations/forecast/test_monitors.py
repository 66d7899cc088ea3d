"""Monitors of auto predictors: what forecasts were worth, once what came is imported."""

import pytest

from presage.recipes.data import silent
from presage.works.forecast import monitoring

from ..inprocess import InProcess
from .sales import HORIZON, ITEMS, TOWNS, Sales, csv, demand, error_of, rows

N_DAYS = 40
FAILURES = {"Key": "EvaluationState", "Value": "FAILURE", "Condition": "IS"}
METRICS = ["AverageWeightedQuantileLoss", "MAPE", "MASE", "RMSE", "WAPE"]


class Watched(Sales):
    """Sales of a few series, an auto predictor with a monitor, and what is imported as time goes by."""

    def train(self):
        self.predictor_arn = self.start_auto(
            MonitorConfig={"MonitorName": "watch"}, ForecastTypes=["0.1", "0.5"], PredictorName="seen"
        )
        self.wait(self.forecast.describe_auto_predictor, PredictorArn=self.predictor_arn)
        self.monitor = self.described()["MonitorInfo"]["MonitorArn"]
        self.forecast_arn = self.make_forecast(self.predictor_arn)
        return self

    def described(self):
        return self.forecast.describe_auto_predictor(PredictorArn=self.predictor_arn)

    def until(self, n_days):
        """Import what came until a day, and let monitors look at it."""
        return self.look(csv(rows(n_days)))

    def look(self, text):
        """Import rows, and let monitors look at them."""
        arn = self.import_(text)
        stores = self.server.stores
        assert stores.jobs.state(arn + "#monitor") == "WAITING"
        monitoring.run(stores.config, arn + "#monitor", silent)
        return arn

    def evaluations(self, monitor=None, **more):
        arn = monitor or self.monitor
        return self.forecast.list_monitor_evaluations(MonitorArn=arn, **more)["PredictorMonitorEvaluations"]


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    process = InProcess(tmp_path_factory.mktemp("watched") / "data")
    yield Watched(process).stocked(rows(N_DAYS)).train()
    process.close()


def test_it_comes_with_its_predictor_and_knows_how_that_did_before(watched):
    found = watched.forecast.describe_monitor(MonitorArn=watched.monitor)
    assert (found["MonitorName"], found["ResourceArn"]) == ("watch", watched.predictor_arn)
    assert found["Status"] == "ACTIVE"
    baseline = found["Baseline"]["PredictorBaseline"]["BaselineMetrics"]
    assert [one["Name"] for one in baseline] == METRICS
    assert watched.described()["MonitorInfo"]["Status"] == "ACTIVE"


class TestEvaluations:
    def test_a_forecast_is_evaluated_once_all_its_steps_have_come(self, watched):
        watched.until(N_DAYS + HORIZON - 1)
        assert watched.evaluations() == []
        job = watched.until(N_DAYS + HORIZON)
        (found,) = watched.evaluations()
        assert (found["EvaluationState"], found["NumItemsEvaluated"]) == ("SUCCESS", 6)
        assert found["MonitorDataSource"] == {
            "DatasetImportJobArn": job,
            "ForecastArn": watched.forecast_arn,
            "PredictorArn": watched.predictor_arn,
        }
        window = [found[name].strftime("%Y-%m-%d") for name in ("WindowStartDatetime", "WindowEndDatetime")]
        assert window == ["2024-02-10", "2024-02-16"]
        assert [one["MetricName"] for one in found["MetricResults"]] == METRICS
        described = watched.forecast.describe_monitor(MonitorArn=watched.monitor)
        assert described["LastEvaluationState"] == "SUCCESS"
        assert described["LastEvaluationTime"] == found["EvaluationTime"]
        watched.until(N_DAYS + HORIZON + 1)
        assert len(watched.evaluations()) == 1

    def test_its_figures_are_those_of_the_forecast_against_what_came(self, watched):
        watched.until(N_DAYS + HORIZON)
        figures = {one["MetricName"]: one["MetricValue"] for one in watched.evaluations()[0]["MetricResults"]}
        errors, total = 0.0, 0.0
        for item, name in enumerate(ITEMS):
            for town, where in enumerate(TOWNS):
                actual = [demand(item, town, day) for day in range(N_DAYS, N_DAYS + HORIZON)]
                found = watched.ask(watched.forecast_arn, name, where)
                for level, type_ in ((0.1, "p10"), (0.5, "p50")):
                    pairs = zip(actual, found[type_], strict=True)
                    errors += sum(max(level * (y - q), (level - 1) * (y - q)) for y, q in pairs)
                total += sum(actual)
        assert figures["AverageWeightedQuantileLoss"] == pytest.approx(2 * errors / total / 2)

    def test_one_that_cannot_be_made_tells_why(self, watched):
        arn = watched.make_forecast(watched.predictor_arn)
        watched.look(csv(row for row in rows(90) if row[1] > "2024-03-01"))
        found = watched.evaluations(Filters=[FAILURES])
        assert arn in [one["MonitorDataSource"]["ForecastArn"] for one in found]
        assert "are not those of the data" in found[0]["Message"]

    def test_a_predictor_that_is_trained_anew_inherits_monitor_and_evaluations(self, watched):
        watched.until(N_DAYS + HORIZON)
        arn = watched.forecast.create_auto_predictor(
            PredictorName="anew", ReferencePredictorArn=watched.predictor_arn
        )["PredictorArn"]
        watched.forecast.stop_resource(ResourceArn=arn)
        monitors = watched.forecast.list_monitors()["Monitors"]
        (monitor,) = [one["MonitorArn"] for one in monitors if one["ResourceArn"] == arn]
        older, inherited = watched.evaluations(), watched.evaluations(monitor)
        assert [one["MonitorDataSource"] for one in inherited] == [one["MonitorDataSource"] for one in older]
        watched.forecast.delete_monitor(MonitorArn=monitor)
        assert error_of(watched.evaluations, monitor=monitor)[0] == "ResourceNotFoundException"
        assert watched.evaluations() == older


def test_one_that_is_stopped_evaluates_nothing_until_it_is_resumed(watched):
    watched.forecast.stop_resource(ResourceArn=watched.monitor)
    assert watched.forecast.describe_monitor(MonitorArn=watched.monitor)["Status"] == "ACTIVE_STOPPED"
    code, _ = error_of(watched.forecast.stop_resource, ResourceArn=watched.monitor)
    assert code == "InvalidInputException"
    stores = watched.server.stores
    job = watched.import_(csv(rows(N_DAYS + HORIZON)))
    assert stores.jobs.state(job + "#monitor") is None
    watched.forecast.resume_resource(ResourceArn=watched.monitor)
    assert watched.forecast.describe_monitor(MonitorArn=watched.monitor)["Status"] == "ACTIVE"
    assert (
        error_of(watched.forecast.resume_resource, ResourceArn=watched.monitor)[0] == "ResourceInUseException"
    )


def test_a_predictor_has_one_and_legacy_ones_none(watched):
    create = watched.forecast.create_monitor
    code, message = error_of(create, MonitorName="two", ResourceArn=watched.predictor_arn)
    assert (code, watched.monitor in message) == ("ResourceAlreadyExistsException", True)
    legacy = watched.start_predictor()
    watched.forecast.stop_resource(ResourceArn=legacy)
    code, message = error_of(create, MonitorName="two", ResourceArn=legacy)
    assert (code, "no auto predictor" in message) == ("InvalidInputException", True)


def test_one_can_be_made_later(watched):
    watched.forecast.delete_monitor(MonitorArn=watched.monitor)
    assert "MonitorInfo" not in watched.described()
    made = watched.forecast.create_monitor(MonitorName="late", ResourceArn=watched.predictor_arn)
    watched.monitor = made["MonitorArn"]
    assert watched.monitor.rpartition("/")[2].startswith("late_01")
    assert watched.described()["MonitorInfo"] == {"MonitorArn": watched.monitor, "Status": "ACTIVE"}
