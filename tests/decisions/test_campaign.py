from presage.decisions.campaign import NO_OFFER

from .deciding import campaign


def test_profit_is_what_is_left_of_a_reward():
    made = campaign(objective="profit", offers=[{"id": "a", "margin": 0.5, "cost": 2}])
    assert (made.earned("a", 10.0), made.earned(NO_OFFER, 10.0)) == (3.0, 10.0)
    assert campaign().earned("small", 10.0) == 10.0


def test_arms_differ_by_identity_price_and_type():
    assert campaign().arm_features.tolist() == [
        [1, 0, 0, 0.5, 1, 0],
        [0, 1, 0, 1.0, 0, 1],
        [0, 0, 1, 0.0, 0, 0],
    ]


def test_uplift_tells_offers_apart_by_type_and_discount():
    offers = [{"id": "a", "discount": 0.1}, {"id": "b", "discount": 0.3, "price": 4}]
    uplift = {"name": "presage-uplift"}
    assert campaign(offers=offers, policy=uplift).arm_features.tolist() == [[1, 0.1], [1, 0.3], [0, 0]]
    typed = [*offers, {"id": "c", "type": "free delivery", "discount": 0.2}]
    found = campaign(offers=typed, policy=uplift).arm_features.tolist()
    assert found == [[1, 1, 0, 0.1], [1, 1, 0, 0.3], [1, 0, 1, 0.2], [0, 0, 0, 0]]
