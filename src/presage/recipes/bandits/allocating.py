"""Who gets what, when it does not suffice for all: a linear program, solved by HiGHS."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Booleans = NDArray[np.bool_]
MANY = 10_000
"""So many numbers are found more quickly by interior points than by the simplex method."""


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """What earns most.

    Parameters
    ----------
    share : (n, n_arms), in [0, 1], each row sums to 1: of all but a few rows one share is 1
    price : (n_limits,), >= 0: what one more unit of each limit would earn
    """

    share: Doubles
    price: Doubles


def allocate(score: Doubles, is_open: Booleans, use: Doubles, amount: Doubles) -> Allocation:
    """Give each row one arm so that the sum of scores is highest within limits.

    Parameters
    ----------
    score : (n, n_arms), what each arm earns in each row
    is_open : (n, n_arms), whether it can be given there
    use : (n_arms, n_limits), >= 0, what giving an arm takes of each limit
    amount : (n_limits,), >= 0, how much there is of it

    Raises ValueError if no allocation keeps within the limits.
    """
    from scipy.optimize import linprog  # noqa: PLC0415, slow to import
    from scipy.sparse import csr_array  # noqa: PLC0415

    row, arm = np.nonzero(is_open)
    ones, number = np.ones(len(row)), np.arange(len(row))
    limited = np.isfinite(amount)
    once: Any = csr_array((ones, (row, number)), shape=(len(score), len(row)))
    within: Any = csr_array(use[:, limited].T[:, arm])
    found = linprog(
        -score[row, arm],
        A_ub=within,
        b_ub=amount[limited],
        A_eq=once,
        b_eq=np.ones(len(score)),
        method="highs-ipm" if len(row) > MANY else "highs",
    )
    if found.x is None:
        raise ValueError(f"no allocation keeps within the limits {amount.tolist()}: {found.message}")
    share, price = np.zeros(score.shape), np.zeros(len(amount))
    share[row, arm] = found.x
    price[limited] = np.maximum(-found.ineqlin.marginals, 0)
    return Allocation(share=share, price=price)
