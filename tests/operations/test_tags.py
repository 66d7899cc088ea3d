"""Tags of any resource."""

from .shop import error_of


def test_tags_come_and_go(shop):
    shop.personalize.tag_resource(resourceArn=shop.group, tags=[{"tagKey": "team", "tagValue": "a"}])
    shop.personalize.tag_resource(resourceArn=shop.group, tags=[{"tagKey": "team", "tagValue": "b"}])
    found = shop.personalize.list_tags_for_resource(resourceArn=shop.group)["tags"]
    assert found == [{"tagKey": "team", "tagValue": "b"}]
    shop.personalize.untag_resource(resourceArn=shop.group, tagKeys=["team"])
    assert shop.personalize.list_tags_for_resource(resourceArn=shop.group)["tags"] == []


def test_fifty_tags_are_enough(shop):
    tags = [{"tagKey": f"k{n}", "tagValue": ""} for n in range(51)]
    assert (
        error_of(shop.personalize.tag_resource, resourceArn=shop.group, tags=tags)[0]
        == "TooManyTagsException"
    )
