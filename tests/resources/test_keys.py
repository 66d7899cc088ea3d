import pytest

from presage.resources.keys import AccessKey, Keys
from presage.resources.migrations import open_database


@pytest.fixture
def keys(tmp_path):
    engine = open_database("", tmp_path)
    yield Keys(engine)
    engine.dispose()


def test_a_key_is_found_until_it_is_revoked(keys):
    key = keys.create(["personalize:Get*", "s3:*"])
    assert keys.find(key.access_key_id) == key
    assert keys.list() == [key]
    assert keys.revoke(key.access_key_id)
    assert keys.find(key.access_key_id) is None
    assert not keys.revoke(key.access_key_id)


def test_globs_decide_what_a_key_may_do():
    key = AccessKey(access_key_id="a", secret="s", allow=("personalize:Get*", "personalize:PutEvents"))
    assert key.may("personalize:GetRecommendations")
    assert key.may("personalize:PutEvents")
    assert not key.may("personalize:DeleteSolution")
    assert not key.may("forecast:GetAccuracyMetrics")


def test_a_glob_without_a_service_is_refused(keys):
    with pytest.raises(ValueError, match="'Get\\*'; it must be"):
        keys.create(["Get*"])
