"""`presage features` from outside: what it prints, how it ends."""

import bz2
import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.transforms import local

DATA = Path(__file__).parents[1] / "data" / "bts"
OFFERS = DATA / "offer_ai"
CASES = sorted(path.parent.name for path in DATA.glob("*/expected.json"))
RUN = [name for name in CASES if not name.startswith(("legacy", "validate", "old_state"))]


def presage(*arguments):
    return CliRunner().invoke(main, ["features", *map(str, arguments)])


def printed(*arguments):
    done = presage("run", *arguments)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def events_of(case):
    sources = json.loads((DATA / case / "expected.json").read_text())["meta"]["sources"]
    plain = [DATA / case / source for source in sources]
    return [path if path.exists() else path.with_suffix(".jsonl.gz") for path in plain]


@pytest.mark.parametrize("case", RUN)
def test_a_golden_case_ends_as_it_did(case):
    golden = json.loads((DATA / case / "expected.json").read_text())
    flags = ["--compat", "--data-processor", golden["meta"]["data_processor"]]
    documents = [DATA / case / "streaming.yml"]
    for kind in ("streaming", "window"):
        if kind == "window":
            documents.append(DATA / case / "window.yml")
        if kind not in golden or "comprehension" in case:
            continue
        done = presage("run", *documents, *events_of(case), *flags)
        assert done.exit_code == golden[kind]["exit_code"]
        assert done.stdout.count("\n") == len(golden[kind]["rows"])
        n_dropped = len(golden[kind]["logged_errors"])
        assert done.stderr.count("ERROR - ") == n_dropped
        assert ("presage: " in done.stderr) is (done.exit_code == 1)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "validate").glob("*.yml")))
def test_validate_ends_as_it_did(name):
    golden = json.loads((DATA / "validate" / "expected.json").read_text())[name]
    done = presage("validate", DATA / "validate" / name)
    assert done.exit_code == golden["exit_code"]
    assert done.stdout == (f"{DATA / 'validate' / name}: valid\n" if golden["valid"] else "")
    for error in golden["errors"]:
        assert f"{error['path']}: " in done.stderr
        assert error["error"] in done.stderr


def test_validate_looks_at_the_documents_of_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no .yml or .yaml file" in presage("validate").stderr
    shutil.copy(DATA / "nyse" / "streaming.yml", tmp_path / "a.yml")
    (tmp_path / "b.yaml").write_text("- 1")
    done = presage("validate")
    assert (done.stdout, done.exit_code) == ("a.yml: valid\n", 1)


@pytest.fixture(scope="module")
def offers():
    return printed(OFFERS / "streaming.yml", OFFERS / "window.yml", OFFERS / "events.jsonl")


def test_events_may_be_packed_or_in_tables(tmp_path, offers):
    text = (OFFERS / "events.jsonl").read_bytes()
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "events.log.bz2").write_bytes(bz2.compress(text))
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:  # columns have one type
        row["won"] = row.get("won") is True or row.get("won") == 1
    pl.from_dicts(rows, infer_schema_length=None, strict=False).write_parquet(tmp_path / "events.parquet")
    for path in tmp_path.iterdir():
        assert printed(OFFERS / "streaming.yml", OFFERS / "window.yml", path) == offers, path


def test_the_cells_of_a_csv_file_are_text(tmp_path):
    (tmp_path / "events.csv").write_text("u,t,x\n007,2020-01-01T00:00:00,1\n007,2020-01-02T00:00:00,\n")
    rows = printed(DATA / "bad_records" / "streaming.yml", tmp_path / "events.csv")
    assert rows == [["007/st//", {"_identity": "007", "n": 2, "xs": ["1"]}]]


def test_several_files_are_read_in_the_order_given():
    first, second = events_of("activity_session")
    documents = [DATA / "activity_session" / "streaming.yml"]
    assert printed(*documents, first, second) != printed(*documents, second, first)


@pytest.mark.parametrize("window", [True, False])
def test_out_may_be_lines_or_a_table(tmp_path, offers, window):
    documents = [OFFERS / "streaming.yml", *([OFFERS / "window.yml"] if window else [])]
    lines = printed(*documents, OFFERS / "events.jsonl")
    for suffix in ("jsonl", "csv", "parquet"):
        done = presage("run", *documents, OFFERS / "events.jsonl", "--out", tmp_path / f"out.{suffix}")
        assert (done.exit_code, done.stdout) == (0, "")
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()] == lines
    table, text = pl.read_parquet(tmp_path / "out.parquet"), pl.read_csv(tmp_path / "out.csv")
    assert table.columns == text.columns
    if window:
        rows = [{"identity": identity, **row} for identity, found in offers for row in found]
        assert table.rows(named=True) == rows
        assert text["last_week.purchase_amount"].to_list() == table["last_week.purchase_amount"].to_list()
    else:
        assert table["key"].to_list() == text["key"].to_list() == [key for key, _ in lines]
        sessions = table.filter(pl.col("game_stats._identity").is_not_null())
        assert sessions.schema["game_stats._start_time"] == pl.Datetime("us", "UTC")
        assert sessions["game_stats._start_time"][0].isoformat() == lines[0][1]["_start_time"]


def test_lists_maps_and_large_numbers_have_a_place_in_tables(tmp_path):
    out = tmp_path / "out.parquet"
    case = DATA / "complex_types"
    presage("run", case / "streaming.yml", case / "events.jsonl", "--out", out)
    table = pl.read_parquet(out)
    assert json.loads(table["c.cnt"].drop_nulls()[0]) == {"x": 3, "y": 1, "z": 1}
    (tmp_path / "large.jsonl").write_text('{"u": "a", "t": "2020-01-01", "i": 99999999999999999999}\n')
    presage("run", DATA / "nulls_and_casts" / "streaming.yml", tmp_path / "large.jsonl", "--out", out)
    assert pl.read_parquet(out)["r.i"].drop_nulls()[0] == "99999999999999999999"


def test_several_processes_print_what_one_does(offers, monkeypatch):
    monkeypatch.setattr(local, "_FEW_EVENTS", 1)
    arguments = [OFFERS / "streaming.yml", OFFERS / "window.yml", OFFERS / "events.jsonl", "--processes"]
    assert printed(*arguments, 2) == printed(*arguments, 1) == offers
    crash = DATA / "crash_unknown_name"
    events = crash / "events.jsonl"
    more = [OFFERS / "events.jsonl"]
    done = presage("run", crash / "streaming.yml", events, *more, "--processes", 2)
    assert done.exit_code == 1
    assert "cra.st.bad: name 'undefined_name' is not defined" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([OFFERS / "streaming.yml"], "there are no events"),
        ([OFFERS / "streaming.yml", OFFERS / "window.yml"], "there are no events"),
        ([OFFERS / "window.yml", OFFERS / "events.jsonl"], "Blurr:Transform:Streaming is needed"),
        (
            [OFFERS / "streaming.yml", OFFERS / "streaming.yml", OFFERS / "events.jsonl"],
            "Transform:Window is needed",
        ),
        ([OFFERS / "streaming.yml", "no such.jsonl"], "no such.jsonl"),
        (["no such.yml", OFFERS / "events.jsonl"], "no such.yml"),
        ([OFFERS / "streaming.yml", OFFERS], "directory"),
        (
            [OFFERS / "streaming.yml", OFFERS / "events.jsonl", OFFERS / "window.yml"],
            "at most one window document",
        ),
        (
            [OFFERS / "streaming.yml", OFFERS / "events.jsonl", "--data-processor", "x"],
            "there are: simple, ipfix",
        ),
        ([OFFERS / "streaming.yml", OFFERS / "events.jsonl", "--out", "x.pickle"], ".jsonl, .csv, .parquet"),
        ([OFFERS / "streaming.yml", OFFERS / "events.jsonl", "--out", "no/such/x.csv"], "no/such"),
        ([OFFERS / "streaming.yml", "x.parquet", "--spark", "local"], "on Spark events are JSON lines"),
        ([OFFERS / "streaming.yml", "x.parquet", "--data-processor", "ipfix"], "ipfix is for lines"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.parquet").write_text("no parquet")
    done = presage("run", *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert message in done.stderr
    assert done.stderr.startswith("presage: ")


@pytest.mark.parametrize(
    ("name", "data"), [("x.gz", b"no gzip"), ("x.parquet", b"no"), ("x.csv", b"u,t\n\xff,1\n")]
)
def test_a_file_that_cannot_be_read_is_named(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    done = presage("run", OFFERS / "streaming.yml", tmp_path / name)
    assert done.exit_code == 1
    assert name in done.stderr.replace("\n", "")


def test_hostile_lines_are_dropped(tmp_path):
    lines = [
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"\xff\xfe",
        b'{"u": "a"',
        b"9" * 5000,
        b"NaN",
        b"",
        b'"\\ud800"',
    ]
    (tmp_path / "x.jsonl").write_bytes(
        b"\n".join([*lines, b'{"u": "a", "t": "2020-01-01T00:00:00", "x": NaN}'])
    )
    done = presage("run", DATA / "bad_records" / "streaming.yml", tmp_path / "x.jsonl")
    assert done.exit_code == 0
    assert done.stdout == '["a/st//", {"_identity": "a", "n": 1, "xs": [NaN]}]\n'
    assert done.stderr.count("ERROR - ") == len(lines)
    assert f"{tmp_path / 'x.jsonl'}: line 3: " in done.stderr


def test_whoever_reads_may_stop_reading():
    command = [sys.executable, "-m", "presage", "features", "run", DATA / "tutorial2" / "streaming.yml"]
    reading = subprocess.Popen(
        [*command, DATA / "tutorial2" / "events.jsonl.gz"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    reading.stdout.close()
    assert reading.stderr.read() == b""
    reading.stderr.close()
    assert reading.wait(timeout=60) == 0


def test_what_json_has_no_form_for_is_said(tmp_path):
    document = (DATA / "bad_records" / "streaming.yml").read_text()
    (tmp_path / "s.yml").write_text(
        document.replace("st.xs.append(source.x)", "st.xs.append(parse(source.t) - parse('2020-01-01'))")
    )
    (tmp_path / "x.jsonl").write_text('{"u": "a", "t": "2020-01-01T00:00:00"}\n')
    done = presage("run", tmp_path / "s.yml", tmp_path / "x.jsonl")
    assert done.exit_code == 1
    assert "a/st//: the record cannot be written: JSON has no form for a timedelta" in done.stderr
