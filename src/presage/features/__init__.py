"""Prepare: what is in the tables becomes what recipes learn from.

select_events, check_minima   which interactions count, and whether they are enough
usable_columns                which columns a model may learn from
encode                        tables -> `Encoded`: the log, its vocabulary, item records
split_log, judge              the log -> a training part and held-out cases -> GetSolutionMetrics' figures
"""

from .columns import Columns, Fields, usable_columns
from .encode import Encoded, encode
from .judge import Split, judge, judge_baselines, split_log
from .objective import item_rewards
from .select import check_minima, select_events
from .vocabulary import Vocabulary

__all__ = [
    "Columns",
    "Encoded",
    "Fields",
    "Split",
    "Vocabulary",
    "check_minima",
    "encode",
    "item_rewards",
    "judge",
    "judge_baselines",
    "select_events",
    "split_log",
    "usable_columns",
]
