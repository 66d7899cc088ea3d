"""Every bandit recipe: its name -> the settings that say what is believed at first, and how to explore."""

from .factors import BayesianFactors
from .hybrid import HybridThompson
from .linear import EpsilonGreedy, LinearGreedy, LinearThompson, LinUcb, RegCb
from .logistic import LogisticThompson
from .popularity import PopularityThompson
from .reward_model import RewardModel
from .uplift import Uplift

BANDITS: dict[str, type] = {
    "presage-greedy": LinearGreedy,
    "presage-epsilon-greedy": EpsilonGreedy,
    "presage-linear-thompson": LinearThompson,
    "presage-logistic-thompson": LogisticThompson,
    "presage-linucb": LinUcb,
    "presage-regcb": RegCb,
    "presage-popularity-thompson": PopularityThompson,
    "presage-bayesian-factors": BayesianFactors,
    "presage-hybrid-thompson": HybridThompson,
    "presage-reward-model": RewardModel,
    "presage-uplift": Uplift,
}
