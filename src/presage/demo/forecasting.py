"""Forecasts over the Amazon Forecast API: series in, an automatic predictor, quantiles out."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
from botocore import xform_name

from .series import ITEM, TIME, VALUE, Series
from .service import ROLE, Record, client_of
from .steps import Pending, Steps

ALGORITHM = "arn:aws:forecast:::algorithm/"
AUTO = "AutoPredictor"
TYPES = ("mean", "0.1", "0.5", "0.9")
SCHEMA = ((ITEM, "string"), (TIME, "timestamp"), (VALUE, "float"))


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What comes of a forecast.

    Parameters
    ----------
    forecast : item_id, date, mean, p10, p50, p90
    accuracy : name of a predictor -> its metrics over all backtest windows, as GetAccuracyMetrics gives them
    seconds : step title -> wall-clock seconds
    """

    series: Series
    horizon: int
    forecast: pl.DataFrame
    accuracy: dict[str, Record]
    seconds: dict[str, float]

    def largest(self, n: int) -> list[str]:
        """The items of which there is most."""
        total = self.series.rows.group_by(ITEM).agg(pl.col(VALUE).abs().sum())
        total = total.sort(VALUE, ITEM, descending=[True, False])
        return total[ITEM].head(n).to_list()

    def of_item(self, item: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """An item's history and its forecast."""
        return self.series.rows.filter(pl.col(ITEM) == item), self.forecast.filter(pl.col(ITEM) == item)


@dataclass(frozen=True, kw_only=True)
class Forecasting:
    """A script that forecasts through unmodified clients.

    Parameters
    ----------
    project : what the resources are called; letters, digits and underscores
    """

    endpoint: str
    steps: Steps
    project: str

    def run(self, series: Series, horizon: int, algorithms: Sequence[str] = ()) -> Outlook:
        """Import, train and forecast.

        Parameters
        ----------
        algorithms : those that are judged beside the automatic predictor, as their ARNs end
        """
        group = self._import(series)
        made = self._train(group, series.frequency, horizon, algorithms)
        accuracy = {name: self._accuracy(arn) for name, arn in made.items()}
        forecast = self._forecast(made[AUTO])
        return Outlook(
            series=series, horizon=horizon, forecast=forecast, accuracy=accuracy, seconds=self.steps.seconds
        )

    @property
    def _forecasts(self) -> Any:
        return client_of(self.endpoint, "forecast")

    @property
    def _s3(self) -> Any:
        return client_of(self.endpoint, "s3")

    @property
    def _bucket(self) -> str:
        return self.project.replace("_", "-").lower()

    def _import(self, series: Series) -> str:
        """The ARN of a dataset group that holds the series."""
        forecasts, rows = self._forecasts, series.rows
        with self.steps.step("Import the series") as step:
            written = rows.with_columns(pl.col(TIME).dt.strftime("%Y-%m-%d %H:%M:%S"))
            text = written.write_csv(include_header=False)
            self._s3.create_bucket(Bucket=self._bucket)
            self._s3.put_object(Bucket=self._bucket, Key="series.csv", Body=text.encode())
            attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind in SCHEMA]
            common = {"Domain": "CUSTOM"}
            dataset = forecasts.create_dataset(
                DatasetName=self.project,
                DatasetType="TARGET_TIME_SERIES",
                DataFrequency=series.frequency,
                Schema={"Attributes": attributes},
                **common,
            )["DatasetArn"]
            group = forecasts.create_dataset_group(
                DatasetGroupName=self.project, DatasetArns=[dataset], **common
            )["DatasetGroupArn"]
            job = forecasts.create_dataset_import_job(
                DatasetImportJobName=self.project,
                DatasetArn=dataset,
                DataSource={"S3Config": {"Path": f"s3://{self._bucket}/series.csv", "RoleArn": ROLE}},
                TimestampFormat="yyyy-MM-dd HH:mm:ss",
            )["DatasetImportJobArn"]
            step.wait({"import": self._pending("DatasetImportJob", job)})
            step.result = (
                f"{rows.height:,} rows, {rows[ITEM].n_unique():,} items, frequency {series.frequency}"
            )
        return group

    def _train(self, group: str, frequency: str, horizon: int, algorithms: Sequence[str]) -> dict[str, str]:
        """Name -> the ARN of a trained predictor; single algorithms first, for few may be trained at once."""
        forecasts = self._forecasts
        with self.steps.step("Train and judge on what is known") as step:
            pending: dict[str, Pending] = {}
            for name in algorithms:
                arn = forecasts.create_predictor(
                    PredictorName=f"{self.project}_{name.replace('-', '_')}",
                    AlgorithmArn=ALGORITHM + name,
                    ForecastHorizon=horizon,
                    ForecastTypes=list(TYPES),
                    InputDataConfig={"DatasetGroupArn": group},
                    FeaturizationConfig={"ForecastFrequency": frequency},
                )["PredictorArn"]
                pending[name] = self._pending("Predictor", arn)
            step.wait(pending)
            auto = forecasts.create_auto_predictor(
                PredictorName=self.project,
                ForecastHorizon=horizon,
                ForecastFrequency=frequency,
                ForecastTypes=list(TYPES),
                DataConfig={"DatasetGroupArn": group},
            )["PredictorArn"]
            pending[AUTO] = self._pending("AutoPredictor", auto)
            step.wait({AUTO: pending[AUTO]})
        return {name: one.arn for name, one in pending.items()}

    def _accuracy(self, predictor: str) -> Record:
        found = self._forecasts.get_accuracy_metrics(PredictorArn=predictor)["PredictorEvaluationResults"]
        return found[0]["TestWindows"][0]["Metrics"]

    def _forecast(self, predictor: str) -> pl.DataFrame:
        """What the export of a forecast holds."""
        forecasts = self._forecasts
        with self.steps.step("Forecast") as step:
            arn = forecasts.create_forecast(ForecastName=self.project, PredictorArn=predictor)["ForecastArn"]
            step.wait({"forecast": self._pending("Forecast", arn)})
            export = forecasts.create_forecast_export_job(
                ForecastExportJobName=self.project,
                ForecastArn=arn,
                Destination={"S3Config": {"Path": f"s3://{self._bucket}/forecast/", "RoleArn": ROLE}},
            )["ForecastExportJobArn"]
            step.wait({"export": self._pending("ForecastExportJob", export)})
            found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix="forecast/")["Contents"]
            parts = [self._part(one["Key"]) for one in found if not one["Key"].endswith("_CHECK")]
            table = pl.concat([part for part in parts if part.height])
            step.result = f"{table.height:,} rows"
        return table.with_columns(pl.col("date").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="ms"))

    def _part(self, key: str) -> pl.DataFrame:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return pl.read_csv(io.BytesIO(body), schema_overrides={ITEM: pl.String})

    def _pending(self, kind: str, arn: str) -> Pending:
        member = "PredictorArn" if kind == "AutoPredictor" else f"{kind}Arn"
        describe = getattr(self._forecasts, f"describe_{xform_name(kind)}")
        return Pending(arn=arn, look=partial(_looked, describe, {member: arn}))


def _looked(describe: Any, key: dict[str, str]) -> Record:
    """A record with its status and reason as Personalize spells them, as `Step.wait` reads it."""
    record = describe(**key)
    return {
        "status": record["Status"].replace("CREATE_", "CREATE "),
        "failureReason": record.get("Message", "no reason given"),
    }
