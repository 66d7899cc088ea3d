import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.worlds.offers import FIVE_OFFERS, NO_OFFER, OfferWorld, best_mean_reciprocal_rank

worlds = st.builds(
    OfferWorld,
    offers=st.sampled_from([FIVE_OFFERS, (NO_OFFER, *FIVE_OFFERS), FIVE_OFFERS[:2]]),
    n_shoppers=st.integers(1, 60),
    n_redeemed_each=st.integers(1, 4),
)


@given(worlds, st.integers(0, 9))
def test_every_shopper_redeems_equally_often_and_in_time(world, seed):
    rows = world.redemptions(seed)
    assert rows.group_by("USER_ID").len()["len"].to_list() == [world.n_redeemed_each] * world.n_shoppers
    assert rows["USER_ID"].min() == 1
    assert rows["USER_ID"].max() == world.n_shoppers
    assert set(rows["ITEM_ID"]) <= {offer.id for offer in world.offers}
    assert rows["TIMESTAMP"].is_sorted()
    assert world.first_at <= rows["TIMESTAMP"].min()
    assert rows["TIMESTAMP"].max() < world.last_at


def test_the_same_seed_gives_the_same_world():
    world = OfferWorld(n_shoppers=50)
    assert world.redemptions(4).equals(world.redemptions(4))
    assert not world.redemptions(4).equals(world.redemptions(5))


def test_number_and_offers_belong_together():
    rows = OfferWorld().redemptions().sort("USER_ID", "ITEM_ID")
    first = rows.group_by("USER_ID", maintain_order=True).agg(pl.col("ITEM_ID").min())
    assert first["ITEM_ID"].is_sorted()


def test_weights_say_how_often_an_offer_is_redeemed():
    rows = OfferWorld(offers=(NO_OFFER, *FIVE_OFFERS)).redemptions()
    shares = np.bincount(rows["ITEM_ID"].to_numpy()) / rows.height
    assert shares[0] == pytest.approx(0.5 / 5.5, abs=0.01)
    assert shares[1:] == pytest.approx(1 / 5.5, abs=0.01)


def test_the_truth_is_one_where_two_offers_tell_the_third():
    rows = pl.DataFrame({"USER_ID": [1, 1, 2, 2], "ITEM_ID": [1, 2, 3, 4]})
    assert best_mean_reciprocal_rank(rows) == 1.0


def test_the_truth_counts_what_stays_open():
    # after 1 come 2 twice and 3 once; after 2 and after 3 comes only 1
    rows = pl.DataFrame({"USER_ID": [1, 1, 2, 2, 3, 3], "ITEM_ID": [1, 2, 1, 2, 1, 3]})
    assert best_mean_reciprocal_rank(rows) == pytest.approx((2 + 1 / 2 + 3) / 6)


def test_five_equal_offers_leave_a_third_of_all_sets_certain():
    # of the 15 ways to hide one of three, 5 are certain and 10 leave a choice of two: 1/3 + 2/3 * 3/4
    assert best_mean_reciprocal_rank(OfferWorld().redemptions()) == pytest.approx(5 / 6, abs=0.02)
