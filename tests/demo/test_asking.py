import pytest

from presage.demo import asking
from presage.demo.asking import Asking, typical_users
from presage.demo.service import DemoError

from .stories import shop


class Memory:
    """A service that recommends what was told last, then everything else in the catalogue's order."""

    def __init__(self, items, *, listens=True):
        self.items, self.told, self.listens, self.events = list(items), [], listens, self

    def put_events(self, *, trackingId, userId, sessionId, eventList):
        assert (trackingId, userId) == ("tracking", "3")
        if self.listens:
            self.told = [event["itemId"] for event in eventList]

    def recommend(self, campaign, user, n_items):
        assert campaign == "campaign"
        order = self.told + [item for item in self.items if item not in self.told]
        return [{"itemId": item, "score": 1 / (place + 2)} for place, item in enumerate(order[:n_items])]


@pytest.fixture
def place():
    return shop()


def test_typical_customers_are_chosen_by_their_number_of_products(place, monkeypatch):
    monkeypatch.setattr(asking, "HISTORY_LENGTHS", (2, 5, 50))
    assert typical_users(place.interactions) == ["2", "5", "14"]


def test_customers_who_left_long_ago_are_not_typical(place, monkeypatch):
    monkeypatch.setattr(asking, "HISTORY_LENGTHS", (2,))
    monkeypatch.setattr(asking, "ACTIVE_DAYS", 3)
    assert typical_users(place.interactions) == ["99"]


def test_a_customer_is_told_with_names_days_and_what_was_bought_before(place):
    told = Asking(Memory(place.items["ITEM_ID"]), "campaign", place).customer("3")
    assert (told.n_products, told.country) == (3, "Italy")
    assert {product.name for product in told.bought} == {"Bag0", "Bag1", "Bag2"}
    assert {product.note for product in told.bought} == {"4 Jan 1970"}
    assert [product.note for product in told.recommended][:4] == ["again"] * 3 + [""]
    assert told.recommended[0].score == 0.5


def test_the_unfamiliar_kind_is_neither_shown_nor_bought(place):
    asked = Asking(Memory([]), "campaign", place)
    bags = [asked._product(item) for item in ("bag0", "bag1")]
    signs = [asked._product(item) for item in ("sign0",)]
    assert asked.unfamiliar_kind("3", bags) == "SIGN"  # 21 were sold, of mugs only 8
    assert asked.unfamiliar_kind("3", bags + signs) == "MUG"
    assert asked.unfamiliar_kind("99", bags) == "SIGN"


def test_live_events_change_the_answer(place):
    items = [item for item in place.items["ITEM_ID"] if item.startswith("bag")]
    live = Asking(Memory(items), "campaign", place).live("3", "tracking")
    assert live.kind == "SIGN"
    assert [product.id for product in live.told] == [f"sign{i}" for i in range(5)]
    assert [product.id for product in live.after[:5]] == [product.id for product in live.told]
    assert live.before[0].id == "bag0"


def test_an_answer_that_never_changes_is_an_error(place, monkeypatch):
    monkeypatch.setattr(asking, "CHANGE_WITHIN_SECONDS", 0.01)
    service = Memory(place.items["ITEM_ID"], listens=False)
    with pytest.raises(DemoError, match="customer 3 were accepted"):
        Asking(service, "campaign", place).live("3", "tracking")
