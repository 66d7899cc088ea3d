"""What a family of recipes says so that trying and judging are one mechanism for all: its task."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, Self, TypeVar

from presage.recipes.data import Training

Data = TypeVar("Data")
Model = TypeVar("Model")
Cases = TypeVar("Cases")
Data_contra = TypeVar("Data_contra", contravariant=True)
Model_contra = TypeVar("Model_contra", contravariant=True)
Model_co = TypeVar("Model_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """The figure that decides which of several candidates is best.

    Parameters
    ----------
    metric : its name among the figures of a task
    direction : whether the largest or the smallest is best
    """

    metric: str
    direction: Literal["maximize", "minimize"]

    @property
    def best(self) -> Callable[[Iterable[float]], float]:
        """Finds the best of some values: `max` or `min`."""
        return max if self.direction == "maximize" else min


@dataclass(frozen=True, kw_only=True)
class Split(Generic[Data, Cases]):
    """Data in two parts.

    Parameters
    ----------
    training : what a recipe learns from
    cases : what its model is asked, with the right answers; nothing of them is in `training`
    """

    training: Data
    cases: Cases


class Recipe(Protocol[Data_contra, Model_co]):
    """Settings that can be fitted."""

    def fit(self, log: Data_contra, training: Training, /) -> Model_co:
        """Learn from the data."""
        ...


class Task(Protocol[Data, Model_contra, Cases]):
    """How the recipes of one family are judged and compared.

    Ranking holds out a tenth of the users: one split, one fit, and of its figures the NDCG decides, the
    larger the better. Forecasting has a split for each backtest window, the earliest first, so that a recipe
    is fitted once a window; of its figures a quantile loss decides, the smaller the better.
    """

    @property
    def criterion(self) -> Criterion:
        """The figure that decides."""
        ...

    def choosing(self, data: Data, /) -> Self:
        """The task as candidates for these data are compared by it."""
        ...

    def splits(self, data: Data, seed: int) -> Sequence[Split[Data, Cases]]:
        """The data as often in two parts as a recipe is to be fitted and judged, at least once.

        The first training part holds nothing of any split's cases: a search that stays inside it chooses by
        other data than those that judge its choice.

        Raises ValueError if there is too little data to judge by.
        """
        ...

    def score(self, model: Model_contra, split: Split[Data, Cases]) -> Mapping[str, float]:
        """The figures, by AWS's names, of a model fitted to the split's training part."""
        ...


def evaluate(
    task: Task[Data, Model, Cases],
    recipe: Recipe[Data, Model],
    splits: Sequence[Split[Data, Cases]],
    training: Training,
) -> tuple[Model, dict[str, float]]:
    """Fit and judge a recipe on every split: the last model, and the mean of each figure."""
    tried: list[tuple[Model, Mapping[str, float]]] = []
    for number, split in enumerate(splits):
        part = training.part(number / len(splits), (number + 1) / len(splits))
        model = recipe.fit(split.training, part)
        tried.append((model, task.score(model, split)))
    model, names = tried[-1]
    return model, {name: sum(figures[name] for _, figures in tried) / len(tried) for name in names}
