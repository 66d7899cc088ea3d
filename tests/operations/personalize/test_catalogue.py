"""Recipes, algorithms and feature transformations can be looked up."""

from ..shop import error_of


def test_every_recipe_can_be_followed_to_its_algorithm(shop):
    recipes = shop.personalize.list_recipes(recipeProvider="SERVICE")["recipes"]
    assert len(recipes) >= 7
    for summary in recipes:
        recipe = shop.personalize.describe_recipe(recipeArn=summary["recipeArn"])["recipe"]
        algorithm = shop.personalize.describe_algorithm(algorithmArn=recipe["algorithmArn"])["algorithm"]
        shop.personalize.describe_feature_transformation(
            featureTransformationArn=recipe["featureTransformationArn"]
        )
        if "hrnn" in summary["name"]:
            assert "hidden_dimension" in algorithm["defaultHyperParameters"]
            assert algorithm["defaultHyperParameterRanges"]["integerHyperParameterRanges"]


def test_an_unknown_recipe_is_not_found(shop):
    arn = "arn:aws:personalize:::recipe/aws-magic"
    code, message = error_of(shop.personalize.describe_recipe, recipeArn=arn)
    assert code == "ResourceNotFoundException"
    assert "aws-hrnn" in message
