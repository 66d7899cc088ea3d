"""Domain shops: the same small data as events of either domain."""

import numpy as np

from .shop import Shop

TYPES = {"ECOMMERCE": ("view", "Purchase"), "VIDEO_ON_DEMAND": ("CLICK", "watch")}
"""Domain -> its event types, in whatever case; of the second there are two in five."""
INTERACTIONS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
    {"name": "IMPRESSION", "type": ["null", "string"]},
]
ITEMS = {
    "ECOMMERCE": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "PRICE", "type": "float"},
        {"name": "CATEGORY_L1", "type": "string", "categorical": True},
        {"name": "BOOST", "type": ["null", "float"]},
        {"name": "CREATION_TIMESTAMP", "type": "long"},
    ],
    "VIDEO_ON_DEMAND": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "PRICE", "type": "float"},
        {"name": "GENRES", "type": "string", "categorical": True},
        {"name": "BOOST", "type": ["null", "float"]},
        {"name": "CREATION_TIMESTAMP", "type": "long"},
    ],
}
VIEWS = "aws-ecomm-popular-items-by-views"
BEGAN_AT = 1_699_990_000


def interactions(domain, n_users=60, n_items=30, n_events=3000, seed=0):
    """(user, item, type) of each event: the even users use the lower half of the items, the odd ones the upper."""
    rng = np.random.default_rng(seed)
    half = n_items // 2
    users = rng.integers(n_users, size=n_events)
    items = rng.integers(half, size=n_events) + half * (users % 2)
    first, second = TYPES[domain]
    types = np.where(rng.random(n_events) < 0.6, first, second)
    return [(f"u{u}", f"i{i}", str(t)) for u, i, t in zip(users, items, types, strict=True)]


def interactions_csv(events):
    rows = [f"{user},{item},{BEGAN_AT + n},{type_}," for n, (user, item, type_) in enumerate(events)]
    return "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,IMPRESSION\n" + "\n".join(rows) + "\n"


def items_csv(domain, n_items=30):
    """The last two items are new; the boost of the first is 50, that of the others empty."""
    fields = ",".join(field["name"] for field in ITEMS[domain])
    created = [BEGAN_AT + (0 if n >= n_items - 2 else -100 * 86_400) for n in range(n_items)]
    rows = [
        f"i{n},{n + 0.5},{'low' if n < n_items // 2 else 'high'},{50 if n == 0 else ''},{created[n]}"
        for n in range(n_items)
    ]
    return f"{fields}\n" + "\n".join(rows) + "\n"


class Bazaar(Shop):
    """A domain dataset group with data; `events` says what was imported."""

    def __init__(self, server, domain):
        super().__init__(server, domain)
        self.events_told = interactions(domain)
        self.dataset("INTERACTIONS", INTERACTIONS)
        self.import_rows("INTERACTIONS", interactions_csv(self.events_told))
        self.dataset("ITEMS", ITEMS[domain])
        self.import_rows("ITEMS", items_csv(domain))

    def used(self, user, type_):
        """The items with which a user had events of a type."""
        return {item for who, item, of in self.events_told if who == user and of.upper() == type_.upper()}

    def ask(self, recommender, **request):
        """The ids that a recommender answers with."""
        answer = self.runtime.get_recommendations(recommenderArn=recommender, **request)
        return [item["itemId"] for item in answer["itemList"]]
