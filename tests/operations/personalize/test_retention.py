"""Retention: old versions go, those in use stay."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from presage.operations import upkeep

from ..shop import INTERACTIONS, interactions_csv


@pytest.fixture
def versions(shop):
    """A solution's five versions, oldest first; the first is deployed, the third failed."""
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    solution = shop.solution()
    arns = [shop.version(solution) for _ in range(5)]
    shop.campaign(arns[0])
    with shop.server.server.records.writing() as records:
        records.fail(arns[2], "for a test")
    return arns


def left(shop, versions):
    listed = shop.personalize.list_solution_versions(maxResults=100)["solutionVersions"]
    there = {one["solutionVersionArn"] for one in listed}
    return [versions.index(arn) for arn in versions if arn in there]


def keep(shop, n):
    stores = shop.server.stores
    stores.config = replace(stores.config, keep_versions=n)
    upkeep.keep_up(shop.server.server)


def test_all_are_kept_unless_it_is_said(shop, versions):
    keep(shop, 0)
    assert left(shop, versions) == [0, 1, 2, 3, 4]


def test_the_newest_and_those_in_use_are_kept(shop, versions):
    folder = shop.server.stores.model_folder(shop.server.server.records.get(versions[1]))
    assert folder.exists()
    keep(shop, 3)
    assert left(shop, versions) == [0, 1, 2, 3, 4]
    keep(shop, 2)
    assert left(shop, versions) == [0, 3, 4]
    assert not folder.exists()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        shop.personalize.describe_solution_version(solutionVersionArn=versions[1])
    assert shop.recommend(shop.personalize.list_campaigns()["campaigns"][0]["campaignArn"])
