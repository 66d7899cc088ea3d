"""Which user a session turned out to belong to."""

from collections.abc import Iterable

MOST_SESSIONS = 100_000
"""So many sessions are known, the latest; one takes about 250 bytes. If an older one tells of something more
without naming a user, that is its own."""


class Sessions:
    """The user that each session named first, and sessions whose earlier events are a user's."""

    def __init__(self) -> None:
        self._user_of: dict[str, str] = {}
        self._merged: dict[str, list[str]] = {}

    def user_of(self, session: str) -> str | None:
        """The user that a session belongs to."""
        return self._user_of.get(session)

    def merged(self, user: str) -> Iterable[str]:
        """The sessions whose earlier, anonymous events are a user's."""
        return self._merged.get(user, ())

    def link(self, session: str, user: str) -> bool:
        """A session names a user; whether it is the first that it names."""
        if session in self._user_of:
            return False
        self._user_of[session] = user
        if len(self._user_of) > MOST_SESSIONS:
            self._forget(next(iter(self._user_of)))
        return True

    def merge(self, session: str, user: str) -> None:
        """The anonymous events of a session are a user's from now on."""
        self._merged.setdefault(user, []).append(session)

    def _forget(self, session: str) -> None:
        user = self._user_of.pop(session)
        left = [other for other in self._merged.pop(user, ()) if other != session]
        if left:
            self._merged[user] = left
