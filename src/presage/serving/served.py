"""A version in service: what all campaigns share that answer with it."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from presage.recipes.data import Feature, Floats, Query

from .catalogue import Catalogue, catalogue_of
from .histories import Histories
from .memory import GroupMemory
from .question import Question
from .states import UserStates, end_sessions, silence
from .version import Version

RECOUNT_SECONDS = 60.0
"""How often the items' ages and uses are looked at when no item has changed."""
LEAST_SECONDS = 1.0
LEAST_REST = 10.0
"""A catalogue lasts at least a second, and ten times as long as it took to make."""


class ServedVersion:
    """A version and a dataset group's memory.

    Attributes
    ----------
    histories : what users did last; of the thread that answers
    catalogue : its items at the moment; replaced, never changed
    rng : varies the answers of campaigns that explore; used by one thread at a time
    """

    def __init__(self, version: Version, memory: GroupMemory, rng: np.random.Generator) -> None:
        self.version, self.memory, self.rng = version, memory, rng
        self._states = UserStates(version, memory)
        self.histories = Histories(memory)
        self.catalogue = self._new_catalogue()

    def refresh(self) -> None:
        """Take in items that were told, and count events anew; any thread but that of the event loop."""
        passed = time.monotonic() - self._made_at
        if passed < max(LEAST_SECONDS, LEAST_REST * self._took):
            return
        is_counted = passed < RECOUNT_SECONDS or self._arrivals == self.memory.arrivals
        if self._changes != self.memory.item_changes or not is_counted:
            self.catalogue = self._new_catalogue(self.catalogue)

    def represent(self, questions: Sequence[Question], catalogue: Catalogue) -> tuple[list[int], Floats]:
        """The places of the questions whose turn it is, and (n, d) what the model makes of them.

        The others are about users whose histories have to wait: each takes a while to read.
        """
        model = catalogue.model
        if not model.state_size:
            queries = [self._query(question, 0.0, {}, catalogue) for question in questions]
            return [*range(len(questions))], model.represent(np.zeros((len(queries), 0), np.float32), queries)
        users = [self.who(question.user_id) for question in questions]
        states = self._states.up_to_date(users, catalogue)
        places = [place for place, user in enumerate(users) if user in states]
        asked = [(states[users[place]], questions[place]) for place in places]
        known = [(state, silence(state, int(question.now))) for state, question in asked]
        end_sessions(known, model)
        after = [state.after(silent, model) for state, silent in known]
        queries = [
            self._query(question, silent, state.features, catalogue)
            for (state, question), (_, silent) in zip(asked, after, strict=True)
        ]
        return places, model.represent(np.stack([state for state, _ in after]), queries)

    def who(self, user_id: str) -> str:
        """Whose history an id asks for: its own, or that of the user to whom a session was linked."""
        user = self.memory.user_of(user_id)
        if user is None or self.version.vocabulary.users.row(user_id) is not None:
            return user_id
        return user

    def _query(
        self, question: Question, silent: float, features: Mapping[str, Feature], catalogue: Catalogue
    ) -> Query:
        seed, context = question.item_id, question.context
        return Query(
            silence=silent,
            context=self.version.vocabulary.encode_context(context) if context else {},
            user_features=features,
            seed_item=None if seed is None else catalogue.row(seed),
        )

    def _new_catalogue(self, before: Catalogue | None = None) -> Catalogue:
        """What there is now, with the columns ready that were asked of an older one."""
        begun = time.monotonic()
        self._changes, self._arrivals = self.memory.item_changes, self.memory.arrivals
        catalogue = catalogue_of(self.version, self.memory.items_now(time.time()))
        if before is not None:
            catalogue.cells.prepare(before.cells)
        self._made_at = time.monotonic()
        self._took = self._made_at - begun
        return catalogue
