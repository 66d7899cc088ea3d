"""The step that forecasts: a predictor is trained or given, a forecast made and exported."""

from dataclasses import replace
from typing import Any

from msgspec import field

from presage.pipelines.tasks import Call

from .arguments import Arguments, arn_of, role_of, told
from .clients import Tools
from .training import underscored
from .waiting import at, made, predictor_of


class Forecast(Arguments, frozen=True, kw_only=True, rename={"target": "to"}):
    """What `forecast` is told.

    Parameters
    ----------
    dataset_group : the name or ARN of a dataset group of Forecast; an auto predictor is trained on it
    horizon, frequency : how many steps ahead, and how long a step is, such as D
    predictor : the ARN of a predictor that is there, instead
    quantiles : what is forecast, such as ["0.1", "0.5", "0.9"]
    target : the s3:// folder that the forecasts go to, as CSV
    """

    target: str
    dataset_group: str = ""
    horizon: int = 14
    frequency: str = "D"
    predictor: str = ""
    quantiles: list[str] = field(default_factory=list[str])


async def forecast(tools: Tools, call: Call) -> dict[str, Any]:
    """Forecast the series of a dataset group."""
    wanted = told(Forecast, call.arguments)
    call = replace(call, name=underscored(call.name))
    predictor = wanted.predictor or await _trained(tools, call, wanted)
    types: dict[str, Any] = {"ForecastTypes": wanted.quantiles} if wanted.quantiles else {}
    found = await made(
        tools,
        call,
        ("forecast", "forecast", "ForecastName"),
        at(arn_of(tools, "forecast", "forecast", "{name}")),
        PredictorArn=predictor,
        **types,
    )
    arn, folder = found["ForecastArn"], f"{wanted.target.rstrip('/')}/{call.name}/"
    await made(
        tools,
        call,
        ("forecast", "forecast_export_job", "ForecastExportJobName"),
        at(f"{arn.replace(':forecast/', ':forecast-export-job/')}/{{name}}"),
        ForecastArn=arn,
        Destination={"S3Config": {"Path": folder, "RoleArn": role_of(tools)}},
    )
    return {"location": folder, "forecast": arn, "predictor": predictor}


async def _trained(tools: Tools, call: Call, wanted: Forecast) -> str:
    """The ARN of a new predictor."""
    types: dict[str, Any] = {"ForecastTypes": wanted.quantiles} if wanted.quantiles else {}
    group = arn_of(tools, "forecast", "dataset-group", wanted.dataset_group)
    found = await made(
        tools,
        call,
        ("forecast", "auto_predictor", "PredictorName"),
        predictor_of(tools.clients),
        ForecastHorizon=wanted.horizon,
        ForecastFrequency=wanted.frequency,
        DataConfig={"DatasetGroupArn": group},
        **types,
    )
    return found["PredictorArn"]
