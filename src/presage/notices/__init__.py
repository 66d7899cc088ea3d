"""Notices: one message to a channel, which is a name of the configuration or an apprise URL.

message.py    what is sent
errors.py     what can go wrong, and whether the message may have arrived
channels.py   a URL with places for what differs from one receiver to the next
mail.py       e-mail over one connection for many messages
webhook.py    JSON over one connection for many messages
service.py    whatever else apprise knows
sending.py    `send`: the same message to several channels

apprise is imported when a channel is opened, not before.
"""

from .channels import Channel, Receiver, Session, open_channel
from .errors import AddressError, NoticeError, Refused, Unclear, Unreachable
from .message import Message
from .sending import send

__all__ = [
    "AddressError",
    "Channel",
    "Message",
    "NoticeError",
    "Receiver",
    "Refused",
    "Session",
    "Unclear",
    "Unreachable",
    "open_channel",
    "send",
]
