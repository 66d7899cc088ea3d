"""What recommendations brought: metrics of a metric attribution over events, in buckets of fifteen minutes.

Source: the developer guide, "Measuring the impact of recommendations".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from presage.columns import EVENT_TYPE, INTERACTIONS, ITEM_ID, ITEMS, TIMESTAMP, by_caseless, caseless

SOURCE = "#source"
"""The column that says what an event is attributed to."""
BUCKET_SECONDS = 900
UNDEFINED = "SOURCE_NAME_UNDEFINED"
COLUMNS = ("METRIC_NAME", "EVENT_TYPE", "VALUE", "MATH_FUNCTION", "EVENT_ATTRIBUTION_SOURCE", "TIMESTAMP")
_EXPRESSION = re.compile(r"\s*(?:SAMPLECOUNT\(\s*\)|SUM\(\s*(Interactions|Items)\.([a-z_]\w*)\s*\))\s*", re.I)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: how often events of a type happened, or what a number of theirs adds up to.

    Parameters
    ----------
    dataset, column : of the number; both empty for a count
    """

    name: str
    event_type: str
    dataset: str = ""
    column: str = ""

    @property
    def function(self) -> str:
        """As reports name it."""
        return "sum" if self.column else "samplecount"


def metric_of(described: Mapping[str, str]) -> Metric:
    """A metric as a request describes it; raises ValueError for an expression that says nothing known."""
    found = _EXPRESSION.fullmatch(described["expression"])
    if found is None:
        raise ValueError(
            f"the expression of {described['metricName']!r} is {described['expression']!r}; it must be"
            " SAMPLECOUNT(), SUM(Interactions.COLUMN) or SUM(Items.COLUMN)"
        )
    dataset, column = found.groups(default="")
    return Metric(
        name=described["metricName"],
        event_type=described["eventType"],
        dataset=dataset.upper(),
        column=caseless(column),
    )


def attribute(events: pl.DataFrame, items: pl.DataFrame | None, metrics: Sequence[Metric]) -> pl.DataFrame:
    """A report's rows (`COLUMNS`), by metric, then time, then source.

    Parameters
    ----------
    events : the Interactions dataset's columns and `SOURCE`, where null is undefined
    items : the Items dataset's columns, if there are any
    """
    parts = [_report(events, items, metric) for metric in metrics]
    schema = [pl.String, pl.String, pl.Float64, pl.String, pl.String, pl.Int64]
    return pl.concat([pl.DataFrame(schema=dict(zip(COLUMNS, schema, strict=True))), *parts])


def _report(events: pl.DataFrame, items: pl.DataFrame | None, metric: Metric) -> pl.DataFrame:
    of_type = pl.col(EVENT_TYPE).str.to_lowercase() == metric.event_type.lower()
    rows = events.filter(of_type)
    if metric.dataset == ITEMS and items is not None:
        rows = rows.join(
            items.rename({name: f"item {name}" for name in items.columns if name != ITEM_ID}),
            on=ITEM_ID,
            how="left",
        )
    bucket = (pl.col(TIMESTAMP) // BUCKET_SECONDS * BUCKET_SECONDS).alias("TIMESTAMP")
    source = pl.col(SOURCE).fill_null(UNDEFINED).alias("EVENT_ATTRIBUTION_SOURCE")
    found = rows.group_by(bucket, source).agg(_value(rows, metric).cast(pl.Float64).alias("VALUE"))
    constants = {
        "METRIC_NAME": metric.name,
        "EVENT_TYPE": metric.event_type,
        "MATH_FUNCTION": metric.function,
    }
    named = found.with_columns(pl.lit(value).alias(name) for name, value in constants.items())
    return named.sort("TIMESTAMP", "EVENT_ATTRIBUTION_SOURCE").select(COLUMNS)


def _value(rows: pl.DataFrame, metric: Metric) -> pl.Expr:
    if not metric.column:
        return pl.len()
    prefix = "item " if metric.dataset == ITEMS else ""
    known = by_caseless(rows.columns)
    name = known.get(caseless(prefix + metric.column))
    return pl.lit(0.0) if name is None else pl.col(name).sum()


def check_metrics(metrics: Sequence[Metric], numbers: Mapping[str, Sequence[str]]) -> None:
    """Raises ValueError unless names are different and every number that is summed is there.

    Parameters
    ----------
    numbers : dataset type -> its numeric columns
    """
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two metrics are called {name!r}; give each a name of its own")
    for metric in metrics:
        known = sorted(map(caseless, numbers.get(metric.dataset, ())))
        if metric.column and metric.column not in known:
            dataset = "Interactions" if metric.dataset == INTERACTIONS else "Items"
            raise ValueError(
                f"{metric.name!r} sums {dataset}.{metric.column}, which is no number of that dataset;"
                f" its numbers are: {', '.join(known) or 'none'}"
            )
