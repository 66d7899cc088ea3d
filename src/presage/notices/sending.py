"""The same message to several channels."""

from collections.abc import Iterable, Mapping

from .channels import DEFAULT_SECONDS, open_channel
from .errors import NoticeError
from .message import Message


def send(
    channels: Iterable[str],
    title: str,
    body: str,
    *,
    known: Mapping[str, str],
    id: str = "",  # noqa: A002, as a message calls it
    seconds: float = DEFAULT_SECONDS,
) -> None:
    """Send a message to each channel, also when others fail.

    Parameters
    ----------
    channels : names of the configuration, or apprise URLs
    known : by name the URL: `Config.channels`
    id : see `Message`
    seconds : so long a connection or an answer may take

    Raises NoticeError with a line for each channel that is not there or did not take it.
    """
    wrong: list[str] = []
    for name in channels:
        try:
            _send_by(name, Message(id=id, title=title, body=body), known, seconds)
        except NoticeError as error:
            wrong.append(str(error))
    if wrong:
        raise NoticeError("\n".join(wrong))


def _send_by(name: str, message: Message, known: Mapping[str, str], seconds: float) -> None:
    channel = open_channel(name, known, seconds=seconds)
    receiver = channel.receiver({})
    session = channel.open()
    try:
        session.send(receiver, message)
    except NoticeError as error:
        raise NoticeError(f"the channel {channel.name!r} did not take the notice: {error}") from None
    finally:
        session.close()
