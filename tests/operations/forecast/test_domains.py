"""The six steps of Forecast's workflow in each of its domains: datasets, imports, predictor, metrics, forecast, answers."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from ...market import METADATA, RELATED, ROLE, TARGET, Market
from ..inprocess import InProcess

N_DAYS, HORIZON = 30, 3
FIRST = date(2024, 1, 1)
TREES = "arn:aws:forecast:::algorithm/presage-lightgbm"
ITEMS = ("first", "0042")


@dataclass(frozen=True)
class Domain:
    """The documented attributes of a domain; those without a type of their own hold floats or texts."""

    identifier: str
    target: str
    dimensions: tuple[str, ...] = ()
    features: tuple[str, ...] = ("visits",)
    categories: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()

    def attributes(self, kind):
        """(name, type) of each attribute of a type of dataset, in the order of its files."""
        series = [(self.identifier, "string"), ("timestamp", "timestamp")]
        if kind == METADATA:
            return [*series[:1], *((name, "string") for name in self.categories)]
        numbers = [self.target] if kind == TARGET else self.features
        typed = [(name, "integer" if name in self.integers else "float") for name in numbers]
        words = [(name, "string") for name in self.dimensions] if kind == TARGET else []
        return [*series, *typed, *words]

    def text(self, kind):
        """Rows of each item and day; of related series through the horizon."""
        n_days = {TARGET: N_DAYS, RELATED: N_DAYS + HORIZON, METADATA: 1}[kind]
        return "".join(
            ",".join(self._cell(name, of, item, day) for name, of in self.attributes(kind)) + "\n"
            for item in range(len(ITEMS))
            for day in range(n_days)
        )

    def _cell(self, name, of, item, day):
        if name == self.identifier:
            return ITEMS[item]
        return {"timestamp": str(FIRST + timedelta(days=day)), "string": "x"}.get(
            of, str(10 * (1 + item) + day % 7)
        )


GOODS = ("category", "brand")
DOMAINS = {
    "RETAIL": Domain(
        *("item_id", "demand", ("location",), ("price", "promotion_applied"), (*GOODS, "color", "genre")),
        integers=("promotion_applied",),
    ),
    "CUSTOM": Domain("item_id", "target_value", categories=("category",), integers=("target_value",)),
    "INVENTORY_PLANNING": Domain(
        *("item_id", "demand", ("location",), ("price",)),
        categories=(*GOODS, "lead_time", "order_cycle", "safety_stock"),
    ),
    "EC2_CAPACITY": Domain(
        "instance_type", "number_of_instances", ("location",), integers=("number_of_instances",)
    ),
    "WORK_FORCE": Domain(
        "workforce_type", "workforce_demand", ("location",), categories=("wages", "shift_length", "location")
    ),
    "WEB_TRAFFIC": Domain("item_id", "value", categories=("category",)),
    "METRICS": Domain("metric_name", "metric_value", categories=("category",)),
}


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    process = InProcess(tmp_path_factory.mktemp("domains") / "data")
    yield Market(process)
    process.close()


def imported(market, name, domain):
    """A dataset group of a domain, with all types of data that the domain has."""
    group = market.group(DatasetGroupName=name, Domain=name)
    datasets = []
    for kind in (TARGET, RELATED, *([METADATA] if domain.categories else [])):
        attributes = domain.attributes(kind)
        datasets.append(market.dataset(kind, attributes, Domain=name))
        market.forecast.update_dataset_group(DatasetGroupArn=group, DatasetArns=datasets)
        found = market.load(datasets[-1], domain.text(kind))
        assert found["Status"] == "ACTIVE", found
        assert [*found["FieldStatistics"]] == [one for one, _ in attributes]
    return group


def done(market, describe, **named):
    market.running.run_jobs()
    found = describe(**named)
    assert found["Status"] == "ACTIVE", found


def trained(market, name, domain, group):
    dimensions = {"ForecastDimensions": list(domain.dimensions)} if domain.dimensions else {}
    arn = market.forecast.create_predictor(
        PredictorName=name,
        AlgorithmArn=TREES,
        ForecastHorizon=HORIZON,
        InputDataConfig={"DatasetGroupArn": group},
        FeaturizationConfig={"ForecastFrequency": "D", **dimensions},
        TrainingParameters={"n_trees": "10", "least_in_leaf": "5"},
    )["PredictorArn"]
    done(market, market.forecast.describe_predictor, PredictorArn=arn)
    return arn


def exported(market, name, forecast):
    """The lines of the one file that an export of a forecast writes."""
    arn = market.forecast.create_forecast_export_job(
        ForecastExportJobName=name,
        ForecastArn=forecast,
        Destination={"S3Config": {"Path": f"s3://market/{name}", "RoleArn": ROLE}},
    )["ForecastExportJobArn"]
    done(market, market.forecast.describe_forecast_export_job, ForecastExportJobArn=arn)
    (file,) = market.s3.list_objects_v2(Bucket="market", Prefix=f"{name}/")["Contents"]
    return market.s3.get_object(Bucket="market", Key=file["Key"])["Body"].read().decode().splitlines()


@pytest.mark.parametrize("name", DOMAINS)
def test_files_become_answers_in_six_steps(market, name):
    domain, forecast = DOMAINS[name], market.forecast
    predictor = trained(market, name, domain, imported(market, name, domain))
    (result,) = forecast.get_accuracy_metrics(PredictorArn=predictor)["PredictorEvaluationResults"]
    assert result["TestWindows"][1]["ItemCount"] == len(ITEMS)
    arn = forecast.create_forecast(ForecastName=name, PredictorArn=predictor)["ForecastArn"]
    done(market, forecast.describe_forecast, ForecastArn=arn)

    filters = {domain.identifier: "0042", **dict.fromkeys(domain.dimensions, "x")}
    query = market.running.client("forecastquery").query_forecast
    found = query(ForecastArn=arn, Filters=filters)["Forecast"]["Predictions"]
    days = [str(FIRST + timedelta(days=N_DAYS + step)) for step in range(HORIZON)]
    assert found.keys() == {"p10", "p50", "p90"}
    for points in found.values():
        assert [one["Timestamp"] for one in points] == [f"{day}T00:00:00" for day in days]
        assert all(18 < one["Value"] < 28 for one in points)  # it sold 20 to 26 each day

    header, *lines = exported(market, name, arn)
    known = () if domain.dimensions else domain.categories  # as AWS has it
    named = [domain.identifier, *domain.dimensions, "date", "p10", "p50", "p90", *known]
    assert header.split(",") == named
    own, rest = ["x"] * len(domain.dimensions), len(domain.dimensions) + 2
    cells = [line.split(",") for line in lines]
    assert [row[:rest] for row in cells] == [
        [item, *own, f"{day}T00:00:00Z"] for item in sorted(ITEMS) for day in days
    ]
    assert {tuple(row[rest + 3 :]) for row in cells} == {("x",) * len(known)}


def test_every_domain_is_walked(market):
    assert set(DOMAINS) == set(market.forecast.meta.service_model.shape_for("Domain").enum)
