"""Which user a session turned out to belong to."""

from collections.abc import Iterable


class Sessions:
    """The user that each session named first, and sessions whose earlier events are a user's.

    Only the latest are known. If an older one tells of something more without naming a user, that is its own.
    """

    def __init__(self) -> None:
        self._user_of: dict[str, str] = {}
        self._merged: dict[str, list[str]] = {}

    def user_of(self, session: str) -> str | None:
        """The user that a session belongs to."""
        return self._user_of.get(session)

    def merged(self, user: str) -> Iterable[str]:
        """The sessions whose earlier, anonymous events are a user's."""
        return self._merged.get(user, ())

    def link(self, session: str, user: str, most: int) -> bool:
        """A session names a user; whether it is the first that it names.

        Parameters
        ----------
        most : so many sessions may be known from now on
        """
        if session in self._user_of:
            return False
        self._user_of[session] = user
        while len(self._user_of) > max(1, most):
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
