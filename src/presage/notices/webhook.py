"""A webhook: a `json://` URL of apprise, its payload as apprise writes it, over one connection for many."""

from typing import Any

from .channels import Receiver
from .errors import Refused, Unclear, Unreachable
from .message import Message

NOT_DONE = (429, 503)
"""Answers from 500 on may hide that the message was taken; that of an overloaded server, 503, does not."""


class WebhookSession:
    """An HTTP connection; see `Session`."""

    def __init__(self) -> None:
        import requests  # noqa: PLC0415

        self._session = requests.Session()
        self._way: dict[str, Any] = {}

    def send(self, receiver: Receiver, message: Message) -> None:
        """See `Session`."""
        import requests  # noqa: PLC0415
        from urllib3.exceptions import NewConnectionError  # noqa: PLC0415

        plugin = receiver.plugin
        try:
            answer = self._session.request(
                plugin.method,
                _url(plugin),
                json=payload(message, plugin.payload_extras),
                params=plugin.params,
                headers=_headers(plugin, message),
                auth=(plugin.user, plugin.password or "") if plugin.user else None,
                timeout=plugin.request_timeout,
                allow_redirects=False,  # another place would get the secrets
                **self._way_to(plugin),
            )
        except requests.RequestException as error:
            cause = error.args[0] if error.args else None
            is_unreachable = isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError)
            if is_unreachable or isinstance(getattr(cause, "reason", None), NewConnectionError):
                raise Unreachable(f"the webhook at {plugin.host} cannot be reached") from None
            raise Unclear(f"the webhook at {plugin.host} did not answer: {type(error).__name__}") from None
        if answer.status_code >= 500 and answer.status_code not in NOT_DONE:
            raise Unclear(f"the webhook at {plugin.host} answered {answer.status_code}")
        if not 200 <= answer.status_code < 300:
            raise Refused(f"the webhook at {plugin.host} answered {answer.status_code}")

    def close(self) -> None:
        """See `Session`."""
        self._session.close()

    def _way_to(self, plugin: Any) -> dict[str, Any]:
        """Proxy and certificates; the environment is asked once, as the host is the same for all messages."""
        if not self._way:
            self._way = self._session.merge_environment_settings(
                _url(plugin), {}, None, plugin.verify_certificate, None
            )
            self._session.trust_env = False
        return self._way


def payload(message: Message, extras: dict[str, str]) -> dict[str, Any]:
    """The JSON of a message: apprise's members and the message's id.

    Parameters
    ----------
    extras : what the URL adds as `:name=value`; one that has the name of a member gives it that other name,
        or takes it away if it is empty
    """
    found: dict[str, Any] = {
        "version": "1.0",
        "id": message.id,
        "title": message.title,
        "message": message.body,
        "attachments": [],
        "type": "info",
    }
    for name, value in extras.items():
        if name not in found:
            found[name] = value
        elif value:
            found[value] = found.pop(name)
        else:
            del found[name]
    return found


def _url(plugin: Any) -> str:
    port = f":{plugin.port}" if plugin.port else ""
    return f"{'https' if plugin.secure else 'http'}://{plugin.host}{port}{plugin.fullpath}"


def _headers(plugin: Any, message: Message) -> dict[str, bytes | str]:
    own = {"Idempotency-Key": message.id} if message.id else {}
    texts = {name: value.encode() for name, value in plugin.headers.items()}
    return {"User-Agent": "presage", **own, **texts}
