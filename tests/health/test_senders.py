import pytest

from presage.config import Config
from presage.deliveries.outbox import metadata, outbox
from presage.health.senders import deliveries, pipelines
from presage.resources.database import make_tables
from presage.stores import Stores


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def stores(tmp_path):
    stores = Stores(Config(data=tmp_path / "data"), Clock())
    yield stores
    stores.close()


def test_pipelines_are_read_from_their_runs(stores):
    clock = stores.clock

    def run(number, **ends):
        with stores.records.writing() as records:
            added = records.add(
                "pipelines",
                "Run",
                arn=f"arn:run/{number}",
                name=f"r{number}",
                body={},
                parents=["arn:pipeline/daily"],
            )
            if ends:
                records.settle(added) if ends["well"] else records.settle_failed(added, "why")

    def read():
        return {(one.metric, *one.subject): one.value for one in pipelines(stores, clock.now)}

    with stores.records.writing() as records:
        schedule = {"schedule": {"cron": "0 4 * * *", "timezone": "UTC"}}
        records.add(
            "pipelines", "Pipeline", arn="arn:pipeline/daily", name="daily", body=schedule, settled=True
        )
    assert read() == {}
    run(1, well=True)
    clock.now += 100
    assert read() == {("pipeline_age_seconds", "daily"): 100, ("pipeline_failed", "daily"): 0}
    run(2, well=False)
    clock.now += 10
    run(3)
    assert read() == {("pipeline_age_seconds", "daily"): 110, ("pipeline_failed", "daily"): 1}
    run(4, well=True)
    assert read() == {("pipeline_age_seconds", "daily"): 0, ("pipeline_failed", "daily"): 0}


def test_deliveries_are_read_from_their_outbox(stores):
    with stores.engine.begin() as connection:
        make_tables(connection, metadata)
        for number, (period, state) in enumerate(
            [("W1", "FAILED"), ("W2", "SENT"), ("W2", "SENT"), ("W2", "FAILED")]
        ):
            row = {"delivery": "weekly", "period": period, "user_id": f"u{number}", "channel": "mail"}
            row |= {"message_id": "", "category": "", "state": state, "tries": 1, "reason": ""}
            row |= {"recommendation_id": "", "items": "[]", "sent_at": float(number)}
            connection.execute(outbox.insert().values(**row))
    found = {(one.metric, *one.subject): one.value for one in deliveries(stores, 0.0)}
    assert found == {
        ("messages", "weekly", "SENT"): 2,
        ("messages", "weekly", "FAILED"): 2,
        ("undelivered_share", "weekly"): 1 / 3,
    }
