"""How many of each item are sold."""

import numpy as np

from presage.worlds.demand import DemandWorld

WORLD = DemandWorld(n_items=6, n_days=60, seed=2)


def test_sales_are_on_average_what_is_expected_and_scatter_as_it_says():
    drawn = np.array([WORLD.sales(np.random.default_rng(seed)) for seed in range(1_500)])
    np.testing.assert_allclose(drawn.mean(axis=0), WORLD.expected, rtol=0.15, atol=0.15)
    variance = WORLD.expected + WORLD.scatter * WORLD.expected**2
    np.testing.assert_allclose(drawn.var(axis=0) / variance, 1, atol=0.4)


def test_a_lower_price_sells_more():
    world = DemandWorld(n_items=40, n_days=200, seed=3)
    lowered = world.price < world.price.max(axis=1, keepdims=True) - 0.005
    assert 0.03 < lowered.mean() < 0.25
    ratio = [
        world.expected[i][lowered[i]].mean() / world.expected[i][~lowered[i]].mean()
        for i in range(40)
        if lowered[i].any()
    ]
    assert np.median(ratio) > 1.2


def test_a_table_has_a_row_an_item_and_day():
    table = WORLD.table(WORLD.sales(np.random.default_rng(0)))
    assert table.columns == ["item_id", "timestamp", "demand", "price"]
    assert table.select("item_id", "timestamp").n_unique() == table.height == 360
    assert (table["price"] > 0).all()
