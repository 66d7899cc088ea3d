"""Batch segment jobs: users for items, and for items with attributes."""

import pytest

from ..inprocess import InProcess
from ..shop import Shop, error_of
from .batches import lines_of, request, results, run

SMALL = {"algorithmHyperParameters": {"hidden_dimension": "32"}}
LOW = {f"u{n}" for n in range(0, 60, 2)}
"""The users of the lower half of the items; they are of GENDER b."""


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A shop with data on a server in this process."""
    inside = InProcess(tmp_path_factory.mktemp("quick") / "data")
    yield Shop(inside).stocked()
    inside.close()


@pytest.fixture(scope="module")
def of_items(quick):
    return quick.version(quick.solution("aws-item-affinity", solutionConfig=SMALL))


@pytest.fixture(scope="module")
def of_attributes(quick):
    return quick.version(quick.solution("aws-item-attribute-affinity", solutionConfig=SMALL))


def make_filter(shop, expression):
    count = len(shop.personalize.list_filters(datasetGroupArn=shop.group)["Filters"])
    arn = shop.personalize.create_filter(
        name=f"{shop.id}-{count}", datasetGroupArn=shop.group, filterExpression=expression
    )["filterArn"]
    shop.wait("filter", arn)
    return arn


def segments(shop, version, lines, **options):
    asked = request(shop, version, lines, **options)
    assert run(shop, "batch_segment_job", asked)["status"] == "ACTIVE"
    return lines_of(results(shop, asked["jobName"])["lines.json.out"])


def users_of(line):
    assert line["output"]["usersList"] == line["output"]["recommendedUsers"]
    return line["output"]["usersList"]


def test_the_users_of_items(quick, of_items):
    low, high, unknown, number = segments(
        quick,
        of_items,
        [{"itemId": "i3"}, {"itemId": "i20"}, {"itemId": "never"}, {"itemId": 3}],
        numResults=20,
    )
    assert low["input"] == {"itemId": "i3"}
    assert len(users_of(low)) == len(set(users_of(low))) == 20
    assert set(users_of(low)) <= LOW
    assert not set(users_of(high)) & LOW
    assert "'never'" in unknown["error"]
    assert "write it as text" in number["error"]
    listed = quick.personalize.list_batch_segment_jobs(solutionVersionArn=of_items)["batchSegmentJobs"]
    assert [one["status"] for one in listed] == ["ACTIVE"]


BAD = {
    'Items.GENRE = "low" OR Items.GENRE = "high"': "= and AND alone",
    'Items.GENRE IN ("low")': "= and AND alone",
    "Items.GENRE": "no query",
    'Items.COLOUR = "red"': "COLOUR",
    'Items.GENRE = "never"': "itemAttributes",
}


def test_the_users_of_attributes(quick, of_attributes):
    queries = ['ITEMS.genre = "low"', 'ITEMS.GENRE = "high" AND ITEMS.GENRE = "all"', *BAD]
    low, high, *bad = segments(
        quick, of_attributes, [{"itemAttributes": query} for query in queries], numResults=20
    )
    assert set(users_of(low)) <= LOW
    assert not set(users_of(high)) & LOW
    for line, error in zip(bad, BAD.values(), strict=True):
        assert line["output"] is None
        assert error in line["error"]


def test_filters_choose_users(quick, of_items):
    genders = make_filter(quick, "INCLUDE UserID WHERE Users.GENDER IN ($GENDER)")
    lines = [{"itemId": "i3", "filterValues": {"GENDER": f'"{gender}"'}} for gender in "ab"]
    odd, even = segments(quick, of_items, lines, filterArn=genders, numResults=60)
    assert set(users_of(even)) == LOW
    assert len(users_of(odd)) == 30
    assert not set(users_of(odd)) & LOW
    bought = make_filter(quick, 'EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("PURCHASE")')
    (rest,) = segments(quick, of_items, [{"itemId": "i3"}], filterArn=bought, numResults=60)
    assert len(users_of(rest)) < 5  # nearly everybody bought something


def test_what_is_refused(quick, of_items):
    create = quick.personalize.create_batch_segment_job
    ease = quick.version(quick.solution("presage-ease"))
    code, text = error_of(create, **request(quick, ease, []))
    assert (code, "finds no users" in text) == ("InvalidInputException", True)
    code, text = error_of(create, **request(quick, of_items, [], numResults=5_000_001))
    assert (code, "5000001" in text) == ("InvalidInputException", True)
    items = make_filter(quick, 'INCLUDE ItemID WHERE Items.GENRE IN ("low")')
    code, text = error_of(create, **request(quick, of_items, [], filterArn=items))
    assert (code, "does not choose users" in text) == ("InvalidInputException", True)
    code, text = error_of(
        quick.personalize.create_batch_inference_job, **request(quick, of_items, [{"itemId": "i1"}])
    )
    assert (code, "CreateBatchSegmentJob" in text) == ("InvalidInputException", True)
