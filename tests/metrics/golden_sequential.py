"""Makes `golden_sequential.json` with the libraries of others: `python golden_sequential.py > golden_sequential.json`.

In an environment of its own with confseq 0.0.11 (Howard, Waudby-Smith; its build needs Boost's headers, and on
Python 3.11 or later pybind11>=2.11 in its pyproject.toml) and savvi 0.3.1 (Assuncao).
"""

import json
import sys

import numpy as np

np.float_ = np.float64  # confseq names it so

from confseq.boundaries import gamma_exponential_mixture_bound, normal_mixture_bound  # noqa: E402
from confseq.conjmix_bounded import conjmix_empbern_lower_cs  # noqa: E402
from savvi.multinomial import Multinomial  # noqa: E402

VARIANCES = [0.1, 1.0, 10.0, 300.0, 1e4, 1e6]


def gamma_exponential():
    for alpha in (0.1, 0.05, 0.0025):
        for tuned_for in (1.0, 300.0, 5000.0):
            for scale in (1.0, 2.0, 8.0):
                bound = gamma_exponential_mixture_bound(
                    VARIANCES, alpha=alpha, v_opt=tuned_for, c=scale, alpha_opt=alpha
                )
                yield {"alpha": alpha, "tuned_for": tuned_for, "scale": scale, "bound": bound.tolist()}


def normal():
    for alpha in (0.1, 0.05, 0.0025):
        for tuned_for in (1.0, 300.0, 5000.0):
            bound = normal_mixture_bound(
                VARIANCES, alpha=alpha, v_opt=tuned_for, alpha_opt=alpha, is_one_sided=False
            )
            yield {"alpha": alpha, "tuned_for": tuned_for, "bound": bound.tolist()}


def bounded():
    """Its lower bound at 2 alpha, which it halves, is that of an interval at alpha; its first guess is 1/2."""
    terms = np.random.default_rng(0).beta(1, 3, 500).round(6)
    lower = conjmix_empbern_lower_cs(terms, v_opt=20.0, alpha=0.05)
    return {"terms": terms.tolist(), "alpha": 0.05, "tuned_for": 20.0, "lower": lower.tolist()}


def mismatch():
    for counts, shares in (
        ([510, 490], [0.5, 0.5]),
        ([700, 300], [0.5, 0.5]),
        ([5000, 2400, 2600], [0.5, 0.25, 0.25]),
        ([0, 3], [0.9, 0.1]),
    ):
        test = Multinomial(0.05, np.array(shares))
        test.update(np.array(counts))
        yield {"counts": counts, "shares": shares, "log_evidence": float(np.log(test.odds))}


json.dump(
    {
        "variances": VARIANCES,
        "gamma_exponential": list(gamma_exponential()),
        "normal": list(normal()),
        "bounded": bounded(),
        "mismatch": list(mismatch()),
    },
    sys.stdout,
)
