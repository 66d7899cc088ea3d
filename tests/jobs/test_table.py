import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, create_mock_engine, select, text
from sqlalchemy.schema import CreateTable

from presage.config import Config
from presage.jobs.queue import Jobs
from presage.jobs.table import FORMAT, jobs, jobs_url, layout, metadata, open_job_table

from .running import new_url

OPEN = "import sys; from presage.jobs.queue import Jobs; Jobs(sys.argv[1]).submit('train', sys.argv[2])"
FORMAT_1 = (
    "CREATE TABLE jobs (number INTEGER PRIMARY KEY, arn VARCHAR(320) NOT NULL UNIQUE, verdict VARCHAR(16))",
    "CREATE INDEX jobs_by_state ON jobs (verdict, number)",
    "CREATE TABLE job_workers (run VARCHAR(64) PRIMARY KEY, place VARCHAR(256) NOT NULL)",
    "INSERT INTO jobs VALUES (1, 'arn:old', '')",
    "INSERT INTO job_workers VALUES ('me', 'here')",
    "CREATE TABLE records (arn VARCHAR(320) PRIMARY KEY)",
    "INSERT INTO records VALUES ('arn:old')",
)
FORMAT_OF_TOMORROW = (
    *FORMAT_1,
    "CREATE TABLE job_layout (format INTEGER NOT NULL)",
    "INSERT INTO job_layout VALUES (99)",
)


@pytest.fixture
def url(tmp_path):
    return new_url(tmp_path)


def say(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def arns(url):
    engine = open_job_table(url)
    with engine.connect() as connection:
        found = set(connection.execute(select(jobs.c.arn)).scalars())
        assert connection.execute(select(layout.c.format)).scalars().all() == [FORMAT]
    engine.dispose()
    return found


def submit_in_four_processes(url):
    with ThreadPoolExecutor(4) as pool:
        codes = pool.map(lambda n: subprocess.call([sys.executable, "-c", OPEN, url, f"arn:{n}"]), range(4))
        assert list(codes) == [0] * 4


def test_jobs_are_kept_in_the_data_folder_unless_a_database_is_named():
    assert jobs_url(Config(data=Path("/shop"))) == "sqlite:////shop/jobs.sqlite"
    assert jobs_url(Config(database="postgresql+psycopg://db/shop")) == "postgresql+psycopg://db/shop"


def test_a_commit_is_on_disk_and_readers_do_not_stop_writers(tmp_path):
    engine = open_job_table(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_many_processes_open_a_new_job_table_at_once(url):
    submit_in_four_processes(url)
    assert arns(url) == {f"arn:{n}" for n in range(4)}


def test_many_processes_open_an_old_job_table_at_once_and_it_is_dropped_once(url):
    say(url, *FORMAT_1)
    submit_in_four_processes(url)
    assert arns(url) == {f"arn:{n}" for n in range(4)}


@pytest.mark.parametrize("tables", [FORMAT_1, FORMAT_OF_TOMORROW], ids=["older", "newer"])
def test_jobs_of_another_format_are_dropped_and_the_records_beside_them_are_not(url, tables):
    say(url, *tables)
    assert arns(url) == set()
    queue = Jobs(url)
    queue.submit("train", "arn:new")
    queue.close()
    assert arns(url) == {"arn:new"}
    say(url, "UPDATE records SET arn = 'still here'")


def test_the_tables_are_ones_that_postgres_takes():
    said = []
    engine = create_mock_engine("postgresql+psycopg://", lambda sql, *_: said.append(str(sql)))
    for table in metadata.sorted_tables:
        engine.connect().execute(CreateTable(table, if_not_exists=True))
        said[-1] = str(CreateTable(table, if_not_exists=True).compile(dialect=engine.dialect))
    assert all(sql.strip().startswith("CREATE TABLE IF NOT EXISTS") for sql in said)
    assert any("SERIAL" in sql for sql in said)
