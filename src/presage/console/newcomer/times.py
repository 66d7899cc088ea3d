"""Times as people's files write them, and how each is read."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
"""What may follow a date."""
DATES = (
    ("%Y-%m-%d", "year-month-day, as 2024-03-31"),
    ("%Y/%m/%d", "year/month/day, as 2024/03/31"),
    ("%Y.%m.%d", "year.month.day, as 2024.03.31"),
    ("%Y%m%d", "year, month, day without signs, as 20240331"),
    ("%d/%m/%Y", "day/month/year, as 31/03/2024"),
    ("%m/%d/%Y", "month/day/year, as 03/31/2024"),
    ("%d.%m.%Y", "day.month.year, as 31.03.2024"),
    ("%d-%m-%Y", "day-month-year, as 31-03-2024"),
    ("%m-%d-%Y", "month-day-year, as 03-31-2024"),
    ("%d/%m/%y", "day/month/year of two digits, as 31/03/24"),
    ("%m/%d/%y", "month/day/year of two digits, as 03/31/24"),
    ("%d.%m.%y", "day.month.year of two digits, as 31.03.24"),
    ("%d %b %Y", "day, month's name, year, as 31 Mar 2024"),
    ("%b %d %Y", "month's name, day, year, as Mar 31 2024"),
    ("%d %B %Y", "day, month's whole name, year, as 31 March 2024"),
    ("%B %d %Y", "month's whole name, day, year, as March 31 2024"),
)
"""What a date may look like, in strptime's words; of two that read a column as well, the first is taken."""
UNITS = (
    ("s", r"^\d{9,10}(\.\d+)?$", 1, "seconds since 1970"),
    ("ms", r"^\d{12,13}(\.\d+)?$", 1_000, "milliseconds since 1970"),
    ("us", r"^\d{15,16}$", 1_000_000, "microseconds since 1970"),
)
EXCEL = "excel"
SERIAL, SERIAL_1970 = r"^([34]\d{4}(?:\.\d+)?)$", 25_569
"""Days since the end of 1899, as Excel counts them: 1982 to 2036, as other numbers look the same."""
LEAST_DIGITS = 5
"""Every time has so many: `1 Jan 2024`."""
MOST_LOOKED_AT = 500
"""So many texts tell in which form a column is."""
ZONE = r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$"


@dataclass(frozen=True)
class Form:
    """One way to write a time.

    Parameters
    ----------
    key : short, for forms of the console
    read : a column of text -> whole seconds since 1970, UTC; null where it is not written so
    """

    key: str
    label: str
    read: Callable[[pl.Expr], pl.Expr]


def _numbers(pattern: str, a_second: int) -> Callable[[pl.Expr], pl.Expr]:
    def read(text: pl.Expr) -> pl.Expr:
        number = _ungrouped(text).str.extract(f"({pattern})", 1).cast(pl.Float64, strict=False)
        return (number / a_second).floor().cast(pl.Int64, strict=False)

    return read


def _ungrouped(text: pl.Expr) -> pl.Expr:
    """A number without the signs by which people group its digits: 1,700,000,000 and 1.700.000.000."""
    plain = text.str.strip_chars()
    is_grouped = plain.str.contains(r"^\d{1,3}([,.' ]\d{3}){2,}$")
    return pl.when(is_grouped).then(plain.str.replace_all(r"[,.' ]", "")).otherwise(plain)


def _serial(text: pl.Expr) -> pl.Expr:
    number = text.str.strip_chars().str.replace(",", ".", literal=True).str.extract(SERIAL, 1)
    return (
        ((number.cast(pl.Float64, strict=False) - SERIAL_1970) * 86_400).round().cast(pl.Int64, strict=False)
    )


def _dates(date: str) -> Callable[[pl.Expr], pl.Expr]:
    def read(text: pl.Expr) -> pl.Expr:
        plain = _plain(text)
        seconds = [
            plain.str.strptime(pl.Datetime("ms"), f"{date}{clock}", strict=False).dt.epoch("s")
            for clock in CLOCKS
        ]
        return pl.coalesce(seconds) - _ahead(text)

    return read


def _plain(text: pl.Expr) -> pl.Expr:
    """A date and its clock with one space between them; no zone, no fraction of a second, no comma."""
    spaced = text.str.strip_chars().str.replace(r"(\d)T(\d)", "${1} ${2}").str.replace_all(",", " ")
    return (
        spaced.str.replace(r"(:\d\d)\.\d+", "${1}")
        .str.replace(rf"(:\d\d)\s*{ZONE}", "${1}")
        .str.replace_all(r"\s+", " ")
        .str.to_uppercase()
    )


def _ahead(text: pl.Expr) -> pl.Expr:
    """By how many seconds a time's zone is ahead of UTC; 0 if it names none."""
    parts = text.str.strip_chars().str.extract_groups(r":\d\d(?:\.\d+)?\s*([+-])(\d{2}):?(\d{2})$")
    sign = pl.when(parts.struct.field("1") == "-").then(-1).otherwise(1)
    hours = parts.struct.field("2").cast(pl.Int64, strict=False)
    minutes = parts.struct.field("3").cast(pl.Int64, strict=False)
    return (sign * (hours * 3600 + minutes * 60)).fill_null(0)


FORMS = {
    form.key: form
    for form in (
        *(Form(key, label, _numbers(pattern, n)) for key, pattern, n, label in UNITS),
        *(Form(date.replace("%", ""), label, _dates(date)) for date, label in DATES),
        Form(EXCEL, "days as Excel counts them, as 45382.5", _serial),
    )
}


def form_of(values: pl.Series) -> tuple[Form, float]:
    """The form that reads most of some texts, and the share of them that it reads, 0 to 1."""
    texts = values.head(MOST_LOOKED_AT)
    if not (texts.str.count_matches(r"\d") >= LEAST_DIGITS).any():
        return next(iter(FORMS.values())), 0.0
    read = [(form.read(pl.col("text")) >= 0).fill_null(value=False).mean() for form in FORMS.values()]
    table = texts.to_frame("text").lazy()
    shares = table.select(one.alias(str(n)) for n, one in enumerate(read)).collect().row(0)
    best = max(range(len(shares)), key=lambda n: (shares[n], -n))
    return list(FORMS.values())[best], shares[best]
