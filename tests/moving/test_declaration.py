from pathlib import Path

import pytest

from presage.moving.declaration import read_declaration, write_declaration
from presage.moving.values import Ref

from .shop import declared

EXAMPLES = sorted((Path(__file__).parents[2] / "examples/apply").glob("*.yaml"))


def test_a_file_that_is_written_declares_the_same():
    items = read_declaration(declared("shop")).items
    again = read_declaration(write_declaration(items)).items
    assert {item.id: item for item in again} == {item.id: item for item in items}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_examples_declare_what_they_say(file):
    assert read_declaration(file.read_text()).items


@pytest.mark.parametrize("spelled", ["datasetGroupArn", "dataset_group_arn", "datasetGroup", "dataset_group"])
def test_a_member_may_be_written_as_aws_does_or_shorter(spelled):
    text = f"personalize: {{filters: {{f: {{{spelled}: g, filterExpression: x}}}}}}"
    (item,) = read_declaration(text).items
    assert item.members["datasetGroupArn"] == Ref((("personalize", "DatasetGroup"),), "g")


def test_settings_that_aws_writes_as_texts_may_be_numbers():
    text = "personalize: {solutions: {s: {dataset_group: g, recipe: aws-sims, solution_config: {algorithmHyperParameters: {a: 32, b: true}}}}}"
    (item,) = read_declaration(text).items
    assert item.members["solutionConfig"]["algorithmHyperParameters"] == {"a": "32", "b": "true"}
    assert item.members["recipeArn"] == "arn:aws:personalize:::recipe/aws-sims"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "must be a mapping"),
        ("- a", "must be a mapping"),
        ("a: [", "this is no YAML"),
        ("shops: {}", "'shops' is unknown; there are: personalize, forecast"),
        ("personalize: {dataset_group: {}}", "did you mean dataset_groups?"),
        ("personalize: [1]", "personalize is '[1]'; it must be a mapping"),
        ("personalize: {campaigns: {1: {}}}", "the name 1 must be a text"),
        ("personalize: {campaigns: {c: {solutionVersion: v, tps: 1}}}", "campaigns.c: 'tps' is unknown"),
        ("personalize: {campaigns: {c: {}}}", 'Missing required parameter in input: "solutionVersionArn"'),
        (
            "personalize: {campaigns: {c: {solution_version: v, minProvisionedTPS: x}}}",
            "minProvisionedTPS, value: x",
        ),
        ("personalize: {dataset_groups: {g: {tags: [a]}}}", "tags is '['a']'; it must be a mapping"),
        ("personalize: {dataset_groups: {g: {name: [a]}}}", "its name is '['a']'; it must be a text"),
        ("decisions: &a {campaigns: {c: *a}}", "nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, wanted):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_declaration(text)
    assert wanted in str(caught.value)
