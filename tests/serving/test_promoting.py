import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.filters import parse
from presage.serving.promoting import Promotion, mixed
from presage.serving.recommend import Question, recommend

from .shop import CAMPAIGN, ask, event, names

RED = parse('INCLUDE ItemID WHERE Items.COLOUR IN ("red")')
PRICED = parse("INCLUDE ItemID WHERE Items.PRICE > 0")


def shown(shop, n_items, n=4, filter_=None, promoted=PRICED):
    question = Question(
        user_id="ann",
        now=100.0,
        filter_=filter_,
        promotion=Promotion(filter_=promoted, n_items=n_items),
    )
    return asyncio.run(recommend(shop.get(CAMPAIGN), question, n))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_promoted_rows_are_mixed_in_and_all_keep_their_order(n_results, n_promoted, seed):
    rng = np.random.default_rng(seed)
    rows, promoted = rng.permutation(50)[:n_results], rng.permutation(50)[: min(n_promoted, n_results)]
    both, places = mixed(rows, promoted, n_results, rng)
    assert len(both) == n_results == len(set(both.tolist()))
    assert both[places].tolist() == promoted.tolist()
    others = [row for row in rows.tolist() if row not in promoted]
    assert np.delete(both, places).tolist() == others[: n_results - len(promoted)]


def test_where_they_stand_is_chance():
    places = {tuple(mixed(np.arange(9), np.array([8]), 9, np.random.default_rng(n))[1]) for n in range(99)}
    assert len(places) == 9


def test_as_many_as_asked_for_and_as_there_are(shop):
    found = shown(shop, 1, n=2)
    assert {item for place, (item, _) in enumerate(found.scored) if place in found.promoted} == {"hat"}
    found = shown(shop, 3)
    assert len(found.scored) == 4
    assert len(found.promoted) == 2, "only two have a price"


def test_the_filter_of_the_question_is_for_the_others_alone(shop):
    found = shown(shop, 2, filter_=RED, promoted=parse('EXCLUDE ItemID WHERE Items.COLOUR IN ("red")'))
    assert names(found.scored).count("tie") == 1
    assert len(found.promoted) == len(found.scored) - 1 == 2


def test_scores_are_those_without_a_promotion(shop):
    assert sorted(shown(shop, 2).scored) == sorted(ask(shop, "ann"))


@pytest.mark.parametrize("n_items", [1, 2])
def test_what_a_campaign_always_leaves_out_is_not_promoted(shop, folder, n_items):
    bought = parse('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("BUY")')
    shop.deploy_version(CAMPAIGN, folder, leaves_out=bought)
    assert sorted(names(ask(shop, "ann"))) == ["bow", "hat", "tie"]
    shop.learn(event("ann", "hat", 50, EVENT_TYPE="buy"))
    found = shown(shop, n_items)
    assert sorted(names(found.scored)) == ["bow", "tie"]
    assert len(found.promoted) == 1
