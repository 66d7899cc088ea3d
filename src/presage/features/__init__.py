"""Prepare: what is in the tables becomes what recipes learn from.

select_events, weigh_events, check_minima   which interactions count, and whether they are enough
usable_columns                which columns a model may learn from
encode                        tables -> `Encoded`: the log, its vocabulary, item records
encode_actions                tables -> `EncodedActions`: the same, and what users did with actions
item_rewards                  what each item earns under a solution's optimizationObjective
"""

from .actions import EncodedActions, encode_actions
from .columns import Columns, Fields, Selection, usable_columns
from .encode import Encoded, encode
from .objective import item_rewards
from .select import EventRule, check_minima, select_events, weigh_events
from .vocabulary import Vocabulary

__all__ = [
    "Columns",
    "Encoded",
    "EncodedActions",
    "EventRule",
    "Fields",
    "Selection",
    "Vocabulary",
    "check_minima",
    "encode",
    "encode_actions",
    "item_rewards",
    "select_events",
    "usable_columns",
    "weigh_events",
]
