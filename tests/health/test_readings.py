import time

from presage.health.all import read_all
from presage.health.metrics import METRICS
from presage.recipes.data import silent
from presage.works.drifting import run, trained_at

from ..operations.shop import interactions_csv

HOUR = 3600.0


def read(shop):
    return {(one.metric, *one.subject): one.value for one in read_all(shop.server.stores)}


def test_every_reading_is_of_a_metric_with_its_labels(shop):
    for one in read_all(shop.server.stores):
        assert len(one.subject) == len(METRICS[one.metric].labels)


def test_models_and_data_age_until_new_ones_come(shop):
    clock, dataset = shop.server.clock, f"{shop.id}-INTERACTIONS"
    model = f"campaign/{shop.campaign_arn.rpartition('/')[2]}"
    before = read(shop)
    clock.now += 2 * HOUR
    after = read(shop)
    assert after["model_age_seconds", model] == before["model_age_seconds", model] + 2 * HOUR
    assert after["data_age_seconds", dataset] == before["data_age_seconds", dataset] + 2 * HOUR
    shop.events.put_events(
        trackingId=shop.tracking_id,
        sessionId="s",
        userId="u1",
        eventList=[{"eventType": "click", "itemId": "i1", "sentAt": clock.now}],
    )
    told = read(shop)
    assert told["data_age_seconds", dataset] == 0
    assert told["log_records",] == after["log_records",] + 1
    clock.now += 60
    assert read(shop)["log_lag_seconds",] == 60
    assert told["model_age_seconds", model] == after["model_age_seconds", model]


def test_jobs_and_records_are_counted(shop):
    jobs = shop.server.stores.jobs
    jobs._clock = lambda: time.time() - 3600
    jobs.submit("export", "arn:waits")
    found = read(shop)
    assert 3600 <= found["queue_age_seconds", "export"] < 7200  # by the machine's clock, as jobs go
    assert found["jobs", "export", "WAITING"] == 1
    assert found["resources", "personalize", "Campaign", "ACTIVE"] == 1
    assert found["resources", "personalize", "Dataset", "ACTIVE"] == 3
    jobs.forget("arn:waits")


def test_a_part_that_cannot_be_read_leaves_the_others(shop, monkeypatch):
    monkeypatch.setattr(shop.server.stores.jobs, "counted", lambda: 1 / 0)
    found = read(shop)
    assert ("disk_free_bytes",) in found
    assert not any(metric == "jobs" for metric, *_ in found)
    assert found["unreadable", "jobs"] == 1


def test_the_drift_that_a_job_measured_is_read(shop):
    config, clock = shop.server.stores.config, shop.server.clock
    begun = next(iter(trained_at(shop.server.stores).values()))
    rows = "".join(f"u{n % 60},j{n % 7},{int(begun) + 1 + n},click,0.5,phone\n" for n in range(1500))
    shop.import_rows(
        "INTERACTIONS", interactions_csv().splitlines(keepends=True)[0] + rows, mode="INCREMENTAL"
    )
    clock.now += HOUR
    run(config, "drift", silent)
    found = read(shop)
    assert found["drift", shop.id, "items"] > 0.25
    assert found["drift", shop.id, "event types"] > 0.1
