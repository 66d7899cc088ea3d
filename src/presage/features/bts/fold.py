"""The fold: (state, event) -> state, for one identity. Files, live events and Spark use this one function."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .aggregates import KINDS, Slot, State, compiled, truth
from .document import Streaming
from .errors import DocumentError, ExpressionError, Fault, TransformError
from .expressions import Scope
from .functions import Functions
from .keys import Key, check_identity
from .operations import BUDGET, Operations
from .records import Event, Record


class Fold:
    """A streaming BTS made ready. It folds one identity's event at a time; use one in one thread.

    Parameters
    ----------
    compat : keep Blurr's quirks where they change what comes out

    Raises DocumentError for expressions and imports that cannot be used.
    """

    def __init__(self, document: Streaming, *, compat: bool = False) -> None:
        self.document, self.compat = document, compat
        self.operations = Operations(compat=compat)
        functions = Functions(self.operations)
        imports = imported(functions, document.imports, document.name)
        names = frozenset(aggregate.name for aggregate in document.aggregates)
        self.scope = Scope(
            self.operations, functions, imports=imports, records=names | {"source"}, has_event=True
        )
        self._when = compiled(self.scope, document.name, "When", document.when, compat=compat)
        self._when_path = f"{document.name}: When"
        self.aggregates = {
            one.name: KINDS[one.kind](one, self.scope, self.operations, compat=compat)
            for one in document.aggregates
        }
        self._entered: State | None = None

    def start(self, identity: object) -> State:
        """The state of an identity before any event; raises TransformError for what cannot be one."""
        slots = {name: Slot(aggregate.fresh()) for name, aggregate in self.aggregates.items()}
        return State(check_identity(identity), slots)

    def resume(self, identity: object, records: Iterable[tuple[Key, Record]]) -> State:
        """The state of an identity of which only the stored records of an earlier run are left."""
        state = self.start(identity)
        for key, record in records:
            aggregate = self.aggregates.get(key.group)
            if aggregate is None:
                raise TransformError(
                    f"{self.document.name} has no aggregate {key.group!r}, of which a record is"
                )
            aggregate.save(state, key, record)
        return state

    def fold(self, state: State, event: Event, time: datetime) -> State:
        """The state after one more event, which is the given one, changed.

        Raises TransformError if an expression must stop the run.
        """
        scope = self._enter(state)
        scope["source"], scope["time"] = event, time
        self.operations.left = BUDGET
        if self._when is None or truth(self._when, self._when_path):
            for aggregate in self.aggregates.values():
                aggregate.step(state, time)
        return state

    def _enter(self, state: State) -> dict[str, Any]:
        """Let the names of the aggregates stand for this state's values."""
        values = self.scope.values
        if self._entered is not state:
            self._entered = state
            values["identity"] = state.identity
            for name, slot in state.slots.items():
                values[name] = slot.values
        return values

    def records(self, state: State) -> dict[Key, Record]:
        """All records as they stand now, in the order in which a run that ends here saves them."""
        found = dict(state.stored)
        for aggregate in self.aggregates.values():
            aggregate.finish(state, found)
        return found


def fold_all(fold: Fold, identity: object, events: Iterable[tuple[datetime, Event]]) -> State:
    """The state of an identity after its events, which come in the order of their times."""
    state = fold.start(identity)
    for time, event in events:
        fold.fold(state, event, time)
    return state


def imported(functions: Functions, imports: Iterable[Any], name: str) -> dict[str, Any]:
    """What the imports of a document bring; raises DocumentError."""
    found: dict[str, Any] = {}
    for one in imports:
        try:
            found |= functions.imported(one.module, list(one.identifiers))
        except ExpressionError as error:
            raise DocumentError([Fault("ImportError", name, "Import", str(error))]) from None
    return found
