"""The step that leaves out what a filter does not let through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import numpy as np

from presage.columns import ACTION_INTERACTIONS, ACTIONS, ITEMS, USER_ID, USERS, bare, caseless
from presage.filters.tree import ANY, All, Condition, CurrentItem, Expression, Filter
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .cells import Bools, is_met
from .histories import Histories, Used
from .memory import GroupMemory
from .steps import Asked, Mask

T = TypeVar("T")
Found: TypeAlias = Bools | set[str]
"""What meets an expression: (n_items,) of a catalogue, or the ids of items."""


@dataclass(frozen=True, kw_only=True)
class Filtering:
    """A filter of one answer; what is said of items holds of actions too.

    Parameters
    ----------
    filter_ : without parameters
    user_id : who is asking
    item_id : the item whose relatives are asked for
    histories : what users did with the items
    memory : what is known of users
    """

    filter_: Filter
    user_id: str
    item_id: str | None
    histories: Histories
    memory: GroupMemory

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores as they are; the mask without what the filter leaves out."""
        shown = self.mask(asked.catalogue)
        return scores, shown if mask is None else mask & shown

    def mask(self, catalogue: Catalogue) -> Bools:
        """(n_items,): which items may be shown."""
        return _shown(*self._found(catalogue), catalogue)

    def kept(self, item_ids: Iterable[str], catalogue: Catalogue) -> list[str]:
        """Those of some items that may be shown; one that the catalogue does not know has events alone."""
        included, excluded = self._found(catalogue)
        shown = _shown(included, excluded, catalogue)

        def is_kept(item_id: str) -> bool:
            row = catalogue.row(item_id)
            if row is not None:
                return bool(shown[row])
            return (not included or _has(included, item_id)) and not _has(excluded, item_id)

        return [item_id for item_id in item_ids if is_kept(item_id)]

    def _found(self, catalogue: Catalogue) -> tuple[list[Found], list[Found]]:
        """What INCLUDEs and EXCLUDEs name, without those whose IF is not met: they say nothing."""
        included: list[Found] = []
        excluded: list[Found] = []
        for expression in self.filter_.expressions:
            if self._counts(expression.only_if):
                (included if expression.includes else excluded).append(self._meeting(expression, catalogue))
        return included, excluded

    def _counts(self, only_if: All) -> bool:
        """Whether the user meets all of some conditions; one without a record meets none."""
        if not only_if:
            return True
        record = self.memory.user(self.user_id)
        if record is None:
            return False
        dataset = self.memory.source.datasets.get(USERS)
        types = _caseless(dataset.layout.types) if dataset else {}
        cells = {USER_ID: self.user_id, **_caseless(record[1])}
        return all(is_met(one, cells.get(one.field), types.get(one.field)) for one in only_if)

    def _meeting(self, expression: Expression, catalogue: Catalogue) -> Found:
        if expression.dataset in (ITEMS, ACTIONS):
            return catalogue.cells.met(self._compared(expression, catalogue))
        history = self.histories.of(self.user_id)
        found: set[str] = set()
        for conditions in expression.alternatives:
            found |= set[str].intersection(*(_used(condition, history) for condition in conditions))
        return found

    def _compared(self, expression: Expression, catalogue: Catalogue) -> tuple[All, ...]:
        """The alternatives, the seed item's values in the places of its fields."""
        if not any(isinstance(condition.operand, CurrentItem) for condition in expression.conditions()):
            return expression.alternatives
        row = None if self.item_id is None else catalogue.row(self.item_id)
        return tuple(
            tuple(_with_seed(condition, row, catalogue) for condition in conditions)
            for conditions in expression.alternatives
        )


def _caseless(row: Mapping[str, T]) -> dict[str, T]:
    return {caseless(name): value for name, value in row.items()}


def _with_seed(condition: Condition, row: int | None, catalogue: Catalogue) -> Condition:
    if not isinstance(condition.operand, CurrentItem):
        return condition
    operand = () if row is None else catalogue.cells.column(condition.operand.field).operand(row)
    return replace(condition, operand=operand)


def _used(condition: Condition, history: Mapping[str, Sequence[Used]]) -> set[str]:
    """The items with which a user did what a condition about the event's type asks for."""
    if not isinstance(condition.operand, tuple) or not condition.operand:
        return set()
    spelled = bare if condition.dataset == ACTION_INTERACTIONS else str.upper
    wanted = set(map(spelled, condition.operand))
    is_wanted = condition.operator in ("IN", "=")
    return {
        used.item_id
        for type_, events in history.items()
        if (ANY in condition.operand or spelled(type_) in wanted) == is_wanted
        for used in events
    }


def _shown(included: Sequence[Found], excluded: Sequence[Found], catalogue: Catalogue) -> Bools:
    """(n_items,): what is included, or all without such, but for what is excluded."""
    shown = np.full(len(catalogue.uses), not included)
    for found in included:
        shown |= _mask(found, catalogue)
    for found in excluded:
        shown &= ~_mask(found, catalogue)
    return shown


def _mask(found: Found, catalogue: Catalogue) -> Bools:
    if not isinstance(found, set):
        return found
    mask = np.zeros(len(catalogue.uses), bool)
    mask[[row for item_id in found if (row := catalogue.row(item_id)) is not None]] = True
    return mask


def _has(found: Sequence[Found], item_id: str) -> bool:
    """Whether an item that no catalogue knows is named by any."""
    return any(isinstance(one, set) and item_id in one for one in found)
