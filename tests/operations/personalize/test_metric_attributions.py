"""Metric attributions: reports of what recommendations brought, and conversions."""

import subprocess
import sys

import polars as pl
import pytest

from presage.health.widgets import widgets
from presage.operations import upkeep
from presage.recipes.data import silent
from presage.works import attributing

from ..shop import INTERACTIONS, ITEMS, error_of, interactions_csv, items_csv

ROLE = "arn:aws:iam::000000000000:role/any"
CLICKS = {"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}
SPENT = {"eventType": "Purchase", "metricName": "spent", "expression": "sum(Interactions.EVENT_VALUE)"}
PRICED = {"eventType": "purchase", "metricName": "priced", "expression": "SUM(Items.PRICE)"}


@pytest.fixture
def measured(shop):
    """A shop with data, a campaign, an event tracker."""
    for kind, fields, text in (
        ("INTERACTIONS", INTERACTIONS, interactions_csv()),
        ("ITEMS", ITEMS, items_csv()),
    ):
        shop.dataset(kind, fields)
        shop.import_rows(kind, text)
    shop.tracking_id = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group)[
        "trackingId"
    ]
    return shop


def attribution(shop, metrics=(CLICKS, SPENT, PRICED), path=None, name="reports"):
    return shop.personalize.create_metric_attribution(
        name=name,
        datasetGroupArn=shop.group,
        metrics=list(metrics),
        metricsOutputConfig={
            "roleArn": ROLE,
            "s3DataDestination": {"path": path or f"s3://{shop.id}/reports/"},
        },
    )["metricAttributionArn"]


def tell(shop, item, kind="click", at=1_700_000_000.0, **more):
    event = {"eventType": kind, "itemId": item, "sentAt": at, **more}
    shop.events.put_events(trackingId=shop.tracking_id, sessionId="s", userId="u1", eventList=[event])


def reports(shop):
    found = shop.s3.list_objects_v2(Bucket=shop.id, Prefix="reports/").get("Contents", [])
    return {
        one["Key"].removeprefix("reports/"): pl.read_csv(
            shop.s3.get_object(Bucket=shop.id, Key=one["Key"])["Body"].read()
        )
        for one in found
    }


def run_reports(inside, arn):
    attributing.run(inside.stores.config, f"{arn}#report", silent)


def test_it_is_described_listed_and_changed(measured):
    personalize, arn = measured.personalize, attribution(measured)
    record = personalize.describe_metric_attribution(metricAttributionArn=arn)["metricAttribution"]
    assert record["status"] == "ACTIVE"
    assert record["datasetGroupArn"] == measured.group
    (listed,) = personalize.list_metric_attributions(datasetGroupArn=measured.group)["metricAttributions"]
    assert listed["metricAttributionArn"] == arn
    page = personalize.list_metric_attribution_metrics(metricAttributionArn=arn, maxResults=2)
    rest = personalize.list_metric_attribution_metrics(metricAttributionArn=arn, nextToken=page["nextToken"])
    assert [*page["metrics"], *rest["metrics"]] == [CLICKS, SPENT, PRICED]
    new = {**CLICKS, "metricName": "more"}
    personalize.update_metric_attribution(metricAttributionArn=arn, addMetrics=[new], removeMetrics=["spent"])
    metrics = personalize.list_metric_attribution_metrics(metricAttributionArn=arn)["metrics"]
    assert metrics == [CLICKS, PRICED, new]
    personalize.delete_metric_attribution(metricAttributionArn=arn)
    measured.gone("metric_attribution", arn)


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"addMetrics": [CLICKS]}, "ResourceAlreadyExistsException", "'clicks' already"),
        ({"removeMetrics": ["none"]}, "ResourceNotFoundException", "it has: clicks, spent, priced"),
        (
            {"addMetrics": [{**CLICKS, "metricName": "a", "expression": "AVG(x)"}]},
            "InvalidInputException",
            "AVG(x)",
        ),
        (
            {"metricsOutputConfig": {"roleArn": ROLE, "s3DataDestination": {"path": "https://x/"}}},
            "InvalidInputException",
            "name an s3:// folder",
        ),
    ],
)
def test_a_change_that_is_wrong_is_refused(measured, members, code, text):
    found, message = error_of(
        measured.personalize.update_metric_attribution, metricAttributionArn=attribution(measured), **members
    )
    assert found == code
    assert text in message


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ({**CLICKS, "expression": "SUM(Items.GENRE)"}, "its numbers are: CREATION_TIMESTAMP, PRICE"),
        ({**CLICKS, "expression": "SUM(Users.AGE)"}, "SUM(Users.AGE)"),
        ({**CLICKS, "expression": "SUM(Interactions.NONE)"}, "no number of that dataset"),
    ],
)
def test_a_metric_that_the_data_cannot_tell_is_refused(measured, metric, text):
    with pytest.raises(measured.personalize.exceptions.InvalidInputException, match=".") as raised:
        attribution(measured, [metric])
    assert text in str(raised.value)


def test_a_group_has_one_and_needs_event_types(measured, shop):
    attribution(measured)
    with pytest.raises(measured.personalize.exceptions.ResourceAlreadyExistsException):
        attribution(measured, name="second")


def test_what_is_told_is_reported_by_source_and_quarter_of_an_hour(measured, inside):
    campaign = measured.trained("aws-popularity-count")
    tell(measured, "i1")  # before the attribution: it does not count
    arn = attribution(measured)
    answer = measured.runtime.get_recommendations(campaignArn=campaign, userId="u1")
    given = {"recommendationId": answer["recommendationId"]}
    stated = {"metricAttribution": {"eventAttributionSource": "elsewhere"}}
    tell(measured, "i1", **given)
    tell(measured, "i2", at=1_699_990_000.0)
    tell(measured, "i2", at=1_699_990_000.5, **stated, **given)
    tell(measured, "i3", "purchase", eventValue=2.5, **given)
    inside.clock.now += 901
    upkeep.begin_due(inside.server)
    assert inside.stores.jobs.state(f"{arn}#report") == "WAITING"
    run_reports(inside, arn)
    run_reports(inside, arn)
    (report,) = reports(measured).values()
    name = campaign.rpartition("/")[2]
    bucket, earlier = 1_700_000_000 // 900 * 900, 1_699_990_000 // 900 * 900
    assert report.rows() == [
        ("clicks", "click", 1.0, "samplecount", "SOURCE_NAME_UNDEFINED", earlier),
        ("clicks", "click", 1.0, "samplecount", "elsewhere", earlier),
        ("clicks", "click", 1.0, "samplecount", name, bucket),
        ("spent", "Purchase", 2.5, "sum", name, bucket),
        ("priced", "purchase", 3.5, "sum", name, bucket),
    ]
    assert report.columns == [
        "METRIC_NAME",
        "EVENT_TYPE",
        "VALUE",
        "MATH_FUNCTION",
        "EVENT_ATTRIBUTION_SOURCE",
        "TIMESTAMP",
    ]


def test_a_report_that_was_cut_off_is_written_again_the_same(measured, inside, monkeypatch):
    arn = attribution(measured)
    tell(measured, "i1")
    write = attributing._write

    def cut_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(attributing, "_write", cut_off)
    with pytest.raises(KeyboardInterrupt):
        run_reports(inside, arn)
    monkeypatch.setattr(attributing, "_write", write)
    tell(measured, "i2", at=1_700_000_001.0)
    run_reports(inside, arn)
    run_reports(inside, arn)
    assert sorted(report["VALUE"].sum() for report in reports(measured).values()) == [1.0, 1.0]


def test_a_report_without_a_place_waits(measured, inside):
    arn = attribution(measured, path="s3://nobody-has-this-bucket/x/")
    tell(measured, "i1")
    run_reports(inside, arn)
    config = {"roleArn": ROLE, "s3DataDestination": {"path": f"s3://{measured.id}/reports/"}}
    measured.personalize.update_metric_attribution(metricAttributionArn=arn, metricsOutputConfig=config)
    run_reports(inside, arn)
    (report,) = reports(measured).values()
    assert report["VALUE"].to_list() == [1.0]


def test_an_import_is_reported_if_asked(measured):
    job = {
        "datasetArn": measured.datasets["INTERACTIONS"],
        "dataSource": {"dataLocation": measured.upload("more.csv", interactions_csv(seed=5))},
        "roleArn": ROLE,
        "publishAttributionMetricsToS3": True,
    }
    create = measured.personalize.create_dataset_import_job
    code, text = error_of(create, jobName="early", **job)
    assert code == "InvalidInputException"
    assert "needs a metric attribution" in text
    attribution(measured)
    made = create(jobName="more", importMode="INCREMENTAL", **job)["datasetImportJobArn"]
    measured.wait("dataset_import_job", made)
    ((name, report),) = reports(measured).items()
    assert name.startswith("AggregatedAttributionMetrics - INCREMENTAL - ")
    clicks = sum(",click," in line for line in interactions_csv(seed=5).splitlines())
    assert report.filter(pl.col("METRIC_NAME") == "clicks")["VALUE"].sum() == clicks
    assert set(report["EVENT_ATTRIBUTION_SOURCE"]) == {"SOURCE_NAME_UNDEFINED"}


def test_conversions_are_counted_by_campaign(measured, inside):
    campaign = measured.trained("aws-popularity-count")
    ids = [
        measured.runtime.get_recommendations(campaignArn=campaign, userId="u1")["recommendationId"]
        for _ in range(8)
    ]
    for n, one in enumerate([ids[0], ids[0], ids[1]]):
        tell(measured, "i1", at=1_700_000_000.0 + n, recommendationId=one)
    upkeep.store_answers(inside.server)
    upkeep.store_answers(inside.server)
    (found,) = widgets(inside.stores, inside.stores.records.get(measured.group))
    assert (found.name, found.event_type) == (campaign.rpartition("/")[2], "click")
    assert (found.total.displays, found.total.actions, found.total.share) == (8, 2, 0.25)
    low, high = found.total.interval
    assert (round(low, 4), round(high, 4)) == (0.0715, 0.5907)  # Wilson's for 2 of 8, from published tables
    environ = {"COLUMNS": "200", "PRESAGE_DATABASE": inside.stores.config.database}
    command = [
        sys.executable,
        "-m",
        "presage",
        "conversions",
        measured.id,
        "--data",
        str(inside.stores.config.data),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout
    assert "25.00%" in shown
    other = [*command[:4], "none", *command[5:]]
    wrong = subprocess.run(other, capture_output=True, text=True, check=False, env=environ)
    assert wrong.returncode == 2
    assert measured.id in wrong.stderr
