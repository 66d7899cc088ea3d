import pytest

from presage.health.alarms import DEFAULTS, Alarm, channels_of, checked, effective, read_alarms

OWN = """
alarms:
  - {name: disk, metric: disk_free_share, below: 0.2, channels: [team]}
  - name: slow
    metric: latency_seconds
    subject: personalize:GetRecommendations
    above: 0.2
    forSeconds: 120
    windowSeconds: 600
    quantile: 0.95
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "alarms.yaml"
        path.write_text(text)
        read_alarms.cache_clear()
        return path

    return write


def test_the_built_in_ones_can_be_evaluated():
    assert [checked(one) for one in DEFAULTS] == list(DEFAULTS)
    assert effective(None, {}).keys() == {one.name for one in DEFAULTS}


def test_a_file_wins_over_the_built_in_and_calls_over_the_file(file):
    found = effective(read_alarms(file(OWN)), {"slow": {"name": "slow", "metric": "jobs", "above": 1}})
    assert (found["disk"][0].below, found["disk"][1]) == (0.2, "file")
    assert (found["slow"][0].metric, found["slow"][1]) == ("jobs", "made")
    assert found["errors"][1] == "built in"
    alone = effective(read_alarms(file(OWN + "defaults: false\n")), {})
    assert alone.keys() == {"disk", "slow"}


def test_json_is_yaml_too(file):
    text = '{"alarms": [{"name": "q", "metric": "queue_age_seconds", "above": 60}]}'
    assert read_alarms(file(text)).alarms[0].is_beyond(61)


def test_who_is_told():
    alarm = Alarm(name="a", metric="jobs", above=1)
    assert channels_of(alarm, {"oncall": "json://x"}) == ["oncall"]
    assert channels_of(alarm, {}) == []
    assert channels_of(Alarm(name="a", metric="jobs", above=1, channels=[]), {"oncall": "json://x"}) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "alarms: [{name: a, metric: diskspace, above: 1}]",
            "watches 'diskspace'; there are: .*disk_free_share",
        ),
        ("alarms: [{name: a, metric: log_records, above: 1}]", "watches 'log_records'"),
        ("alarms: [{name: a, metric: jobs}]", "needs one bound"),
        ("alarms: [{name: a, metric: jobs, above: 1, below: 0}]", "needs one bound"),
        ("alarms: [{name: a, metric: jobs, above: .nan}]", "alarms.yaml"),
        ("alarms: [{name: a, metric: jobs, abov: 1}]", r"unknown field `abov` - at `\$.alarms"),
        ("alarms: [{name: a, metric: jobs, above: 1}, {name: a, metric: jobs, above: 2}]", "called a"),
        ("alarms: [{name: '../x', metric: jobs, above: 1}]", "matching regex"),
        ("alarms: {", "is no YAML"),
        ("", "alarms.yaml: Expected `object`, got `null`"),
        ("[" * 5000, "alarms.yaml"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(file, text, what):
    with pytest.raises(ValueError, match=what):
        read_alarms(file(text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="no.yaml cannot be read: No such file"):
        read_alarms(tmp_path / "no.yaml")
