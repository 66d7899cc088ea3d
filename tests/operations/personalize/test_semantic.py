"""Items related by their texts, in a group that has nothing but items."""

import pytest

from ..shop import error_of

ITEMS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "NAME", "type": "string", "itemName": True},
    {"name": "ABOUT", "type": "string", "textual": True},
    {"name": "CREATION_TIMESTAMP", "type": "long"},
]
WORDS = [("sock", "warm wool for winter nights"), ("towel", "bright cotton for the summer beach")]


def items_csv(n=20):
    rows = [f"i{k},{WORDS[k % 2][0]} {k},{WORDS[k % 2][1]},{1_690_000_000 + 86_400 * k}" for k in range(n)]
    return "ITEM_ID,NAME,ABOUT,CREATION_TIMESTAMP\n" + "\n".join(rows) + "\n"


@pytest.fixture
def items(shop):
    shop.dataset("ITEMS", ITEMS)
    shop.import_rows("ITEMS", items_csv())
    return shop


def relatives(shop, campaign, item, **options):
    answer = shop.runtime.get_recommendations(campaignArn=campaign, itemId=item, **options)
    return answer["itemList"]


def test_items_alone_are_enough(items):
    version = items.version(items.solution("aws-semantic-similarity"))
    metrics = items.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == {"coverage", "average_popularity", "average_freshness"}
    campaign = items.campaign(version)
    found = relatives(items, campaign, "i4", numResults=9, metadataColumns={"ITEMS": ["NAME"]})
    assert all(int(item["itemId"][1:]) % 2 == 0 for item in found)
    assert all(item["metadata"]["name"].startswith("sock") for item in found)
    assert "score" not in found[0]
    fresh = items.campaign(version, campaignConfig={"rankingInfluence": {"FRESHNESS": 1.0}})
    assert [item["itemId"] for item in relatives(items, fresh, "i4", numResults=2)] == ["i18", "i16"]


def test_items_need_a_name_and_a_text(shop):
    code, message = error_of(
        shop.personalize.create_solution,
        name="s",
        datasetGroupArn=shop.group,
        recipeArn="arn:aws:personalize:::recipe/aws-semantic-similarity",
    )
    assert (code, "'itemName'" in message) == ("InvalidInputException", True)


def test_without_items_nothing_is_queued(items):
    solution = items.solution("aws-semantic-similarity")
    items.personalize.delete_dataset(datasetArn=items.datasets["ITEMS"])
    items.gone("dataset", items.datasets["ITEMS"])
    code, message = error_of(items.personalize.create_solution_version, solutionArn=solution)
    assert (code, "no Items dataset" in message) == ("InvalidInputException", True)
