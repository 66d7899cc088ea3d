"""What a Forecast dataset's schema must hold, by domain and dataset type.

Source: the Forecast developer guide, "Predefined Dataset Domains and Dataset Types", "Datasets and Schemas".
Every refusal is a ValueError that names the attribute, its value and the rule.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from presage.columns import by_caseless

from .reserved import RESERVED

TIMESTAMP = "timestamp"
"""The attribute that holds the time of a row."""
GEOLOCATION = "geolocation"
"""The AttributeType of a place."""
TARGET, RELATED, METADATA = "TARGET_TIME_SERIES", "RELATED_TIME_SERIES", "ITEM_METADATA"
NUMBER = ("float", "integer")
MOST_ATTRIBUTES = {TARGET: 13, RELATED: 25, METADATA: 10}
MULTIPLES = {"min": 59, "H": 23, "D": 6, "W": 4, "M": 11, "Y": 1}
"""Unit of a frequency -> its largest multiple."""
Types = Mapping[str, tuple[str, ...]]


def _domain(identifier: str, target: str) -> dict[str, Types]:
    """Dataset type -> the attributes that it must have, and the types that each may be of."""
    series: Types = {identifier: ("string",), "timestamp": ("timestamp",)}
    return {TARGET: {**series, target: NUMBER}, RELATED: series, METADATA: {identifier: ("string",)}}


DOMAINS: Mapping[str, Mapping[str, Types]] = {
    "RETAIL": _domain("item_id", "demand"),
    "CUSTOM": _domain("item_id", "target_value"),
    "INVENTORY_PLANNING": _domain("item_id", "demand"),
    "EC2_CAPACITY": _domain("instance_type", "number_of_instances"),
    "WORK_FORCE": _domain("workforce_type", "workforce_demand"),
    "WEB_TRAFFIC": _domain("item_id", "value"),
    "METRICS": _domain("metric_name", "metric_value"),
}
"""Domain -> dataset type -> its required attributes."""


def check_schema(domain: str, dataset_type: str, attributes: Sequence[Mapping[str, str]]) -> None:
    """Raise ValueError unless a dataset of this domain and type may have these attributes.

    Parameters
    ----------
    attributes : AttributeName and AttributeType each, in the order of the files' columns
    """
    types = {one.get("AttributeName", ""): one.get("AttributeType", "") for one in attributes}
    if len(by_caseless(types)) < len(attributes) or "" in types:
        raise ValueError("each attribute needs an AttributeName of its own, different in more than case")
    if len(types) > MOST_ATTRIBUTES[dataset_type]:
        raise ValueError(
            f"the schema has {len(types)} attributes; a {dataset_type} dataset may have"
            f" {MOST_ATTRIBUTES[dataset_type]}"
        )
    required = DOMAINS[domain][dataset_type]
    for name, accepted in required.items():
        if name not in types:
            raise ValueError(
                f"{dataset_type} datasets of the domain {domain} must have the attribute {name!r}"
            )
        if types[name] not in accepted:
            raise ValueError(f"{name!r} is of type {types[name]!r}; it must be {' or '.join(accepted)}")
    _check_others(domain, dataset_type, {n: kind for n, kind in types.items() if n not in required})


def _check_others(domain: str, dataset_type: str, others: Mapping[str, str]) -> None:
    """The attributes of the caller's own choice: dimensions, features, categories."""
    target = list(DOMAINS[domain][TARGET])[-1]
    for name, kind in others.items():
        if not kind:
            raise ValueError(f"{name!r} has no AttributeType; it must have one")
        if name.upper() in RESERVED:
            raise ValueError(f"{name!r} is a reserved name of Amazon Forecast; choose another")
        if kind == "timestamp":
            raise ValueError(
                f"{name!r} is of type 'timestamp'; only the attribute 'timestamp' of a series may be"
            )
        if dataset_type == TARGET and kind in NUMBER:
            raise ValueError(f"{name!r} is of type {kind!r}; besides {target!r} only dimensions are allowed")
        if dataset_type == RELATED and name == target:
            raise ValueError(f"{name!r} is the target; it belongs to the {TARGET} dataset alone")
    if dataset_type == RELATED and not set(others.values()) & set(NUMBER):
        raise ValueError(f"a {RELATED} dataset needs at least one feature of type {' or '.join(NUMBER)}")


def check_frequency(dataset_type: str, frequency: str | None) -> None:
    """Raise ValueError unless a dataset of this type may be recorded at a frequency such as D or 15min."""
    if dataset_type == METADATA:
        if frequency is not None:
            raise ValueError(f"DataFrequency is {frequency!r}; {METADATA} datasets have none")
        return
    if frequency is None:
        raise ValueError(f"DataFrequency is missing; {dataset_type} datasets need one, for instance D")
    check_multiple("DataFrequency", frequency)


def check_multiple(member: str, frequency: str) -> None:
    """Raise ValueError, naming the member that holds it, unless a text is one of Forecast's frequencies."""
    match = re.fullmatch(r"([1-9]\d?)?(min|H|D|W|M|Y)", frequency)
    if not match or int(match[1] or 1) > MULTIPLES[match[2]]:
        units = ", ".join(f"1 to {most} {unit}" for unit, most in MULTIPLES.items())
        raise ValueError(f"{member} is {frequency!r}; it must be one of {units}, such as 2D or 15min")


@dataclass(frozen=True, kw_only=True)
class SeriesSchema:
    """What a dataset's attributes are for.

    Parameters
    ----------
    types : attribute -> its AttributeType, in the order of the files' columns
    identifier : the attribute that names an item
    target : what is forecast; empty in other than target series
    dimensions : by which an item has several series (target and related series)
    features : numbers of related series
    categories : what metadata tell of an item
    """

    dataset_type: str
    types: Mapping[str, str]
    identifier: str
    target: str = ""
    dimensions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The attributes of which a later row has the place of an earlier one."""
        timestamp = () if self.dataset_type == METADATA else (TIMESTAMP,)
        return (self.identifier, *timestamp, *self.dimensions)


def read_schema(dataset: Mapping[str, Any]) -> SeriesSchema:
    """The schema of a dataset, from Domain, DatasetType and Schema as CreateDataset has accepted them."""
    dataset_type = dataset["DatasetType"]
    attributes = dataset["Schema"]["Attributes"]
    types = {one["AttributeName"]: one["AttributeType"] for one in attributes}
    required = list(DOMAINS[dataset["Domain"]][dataset_type])
    others = [name for name in types if name not in required]
    numbers = tuple(name for name in others if types[name] in NUMBER)
    words = tuple(name for name in others if types[name] not in NUMBER)
    return SeriesSchema(
        dataset_type=dataset_type,
        types=types,
        identifier=required[0],
        target=required[-1] if dataset_type == TARGET else "",
        dimensions=() if dataset_type == METADATA else words,
        features=numbers if dataset_type == RELATED else (),
        categories=tuple(others) if dataset_type == METADATA else (),
    )
