"""What both kinds of predictors ask for, held against their dataset group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from presage.config import Config
from presage.errors import InvalidInputException, ResourceInUseException
from presage.recipes.forecasting.frequency import Frequency
from presage.resources.reader import Reader
from presage.resources.record import Body, Record
from presage.serving.forecast.stored import MEAN
from presage.tables.forecast.schema import TARGET
from presage.works.forecast.asked import series_plan
from presage.works.forecast.series import check_series
from presage.works.forecast.sources import datasets_of, import_under_way, imports_of
from presage.works.forecast.weather import weather_table

from ..lifecycle import find_active
from . import dataset_groups

DEFAULT_TYPES = ("0.1", "0.5", "0.9")
DEFAULT_METRIC = "AverageWeightedQuantileLoss"
LEAST_LEVEL, MOST_LEVEL = 0.01, 0.99


def forecast_types(given: Sequence[str]) -> list[str]:
    """Forecast types as they are given; raises InvalidInputException for one that is none."""
    for one in given:
        if one != MEAN and not LEAST_LEVEL <= float(one) <= MOST_LEVEL:
            raise InvalidInputException(f"ForecastTypes has {one!r}; a type is from 0.01 to 0.99, or mean.")
    return list(given)


@dataclass(frozen=True, kw_only=True)
class GroupData:
    """A dataset group and its datasets, by type; a target time series is among them, with data."""

    group: Record
    datasets: Mapping[str, Record]

    @property
    def target(self) -> Record:
        """The dataset of the target time series."""
        return self.datasets[TARGET]

    def arns(self) -> list[str]:
        """What a resource refers to that is made from these data."""
        return [self.group.arn, *(one.arn for one in self.datasets.values())]


def group_data(records: Reader, arn: str) -> GroupData:
    """A dataset group that can be learned from.

    Raises ResourceNotFoundException if there is none, ResourceInUseException while it or one of its datasets
    is being changed, InvalidInputException without a target time series that holds data.
    """
    group = find_active(records, dataset_groups.KIND, arn)
    datasets = datasets_of(records, group)
    for one in datasets.values():
        if one.motion or import_under_way(records, one):
            raise ResourceInUseException(f"{one.arn} is being changed; wait until it is ACTIVE.")
    if TARGET not in datasets:
        raise InvalidInputException(f"{arn} has no {TARGET} dataset; add one with UpdateDatasetGroup.")
    if not imports_of(records, datasets[TARGET]):
        raise InvalidInputException(
            f"{datasets[TARGET].arn} holds no data; wait for a dataset import job to become ACTIVE."
        )
    return GroupData(group=group, datasets=datasets)


def check_weather(config: Config, asked: Body) -> None:
    """Raise InvalidInputException if a predictor asks for the weather, and there is no table of it."""
    try:
        if series_plan(asked).weather:
            weather_table(config)
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None


def checked_frequency(records: Reader, data: GroupData, asked: Body) -> Frequency:
    """How far apart a predictor's steps are; raises InvalidInputException if its data cannot be used."""
    try:
        plan = series_plan(asked)
        check_series(records, data.group, plan)
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None
    return plan.frequency
