"""A version in service: what all campaigns share that answer with it."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from presage.recipes.data import Feature, Floats, Query

from .catalogue import Catalogue, action_catalogue_of, catalogue_of
from .memory import GroupMemory
from .question import Question
from .renewed import Renewed
from .states import UserStates, end_sessions, silence
from .version import Version


class ServedVersion(Renewed):
    """A version and a dataset group's memory; its catalogue is of items.

    Parameters
    ----------
    is_frozen : whether the memory is told nothing any more, see `UserStates`

    Attributes
    ----------
    rng : varies the answers of campaigns that explore; used by one thread at a time
    actions : what a version that recommends actions answers with
    """

    def __init__(
        self,
        version: Version,
        memory: GroupMemory,
        rng: np.random.Generator,
        actions: GroupMemory | None = None,
        *,
        is_frozen: bool = False,
    ) -> None:
        self.version, self.rng = version, rng
        self.states = UserStates(version, memory, is_frozen=is_frozen)
        super().__init__(memory, partial(catalogue_of, version))
        self.actions = Renewed(actions, partial(action_catalogue_of, version)) if actions else None

    def refresh(self) -> None:
        """Take in items and actions that were told; any thread but that of the event loop."""
        super().refresh()
        if self.actions is not None:
            self.actions.refresh()

    def represent(self, questions: Sequence[Question], catalogue: Catalogue) -> tuple[list[int], Floats]:
        """The places of the questions whose turn it is, and (n, d) what the model makes of them.

        The others are about users whose histories have to wait: each takes a while to read.
        """
        model = catalogue.model
        if not model.state_size:
            queries = [self._query(question, 0.0, {}, catalogue) for question in questions]
            return [*range(len(questions))], model.represent(np.zeros((len(queries), 0), np.float32), queries)
        users = [self.who(question.user_id) for question in questions]
        states = self.states.up_to_date(users, catalogue)
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
