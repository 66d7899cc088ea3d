"""Models that another presage trained, in a folder of this machine, which the setting `pretrained` names.

Only what presage itself writes is read: checked arrays and JSON, nothing that runs.
"""

import re
from pathlib import Path

from presage.config import Config
from presage.recipes.forecasting.panel import ForecastModel
from presage.resources.record import Body
from presage.serving.forecast.predictor import Categories, load_model
from presage.trials.forecasting.given import PRETRAINED

from .asked import ALGORITHM

MODEL = "model"
"""The training parameter that names a model: a folder within that of the setting."""


def asks_for_pretrained(body: Body) -> bool:
    """Whether a predictor is to be a model that was learned elsewhere."""
    return body.get("AlgorithmArn") == ALGORITHM + PRETRAINED


def pretrained_model(config: Config, body: Body) -> tuple[ForecastModel, Categories]:
    """The model that a predictor names, and what the codes of its attributes mean.

    Raises ValueError if there is none of the name, or it cannot be read.
    """
    name = body.get("TrainingParameters", {}).get(MODEL, "")
    known = _names(config)
    if name not in known:
        models = ", ".join(known) or "none"
        raise ValueError(
            f"TrainingParameters names the {MODEL} {name!r}; the setting `pretrained` has: {models}"
        )
    try:
        return load_model(Path(config.pretrained, name))
    except (OSError, ValueError) as error:
        raise ValueError(f"the pretrained model {name!r} cannot be read: {error}") from None


def _names(config: Config) -> list[str]:
    """The models that there are."""
    folder = Path(config.pretrained)
    if not config.pretrained or not folder.is_dir():
        return []
    return sorted(
        one.name for one in folder.iterdir() if re.fullmatch(r"\w[\w.-]*", one.name) and one.is_dir()
    )
