"""What differs when an account moves: what cannot be read, is trained anew, or is treated otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .account import Account, label
from .declaration import Item
from .endpoints import CallError
from .kinds import PREFIXES
from .telling import visible


class Topic(StrEnum):
    """What a note is about."""

    UNREAD = "Could not be read"
    UNMADE = "Could not be made there"
    FAILED = "Left out, as it has failed there or is going"
    RETIRED = "Recipes that are retired, or that the other account does not have"
    ANEW = "Trained anew: models themselves cannot be read"
    DIFFERS = "Treated otherwise by presage"
    DATA = "Data"


@dataclass(frozen=True)
class Note:
    """Something to know of the move."""

    topic: Topic
    about: str
    text: str


RETIRED: Mapping[str, str] = {
    "aws-hrnn": "aws-user-personalization-v2",
    "aws-hrnn-metadata": "aws-user-personalization-v2",
    "aws-hrnn-coldstart": "aws-user-personalization-v2",
    "aws-sims": "aws-similar-items",
}
"""Recipes that AWS offers no more, or advises against -> what takes their place."""
_ROLES = "checked for its form, kept, and not used: access keys decide"
_KEYS = "checked for its form, kept, and not used: encrypt the disk"
_RENTED = "kept; nothing is rented, so nothing scales"
DIFFERENT: Mapping[str, str] = {
    "roleArn": _ROLES,
    "RoleArn": _ROLES,
    "kmsKeyArn": _KEYS,
    "KMSKeyArn": _KEYS,
    "minProvisionedTPS": _RENTED,
    "minRecommendationRequestsPerSecond": _RENTED,
    "metricsOutputConfig": "reports go to S3 alone, every 15 minutes; there is no CloudWatch",
    "AdditionalDatasets": "holidays are built in; weather needs the setting `weather`",
    "algorithmHyperParameters": "of presage's own model of the recipe; docs/recipes lists them",
    "trackingId": "a new one: clients that put events must be told",
}
"""Members that presage treats otherwise -> how."""
_TRAINED = ("SolutionVersion", "Recommender", "AutoPredictor", "Predictor")


def notes_of(item: Item) -> list[Note]:
    """What there is to know of an item that moves."""
    about = label(item.kind, item.name if item.kind.name != "SolutionVersion" else item.key)
    found = [Note(Topic.DIFFERS, member, DIFFERENT[member]) for member in _members(item.members)]
    if item.kind.name in _TRAINED:
        found.append(Note(Topic.ANEW, about, "its answers will not be the same: compare them on a trace"))
    if item.kind.name == "EventTracker":
        found.append(Note(Topic.DIFFERS, "trackingId", DIFFERENT["trackingId"]))
    for recipe in _recipes(item.members):
        if recipe in RETIRED:
            text = f"uses {recipe}, which presage trains still; {RETIRED[recipe]} takes its place"
            found.append(Note(Topic.RETIRED, about, text))
    return found


def notes_for(items: Sequence[Item], target: Account) -> list[Note]:
    """What the account that is moved to does not have."""
    try:
        answer = target.pages("personalize", "list_recipes", {})
    except CallError as error:
        return [Note(Topic.RETIRED, "the list of recipes there", str(error))]
    known = {recipe["recipeArn"].removeprefix(PREFIXES["recipeArn"]) for recipe in answer}
    return [
        Note(Topic.RETIRED, label(item.kind, item.name), f"uses {recipe}, which is not there")
        for item in items
        for recipe in _recipes(item.members)
        if recipe not in known
    ]


def _members(value: Any) -> set[str]:
    """The members of a value, at any depth, that presage treats otherwise."""
    if isinstance(value, Mapping):
        own = {name for name in value if name in DIFFERENT}
        return own.union(*map(_members, value.values()))
    return set[str]().union(*map(_members, value)) if isinstance(value, list) else set()


def _recipes(value: Any) -> list[str]:
    """The names of the recipes that a value names."""
    if isinstance(value, Mapping):
        return [name for one in value.values() for name in _recipes(one)]
    if isinstance(value, list):
        return [name for one in value for name in _recipes(one)]
    prefix = PREFIXES["recipeArn"]
    return [value.removeprefix(prefix)] if isinstance(value, str) and value.startswith(prefix) else []


def report_text(notes: Sequence[Note], items: Sequence[Item], of: str) -> str:
    """The report as Markdown: how much of what, then a list for each topic."""
    counts: dict[str, int] = {}
    for item in items:
        words = f"{item.kind.service} {item.kind.name}"
        counts[words] = counts.get(words, 0) + 1
    lines = [f"# What differs when {of} moves", ""]
    lines += [f"Read: {', '.join(f'{n:,} {name}' for name, n in counts.items()) or 'nothing'}.", ""]
    for topic in Topic:
        about = dict.fromkeys((visible(n.about), visible(n.text)) for n in notes if n.topic == topic)
        if about:
            lines += [f"## {topic}", "", *(f"- {one}: {text}" for one, text in about), ""]
    return "\n".join(lines)
