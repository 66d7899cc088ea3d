import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes.ranking.hrnn.gru import PARTS, Gru
from presage.recipes.ranking.hrnn.recurrence import LearningGru

ACTIVE = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(lambda n: sorted(n, reverse=True))


def random_case(active, d):
    """A GRU, and what it is to read."""
    gru = LearningGru(d)
    for parameter in gru.parameters():
        torch.nn.init.normal_(parameter)
    last = [
        sum(active[:step]) + row for row in range(active[0]) for step in [sum(row < n for n in active) - 1]
    ]
    return gru, torch.randn(sum(active), d), torch.randn(active[0], d), torch.tensor(last)


def one_by_one(gru, seen, state, active):
    """The states before each event and after each row's last, by NumPy's GRU."""
    plain = Gru(**{part: getattr(gru, part).detach().numpy() for part in PARTS})
    state, before = state.numpy().copy(), []
    for now in seen.split(active):
        before.append(state[: len(now)].copy())
        state[: len(now)] = plain.step(plain.gates(now.numpy()), before[-1])
    return np.concatenate(before), state


@settings(deadline=None)
@given(ACTIVE, st.integers(0, 99))
def test_it_learns_with_the_gru_that_serves(active, seed):
    torch.manual_seed(seed)
    gru, seen, state, last = random_case(active, 5)
    with torch.no_grad():
        found = gru(seen, state, active, last)
    for part, expected in zip(found, one_by_one(gru, seen, state, active), strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-5)


@pytest.mark.parametrize("active", [[1], [3], [4, 4, 2, 1]])
def test_the_gradient_is_that_of_the_function(active):
    torch.manual_seed(0)
    gru, seen, state, last = random_case(active, 3)
    names = [name for name, _ in gru.named_parameters()]

    def states(seen, state, *parameters):
        given = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(gru, given, (seen, state, active, last))

    learned = [part.detach().double().requires_grad_() for part in (seen, state, *gru.parameters())]
    assert torch.autograd.gradcheck(states, learned)
