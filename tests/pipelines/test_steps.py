"""Single steps: what they read and write, what they refuse."""

import asyncio
import csv
import json
import sqlite3
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from presage.config import Config
from presage.pipelines.language.faults import StateError
from presage.pipelines.steps.clients import Clients, Tools
from presage.pipelines.steps.delivering import EXPORT
from presage.pipelines.steps.registry import work_with
from presage.pipelines.tasks import Call
from presage.stores import open_stores


@pytest.fixture
def tools_in(tmp_path):
    """Makes the tools of a run, by settings of the configuration."""
    with ExitStack() as opened:

        def make(*, is_local=True, **settings):
            config = Config(data=tmp_path / "data", **settings)
            return Tools(
                config=config,
                clients=Clients(config),
                clock=lambda: 0.0,
                pipeline="p",
                run="r",
                is_local=is_local,
                folder=tmp_path / "drafts",
                stores=opened.enter_context(open_stores(config)),
            )

        yield make


def done(tools, step, arguments, name="/step#1.0"):
    call = Call(resource=f"presage:{step}", arguments=arguments, name=name)
    return asyncio.run(work_with(tools)(call))


@pytest.fixture
def app(tmp_path):
    """An app's database of three users."""
    path = tmp_path / "app.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE users (id INTEGER, name TEXT, age REAL)")
        rows = [(1, 'Ann, "A"', 30.5), (2, "Bo\nB", None), (3, "Ü", 20)]
        connection.executemany("INSERT INTO users VALUES (?, ?, ?)", rows)
    return f"sqlite:///{path}"


PLACES = [
    ("extract", {"from": "/etc/passwd", "to": "s3://b/k"}, "may name files"),
    ("extract", {"from": "sqlite:////tmp/a", "query": "SELECT 1", "to": "s3://b/k"}, "[databases]"),
    ("extract", {"from": "app", "query": "ATTACH '/tmp/x' AS x", "to": "s3://b/k"}, "begin with SELECT"),
    ("load", {"from": "/etc/passwd", "database": "app", "table": "t"}, "may name files"),
    ("load", {"from": "s3://b/k", "database": "postgresql://u:secret@h/d", "table": "t"}, "is a URL"),
    ("load", {"from": "s3://b/k", "database": "app", "table": 't"; DROP TABLE users'}, "letters, digits"),
    ("deliver", {"file": "/etc/passwd"}, "may name files"),
    ("notify", {"channel": "json://127.0.0.1:9/", "body": "x"}, "no channel is called"),
    ("extract", {"from": "app", "colour": "red"}, "`to`|`colour`"),
]


@pytest.mark.parametrize(("step", "arguments", "said"), PLACES)
def test_what_comes_through_the_door_names_no_files_and_no_urls(tools_in, app, step, arguments, said):
    tools = tools_in(is_local=False, databases={"app": app})
    with pytest.raises(StateError) as caught:
        done(tools, step, arguments)
    assert any(part in caught.value.cause for part in said.split("|")), caught.value.cause
    assert "secret" not in caught.value.cause


def test_an_audience_by_filter_takes_the_right_to_export(tools_in):
    tools = tools_in(channels={"hook": "json://127.0.0.1:9/"})
    key = tools.stores.keys.create(["personalize:Get*"])
    clients = Clients(tools.config, (key.access_key_id, key.secret))
    told = {
        "name": "weekly",
        "audience": {"dataset_group": "shop", "filter": "INCLUDE UserID WHERE Users.AGE > 30"},
        "message": {"title": "a", "body": "b"},
        "channels": ["hook"],
    }
    for has, said in ((replace(tools, clients=clients), EXPORT), (tools, "there is no dataset group 'shop'")):
        with pytest.raises(StateError, match=said):
            done(has, "deliver", told)
    with pytest.raises(StateError, match="no delivery is called 'weekly'; there are: none"):
        done(tools, "deliver", {"name": "weekly"})


def test_a_query_becomes_csv(tools_in, tmp_path, app):
    out = tmp_path / "users.csv"
    found = done(tools_in(), "extract", {"from": app, "query": "SELECT * FROM users", "to": str(out)})
    assert found == {"location": str(out), "rows": 3}
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ['Ann, "A"', "Bo\nB", "Ü"]
    assert rows[1]["age"] == ""


def test_a_query_is_transformed_and_becomes_json_lines(tools_in, tmp_path, app):
    out = tmp_path / "users.json"
    told = {"from": app, "query": "SELECT id, name FROM users ORDER BY id", "to": str(out)}
    told["transform"] = 'SELECT id AS "userId" FROM data WHERE CAST(id AS INTEGER) > 1'
    assert done(tools_in(), "extract", told)["rows"] == 2
    assert [json.loads(line) for line in out.read_text().splitlines()] == [{"userId": "2"}, {"userId": "3"}]


def test_a_file_is_asked_in_sql_and_reads_no_other(tools_in, tmp_path):
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n")
    told = {
        "from": str(tmp_path / "in.csv"),
        "query": "SELECT b FROM data WHERE a = 2",
        "to": str(tmp_path / "o.csv"),
    }
    assert done(tools_in(), "extract", told)["rows"] == 1
    assert (tmp_path / "o.csv").read_text() == "b\ny\n"
    told["query"] = "SELECT * FROM read_csv('/etc/passwd')"
    with pytest.raises(StateError, match="reads files"):
        done(tools_in(), "extract", told)


def test_extracting_changes_nothing(tools_in, tmp_path, app):
    told = {"from": app, "query": "WITH a AS (SELECT 1) DELETE FROM users", "to": str(tmp_path / "o.csv")}
    with pytest.raises(StateError, match="readonly"):
        done(tools_in(), "extract", told)


def batch_file(folder, users, n=3):
    lines = [
        {
            "input": {"userId": user},
            "output": {"recommendedItems": [f"i{k}" for k in range(n)], "scores": [0.5] * n},
            "error": None,
        }
        for user in users
    ]
    (folder / "users.json.out").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return f"{folder}/"


def test_batch_answers_replace_a_table_whole(tools_in, tmp_path, app):
    answers = tmp_path / "answers"
    answers.mkdir()
    told = {"from": batch_file(answers, ["u1", "u2"]), "database": app, "table": "recs"}
    assert done(tools_in(), "load", told) == {"table": "recs", "rows": 6}
    batch_file(answers, ["u3"])
    assert done(tools_in(), "load", told, name="/again#1.0")["rows"] == 3
    with sqlite3.connect(app.removeprefix("sqlite:///")) as connection:
        assert connection.execute(
            "SELECT user_id, rank, item_id, score FROM recs ORDER BY rank"
        ).fetchall() == [
            ("u3", 1, "i0", 0.5),
            ("u3", 2, "i1", 0.5),
            ("u3", 3, "i2", 0.5),
        ]
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        assert tables == {"users", "recs"}


def test_a_load_that_fails_leaves_the_table_as_it_was(tools_in, tmp_path, app):
    (tmp_path / "users.json.out").write_text(
        '{"input": {"userId": "u"}, "output": null, "error": "no such user"}\n'
    )
    told = {"from": str(tmp_path / "users.json.out"), "database": app, "table": "users"}
    with pytest.raises(StateError, match="a question without an answer"):
        done(tools_in(), "load", told)
    with sqlite3.connect(app.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (3,)
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("users",)]


def test_csv_is_loaded_with_numbers_as_numbers(tools_in, tmp_path, app):
    (tmp_path / "forecast.csv").write_text("item_id,date,p50\na,2026-01-01,1.5\nb,2026-01-01,\n")
    told = {
        "from": str(tmp_path / "forecast.csv"),
        "database": app,
        "table": "demand",
        "index": ["item_id", "date"],
    }
    assert done(tools_in(), "load", told)["rows"] == 2
    with sqlite3.connect(app.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT p50 FROM demand ORDER BY item_id").fetchall() == [(1.5,), (None,)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the first line of x.csv is ''; it must name each column"),
        (b"a,,b\n1,2,3\n", "it must name each column, and none twice"),
        (b"a,b,a\n1,2,3\n", "it must name each column, and none twice"),
        (b"a;b\n1;2\n", "x.csv has one column, 'a;b'; there must be commas"),
        ("a,b\n1,ü\n".encode("utf-16"), "x.csv is no text in UTF-8"),
        (b"a,b\n1,\xff\n", "UTF-8"),
    ],
)
def test_what_is_no_csv_is_told(tools_in, tmp_path, app, data, said):
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(StateError) as caught:
        done(tools_in(), "load", {"from": str(tmp_path / "x.csv"), "database": app, "table": "t"})
    assert said.casefold() in caught.value.cause.casefold()


def test_a_column_that_is_not_there_is_told_in_short(tools_in, tmp_path):
    (tmp_path / "x.csv").write_text("a;b\n1;2\n")
    told = {"from": str(tmp_path / "x.csv"), "query": "SELECT a FROM data", "to": str(tmp_path / "y.csv")}
    with pytest.raises(StateError) as caught:
        done(tools_in(), "extract", told)
    assert "a;b" in caught.value.cause
    assert "plan" not in caught.value.cause


def test_names_of_columns_may_hold_anything(tools_in, tmp_path, app):
    file = tmp_path / "x.csv"
    header = ["ä \"'; DROP TABLE users", "x" * 63, "a%(b)s:c"]
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows([header, [1, "2.5", "c"]])
    assert done(tools_in(), "load", {"from": str(file), "database": app, "table": "t"})["rows"] == 1
    with sqlite3.connect(app.removeprefix("sqlite:///")) as connection:
        found = connection.execute("SELECT * FROM t")
        assert [one[0] for one in found.description] == header
        assert found.fetchall() == [(1, 2.5, "c")]


@contextmanager
def held(path):
    """A database of SQLite that another writes to, for as long as this lasts."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield connection
    finally:
        connection.close()


def test_a_database_that_others_hold_is_waited_for(tools_in, tmp_path, app):
    told = {"from": batch_file(tmp_path, ["u1"]), "database": app, "table": "recs"}
    with held(app.removeprefix("sqlite:///")) as holder:
        with pytest.raises(
            StateError, match="others held what the step needs for 1 s; `retry` tries it again"
        ):
            done(tools_in(), "load", {**told, "wait": "1s"})
        threading.Timer(1.5, holder.rollback).start()
        assert done(tools_in(), "load", {**told, "wait": "1m"})["rows"] == 3
    for wait, said in (("soon", "wait: 'soon' is no length of time"), ("2h", "may be 3600 seconds")):
        with pytest.raises(StateError, match=said):
            done(tools_in(), "load", {**told, "wait": wait})


def test_a_table_of_postgres_that_others_hold_is_waited_for(tools_in, tmp_path, postgres):
    url = postgres.new_database().replace("postgresql:", "postgresql+psycopg:")
    tools = tools_in(databases={"app": url})
    told = {"from": batch_file(tmp_path, ["u1"]), "database": "app", "table": "recs", "wait": 1}
    done(tools, "load", told)
    engine = create_engine(url)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM recs"))
        with pytest.raises(StateError, match="the database 'app': others held .* for 1 s"):
            done(tools, "load", told, name="/again#1.0")
        tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'recs%'"
        assert reader.execute(text(tables)).scalar() == 1
    assert done(tools, "load", told, name="/again#1.0")["rows"] == 3
    engine.dispose()


def test_postgres_readers_see_one_table_or_the_other(tools_in, tmp_path, postgres):
    url = postgres.new_database().replace("postgresql:", "postgresql+psycopg:")
    answers = tmp_path / "answers"
    answers.mkdir()
    tools = tools_in(databases={"app": url})
    told = {"from": batch_file(answers, ["u1"]), "database": "app", "table": "recs"}
    done(tools, "load", told)
    engine = create_engine(url)
    with engine.connect() as reader:
        reader.execute(text("SET statement_timeout = '5s'"))
        assert reader.execute(text("SELECT count(*) FROM recs")).scalar() == 3
        reader.commit()
        batch_file(answers, ["u1", "u2"])
        done(tools, "load", told, name="/again#1.0")
        assert reader.execute(text("SELECT count(*) FROM recs")).scalar() == 6
    query = "WITH a AS (DELETE FROM recs RETURNING 1) SELECT 1"
    with pytest.raises(StateError, match="data-modifying|read-only"):
        done(tools, "extract", {"from": "app", "query": query, "to": str(tmp_path / "o")})
    engine.dispose()
