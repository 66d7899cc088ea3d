from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.demo.retail import RULES, bundled_lines, clean

COLUMNS = {
    "InvoiceNo": pl.String,
    "StockCode": pl.String,
    "Description": pl.String,
    "Quantity": pl.Int64,
    "InvoiceDate": pl.Datetime,
    "UnitPrice": pl.Float64,
    "CustomerID": pl.String,
    "Country": pl.String,
}
NOON = datetime(2011, 6, 1, 12)  # summer time in London: 11:00 UTC


def line(*, invoice="1", code="12345", name="RED BAG", n=1, at=NOON, price=2.0, who="7", country="Italy"):
    return (invoice, code, name, n, at, price, who, country)


def lines(*rows):
    return pl.DataFrame(list(rows), schema=COLUMNS, orient="row")


def dropped(*rows):
    return {rule.name: rule.n_dropped for rule in clean(lines(*rows)).cleaning if rule.n_dropped}


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("No customer number", line(who=None)),
        ("Not a product", line(code="POST")),
        ("Not a product", line(code="BANK CHARGES")),
        ("Not a product", line(code="M")),
        ("Not a product", line(code="DCGS0004")),
        ("Cancellations and returns", line(invoice="C9", n=-1, code="99999")),
        ("Cancellations and returns", line(n=-1, code="99999")),
        ("Nothing paid", line(price=0.0)),
    ],
)
def test_each_rule_drops_its_lines_and_no_others(rule, bad):
    assert dropped(line(), bad) == {rule: 1}


def test_a_return_takes_the_last_purchase_of_that_size_with_it():
    shop = clean(
        lines(
            line(invoice="1", n=6, at=datetime(2011, 1, 1)),
            line(invoice="2", n=6, at=datetime(2011, 1, 2)),
            line(invoice="3", n=5, at=datetime(2011, 1, 3)),
            line(invoice="C4", n=-6, at=datetime(2011, 1, 4)),
            line(invoice="5", n=6, at=datetime(2011, 1, 5)),
            line(invoice="6", n=6, at=datetime(2011, 1, 6), who="8"),
        )
    )
    assert [rule.n_dropped for rule in shop.cleaning] == [0, 0, 1, 1, 0, 0]
    days = pl.from_epoch(shop.interactions["TIMESTAMP"]).dt.day()
    assert days.to_list() == [1, 3, 5, 6]


def test_lines_of_one_product_on_one_invoice_become_one_purchase():
    shop = clean(lines(line(n=2, price=1.5), line(n=3, price=1.0), line(code="54321")))
    assert dropped(line(), line()) == {"Named twice on one invoice": 1}
    assert dict(shop.interactions.select("ITEM_ID", "EVENT_VALUE").iter_rows()) == {
        "12345": 6.0,
        "54321": 2.0,
    }


def test_moments_are_those_of_the_shop():
    shop = clean(lines(line()))
    assert shop.interactions["TIMESTAMP"].to_list() == [1_306_926_000]  # 2011-06-01 11:00 UTC
    assert shop.items["CREATION_TIMESTAMP"].to_list() == [1_306_926_000]


def test_a_product_has_its_most_frequent_name_and_price_whatever_its_letters():
    shop = clean(
        lines(
            line(invoice="1", code="85123a", name=" WHITE  HEART ", price=1.0),
            line(invoice="2", code="85123A", name="WHITE HEART", price=1.0),
            line(invoice="3", code="85123A", name='WHITE "HEART"', price=9.0),
        )
    )
    assert shop.items.select("ITEM_ID", "NAME", "KIND", "PRICE").rows() == [
        ("85123A", "WHITE HEART", "HEART", 1.0)
    ]


def test_a_name_never_holds_a_double_quote_which_csv_readers_escape_in_two_ways():
    assert clean(lines(line(name='LETTER "A" KEY RING'))).items["NAME"].to_list() == ["LETTER 'A' KEY RING"]


def test_a_customer_lives_where_most_lines_say():
    shop = clean(
        lines(line(country="Italy"), line(code="11111", country="Malta"), line(code="22222", country="Malta"))
    )
    assert shop.users.rows() == [("7", "Malta")]


some_line = st.builds(
    line,
    invoice=st.sampled_from(["1", "2", "C3"]),
    code=st.sampled_from(["12345", "12345a", "54321", "POST"]),
    n=st.sampled_from([-6, -1, 1, 6]),
    at=st.datetimes(datetime(2011, 1, 1), datetime(2011, 12, 1)),
    price=st.sampled_from([0.0, 0.5, 2.0]),
    who=st.sampled_from([None, "7", "8"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(some_line, max_size=30))
def test_what_stays_is_complete_consistent_and_counted(rows):
    shop = clean(lines(*rows))
    assert [rule.name for rule in shop.cleaning] == [rule.name for rule in RULES]
    left = len(rows)
    for rule in shop.cleaning:
        assert rule.n_before == left
        assert 0 <= rule.n_dropped <= left
        left -= rule.n_dropped
    assert shop.interactions.height == left
    assert shop.interactions["TIMESTAMP"].is_sorted()
    assert shop.interactions.null_count().sum_horizontal().sum() == 0
    assert (shop.interactions["EVENT_VALUE"] > 0).all()
    assert set(shop.interactions["ITEM_ID"]) == set(shop.items["ITEM_ID"])
    assert set(shop.interactions["USER_ID"]) == set(shop.users["USER_ID"])
    assert shop.items["ITEM_ID"].is_unique().all()
    assert shop.users["USER_ID"].is_unique().all()


def test_the_bundled_shop():
    shop = clean(bundled_lines())
    assert [rule.n_dropped for rule in shop.cleaning] == [135_080, 1_920, 2_805, 8_539, 33, 9_927]
    assert (shop.interactions.height, shop.items.height, shop.users.height) == (383_605, 3_645, 4_324)
    assert shop.items["PRICE"].min() > 0
    assert (shop.items["KIND"] != "OTHER").mean() > 0.85
