"""What a file's columns are, guessed from their names and values: a person looks, and may say otherwise."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

import polars as pl

from .times import EXCEL, form_of

LEAST_TIMES = 0.9
"""A column is taken for times if so many of its values can be read as such."""


@dataclass(frozen=True)
class Role:
    """What a column may be.

    Parameters
    ----------
    words : that such a column's name has, the most telling first
    is_needed : whether nothing goes without it
    """

    key: str
    label: str
    words: Sequence[str]
    is_needed: bool = False


ROLES = (
    Role(
        "USER_ID",
        "who",
        "user customer client member visitor shopper buyer subscriber account person reader viewer listener"
        " patient student player guest contact uid email login profile who"
        " kunde kunden nutzer benutzer kaufer mitglied cliente usuario utilisateur acheteur klant".split(),
        is_needed=True,
    ),
    Role(
        "ITEM_ID",
        "what (an id)",
        "item product sku stock article asin isbn ean gtin movie film video song track album artist book"
        " course program programme post listing page content material recipe game app hotel offer"
        " artikel produkt ware buch producto articulo produit livre".split(),
        is_needed=True,
    ),
    Role(
        "TIMESTAMP",
        "when",
        "timestamp time datetime date when at created occurred ts day ordered purchased epoch"
        " zeit zeitpunkt datum bestelldatum kaufdatum fecha hora heure".split(),
        is_needed=True,
    ),
    Role("EVENT_TYPE", "kind of event", "event action activity interaction behavior behaviour verb".split()),
    Role(
        "ITEM_NAME",
        "the thing's name",
        "description title name label caption bezeichnung beschreibung titel nombre nom titre".split(),
    ),
    Role(
        "EVENT_VALUE",
        "value",
        "value rating stars score amount revenue total quantity qty price"
        " wert menge preis umsatz cantidad precio quantite prix".split(),
    ),
)
"""In the order in which columns are given to them."""
BY_KEY = {role.key: role for role in ROLES}
BY_VALUES = 50.0
"""So many points a column has for times in it; its name gives it more."""
IS_ID = set("id no nr nummer number code key num uid sku asin isbn ean gtin upc".split())
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def guess(sample: pl.DataFrame) -> dict[str, str]:
    """Column -> the key of its role, for those that seem to have one.

    Parameters
    ----------
    sample : the first rows of the file, all of them text
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        points: dict[str, float] = {}
        for column in sorted(sample.columns, key=lambda column: _place(role, _words(column)) is None):
            if role.key == "TIMESTAMP" and max(points.values(), default=0.0) > BY_VALUES:
                break  # no column whose name does not say so can be likelier, and looking takes long
            if column not in roles:
                points[column] = _points(role, column, sample[column])
        best = max(points, key=lambda column: points[column], default=None)
        if best is not None and points[best] > 0:
            roles[best] = role.key
    return roles


def _points(role: Role, column: str, values: pl.Series) -> float:
    """How much a column seems to have a role; 0 = not at all."""
    words = _words(column)
    if "".join(words) == role.key.replace("_", "").lower():
        return 1000.0
    told = _place(role, words)
    points = 0.0 if told is None else 100.0 - told
    is_named_as_id = bool(IS_ID & set(words))
    match role.key:
        case "TIMESTAMP":
            form, share = form_of(values.drop_nulls().head(1000))
            is_told = told is not None or form.key != EXCEL  # any number of five digits may be such a day
            return points + BY_VALUES if share >= LEAST_TIMES and is_told else 0.0
        case "USER_ID" | "ITEM_ID":
            return points and points + (30.0 if is_named_as_id else 0.0) - ("name" in words)
        case "ITEM_NAME":
            is_of_user = _place(BY_KEY["USER_ID"], words) is not None
            is_of_item = _place(BY_KEY["ITEM_ID"], words) is not None
            return 0.0 if is_named_as_id or is_of_user else points and points + (30.0 if is_of_item else 0.0)
        case "EVENT_VALUE":
            return points if not is_named_as_id and _are_numbers(values) else 0.0
        case _:
            return 0.0 if is_named_as_id else points


def _words(column: str) -> list[str]:
    """The words of a column's name, without accents: `customerID` and `customerid` have the same."""
    words: list[str] = []
    plain = "".join(sign for sign in normalize("NFKD", column) if not combining(sign))
    for word in map(str.lower, _PARTS.findall(plain)):
        stem = word.removesuffix("id").removesuffix("nummer").removesuffix("nr")
        is_glued = stem != word and any(stem in role.words for role in ROLES)
        words += [stem, "id"] if is_glued else [word]
    return words


def _place(role: Role, words: Sequence[str]) -> int | None:
    """The place among a role's words of the first that a name has, in the singular or the plural."""
    return next((n for n, one in enumerate(role.words) if one in words or f"{one}s" in words), None)


def _are_numbers(values: pl.Series) -> bool:
    there = values.drop_nulls()
    return len(there) > 0 and there.cast(pl.Float64, strict=False).null_count() < len(there) / 2


def faults_of(roles: Mapping[str, str]) -> list[str]:
    """What is wrong with the roles that columns were given."""
    given = list(roles.values())
    faults = [f"no column says {role.label}" for role in ROLES if role.is_needed and role.key not in given]
    faults += [f"more than one column says {role.label}" for role in ROLES if given.count(role.key) > 1]
    return faults
