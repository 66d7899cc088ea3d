import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import create_mock_engine, text
from sqlalchemy.schema import CreateTable

from presage.config import Config
from presage.jobs.ledger import jobs_url, metadata, open_ledger

OPEN = "import sys; from presage.jobs.queue import Jobs; Jobs(sys.argv[1]).submit('train', sys.argv[2])"


def test_jobs_are_kept_in_the_data_folder_unless_a_database_is_named():
    assert jobs_url(Config(data=Path("/shop"))) == "sqlite:////shop/jobs.sqlite"
    assert jobs_url(Config(database="postgresql+psycopg://db/shop")) == "postgresql+psycopg://db/shop"


def test_a_commit_is_on_disk_and_readers_do_not_stop_writers(tmp_path):
    engine = open_ledger(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_many_processes_open_a_new_ledger_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    with ThreadPoolExecutor(4) as pool:
        codes = pool.map(lambda n: subprocess.call([sys.executable, "-c", OPEN, url, f"arn:{n}"]), range(4))
        assert list(codes) == [0] * 4
    engine = open_ledger(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM jobs")).scalar() == 4
    engine.dispose()


def test_the_tables_are_ones_that_postgres_takes():
    said = []
    engine = create_mock_engine("postgresql+psycopg://", lambda sql, *_: said.append(str(sql)))
    for table in metadata.sorted_tables:
        engine.connect().execute(CreateTable(table, if_not_exists=True))
        said[-1] = str(CreateTable(table, if_not_exists=True).compile(dialect=engine.dialect))
    assert all(sql.strip().startswith("CREATE TABLE IF NOT EXISTS") for sql in said)
    assert any("SERIAL" in sql for sql in said)
