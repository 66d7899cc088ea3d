"""What an answer showed counts as shown once an event names the answer."""

import pytest

from ..bazaar import BEGAN_AT


@pytest.fixture(scope="module")
def tracking_id(bazaars):
    bazaar = bazaars["VIDEO_ON_DEMAND"]
    made = bazaar.personalize.create_event_tracker(name="impressions", datasetGroupArn=bazaar.group)
    return made["trackingId"]


@pytest.fixture(scope="module")
def popular(bazaars):
    return bazaars["VIDEO_ON_DEMAND"].recommender("aws-vod-most-popular")


@pytest.fixture
def told(bazaars, tracking_id):
    """Tells one event; the impression that it is kept with."""
    bazaar = bazaars["VIDEO_ON_DEMAND"]
    log = bazaar.server.stores.log

    def told(**more):
        last = log.last_place()
        event = {"eventType": "watch", "itemId": "i1", "sentAt": BEGAN_AT, **more}
        bazaar.events.put_events(trackingId=tracking_id, sessionId="s", userId="u", eventList=[event])
        (record,) = log.read(last, 10)
        return record.record.get("IMPRESSION")

    return told


def answer(bazaars, popular, **request):
    runtime = bazaars["VIDEO_ON_DEMAND"].runtime
    found = runtime.get_recommendations(recommenderArn=popular, userId="u0", **request)
    return found["recommendationId"], [item["itemId"] for item in found["itemList"]]


@pytest.mark.parametrize(("n_results", "n_kept"), [(4, 4), (30, 25)])
def test_an_event_that_names_an_answer_tells_what_it_showed(bazaars, popular, told, n_results, n_kept):
    id_, items = answer(bazaars, popular, numResults=n_results)
    assert told(recommendationId=id_) == "|".join(items[:n_kept])


def test_what_the_event_itself_says_holds(bazaars, popular, told):
    id_, _ = answer(bazaars, popular)
    assert told(recommendationId=id_, impression=["i7", "i8"]) == "i7|i8"


def test_of_an_unknown_answer_nothing_is_known(told):
    assert told(recommendationId="RID-none") is None
    assert told() is None
