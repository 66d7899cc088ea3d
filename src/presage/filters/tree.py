"""What a filter expression says; names of datasets and fields stand in upper case."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final, Literal, TypeAlias

from presage.columns import ACTION_INTERACTIONS, INTERACTIONS, USERS

Target: TypeAlias = Literal["ITEMID", "ACTIONID", "USERID"]
Operator: TypeAlias = Literal["IN", "NOT IN", "=", "!=", "<", "<=", ">", ">="]
ANY: Final = "*"
"""In place of an event type: any event."""


def spelled(dataset: str) -> str:
    """A dataset type as AWS's expressions write it, for instance `Action_Interactions`."""
    return dataset.title()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place for a value that each request brings."""

    name: str


@dataclass(frozen=True, slots=True)
class CurrentItem:
    """A field of the item whose relatives are asked for."""

    field: str


Number: TypeAlias = int | float
Strings: TypeAlias = tuple[str, ...]
Operand: TypeAlias = Strings | Number | Parameter | CurrentItem


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One comparison; without an operand (an empty tuple) nothing meets it.

    Parameters
    ----------
    position : the character of the expression at which it begins, from 1; equal conditions may differ in it
    """

    dataset: str
    field: str
    operator: Operator
    operand: Operand
    position: int = member(default=1, compare=False)


All: TypeAlias = tuple[Condition, ...]
"""Conditions that must all be met."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """What stands between two bars.

    Parameters
    ----------
    includes : INCLUDE, or else EXCLUDE
    alternatives : at least one, of which one must be met
    only_if : conditions about the user, without which the expression says nothing
    """

    includes: bool
    alternatives: tuple[All, ...]
    only_if: All = ()

    @property
    def dataset(self) -> str:
        """The dataset that all its conditions but those about the user are about."""
        return self.alternatives[0][0].dataset

    def conditions(self) -> Iterator[Condition]:
        """All its conditions."""
        for alternative in self.alternatives:
            yield from alternative
        yield from self.only_if


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A whole filter: what any INCLUDE names, less what any EXCLUDE names."""

    target: Target
    expressions: tuple[Expression, ...]

    def conditions(self) -> Iterator[Condition]:
        """All its conditions."""
        for expression in self.expressions:
            yield from expression.conditions()

    @property
    def parameters(self) -> set[str]:
        """The names of its parameters."""
        operands = (condition.operand for condition in self.conditions())
        return {operand.name for operand in operands if isinstance(operand, Parameter)}

    @property
    def asks_user(self) -> bool:
        """Whether it depends on who is asking."""
        return any(
            condition.dataset in (INTERACTIONS, ACTION_INTERACTIONS, USERS) for condition in self.conditions()
        )

    @property
    def asks_item(self) -> bool:
        """Whether it depends on the item whose relatives are asked for."""
        return any(isinstance(condition.operand, CurrentItem) for condition in self.conditions())
