"""Templates filled: text is escaped, values are shown as people write them."""

import math
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from .static import static

UNITS = ("B", "kB", "MB", "GB", "TB")
BAD = ("FAILED", "FIRING", "STOPPED", "CANCELLED", "DELETED")
GOOD = ("ACTIVE", "DONE", "SUCCEEDED", "OK")
LARGE = 1_000
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PARTS_OF_AN_ARN = 6
"""So many parts an ARN has; the last one is the resource."""


def render(template: str, **values: Any) -> str:
    """Fill a template of `templates/`."""
    return environment().get_template(template).render(**values)


def count(value: float) -> str:
    """12345 as 12,345."""
    return f"{value:,.0f}"


def size(n_bytes: float) -> str:
    """12345678 as 12.3 MB."""
    unit = 0
    while n_bytes >= 1000 and unit < len(UNITS) - 1:
        n_bytes, unit = n_bytes / 1000, unit + 1
    return f"{n_bytes:.3g} {UNITS[unit]}"


def figure(value: object) -> str:
    """A number to four digits, or whole if it is large; anything else as it is written."""
    if not isinstance(value, float):
        return f"{value:,}" if type(value) is int else str(value)
    return f"{value:,.0f}" if LARGE <= abs(value) < math.inf else f"{value:.4g}"


def moment(at: float) -> Markup:
    """An instant, in seconds since 1970, as a date and a time of day in UTC."""
    there = datetime.fromtimestamp(at, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        there.isoformat(timespec="seconds"), there.strftime("%-d %b %Y, %H:%M:%S")
    )


def lasting(seconds: float) -> str:
    """A length of time in its two largest units: 3 h 12 min."""
    whole = max(0, round(seconds))
    parts = ((whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    shown = [f"{n} {unit}" for n, unit in parts if n]
    return " ".join(shown[:2]) or "0 s"


def resource(arn: str) -> str:
    """The path of the page that shows all that is held of what an ARN names."""
    return f"/console/resources/{quote(arn, safe=':/')}"


def own_page(arn: str) -> str:
    """The path of the page that is made for what an ARN names; empty = there is none."""
    parts = arn.split(":", PARTS_OF_AN_ARN - 1)
    kind, _, name = parts[-1].partition("/")
    match parts[2:3], kind:
        case ["pipelines"], "pipeline":
            return f"/console/pipelines/{quote(name, safe='')}"
        case ["pipelines"], "run":
            return f"/console/runs/{quote(name.replace('/', '.'), safe='')}"
        case ["decisions"], "campaign":
            return f"/console/offers/{quote(name, safe='')}"
        case ["personalize"], "experiment":
            return f"/console/experiments/{quote(name, safe='')}"
        case ["personalize" | "forecast"], "dataset":
            return f"/console/data/{quote(arn, safe=':/')}"
        case _:
            return ""


def name_of(arn: str) -> str:
    """What people call what an ARN names: `solution/shop/1a2b3c4d` as `shop/1a2b3c4d`."""
    named = arn.split(":", PARTS_OF_AN_ARN - 1)[-1]
    return named.partition("/")[2] or named


def link(arn: str) -> Markup:
    """A link to what an ARN names; what is none, as some jobs are for, is shown as it is.

    What follows a `#` says what about the resource is meant, such as its memory.
    """
    if not arn.startswith("arn:"):
        return escape(arn)
    named = arn.partition("#")[0]
    return Markup('<a href="{}">{}</a>').format(own_page(named) or resource(named), name_of(arn))


def status(text: str) -> Markup:
    """Where something stands, as a badge: its colour only repeats what the word says."""
    words = text.upper()
    tone = "bad" if any(bad in words for bad in BAD) else "good" if words.endswith(GOOD) else "busy"
    return Markup('<span class="status {}">{}</span>').format(tone, text)


def in_words(name: str) -> str:
    """`performHPO` as `perform HPO`, `datasetGroupArn` as `dataset group ARN`."""
    words = _WORDS.findall(name)
    return " ".join(
        "ARN" if word == "Arn" else word if word.isupper() and len(word) > 1 else word.lower()
        for word in words
    )


def short_metric(name: str) -> str:
    """`normalized_discounted_cumulative_gain_at_10` as `NDCG@10`."""
    for long, short in (("normalized_discounted_cumulative_gain", "NDCG"), ("mean_reciprocal_rank", "MRR")):
        name = name.replace(long, short)
    return name.replace("_at_", "@").replace("_", " ")


@cache
def environment() -> Environment:
    """All templates, read at once, so that what is installed over a running server changes no page of it.

    Each is compiled when a page first needs it.
    """
    folder = files("presage.console") / "templates"
    made = Environment(
        loader=DictLoader({one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        count,
        size,
        figure,
        moment,
        lasting,
        resource,
        own_page,
        name_of,
        link,
        status,
        in_words,
        short_metric,
    ):
        made.filters[function.__name__] = function
    made.globals["static"] = static
    return made
