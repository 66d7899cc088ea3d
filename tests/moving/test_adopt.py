"""An account adopted by another: what is declared, data, answers; and a trace asked of both."""

import re
from pathlib import Path

import pytest

from presage.moving.account import Account
from presage.moving.declaration import read_declaration
from presage.moving.endpoints import endpoint_of
from presage.moving.kinds import KINDS
from presage.moving.trace import record

from ..operations.shop import avro
from ..running import wait_until
from .shop import declared, upload

HOSTILE = {"a b": "no: +-1", "über": "ü/é=+-@", "n": "null", "1": "012"}
N_SCHEMAS = 101
"""More than a page of a list holds."""
VIEWS = [
    {"name": n, "type": t}
    for n, t in (
        ("USER_ID", "string"),
        ("ITEM_ID", "string"),
        ("TIMESTAMP", "long"),
        ("EVENT_TYPE", "string"),
    )
]


def fill(there, presage, file):
    """An account with a shop, a second group whose dataset has the same name, a recommender that failed."""
    upload(there, "moved")
    file.write_text(declared("moved"))
    code, told = presage("apply", file, "--yes", "--endpoint", there.url)
    assert code == 0, told
    personalize = there.client("personalize")
    tags = [{"tagKey": key, "tagValue": value} for key, value in HOSTILE.items()]
    group = personalize.create_dataset_group(name="moved-views", domain="ECOMMERCE", tags=tags)[
        "datasetGroupArn"
    ]
    schema = personalize.create_schema(name="views", schema=avro("Interactions", VIEWS), domain="ECOMMERCE")
    personalize.create_dataset(
        name="moved-rows", datasetGroupArn=group, datasetType="INTERACTIONS", schemaArn=schema["schemaArn"]
    )
    arn = personalize.create_recommender(
        name="moved-popular",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views",
    )["recommenderArn"]
    wait_until(
        lambda: personalize.describe_recommender(recommenderArn=arn)["recommender"],
        wanted=("CREATE FAILED",),
        ended=("ACTIVE",),
    )


def test_an_account_is_adopted_and_answers_alike(there, here, presage, tmp_path):
    fill(there, presage, tmp_path / "shop.yaml")
    words = ["--from", there.url, "--to", here.url, "--bucket", "moved", "--yes"]
    code, told = presage("adopt", *words)
    assert code == 0, told
    report = Path("adopted.report.md").read_text()
    assert "dataset 'moved-rows': 1,000 rows there, 1,000 here: as many" in report
    assert "dataset 'moved-rows': 0 rows there, 0 here: as many" in report
    assert re.search(r"recommender 'moved-popular': it is CREATE FAILED: \w", report)
    assert "solution version 'moved-v1': its answers will not be the same" in report
    keys = {item.id[1:] for item in read_declaration(Path("adopted.yaml").read_text()).items}
    assert {("Dataset", "moved-rows"), ("Dataset", "moved-rows (2)")} <= keys
    groups = here.client("personalize")
    arn = "arn:aws:personalize:us-east-1:000000000000:dataset-group/moved-views"
    tags = groups.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {one["tagKey"]: one["tagValue"] for one in tags} == HOSTILE
    code, told = presage("apply", "adopted.yaml", "--plan", "--endpoint", here.url)
    assert re.search(r"^\d+ leave(, \d+ not declared)?$", told.splitlines()[-1]), told
    asked_of_both(there, here, presage)


def test_a_list_is_read_to_its_last_page(there):
    personalize = there.client("personalize")
    for n in range(N_SCHEMAS):
        personalize.create_schema(name=f"many-{n}", schema=avro("Interactions", VIEWS))
    listed = Account(endpoint_of(there.url)).listed(KINDS["personalize", "Schema"])
    assert {f"many-{n}" for n in range(N_SCHEMAS)} <= {one.name for one in listed}


def asked_of_both(there, here, presage):
    """A trace that is recorded of one, with a campaign that neither has; its account number is another's."""
    runtime = there.client("personalize-runtime")
    record(runtime, "trace.jsonl")
    arn = "arn:aws:personalize:us-east-1:000000000000:campaign/moved"
    for user in ("u0", "u1", "nobody"):
        runtime.get_recommendations(campaignArn=arn, userId=user, numResults=5)
    with pytest.raises(runtime.exceptions.ResourceNotFoundException):
        runtime.get_recommendations(campaignArn=f"{arn}-gone", userId="u0")
    trace = Path("trace.jsonl")
    trace.write_text(trace.read_text().replace("000000000000", "123456789012"))
    words = ["compare", "--trace", trace, "--left", there.url, "--right", here.url, "--out", "page.html"]
    code, told = presage(*words)
    assert code == 0, told
    assert re.search(r"GetRecommendations moved .* 3 .* 100.0% .* 1.00 .* 100.0%", told), told
    assert "there is no campaign 'moved-gone'" in told
    page = Path("page.html").read_text()
    assert "GetRecommendations moved" in page
    assert "http" not in re.sub(re.escape(there.url) + "|" + re.escape(here.url) + "|http-equiv", "", page)
