"""From a log to a fitted hierarchical recurrent network."""

import numpy as np
import torch

from ...data import Floats, Interactions, Training
from ..selection import Mask
from .examples import Examples, examples_of
from .model import HrnnModel
from .network import Network, Width
from .plan import Plan, shortened
from .recency import recent_shift, recent_weight, shift_strength
from .source import Source, read_source
from .training import Judged, train
from .transfer import go_on_from, older_network, to_array, to_model


def fit_network(
    log: Interactions, plan: Plan, *, cold: Mask | None, recency: bool, training: Training
) -> HrnnModel:
    """A model of the log.

    Parameters
    ----------
    log : at least one event
    cold : (n_items,), items to know by their features alone and to hold for as likely as the usual item, as
        items that are added later; None = no item is cold
    recency : whether items count by how popular they are of late, as far as held-out events confirm it
    training : a previous network of the same width is gone on from, in fewer passes
    """
    source = read_source(log, np.zeros(log.n_items, bool) if cold is None else cold)
    examples = examples_of(source, plan, seed=training.seed, device=training.device)
    with torch.random.fork_rng(devices=_accelerators(training.device)):
        torch.manual_seed(training.seed)
        network = _untrained(source, examples, plan)
        if older := older_network(training.previous, plan.hidden):
            go_on_from(network, source, *older)
            plan = shortened(plan)
        judged = training.together(train, network.to(training.device), examples, plan)
    bias = to_array(network.bias) + (_recency(source, judged) if recency else 0)
    unseen = bias.min() if cold is None else np.median(bias)
    return to_model(network, source, bias, float(unseen), plan.window)


def _accelerators(device: str) -> list[torch.device]:
    """The devices beside the CPU whose random numbers are used."""
    return [] if device == "cpu" else [torch.device(device)]


def _untrained(source: Source, examples: Examples, plan: Plan) -> Network:
    """A network that knows how popular items are, and no more."""
    network = Network(_width(source, plan), plan.drop)
    popularity = examples.popularity.cpu()
    with torch.no_grad():
        network.bias.copy_(torch.log(popularity + 1) - torch.log(popularity.mean() + 1))
    return network


def _width(source: Source, plan: Plan) -> Width:
    return Width(
        hidden=plan.hidden,
        items=len(source.seen),
        item_values=source.items.n_values,
        user_values=source.users.n_values,
        context_values=source.contexts.n_values,
    )


def _recency(source: Source, judged: Judged) -> Floats:
    """(n_seen,): what to add to the bias of items that are more popular of late."""
    held, shift = judged.event.cpu().numpy(), recent_shift(source.log)[source.seen]
    weight = recent_weight(source.log.time)[held]
    strength = shift_strength(judged.logit.cpu().numpy(), source.item[held], shift, weight)
    return (strength * shift).astype(np.float32)
