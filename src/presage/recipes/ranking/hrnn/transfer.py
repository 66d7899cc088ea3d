"""From torch to NumPy when a network has learned, and back when it is to go on learning."""

import numpy as np
import torch
from torch import Tensor

from ...data import Floats, Ints, Previous
from ..columns import Encoding
from ..objective import LiftedModel
from .gru import PARTS, Gru
from .items import ItemTable
from .model import TABLES, HrnnModel
from .network import Network
from .recurrence import LearningGru
from .source import Source

LAYERS = ("opening", "opening_bias", "answer", "answer_bias", "newcomer")


def to_model(network: Network, source: Source, bias: Floats, unseen_bias: float, window: int) -> HrnnModel:
    """What a network has learned.

    Parameters
    ----------
    bias : (n_seen,), of the items that have events
    unseen_bias : of items that are added later
    """
    items = ItemTable.trained(
        vector=_vectors(network, source),
        bias=_bias(bias, source),
        encoding=source.items,
        value=to_array(network.item_value),
        unseen_bias=unseen_bias,
    )
    return HrnnModel(
        items=items,
        **{name: to_array(getattr(network, name)) for name in TABLES},
        session=_gru(network.session),
        user=_gru(network.user),
        users=source.users,
        contexts=source.contexts,
        gap=source.gap,
        window=window,
    )


def to_array(tensor: Tensor) -> Floats:
    """A copy that NumPy can hold."""
    return tensor.detach().cpu().numpy().copy()


def older_network(previous: Previous | None, d: int) -> tuple[HrnnModel, Ints] | None:
    """A network of the same width to go on from, without its objective, and its row of each item."""
    if previous is None:
        return None
    model = previous.model.inner if isinstance(previous.model, LiftedModel) else previous.model
    if isinstance(model, HrnnModel) and len(model.newcomer) == d:
        return model, previous.item
    return None


@torch.no_grad()
def go_on_from(network: Network, source: Source, older: HrnnModel, item: Ints) -> None:
    """Begin with an older model's weights: of layers, known items, and feature values encoded alike.

    Parameters
    ----------
    item : (n_items,), the row of each item in the older model; -1 = none
    """
    for name in LAYERS:
        _fill(getattr(network, name), getattr(older, name))
    for own, theirs in ((network.session, older.session), (network.user, older.user)):
        for part in PARTS:
            _fill(getattr(own, part), getattr(theirs, part))
    values = older.items.value
    for encoding, before, tables in (
        (source.items, older.items.encoding, {"item_value": values}),
        (source.users, older.users, {"user_in": older.user_in, "user_out": older.user_out}),
        (source.contexts, older.contexts, {"context_in": older.context_in, "context_out": older.context_out}),
    ):
        for name, table in tables.items():
            _fill_values(getattr(network, name), encoding, table, before)
    _fill_items(network, source, older, item[source.seen])


def _fill(parameter: Tensor, array: Floats) -> None:
    parameter.copy_(torch.from_numpy(np.array(array)))


def _fill_values(parameter: Tensor, encoding: Encoding, table: Floats, before: Encoding) -> None:
    """The rows of a table of feature values that an older table has too."""
    known = before.rows()
    for name, (column, rows) in encoding.rows().items():
        if name in known and column.is_like(known[name][0]):
            _fill(parameter[rows], table[known[name][1]])


def _fill_items(network: Network, source: Source, older: HrnnModel, row: Ints) -> None:
    """Known items get vectors of their own that add up with their features to what they were; others none.

    Parameters
    ----------
    row : (n_seen,), in the older model; -1 = none
    """
    features = source.item_bags().embed(to_array(network.item_value))
    known = (row >= 0) & (row < older.n_items)
    items = older.items.arrays()
    vector, bias = to_array(network.item), to_array(network.bias)
    vector[known] = items["item"][row[known]] - features[known]
    vector[~known & features.any(axis=1)] = 0
    bias[known] = items["bias"][row[known]]
    _fill(network.item, vector)
    _fill(network.bias, bias)


def _bias(learned: Floats, source: Source) -> Floats:
    """(n_items,): cold items are as likely as the middle one, others without events as the least likely."""
    bias = np.full(source.log.n_items, learned.min())
    bias[source.seen] = learned
    bias[source.cold] = np.median(learned)
    return bias


def _vectors(network: Network, source: Source) -> Floats:
    """(n_items, d): of items without events and of cold ones, what their features add up to."""
    bags = source.items.encode(source.log.item_features, source.log.n_items)
    vectors = bags.embed(to_array(network.item_value))
    warm = ~source.cold[source.seen]
    vectors[source.seen[warm]] += to_array(network.item)[warm]
    return vectors


def _gru(learned: LearningGru) -> Gru:
    return Gru(**{part: to_array(getattr(learned, part)) for part in PARTS})
