"""Deliveries: a message to each user of an audience, at most once a period, however often it is run.

spec.py         a delivery as data
reading.py      it is read from YAML, and checked
delivering.py   `deliver`: one run
audience.py     who may get it
planning.py     who is to get what, and who is left out
content.py      what messages are about: a table, recommendations, decisions
rendering.py    messages from templates
periods.py      periods and quiet hours
limits.py       how many messages a user may get
sending.py      several messages at the same time, by channels
outbox.py       what was sent, in the database of records
turn.py         one run of a delivery at a time
outcome.py      what a run did
history.py      what was sent, and what it led to
forgetting.py   users and old messages leave the outbox
names.py        how it calls those who are forgotten
kept.py         deliveries as resources, run by their name
databases.py    rows of the app's databases
"""

from .delivering import Means, deliver
from .errors import DeliveryError
from .forgetting import forget, forget_before
from .history import Converted, Sending, Sent, conversions, history, messages_of
from .outcome import Fate, Line, Outcome
from .reading import databases_of, read_file, read_spec
from .spec import Spec

__all__ = [
    "Converted",
    "DeliveryError",
    "Fate",
    "Line",
    "Means",
    "Outcome",
    "Sending",
    "Sent",
    "Spec",
    "conversions",
    "databases_of",
    "deliver",
    "forget",
    "forget_before",
    "history",
    "messages_of",
    "read_file",
    "read_spec",
]
