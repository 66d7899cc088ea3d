"""Dataset groups: they go last."""

import pytest

from ..shop import USERS, error_of


def test_things_go_in_order_and_names_are_free_again(shop):
    dataset = shop.dataset("USERS", USERS)
    assert error_of(shop.personalize.delete_dataset_group, datasetGroupArn=shop.group)[0] == (
        "ResourceInUseException"
    )
    shop.personalize.delete_dataset(datasetArn=dataset)
    shop.gone("dataset", dataset)
    shop.personalize.delete_dataset_group(datasetGroupArn=shop.group)
    with pytest.raises(shop.personalize.exceptions.ResourceNotFoundException):
        shop.personalize.describe_dataset_group(datasetGroupArn=shop.group)
    shop.personalize.create_dataset_group(name=shop.id)


def test_what_is_not_there_cannot_go(shop):
    gone = shop.group.replace(shop.id, "never")
    assert (
        error_of(shop.personalize.delete_dataset_group, datasetGroupArn=gone)[0]
        == "ResourceNotFoundException"
    )
