"""From a log to a fitted hierarchical recurrent network, and from torch to NumPy."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...data import Floats, Interactions, Longs, Report
from ..columns import Encoding
from ..selection import Mask
from .gru import Gru
from .model import HrnnModel
from .network import Events, Network, Width
from .plan import Plan
from .recency import recent_shift, recent_weight, shift_strength
from .sessions import cut_history, session_gap
from .training import Course, Judged, train

MOST_SCORES = 10**8  # of held-out events that are kept in memory at once


@dataclass(frozen=True, kw_only=True)
class Source:
    """A log and what is known of it before learning.

    Parameters
    ----------
    items, users, contexts : how features become rows of embedding tables
    seen : (n_seen,), the items that have events
    item : (n_events,), rows of `seen`
    cold : (n_items,), items that are known by their features alone
    gap : a longer silence, in seconds, ends a session
    """

    log: Interactions
    items: Encoding
    users: Encoding
    contexts: Encoding
    seen: Longs
    item: Longs
    cold: Mask
    gap: float


def fit_network(
    log: Interactions, plan: Plan, *, cold: Mask, recency: bool, seed: int, report: Report
) -> HrnnModel:
    """A model of the log.

    Parameters
    ----------
    log : at least one event
    cold : (n_items,), items to know by their features alone and to hold for as likely as the usual item
    recency : whether items count by how popular they are of late, as far as held-out events confirm it
    """
    source = _read(log, cold)
    course = _course(source, plan, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(_width(source, plan), plan.drop)
        with torch.no_grad():
            network.bias.copy_(torch.log(course.popularity + 1) - torch.log(course.popularity.mean() + 1))
        judged = train(network, course, plan, seed, report)
    learned = _array(network.bias) + (_recency(source, judged) if recency else 0)
    return _export(network, source, learned, plan.window)


def _read(log: Interactions, cold: Mask) -> Source:
    seen, item = np.unique(log.item, return_inverse=True)
    return Source(
        log=log,
        items=Encoding.learn(log.item_features),
        users=Encoding.learn(log.user_features),
        contexts=Encoding.learn(log.context),
        seen=seen.astype(np.int64),
        item=item.astype(np.int64),
        cold=cold,
        gap=session_gap(np.diff(log.time)[np.diff(log.user) == 0]),
    )


def _course(source: Source, plan: Plan, seed: int) -> Course:
    """The log with its items renumbered to those seen, and a few last events held out."""
    log, seen = source.log, source.seen
    pieces = cut_history(log.user, log.time, gap=source.gap, bptt=plan.bptt, window=plan.window)
    held = _held_out(log, np.random.default_rng(seed))
    learn = ~held
    learn[pieces.begin[pieces.first[~pieces.is_start]]] = False  # what came before them is out of sight
    events = Events(
        item=torch.from_numpy(source.item),
        user=log.user.astype(np.int64),
        pieces=pieces,
        own_vector=torch.from_numpy(np.where(source.cold[seen], 0, 1).astype(np.float32))[:, None],
        item_bags=source.items.encode(log.item_features, log.n_items).take(seen),
        user_bags=source.users.encode(log.user_features, log.n_users),
        context_bags=source.contexts.encode(log.context, len(log.item)),
    )
    popularity = np.bincount(source.item[learn], minlength=len(seen)).astype(np.float32)
    return Course(
        events=events,
        learn=torch.from_numpy(learn),
        held=torch.from_numpy(held),
        popularity=torch.from_numpy(popularity),
    )


def _held_out(log: Interactions, rng: np.random.Generator) -> Mask:
    """(n_events,): the last event of a tenth of the users who have several; of more if that is few."""
    count = np.bincount(log.user, minlength=log.n_users)
    several = np.flatnonzero(count > 1)
    few, many = 100, min(1000, MOST_SCORES // log.n_items)
    n_held = min(max(few, min(many, len(several) // 10)), len(several) // 2)
    chosen = rng.choice(several, n_held, replace=False)
    held = np.zeros(len(log.user), bool)
    held[np.cumsum(count)[chosen] - 1] = True
    return held


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
    held, shift = judged.event.numpy(), recent_shift(source.log)[source.seen]
    weight = recent_weight(source.log.time)[held]
    strength = shift_strength(judged.logit.numpy(), source.item[held], shift, weight)
    return (strength * shift).astype(np.float32)


def _bias(learned: Floats, source: Source) -> Floats:
    """(n_items,): cold items are as likely as the middle one, others without events as the least likely."""
    bias = np.full(source.log.n_items, learned.min())
    bias[source.seen] = learned
    bias[source.cold] = np.median(learned)
    return bias


def _vectors(network: Network, source: Source) -> Floats:
    """(n_items, d): of items without events and of cold ones, what their features add up to."""
    bags = source.items.encode(source.log.item_features, source.log.n_items)
    vectors = bags.embed(_array(network.item_value))
    warm = ~source.cold[source.seen]
    vectors[source.seen[warm]] += _array(network.item)[warm]
    return vectors


def _export(network: Network, source: Source, learned: Floats, window: int) -> HrnnModel:
    return HrnnModel(
        item=_vectors(network, source),
        bias=_bias(learned, source),
        opening=_turned(network.opening.weight),
        opening_bias=_array(network.opening.bias),
        answer=_turned(network.answer.weight),
        answer_bias=_array(network.answer.bias),
        newcomer=_array(network.newcomer),
        user_in=_array(network.user_value_in),
        user_out=_array(network.user_value_out),
        context_in=_array(network.context_in),
        context_out=_array(network.context_out),
        session=_gru(*network.session.all_weights[0]),
        user=_gru(network.user.weight_ih, network.user.weight_hh, network.user.bias_ih, network.user.bias_hh),
        users=source.users,
        contexts=source.contexts,
        gap=source.gap,
        window=window,
    )


def _gru(read: Tensor, keep: Tensor, read_bias: Tensor, keep_bias: Tensor) -> Gru:
    """Torch has two biases per gate; only the third gate's are not simply added up."""
    bias, kept = _array(read_bias), _array(keep_bias)
    d = len(bias) // 3
    bias[: 2 * d] += kept[: 2 * d]
    return Gru(read=_turned(read), keep=_turned(keep), bias=bias, new_bias=kept[2 * d :])


def _array(tensor: Tensor) -> Floats:
    return tensor.detach().numpy().copy()


def _turned(weight: Tensor) -> Floats:
    return np.ascontiguousarray(_array(weight).T)
