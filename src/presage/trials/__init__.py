"""Try and judge: one mechanism for all families of recipes.

plan_of          what a solution asks for -> `TrainingPlan`; `plan_of_recommender` for a use case
train            a plan and a log -> `Trained`: a model, its figures, what was tried
train_segments   the same for recipes that find users for items
train_actions    the same for a recipe of actions
choose, search   the best of recipes and settings, within a budget
Task             what a family says so that it is judged: how to split, score and compare
previous_of      an older model that a training goes on from
"""

from .hpo import tuned
from .plan import TrainingPlan, plan_of, plan_of_recommender, schedule_days
from .previous import previous_of
from .space import Candidate
from .training import Trained, train, train_actions, train_segments

__all__ = [
    "Candidate",
    "Trained",
    "TrainingPlan",
    "plan_of",
    "plan_of_recommender",
    "previous_of",
    "schedule_days",
    "train",
    "train_actions",
    "train_segments",
    "tuned",
]
