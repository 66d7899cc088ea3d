"""A channel: an apprise URL with places, as in `?to={email}`, for what differs between receivers.

The URL is parsed first and the places are filled afterwards, so that a value cannot become another setting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from presage.errors import few, shown

from .errors import AddressError, NoticeError
from .message import Message

_PLACE = re.compile(r"\{(\w+)\}|%7B(\w+)%7D", re.IGNORECASE)
_UNPARSED = {"qsd", "qsd+", "qsd-", "qsd:", "url", "path", "query"}
"""Parts that apprise keeps as they were written, and does not send by."""
_FIXED = {"schema", "host", "port", "user", "password"}
"""Parts in which no place may stand: who they name gets the channel's secrets."""
_TEXTS = {"headers", "payload", "params"}
"""Parts that take any text; all others take one word, as commas and spaces would make several of it."""
_WORD = re.compile(r"[^\s,;<>\"'\\()\[\]]+")
_SHORTEST_SECRET = 5
DEFAULT_SECONDS = 15.0


@dataclass(frozen=True)
class Receiver:
    """Where one message goes: apprise's own object (`NotifyBase`), all places filled."""

    plugin: Any


class Session(Protocol):
    """A channel that is open: messages go one after the other, by one thread at a time."""

    def send(self, receiver: Receiver, message: Message) -> None:
        """Return when the other side has taken it; raises Unreachable, Refused or Unclear."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True)
class Channel:
    """A way to send messages.

    Parameters
    ----------
    name : how texts call it: a name of the configuration, or the kind of its URL
    parts : what apprise parsed of the URL
    places : names in braces that `receiver` fills
    seconds : so long a connection or an answer may take
    """

    name: str
    parts: Mapping[str, Any]
    places: frozenset[str]
    seconds: float

    def receiver(self, values: Mapping[str, object]) -> Receiver:
        """Where a message goes, by name of a place its value; raises AddressError naming the place."""
        filled = {
            part: value if part in _UNPARSED else _filled(value, part, values)
            for part, value in self.parts.items()
        }
        try:
            plugin = _made(self.name, filled)
        except NoticeError as error:  # the channel was usable; these values are not
            raise AddressError(str(error)) from None
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, self.seconds)
        plugin.socket_read_timeout = min(plugin.socket_read_timeout, self.seconds)
        found = [address for _, address in getattr(plugin, "targets", ())] if self._is_mail else []
        if self._is_mail and filled["targets"] and found != filled["targets"]:
            raise AddressError(f"{few(filled['targets'])} is no e-mail address")
        return Receiver(plugin)

    def open(self) -> Session:
        """A connection, made when the first message is sent."""
        from .mail import MailSession  # noqa: PLC0415  (apprise, requests)
        from .service import ServiceSession  # noqa: PLC0415
        from .webhook import WebhookSession  # noqa: PLC0415

        if self._is_mail:
            return MailSession()
        if self._is_webhook:
            return WebhookSession()
        return ServiceSession(seconds=self.seconds, hide=self.hide)

    @property
    def is_ours(self) -> bool:
        """Whether presage itself keeps the connection: for e-mail and webhooks."""
        return self._is_mail or self._is_webhook

    @property
    def _is_mail(self) -> bool:
        return self.parts["schema"] in ("mailto", "mailtos")

    @property
    def _is_webhook(self) -> bool:
        return self.parts["schema"] in ("json", "jsons")

    def hide(self, text: str) -> str:
        """A text of apprise without any part of the URL."""
        return _hidden(text, self.parts)


def open_channel(name: str, known: Mapping[str, str], *, seconds: float = DEFAULT_SECONDS) -> Channel:
    """The channel of a name or an apprise URL.

    Parameters
    ----------
    known : by name the URL, as the configuration has them
    seconds : so long a connection or an answer may take

    Raises NoticeError that names the channel, never its URL, and says what is wrong.
    """
    if "://" not in name and name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise NoticeError(
            f"there is no channel {shown(name)}; the table [channels] of presage.toml has: {names}"
        )
    url = known.get(name, name)
    kind = url.partition("://")[0]
    called = name if name in known else f"{kind}://…"
    _silence()
    from apprise.plugins import url_to_dict  # noqa: PLC0415

    parts = url_to_dict(url)
    if not parts:
        raise NoticeError(f"the URL of the channel {called!r} cannot be read as one of apprise's")
    places = {part: set(_places(value)) for part, value in parts.items() if part not in _UNPARSED}
    for part in _FIXED & places.keys():
        if places[part]:
            raise NoticeError(
                f"the channel {called!r} has {{{min(places[part])}}} as its {part}; it must be fixed"
            )
    channel = Channel(called, parts, frozenset().union(*places.values()), seconds)
    if not channel.places or channel.is_ours:  # others may refuse what is not filled yet
        _made(called, parts)
    return channel


def _places(value: Any) -> Iterator[str]:
    """The names of the places in a part of a URL."""
    if isinstance(value, str):
        yield from (match[1] or match[2] for match in _PLACE.finditer(value))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _places(one)
    elif isinstance(value, list):
        for one in value:
            yield from _places(one)


def _filled(value: Any, part: str, values: Mapping[str, object]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, part, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, part, values) for one in value]
    if not isinstance(value, str) or ("{" not in value and "%7" not in value):
        return value
    return _PLACE.sub(lambda match: _value(match[1] or match[2], part, values), value)


def _value(place: str, part: str, values: Mapping[str, object]) -> str:
    text = "" if (found := values.get(place)) is None else str(found)
    if not text:
        raise AddressError(f"{place} is empty")
    if not text.isprintable() or (part not in _TEXTS and not _WORD.fullmatch(text)):
        raise AddressError(
            f"{place} is {shown(text)}; it must be one word, without commas, quotes and brackets"
        )
    return quote(text, safe="") if part == "fullpath" else text


def _made(name: str, parts: Mapping[str, Any]) -> Any:
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415
    from apprise.exception import AppriseException  # noqa: PLC0415

    asset = AppriseAsset(app_id="presage", app_desc="presage", async_mode=False)
    try:
        plugin = Apprise.instantiate(dict(parts), asset=asset, suppress_exceptions=False)
    except (AppriseException, TypeError, ValueError) as error:
        raise NoticeError(f"the channel {name!r} cannot be used: {_hidden(str(error), parts)}") from None
    if plugin is None:
        raise NoticeError(
            f"the channel {name!r} cannot be used: its library is missing or it is switched off"
        )
    return plugin


def _hidden(text: str, parts: Mapping[str, Any]) -> str:
    for secret in sorted(set(_texts(dict(parts))), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _silence() -> None:
    """What apprise logs is said by our errors, without addresses and URLs."""
    import logging  # noqa: PLC0415

    logging.getLogger("apprise").propagate = False
