"""Recipes that find users for items, through the AWS client."""

import numpy as np
import pytest

from presage.serving.version import UnusableModel, load_segment_version, load_version

from ..shop import error_of

FIGURES = {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
SMALL = {"algorithmHyperParameters": {"hidden_dimension": "32"}}


@pytest.mark.parametrize("recipe", ["aws-item-affinity", "aws-item-attribute-affinity"])
def test_a_version_is_trained_judged_and_kept_from_campaigns(stocked, recipe):
    version = stocked.version(stocked.solution(recipe, solutionConfig=SMALL))
    metrics = stocked.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == FIGURES
    code, message = error_of(stocked.personalize.create_campaign, name="c", solutionVersionArn=version)
    assert code == "InvalidInputException"
    assert "CreateBatchSegmentJob" in message


def test_a_version_on_disk_finds_the_users_of_an_item_and_of_an_attribute(inside, shop):
    shop.stocked()
    arn = shop.version(shop.solution("aws-item-attribute-affinity", solutionConfig=SMALL))
    folder = inside.stores.model_folder(inside.server.records.expect(arn))
    version = load_segment_version(folder)
    vocabulary = version.vocabulary
    of_item = version.model.best_users(np.array([vocabulary.items.row("i3")], np.int32), 25)[0][0]
    of_genre = version.model.best_users_with([vocabulary.encode_item({"GENRE": "low|all"})], 25)[0][0]
    for users in (of_item, of_genre):
        assert all(int(vocabulary.users[user][1:]) % 2 == 0 for user in users)
    with pytest.raises(UnusableModel, match="no model is called 'affinity'"):
        load_version(folder)


def test_automl_chooses_among_recipes_of_items_alone(stocked):
    code, message = error_of(
        stocked.personalize.create_solution,
        name="auto",
        datasetGroupArn=stocked.group,
        performAutoML=True,
        solutionConfig={"autoMLConfig": {"recipeList": ["arn:aws:personalize:::recipe/aws-item-affinity"]}},
    )
    assert code == "InvalidInputException"
    assert "recipeList names" in message
