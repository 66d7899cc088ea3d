"""Recipes, algorithms and feature transformations can be looked up."""

import pytest

from ..shop import error_of


def test_every_recipe_can_be_followed_to_its_algorithm(shop):
    recipes = shop.personalize.list_recipes(recipeProvider="SERVICE")["recipes"]
    assert len(recipes) >= 7
    for summary in recipes:
        recipe = shop.personalize.describe_recipe(recipeArn=summary["recipeArn"])["recipe"]
        if "domain" in summary:
            assert "algorithmArn" not in recipe
            continue
        algorithm = shop.personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])["algorithm"]
        shop.personalize.describe_feature_transformation(
            featureTransformationArn=recipe["featureTransformationArn"]
        )
        if "hrnn" in summary["name"]:
            assert "hidden_dimension" in algorithm["defaultHyperParameters"]
            assert algorithm["defaultHyperParameterRanges"]["integerHyperParameterRanges"]


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("presage-blend", "max_items"),
        ("presage-ease", "regularization"),
        ("presage-linear-recurrence", "window"),
        ("presage-rp3beta", "beta"),
        ("presage-sequential-ridge", "decay"),
        ("presage-sequential-rules", "window"),
    ],
)
def test_recipes_beyond_those_of_aws_are_described_as_they_are(shop, name, setting):
    arn = f"arn:aws:personalize:::recipe/{name}"
    assert arn in [one["recipeArn"] for one in shop.personalize.list_recipes()["recipes"]]
    recipe = shop.personalize.describe_recipe(recipeArn=arn)["recipe"]
    assert recipe["recipeType"] == "USER_PERSONALIZATION"
    algorithm = shop.personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])["algorithm"]
    assert setting in algorithm["defaultHyperParameters"]


def test_recipes_come_in_pages_with_those_of_the_domains(shop):
    everything = shop.personalize.list_recipes()
    assert "nextToken" not in everything
    names = [one["name"] for one in everything["recipes"]]
    assert {"aws-hrnn", "aws-vod-top-picks", "aws-ecomm-recommended-for-you"} < set(names)
    pages = list(shop.personalize.get_paginator("list_recipes").paginate(PaginationConfig={"PageSize": 4}))
    assert [len(page["recipes"]) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert [one["name"] for page in pages for one in page["recipes"]] == names
    code, _ = error_of(shop.personalize.list_recipes, nextToken=pages[0]["nextToken"], domain="ECOMMERCE")
    assert code == "InvalidNextTokenException"


def test_a_domain_has_its_use_cases(shop):
    for domain, head in (("ECOMMERCE", "aws-ecomm-"), ("VIDEO_ON_DEMAND", "aws-vod-")):
        first = shop.personalize.list_recipes(domain=domain, maxResults=3)
        rest = shop.personalize.list_recipes(domain=domain, nextToken=first["nextToken"])
        recipes = first["recipes"] + rest["recipes"]
        assert len(recipes) == 5
        assert all(one["name"].startswith(head) and one["domain"] == domain for one in recipes)


def test_an_unknown_recipe_is_not_found(shop):
    arn = "arn:aws:personalize:::recipe/aws-magic"
    code, message = error_of(shop.personalize.describe_recipe, recipeArn=arn)
    assert code == "ResourceNotFoundException"
    assert "aws-hrnn" in message
