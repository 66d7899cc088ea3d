"""Which store a URL names; what it cannot name is refused by name, and no message tells a password."""

import sqlite3
import subprocess
import sys

import pytest

from presage.online import open_online


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:secret@h/d", "online_store is 'mysql://h/d'; it must be"),
        ("online.sqlite", "online_store is 'online.sqlite'; it must be"),
        ("postgresql://u:secret@h/d?colour=red", "online_store is postgresql://h/d, which"),
        ("redis://:secret@h:many/0", "online_store is redis://h:many/0, which"),
    ],
)
def test_what_is_no_store_is_refused(tmp_path, url, said):
    with pytest.raises(ValueError, match="online_store is") as error:
        open_online(tmp_path, url)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "driver", "extra"), [("postgresql://h/d", "psycopg", "postgres"), ("redis://h", "redis", "redis")]
)
def test_without_its_driver_it_says_what_to_install(url, driver, extra):
    code = (
        "import sys; from pathlib import Path; from presage.online import open_online\n"
        f"sys.modules[{driver!r}] = None; open_online(Path('.'), {url!r})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"pip install 'presage[{extra}]'" in found.stderr.splitlines()[-1]
    assert found.stderr.splitlines()[-1].startswith("ValueError")


def test_what_a_newer_presage_wrote_is_refused(place):
    with place.open() as online:
        online.mark("s")
    make_newer(place)
    with pytest.raises(RuntimeError, match="newer presage"), place.open() as online:
        online.mark("s")


def make_newer(place):
    if not place.url:
        connection = sqlite3.connect(place.folder / "online.sqlite")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    elif place.url.startswith("redis"):
        import redis  # noqa: PLC0415

        with redis.Redis.from_url(place.url) as client:
            client.set("presage:online:format", 99)
    else:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(place.url) as connection:
            connection.execute("UPDATE online_layout SET format = 99")
