"""The page of features says what is so, and its quick start gives the numbers that were counted by hand."""

import inspect
import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.features.bts.functions import FUNCTION_NAMES, MODULES
from presage.features.bts.operations import BUDGET, MOST_BITS
from presage.features.bts.rules import RULES
from presage.transforms.command import run as command

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/features.md").read_text()
PLAYER = "72a039b9-6759-901a-cf3a-3354d21beed2"


def presage(monkeypatch, *arguments):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_five_events_give_what_was_counted_by_hand(monkeypatch):
    lines = PAGE.splitlines()
    start = lines.index(next(line for line in lines if line.startswith("$ presage features run")))
    printed = presage(monkeypatch, *shlex.split(lines[start])[2:]).splitlines()
    assert printed == lines[start + 1 : start + 3]
    (_, user), (_, session) = map(json.loads, printed)
    assert user == {"_identity": PLAYER, "country": "DE", "facebook_connected": False}
    assert session == {
        "_identity": PLAYER,
        "_start_time": "2017-08-14T17:53:57+00:00",
        "_end_time": "2017-08-14T17:54:12+00:00",
        "games_played": 1,
        "games_won": 1,
        "win_ratio": 1.0,
        "purchases_amount": 4.99,
        "offer_type": "xmas",
        "offer_price": 9.99,
        "offer_purchased": False,
        "session_id": "ey3je39-932u73",
    }


def test_the_next_days_give_the_row_of_the_page(monkeypatch, tmp_path):
    line = next(line for line in PAGE.splitlines() if "--out rows.csv" in line)
    arguments = [*shlex.split(line)[2:-1], str(tmp_path / "rows.csv")]
    presage(monkeypatch, *arguments)
    header, row = (tmp_path / "rows.csv").read_text().splitlines()
    found = dict(zip(header.split(","), row.split(","), strict=True))
    lines = PAGE.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("| offer.type |"))
    names, values = ([cell.strip() for cell in lines[at + step].strip("|").split("|")] for step in (0, 2))
    for name, value in zip(names, values, strict=True):
        assert found[name] == value, name
    assert float(found["prev_week.purchases_amount"]) == 4.99
    assert float(found["next_week.purchases_amount"]) == 2.5 + 2.5


def test_every_function_module_and_type_is_on_the_page():
    listed = next(line for line in PAGE.splitlines() if line.startswith("`abs all any"))
    assert set(listed.strip("`").split()) == FUNCTION_NAMES
    assert [name for name in MODULES if f"`{name}`" not in PAGE] == []
    assert [kind for kind in RULES if f"`{kind}`" not in PAGE.lower()] == []


def test_every_option_of_the_command_is_on_the_page():
    options = [name.replace("_", "-") for name in inspect.signature(command).parameters if name != "files"]
    assert [name for name in options if f"`--{name}" not in PAGE] == []


def test_every_quirk_and_every_kind_of_fault_is_on_the_page():
    assert [number for number in range(1, 18) if f"| Q{number} |" not in PAGE] == []
    golden = json.loads((ROOT / "tests/data/bts/validate/expected.json").read_text())
    kinds = {error["error"] for found in golden.values() for error in found["errors"]}
    assert len(kinds) == 8
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []


@pytest.mark.parametrize("number", [f"{BUDGET:,} steps", f"{MOST_BITS:,} bits"])
def test_the_limits_on_the_page_are_those_of_the_code(number):
    assert number in PAGE
