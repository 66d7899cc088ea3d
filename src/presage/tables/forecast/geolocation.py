"""Where series are: coordinates or US ZIP codes, all of a dataset within one region.

Source: the Forecast developer guide, "Weather Index", "Geolocation format", "Region boundaries".
"""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from presage.errors import JobFailure, shown

LAT_LONG, POSTAL = "LAT_LONG", "CC_POSTALCODE"
_PATTERNS: Mapping[str, str] = {
    LAT_LONG: r"^-?\d{1,2}(\.\d+)?_-?\d{1,3}(\.\d+)?$",
    POSTAL: r"^US_\d{5}$",
}
FORMATS: Mapping[str, str] = {
    LAT_LONG: "latitude and longitude in degrees, such as 47.61_-122.33",
    POSTAL: "country and postal code, US_ and 5 digits, such as US_98121",
}
"""GeolocationFormat -> what a cell must be, in words."""


class Region(NamedTuple):
    """A region between two latitudes and two longitudes, degrees."""

    south: float
    north: float
    west: float
    east: float


REGIONS: Mapping[str, Region] = {
    "US": Region(24.6, 50.0, -126.0, -66.4),
    "Canada": Region(41.0, 75.0, -142.0, -52.0),
    "Europe": Region(34.8, 71.8, -12.6, 44.8),
    "South America": Region(-56.6, 14.0, -82.4, -33.0),
    "Asia Pacific": Region(-47.8, 55.0, 67.0, 180.6),
    "Central America": Region(6.8, 33.2, -118.8, -58.2),
    "Africa and Middle East": Region(-35.6, 43.4, -18.8, 58.2),
}


def is_broken(cell: pl.Expr, geolocation_format: str) -> pl.Expr:
    """True where a cell is not of the format."""
    return ~cell.str.contains(_PATTERNS[geolocation_format])


def check_region(rows: pl.LazyFrame, column: str) -> None:
    """Raise JobFailure unless one region holds all coordinates of a column."""
    parts = pl.col(column).str.split_exact("_", 1).struct
    found = (
        rows.select(pl.col(column).unique())
        .select(
            column,
            latitude=parts.field("field_0").cast(pl.Float64),
            longitude=parts.field("field_1").cast(pl.Float64),
        )
        .collect(engine="streaming")
    )
    outside = {name: found.filter(~_is_inside(region)) for name, region in REGIONS.items()}
    name, rest = min(outside.items(), key=lambda one: one[1].height)
    if rest.height:
        raise JobFailure(
            f"{column} {shown(rest[column].sort()[0])} is not in the region {name}, where most are;"
            f" all locations must be in one of: {', '.join(REGIONS)}"
        )


def _is_inside(region: Region) -> pl.Expr:
    return pl.col("latitude").is_between(region.south, region.north) & pl.col("longitude").is_between(
        region.west, region.east
    )
