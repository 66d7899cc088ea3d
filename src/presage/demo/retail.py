"""A shop's invoice lines, cleaned by rules that can be seen, as the three datasets that Personalize takes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl

from .kinds import kind_of_thing

SHOP_TIME_ZONE = "Europe/London"
PURCHASE = "Purchase"
SAMPLE_SINCE = datetime(2011, 10, 1)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One reason to drop invoice lines.

    Parameters
    ----------
    keep : from the lines that are left to the lines that stay
    """

    name: str
    why: str
    keep: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a rule did."""

    name: str
    why: str
    n_before: int
    n_dropped: int


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The cleaned data.

    Parameters
    ----------
    interactions : USER_ID, ITEM_ID, TIMESTAMP (s), EVENT_TYPE, EVENT_VALUE (GBP), oldest first
    items : ITEM_ID, NAME, KIND, PRICE (GBP), CREATION_TIMESTAMP (s); an item a row
    users : USER_ID, COUNTRY; a user a row
    cleaning : what each rule did, in order
    """

    interactions: pl.DataFrame
    items: pl.DataFrame
    users: pl.DataFrame
    cleaning: tuple[Applied, ...]


def bundled_lines() -> pl.DataFrame:
    """The invoice lines that come with presage: `data/ATTRIBUTION.md` says whose they are."""
    with as_file(files("presage.demo") / "data" / "online_retail.parquet") as path:
        lines = pl.read_parquet(path)
    return lines.with_columns(pl.col("InvoiceNo", "StockCode", "Description", "Country").cast(pl.String))


def write_lines(path: Path) -> None:
    """Write the newest of the invoice lines that come with presage as a CSV file."""
    newest = bundled_lines().filter(pl.col("InvoiceDate") >= SAMPLE_SINCE)
    newest.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")


def clean(lines: pl.DataFrame) -> Shop:
    """Apply `RULES` one after the other, and make datasets of what stays."""
    cleaning: list[Applied] = []
    for rule in RULES:
        kept = rule.keep(lines)
        dropped = lines.height - kept.height
        cleaning.append(Applied(name=rule.name, why=rule.why, n_before=lines.height, n_dropped=dropped))
        lines = kept
    return Shop(
        interactions=_interactions(lines),
        items=_items(lines),
        users=_users(lines),
        cleaning=tuple(cleaning),
    )


def _with_customer(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("CustomerID").is_not_null())


def _products(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("StockCode").str.contains(r"^\d{5}[A-Za-z]*$")).with_columns(
        pl.col("StockCode").str.to_uppercase()
    )


def _not_sent_back(lines: pl.DataFrame) -> pl.DataFrame:
    """Without the last purchase of the same customer, product and quantity before each return."""
    same = ["CustomerID", "StockCode", "Quantity"]
    numbered = lines.with_row_index("line")
    bought = numbered.filter(pl.col("Quantity") > 0).sort("InvoiceDate")
    returned = lines.filter(pl.col("Quantity") < 0).with_columns(-pl.col("Quantity")).sort("InvoiceDate")
    undone = returned.join_asof(
        bought.select("line", "InvoiceDate", *same), on="InvoiceDate", by=same, check_sortedness=False
    )
    return numbered.join(undone.select("line").drop_nulls(), on="line", how="anti").drop("line")


def _sold(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter((pl.col("Quantity") > 0) & ~pl.col("InvoiceNo").str.starts_with("C"))


def _paid(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("UnitPrice") > 0)


def _once_an_invoice(lines: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("Quantity") * pl.col("UnitPrice")
    return (
        lines.with_columns(Value=value.sum().over("InvoiceNo", "CustomerID", "StockCode"))
        .unique(["InvoiceNo", "CustomerID", "StockCode"], keep="first", maintain_order=True)
        .sort("InvoiceDate", maintain_order=True)
    )


RULES = (
    Rule(
        name="No customer number",
        why="nobody to recommend to: guest orders, stock corrections",
        keep=_with_customer,
    ),
    Rule(
        name="Not a product",
        why="service codes such as POST, DOT, M, D, C2, BANK CHARGES: a product's code has five digits first",
        keep=_products,
    ),
    Rule(
        name="Sent back in full",
        why="the same customer later returned the same number of the same product",
        keep=_not_sent_back,
    ),
    Rule(
        name="Cancellations and returns",
        why="invoice numbers that begin with C, quantities below zero",
        keep=_sold,
    ),
    Rule(name="Nothing paid", why="a price of zero: samples and corrections", keep=_paid),
    Rule(
        name="Named twice on one invoice",
        why="lines of one product on one invoice become one purchase, their values added",
        keep=_once_an_invoice,
    ),
)


def _seconds(moment: pl.Expr) -> pl.Expr:
    return moment.dt.replace_time_zone(SHOP_TIME_ZONE, ambiguous="earliest").dt.epoch("s")


def _interactions(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        USER_ID="CustomerID",
        ITEM_ID="StockCode",
        TIMESTAMP=_seconds(pl.col("InvoiceDate")),
        EVENT_TYPE=pl.lit(PURCHASE),
        EVENT_VALUE=pl.col("Value").round(2),
    )


def _items(lines: pl.DataFrame) -> pl.DataFrame:
    """A product has the name and the price that most of its lines give."""
    name = pl.col("Description").str.strip_chars().str.replace_all(r"\s+", " ").str.replace_all('"', "'")
    return (
        lines.group_by(ITEM_ID="StockCode")
        .agg(
            NAME=_most_frequent(name),
            PRICE=_most_frequent(pl.col("UnitPrice")),
            CREATION_TIMESTAMP=_seconds(pl.col("InvoiceDate")).min(),
        )
        .with_columns(KIND=kind_of_thing(pl.col("NAME")))
        .select("ITEM_ID", "NAME", "KIND", "PRICE", "CREATION_TIMESTAMP")
        .sort("ITEM_ID")
    )


def _users(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.group_by(USER_ID="CustomerID").agg(COUNTRY=_most_frequent(pl.col("Country"))).sort("USER_ID")


def _most_frequent(value: pl.Expr) -> pl.Expr:
    """The value that a group has most often; of several, the smallest."""
    return value.mode().sort().first()
