"""The filter of a batch job, with the values that each line gives it."""

from functools import lru_cache

from presage.filters import Filter, FilterError, bind, parse
from presage.resources.record import Record
from presage.stores import Stores

from .lines import BadLine, Given, checked_text

MOST_REMEMBERED = 10_000
MOST_CHARACTERS = 1000


def filter_of(stores: Stores, record: Record) -> Filter | None:
    """The filter that a job names."""
    if not record.get("filterArn"):
        return None
    return parse(stores.records.expect(record["filterArn"])["filterExpression"])


class LineFilter:
    """A job's filter; None = everything may be shown."""

    def __init__(self, filter_: Filter | None) -> None:
        self._filter = filter_
        self._bound = lru_cache(MOST_REMEMBERED)(self._bind)

    @property
    def asks_user(self) -> bool:
        """Whether it depends on the user of a line."""
        return self._filter is not None and self._filter.asks_user

    def of(self, given: Given) -> Filter | None:
        """The filter of a line, without parameters; raises BadLine."""
        if "filterValues" not in given:
            return self._bound(())
        values = given["filterValues"]
        if not isinstance(values, dict):
            raise BadLine('filterValues must be an object such as {"GENRE": "\\"drama\\",\\"comedy\\""}')
        return self._bound(
            tuple(
                (name, checked_text(value, f"filterValues.{name}", MOST_CHARACTERS))
                for name, value in values.items()
            )
        )

    def _bind(self, values: tuple[tuple[str, str], ...]) -> Filter | None:
        if self._filter is None:
            if values:
                raise BadLine("filterValues are given, but the job has no filterArn")
            return None
        try:
            return bind(self._filter, dict(values))
        except FilterError as error:
            raise BadLine(str(error)) from None
