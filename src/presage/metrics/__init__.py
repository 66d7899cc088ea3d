"""Judge: bare formulas, how they add up over users, and their names.

`formulas` holds one value per user, `ranking` and `actions` the averages under AWS's names; `top` finds the
best of a long score vector.
"""

from .actions import action_metrics
from .ranking import ranking_metrics
from .top import top_k, top_k_of_rows

__all__ = ["action_metrics", "ranking_metrics", "top_k", "top_k_of_rows"]
