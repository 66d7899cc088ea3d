"""Amazon States Language: a table of cases, whose right values come from the specification's text."""

import asyncio
import contextlib
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from presage.pipelines.interpreter import Interpreter
from presage.pipelines.journal import Journal
from presage.pipelines.language import intrinsics
from presage.pipelines.language.choices import holds
from presage.pipelines.language.faults import StateError
from presage.pipelines.language.paths import Scope, read, written
from presage.pipelines.language.validation import InvalidDefinition, read_machine

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
NOW = 1000.0


class Turned(Interpreter):
    """Waits by turning its clock."""

    async def until(self, at):
        if at > self.clock():
            self.journal.waits.append(at - self.clock())
            self.journal.now = at


class Turnable(Journal):
    def __init__(self):
        super().__init__(lambda: self.now)
        self.now, self.waits = NOW, []


class Tasks:
    """Tasks that give what they are given, fail, sleep, or say how many run at once."""

    def __init__(self):
        self.calls, self.tries, self.running = [], Counter(), 0

    async def __call__(self, call):
        self.calls.append(call.arguments)
        return await getattr(self, call.resource.removeprefix("test:"))(call.arguments, call.name)

    async def echo(self, arguments, _):
        return arguments

    async def fail(self, arguments, name):
        state = name.rpartition("/")[2].partition("#")[0]
        self.tries[state] += 1
        if self.tries[state] <= arguments.get("times", 1e9):
            raise StateError(arguments["error"], arguments.get("cause", ""))
        return arguments["result"]

    async def script(self, arguments, name):
        self.tries["script"] += 1
        if self.tries["script"] <= len(arguments["errors"]):
            raise StateError(arguments["errors"][self.tries["script"] - 1])
        return arguments["result"]

    async def sleep(self, arguments, _):
        await asyncio.sleep(arguments["seconds"])

    async def overlap(self, _arguments, _):
        self.running += 1
        seen = self.running
        for _ in range(5):
            await asyncio.sleep(0)
            seen = max(seen, self.running)
        self.running -= 1
        return seen

    async def large(self, _arguments, _):
        return "x" * 300_000


def machine_of(case):
    states = case.get("states") or {"S": {**case["state"], "End": True}}
    machine = {"StartAt": next(iter(states)), "States": states}
    machine |= {"QueryLanguage": case["language"]} if "language" in case else {}
    return machine | ({"TimeoutSeconds": case["timeout"]} if "timeout" in case else {})


def no_check(_resource, _arguments):
    pass


def run(case, tasks, journal):
    kind = Interpreter if case.get("real") else Turned
    interpreter = kind(journal=journal, work=tasks, execution=case.get("context", {}))
    machine = read_machine(machine_of(case), no_check)
    return asyncio.run(interpreter.run(machine, case["input"], started_at=NOW))


def test_each_case_names_its_source_and_itself():
    assert all("spec" in case or "aws" in case for case in CASES)
    names = Counter((case["name"], case.get("language")) for case in CASES)
    assert not [name for name, n in names.items() if n > 1 and "specification" not in name[0]]


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['name']}" for n, case in enumerate(CASES)])
def test_case(case):
    tasks, journal = Tasks(), Turnable()
    if "error" in case:
        with pytest.raises(StateError) as caught:
            run(case, tasks, journal)
        assert caught.value.error == case["error"]
        assert case.get("cause", caught.value.cause) == caught.value.cause
    else:
        assert run(case, tasks, journal) == case["output"]
    assert tasks.calls == case.get("calls", tasks.calls)
    assert journal.waits == pytest.approx(case.get("waits", journal.waits))


ORDERED = [
    ("String", "a", "b"),
    ("Numeric", 1, 1.5),
    ("Timestamp", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00-01:00"),
]
ORDERS = {
    "Equals": {"="},
    "LessThan": {"<"},
    "GreaterThan": {">"},
    "LessThanEquals": {"<", "="},
    "GreaterThanEquals": {">", "="},
}


@pytest.mark.parametrize(("kind", "low", "high"), ORDERED)
@pytest.mark.parametrize("order", ORDERS)
def test_comparisons(kind, low, high, order):
    """Choice State, data-test expressions: each of a kind, with a value and with a path."""
    for left, right, stands in ((low, high, "<"), (low, low, "="), (high, low, ">")):
        scope = Scope(data={"a": left, "b": right})
        wanted = stands in ORDERS[order]
        assert holds({"Variable": "$.a", f"{kind}{order}": right}, scope) is wanted
        assert holds({"Variable": "$.a", f"{kind}{order}Path": "$.b"}, scope) is wanted


VALUES = {"Null": None, "Boolean": True, "Numeric": 1, "String": "x", "Timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(("test", "kind"), list(product(VALUES, VALUES)))
def test_types(test, kind):
    """A timestamp is a string too; nothing else is of two types."""
    is_of = test == kind or (test, kind) == ("String", "Timestamp")
    scope = Scope(data={"a": VALUES[kind]})
    assert holds({"Variable": "$.a", f"Is{test}": True}, scope) is is_of
    assert holds({"Variable": "$.a", f"Is{test}": False}, scope) is not is_of


@pytest.mark.parametrize(("test", "kind"), list(product(("Boolean", "Numeric", "String"), VALUES)))
def test_values_of_another_type_are_never_equal(test, kind):
    wanted = {"Boolean": True, "Numeric": 1, "String": "x"}[test]
    assert holds({"Variable": "$.a", f"{test}Equals": wanted}, Scope(data={"a": VALUES[kind]})) is (
        test == kind
    )


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("log-*.txt", "log-1.txt", True),
        ("log-*.txt", "log-.txt", True),
        ("log-*.txt", "xlog-1.txt", False),
        ("*", "", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*", "a\\x", True),
        ("a.b", "axb", False),
        ("*x*", "a\nx", True),
    ],
)
def test_string_matches(pattern, text, wanted):
    assert holds({"Variable": "$", "StringMatches": pattern}, Scope(data=text)) is wanted


def test_presence():
    scope = Scope(data={"a": None, "l": [1]})
    assert holds({"Variable": "$.a", "IsPresent": True}, scope)
    assert holds({"Variable": "$.b", "IsPresent": False}, scope)
    assert not holds({"Variable": "$.l[5]", "IsPresent": True}, scope)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = st.lists(st.text("abcxyz", min_size=1, max_size=3), max_size=3)


@given(st.dictionaries(st.text("abc", min_size=1), JSON, max_size=3), JSON, PLACES)
def test_what_is_written_is_read_again(data, value, places):
    path = "$" + "".join(f"['{name}']" for name in places)
    with contextlib.suppress(StateError):  # there is no place in what is no object
        assert read(path, Scope(data=written(path, data, value))) == value


@given(st.lists(JSON, max_size=6), st.integers(1, 4))
def test_parts_put_together_are_the_whole(items, size):
    parts = intrinsics.evaluate(f"States.ArrayPartition($, {size})", Scope(data=items))
    assert [one for part in parts for one in part] == items
    assert all(len(part) == size for part in parts[:-1])


@given(JSON)
def test_json_to_text_and_back(value):
    text = intrinsics.evaluate("States.JsonToString($)", Scope(data=value))
    assert intrinsics.evaluate("States.StringToJson($)", Scope(data=text)) == value


@given(st.text(max_size=40))
def test_whatever_a_call_is_it_is_read_or_refused(text):
    with contextlib.suppress(ValueError):
        intrinsics.parse(f"States.{text}")


FAULTS = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", FAULTS, ids=[f"{n}" for n in range(len(FAULTS))])
def test_fault(case):
    with pytest.raises(InvalidDefinition) as caught:
        read_machine(case["machine"] if "machine" in case else machine_of(case), no_check)
    assert any(case["fault"] in fault for fault in caught.value.faults), caught.value.faults
