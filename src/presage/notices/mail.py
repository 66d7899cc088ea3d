"""E-mail: apprise reads the URL and writes the messages; one connection carries many of them.

apprise itself opens a connection a message, and reads all certificates for each: 24 ms of CPU.
"""

import re
import smtplib
import ssl
from typing import Any

from .channels import Receiver
from .errors import Refused, Unclear, Unreachable
from .message import Message

MESSAGES_A_CONNECTION = 100
"""Servers close a connection after some hundreds."""
_MESSAGE_ID = re.compile(r"^Message-ID:\s*<[^>]*>", re.MULTILINE | re.IGNORECASE)
_SERVER_SAID_NO = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
)


class MailSession:
    """An SMTP connection; see `Session`."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._n_sent = 0

    def send(self, receiver: Receiver, message: Message) -> None:
        """See `Session`."""
        plugin = receiver.plugin
        smtp = self._connected(plugin)
        self._n_sent += 1
        try:
            for addresses, text in _written(plugin, message):
                smtp.sendmail(plugin.from_addr[1], addresses, text)
        except _SERVER_SAID_NO as error:
            raise Refused(f"the mail server refused it: {_said(error)}") from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Unclear(f"the mail server did not answer: {error}") from None

    def close(self) -> None:
        """See `Session`."""
        smtp, self._smtp, self._n_sent = self._smtp, None, 0
        if smtp:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _connected(self, plugin: Any) -> smtplib.SMTP:
        """A connection that answers: the one that is open, or a new one."""
        if self._smtp and (self._n_sent >= MESSAGES_A_CONNECTION or not _answers(self._smtp)):
            self.close()
        if self._smtp is None:
            try:
                self._smtp = _connect(plugin)
            except (smtplib.SMTPException, OSError) as error:
                where = f"{plugin.smtp_host}:{plugin.port}"
                raise Unreachable(f"the mail server {where} cannot be used: {_said(error)}") from None
        return self._smtp


def _answers(smtp: smtplib.SMTP) -> bool:
    try:
        return smtp.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _connect(plugin: Any) -> smtplib.SMTP:
    """Connect, encrypt and log in, as the URL says."""
    seconds, mode = plugin.socket_connect_timeout, plugin.secure_mode
    host, port = plugin.smtp_host, plugin.port or 0
    if mode == "ssl":
        smtp = smtplib.SMTP_SSL(host, port, timeout=seconds, context=_context(plugin))
    else:
        smtp = smtplib.SMTP(host, port, timeout=seconds)
    try:
        if mode == "starttls":
            smtp.starttls(context=_context(plugin))
        if plugin.user and plugin.password:
            smtp.login(plugin.user, plugin.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _context(plugin: Any) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not plugin.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _written(plugin: Any, message: Message) -> list[tuple[list[str], str]]:
    """(addresses, text) of the e-mail, one for each receiver that the URL names."""
    from apprise import NotifyFormat  # noqa: PLC0415

    mails = plugin.prepare_emails(
        subject=message.title,
        body=message.body,
        notify_format=NotifyFormat.HTML if message.is_html else NotifyFormat.TEXT,
        from_addr=plugin.from_addr,
        to=plugin.targets,
        cc=plugin.cc,
        bcc=plugin.bcc,
        reply_to=plugin.reply_to,
        smtp_host=plugin.smtp_host,
        headers=plugin.headers,
        names=plugin.names,
        pgp=plugin.pgp,
        pgp_mode=plugin.pgp_mode,
        tzinfo=plugin.tzinfo,
    )
    domain = plugin.from_addr[1].rpartition("@")[2]
    own = f"Message-ID: <{message.id}@{domain}>"
    return [
        (mail.to_addrs, _MESSAGE_ID.sub(lambda _: own, mail.body, count=1) if message.id else mail.body)
        for mail in mails
    ]


def _said(error: Exception) -> str:
    """What the server answered, in a line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return str(error)
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"
