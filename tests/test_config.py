import pytest

from presage.config import Config, load_config


def test_a_flag_wins_over_a_variable_and_that_over_the_file(tmp_path):
    file = tmp_path / "presage.toml"
    file.write_text('port = 1\nhost = "a"\nregion = "r"\n')
    config = load_config({"port": 3, "host": None}, {"PRESAGE_PORT": "2", "PRESAGE_HOST": "b"}, file)
    assert (config.port, config.host, config.region) == (3, "b", "r")


def test_what_is_wrong_is_named(tmp_path):
    file = tmp_path / "presage.toml"
    with pytest.raises(ValueError, match="port is .many"):
        load_config({}, {"PRESAGE_PORT": "many"}, file)
    with pytest.raises(ValueError, match="access_log is 'maybe'"):
        load_config({}, {"PRESAGE_ACCESS_LOG": "maybe"}, file)
    file.write_text("prot = 1")
    with pytest.raises(ValueError, match="no setting 'prot'; it knows: .*port"):
        load_config({}, {}, file)


def test_an_endpoint_that_is_this_server_means_its_own_buckets(tmp_path):
    none = tmp_path / "none.toml"
    environ = {"AWS_ENDPOINT_URL_S3": "http://localhost:4600/"}
    assert load_config({}, environ, none).s3_endpoint == ""
    assert load_config({"port": 1}, environ, none).s3_endpoint == "http://localhost:4600/"
    environ["PRESAGE_S3_ENDPOINT"] = "http://elsewhere:9000"
    assert load_config({}, environ, none).s3_endpoint == "http://elsewhere:9000"


def test_loopback_is_known():
    assert Config().is_loopback
    assert not Config(host="0.0.0.0").is_loopback
    assert Config(host="::1").url == "http://[::1]:4600"


def test_channels_are_a_table_and_variables_add_to_it(tmp_path):
    file = tmp_path / "presage.toml"
    file.write_text('[channels]\noncall = "mailto://file"\nteam = "json://file"\n')
    config = load_config({}, {"PRESAGE_CHANNELS_ONCALL": "mailto://secret"}, file)
    assert config.channels == {"oncall": "mailto://secret", "team": "json://file"}
    assert "secret" not in repr(config)
    for wrong, what in (
        ("channels = 3", "channels must be a table"),
        ("[channels]\na = 3", "channels.a must"),
    ):
        file.write_text(wrong)
        with pytest.raises(ValueError, match=what):
            load_config({}, {}, file)
