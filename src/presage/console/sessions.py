"""Sessions of people: a signed cookie that names an access key, and what proves that a form is ours."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

LASTS_SECONDS = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a cookie says of who sent it.

    Parameters
    ----------
    key_id : the access key that logged in; empty = nobody has
    number : random, other for each session
    ends_at : seconds since 1970, UTC
    """

    key_id: str
    number: str
    ends_at: int


class Sessions:
    """Makes sessions and reads them back; nothing of them is stored.

    Parameters
    ----------
    secret : signs
    clock : seconds since 1970, UTC
    """

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._secret = secret
        self._clock = clock

    def new(self, key_id: str = "") -> Session:
        """A session that begins now."""
        ends_at = int(self._clock()) + LASTS_SECONDS
        return Session(key_id=key_id, number=secrets.token_urlsafe(16), ends_at=ends_at)

    def cookie(self, session: Session) -> str:
        """The value of the cookie that brings a session back."""
        text = f"{session.key_id}.{session.ends_at}.{session.number}"
        return f"{text}.{self._signature('session', text)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it was not made here, or is over."""
        text, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature("session", text).encode()):
            return None
        key_id, ends_at, number = text.split(".")
        if int(ends_at) <= self._clock():
            return None
        return Session(key_id=key_id, number=number, ends_at=int(ends_at))

    def form_token(self, session: Session) -> str:
        """What every form of a session carries, and no other site can know."""
        return self._signature("form", f"{session.key_id}.{session.number}")

    def is_form_token(self, session: Session, given: str) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(given.encode(), self.form_token(session).encode())

    def _signature(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{text}".encode(), sha256).hexdigest()
