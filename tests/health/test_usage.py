import json
from decimal import Decimal

import pytest

from presage.health.usage import meter, month_of, used
from presage.health.windows import BYTES
from presage.operations.upkeep import store_answers

from ..operations.shop import interactions_csv, items_csv, users_csv

DAY, HOUR = 86_400.0, 3600.0


def used_since(shop, before):
    clock = shop.server.clock
    now = used(shop.server.stores, *month_of("", clock.now))
    return {item: n - before.get(item, 0) for item, n in now.items() if n != before.get(item, 0)}


@pytest.fixture
def before(shop):
    """What was used this month, at the beginning of an hour."""
    clock = shop.server.clock
    clock.now = (clock.now // HOUR + 1) * HOUR
    return used(shop.server.stores, *month_of("", clock.now))


def test_imports_and_trainings_count_also_when_their_records_are_gone(shop):
    stores = shop.server.stores
    totals = stores.counts.totals("personalize-import-bytes", 0, 2**31)
    assert {len(text) for text in (interactions_csv(), items_csv(), users_csv())} <= set(totals.values())
    before = stores.counts.totals("personalize-training-ms", 0, 2**31)
    solution = shop.solution()
    version = shop.version(solution)
    hours = shop.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"][
        "trainingHours"
    ]
    shop.personalize.delete_solution(solutionArn=solution)
    after = stores.counts.totals("personalize-training-ms", 0, 2**31)
    assert sum(after.values()) - sum(before.values()) == round(hours * HOUR * 1000)


def test_of_an_hour_the_tps_count_that_were_held_or_asked_for(shop, before):
    server = shop.server.server
    for _ in range(120):
        shop.server.clock.now += 30
        meter(server.stores, shop.server.clock.now - 1, 30)
    found = used_since(shop, before)
    assert found == {"personalize-tps-hour": Decimal(1)}
    server.answers[shop.campaign_arn] += 9000
    shop.server.clock.now -= 1
    store_answers(server)
    assert used_since(shop, before)["personalize-tps-hour"] == Decimal("2.5")
    meter(server.stores, shop.server.clock.now, DAY)  # nobody was there to be asked: two minutes count
    assert used_since(shop, before)["personalize-tps-hour"] == Decimal("2.5")


def test_recommenders_and_events_and_batches_count(shop, before):
    stores, now = shop.server.stores, shop.server.clock.now
    stores.counts.add(
        BYTES, {"personalize:PutEvents": 10**6, "personalize:ListSchemas": 5}, at=now, slot_seconds=86400
    )
    stores.counts.add("answers", {"arn:aws:personalize:::recommender/r": 7}, at=now, slot_seconds=3600)
    lines = "".join(json.dumps({"userId": f"u{n}"}) + "\n" for n in range(5))
    campaign = shop.personalize.describe_campaign(campaignArn=shop.campaign_arn)["campaign"]
    job = shop.personalize.create_batch_inference_job(
        jobName="users",
        solutionVersionArn=campaign["solutionVersionArn"],
        jobInput={"s3DataSource": {"path": shop.upload("in.json", lines)}},
        jobOutput={"s3DataDestination": {"path": f"s3://{shop.id}/out/"}},
        roleArn="arn:aws:iam::000000000000:role/any",
    )["batchInferenceJobArn"]
    shop.wait("batch_inference_job", job)
    assert used_since(shop, before) == {
        "personalize-import-gb": Decimal("0.001"),
        "personalize-recommender-request": Decimal(7),
        "personalize-batch-user": Decimal(5),
    }


def test_months_are_utc():
    begin, end = month_of("2024-02", 0)
    assert (end - begin) / DAY == 29
    assert month_of("", begin + 5 * DAY) == (begin, end)
    assert month_of("2024-12", 0)[1] == month_of("2025-01", 0)[0]
    for text in ("2024-13", "9999-12"):
        with pytest.raises(ValueError, match=f"'{text}'; write it as 2026-11"):
            month_of(text, 0)
