"""What networks read of a panel."""

import json

import numpy as np

from presage.recipes.forecasting.deep.inputs import Column, InputSpec, canonical_order
from presage.recipes.forecasting.panel import Related

from ..panels import N_STEPS, awkward, panel_of, seasonal


def spec_of(panel, **how):
    return InputSpec.learn(panel, **{"logs": False, "ahead": True, "history": True, "attributes": True} | how)


def test_what_is_known_ahead_reaches_over_the_horizon_and_what_is_not_does_not():
    inputs = spec_of(awkward()).read(awkward(), 9)
    assert inputs.known.shape == (10, N_STEPS + 9, 3)  # price, within its series, whether it is known
    assert inputs.past.shape == (10, N_STEPS, 2)
    assert inputs.shared[:, -1].tolist() == awkward().shared["holiday"].tolist()
    assert inputs.known[3, :30].tolist() == np.zeros((30, 3)).tolist()
    assert inputs.codes[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]


def test_what_is_not_asked_for_is_not_read():
    spec = spec_of(awkward(), ahead=False, history=False, attributes=False)
    assert (spec.known, spec.past, spec.shared, spec.attributes) == ((), (), (), ())


def test_a_spec_survives_json_and_reads_a_panel_that_lacks_what_it_knows():
    spec = InputSpec.from_json(json.loads(json.dumps(spec_of(awkward()).to_json())))
    assert spec == spec_of(awkward())
    inputs = spec.read(panel_of(seasonal(3, 20)), 4)
    assert inputs.known.shape == (3, 24, 3)
    assert not inputs.known.any()
    assert not inputs.codes.any()


def test_a_related_series_is_standardised_over_all_series_and_within_each():
    values = np.array([[1.0, 3.0, 1.0, 3.0], [11.0, 13.0, 11.0, 13.0]], np.float32)
    column = Column.learn("price", values)
    whole, within = column.encode(values, 4)
    np.testing.assert_allclose(within, [[-1, 1, -1, 1]] * 2, atol=1e-6)
    assert whole.mean() == 0
    assert (whole[0] < 0).all()
    assert (whole[1] > 0).all()


def test_what_comes_after_the_history_does_not_change_how_the_history_looks():
    values = np.random.default_rng(0).normal(size=(4, 30)).astype(np.float32)
    panel = panel_of(seasonal(4, 20), n_ahead=10, related={"x": Related(values=values, is_known_ahead=True)})
    other = values.copy()
    other[:, 20:] += 100
    changed = panel_of(seasonal(4, 20), n_ahead=10, related={"x": Related(values=other, is_known_ahead=True)})
    one, two = (spec_of(each).read(each, 5).known[:, :20] for each in (panel, changed))
    assert (one == two).all()


def test_the_order_of_series_goes_by_what_they_hold():
    order = np.random.default_rng(0).permutation(10)
    one = awkward().take(canonical_order(awkward()))
    other = awkward().take(order)
    other = other.take(canonical_order(other))
    np.testing.assert_array_equal(one.target, other.target)
    assert one.attributes["brand"].code.tolist() == other.attributes["brand"].code.tolist()
