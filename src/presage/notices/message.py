"""What is sent."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message to one receiver.

    Parameters
    ----------
    id : the same each time that the same message is sent: an e-mail has it in its Message-ID, a webhook as
        `Idempotency-Key`, so that who gets it twice can tell; empty = none
    is_html : whether the body is HTML, else plain text
    """

    title: str
    body: str
    id: str = ""
    is_html: bool = False
