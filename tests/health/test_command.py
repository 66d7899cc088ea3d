import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.health.alarms import DEFAULTS


@pytest.fixture
def presage(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()

    def run(*words):
        return CliRunner().invoke(main, [*words])

    return run


def test_the_drill_fires_each_alarm_and_says_whether_somebody_was_told(presage, webhook, monkeypatch):
    monkeypatch.setenv("PRESAGE_CHANNELS_ONCALL", webhook.url())
    found = presage("health", "drill", "--data", "d")
    assert found.exit_code == 0, found.output
    assert found.output.count("oncall: yes") == len(DEFAULTS)
    titles = [payload["title"] for _, _, payload in webhook.told]
    for alarm in DEFAULTS:
        assert f"[drill] presage: {alarm.name} fires: drill" in titles
        assert f"[drill] presage: {alarm.name} has ended: drill" in titles
    assert len(titles) == 2 * len(DEFAULTS)


def test_a_drill_that_reaches_nobody_fails(presage):
    found = presage("health", "drill", "--data", "d", "--alarm", "disk")
    assert (found.exit_code, "nobody" in found.output) == (1, True)
    found = presage("health", "drill", "--data", "d", "--alarm", "disk", "--channel", "lost")
    assert (found.exit_code, "no channel 'lost'" in found.output) == (1, True)
    found = presage("health", "drill", "--data", "d", "--alarm", "dsik")
    assert (found.exit_code, "there is no alarm 'dsik'" in found.output) == (2, True)


def test_alarms_and_readings_are_shown(presage):
    assert "OK" in presage("alarms", "list", "--data", "d").output
    assert "disk_free_share" in presage("health", "show", "--data", "d").output
    assert presage("alarms", "notices", "--data", "d").exit_code == 0


def test_a_file_is_checked(presage, tmp_path):
    (tmp_path / "alarms.yaml").write_text("alarms: [{name: a, metric: jobs, above: 3}]")
    assert "1 alarms" in presage("alarms", "check", "alarms.yaml").output
    (tmp_path / "wrong.yaml").write_text("alarms: [{name: a, metric: jbos, above: 3}]")
    found = presage("alarms", "check", "wrong.yaml")
    assert (found.exit_code, "there are:" in found.output) == (2, True)


def test_prices_are_shown(presage):
    found = presage("price", "table")
    for text in ("$165.61", "$47.74", "$216.15", "$273.15", "$867.00", "$2,157.00", "71,642 users"):
        assert text in found.output
    assert "this month on AWS: USD 0.00" in presage("price", "--data", "d").output
    found = presage("price", "--data", "d", "--prices", "cheap")
    assert (found.exit_code, "no price list 'cheap'" in found.output) == (2, True)


def test_a_folder_that_is_not_there_is_not_made(presage, tmp_path):
    for words in (["price"], ["health", "show"], ["alarms", "list"], ["health", "drill"]):
        found = presage(*words, "--data", "typo")
        assert (found.exit_code, "there is no data folder typo" in found.output) == (2, True)
    assert not (tmp_path / "typo").exists()
