"""Whatever else apprise knows: a hundred services, each in its own way."""

from collections.abc import Callable

from .channels import Receiver
from .errors import Unclear
from .message import Message


class ServiceSession:
    """A service of apprise; see `Session`. Its failures are all unclear: apprise does not tell them apart."""

    def __init__(self, *, seconds: float, hide: Callable[[str], str]) -> None:
        self._seconds = seconds
        self._hide = hide

    def send(self, receiver: Receiver, message: Message) -> None:
        """See `Session`."""
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415

        result = Apprise(receiver.plugin).notify(
            body=message.body,
            title=message.title,
            body_format=NotifyFormat.HTML if message.is_html else NotifyFormat.TEXT,
            timeout=self._seconds,
        )
        if not result:
            said = "; ".join(entry.message for one in result for entry in one.logs())
            raise Unclear(self._hide(said) or "it said nothing")

    def close(self) -> None:
        """See `Session`."""
