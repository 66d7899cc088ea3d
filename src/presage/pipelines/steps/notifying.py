"""The step that tells somebody: to a channel of the configuration, or as SNS's publish has it."""

from typing import Any
from uuid import uuid4

from presage.errors import shown
from presage.notices import NoticeError, send
from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError
from presage.pipelines.language.intrinsics import dump
from presage.pipelines.tasks import Call

from .arguments import Arguments, told
from .clients import Tools
from .registry import OWN

LONGEST_TITLE = 100


class Notify(Arguments, frozen=True, kw_only=True):
    """What `notify` is told.

    Parameters
    ----------
    channel : the name of a channel of the configuration, or several
    """

    channel: str | list[str]
    title: str = ""
    body: Any = ""


class Publish(Arguments, frozen=True, kw_only=True, rename="pascal"):
    """What SNS's publish is told; the name of its topic is that of a channel."""

    topic_arn: str
    message: Any
    subject: str = ""


def notify(tools: Tools, call: Call) -> dict[str, Any]:
    """Send a notice; whoever does it again sends it again. Raises StateError."""
    if call.resource.startswith(OWN):
        wanted = told(Notify, call.arguments)
        channels = [wanted.channel] if isinstance(wanted.channel, str) else wanted.channel
        title, body = wanted.title, wanted.body
    else:
        topic = told(Publish, call.arguments)
        channels, title, body = [topic.topic_arn.rpartition(":")[2]], topic.subject, topic.message
    known = tools.config.channels
    for channel in channels:
        if channel not in known:
            named = ", ".join(sorted(known)) or "none"
            text = f"no channel is called {shown(channel)}; [channels] of presage.toml names: {named}"
            raise StateError(RUNTIME, text)
    text = body if isinstance(body, str) else dump(body)
    try:
        send(channels, title or f"{tools.pipeline}: {text[:LONGEST_TITLE]}", text, known=known)
    except NoticeError as error:
        raise StateError(TASK_FAILED, str(error)) from None
    return {"MessageId": str(uuid4())}
