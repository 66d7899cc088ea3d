"""What expressions give, and that nothing hostile gets out, takes long or fills the memory."""

import resource
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dateutil import parser
from hypothesis import given
from hypothesis import strategies as st

from presage.features.bts.allowed import MEMBERS
from presage.features.bts.errors import ExpressionError, StoppedError
from presage.features.bts.expressions import Scope
from presage.features.bts.functions import Functions, parse_time
from presage.features.bts.operations import BUDGET, Operations
from presage.features.bts.records import List, Map, Record, Set, event_of

HOSTILE = [
    line
    for line in (Path(__file__).parent / "hostile.txt").read_text().splitlines()
    if line and not line.startswith("# ")
]
EVENT = {
    "a": 3,
    "none": None,
    "text": "one,two",
    "l": [{"x": 1}, {"x": 5}],
    "m": {"deep": {"er": [1, {"x": 2}]}, "items": 7},
    "items": "a key",
    "os-version": "ios-7",
    123: 321,
}
AT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def scope_of(*, compat=False):
    operations = Operations(compat=compat)
    functions = Functions(operations)
    imports = {}
    for module, names in [
        *(
            ("math", []),
            ("statistics", ["mean"]),
            ("statistics", []),
            ("re", []),
            ("json", []),
            ("dateutil.parser", ["parse"]),
        ),
        *(("datetime", ["datetime", "timedelta", "timezone", "date"]), ("dateutil", ["parser as p", "tz"])),
        *(("zoneinfo", ["ZoneInfo"]), ("dateutil.relativedelta", ["relativedelta"]), ("datetime as dt", [])),
    ]:
        imports |= functions.imported(module, names)
    scope = Scope(
        operations, functions, imports=imports, records=frozenset({"source", "agg", "max_of"}), has_event=True
    )
    scope.values.update(
        source=event_of(EVENT),
        time=AT,
        identity="u",
        lst=List(range(1000)),
        m=Map({"a": 1}),
        st=Set({1, 2}),
        agg=Record({"_identity": "u", "n": 4, "odd-name": 5, "l": List([3, 1]), "m": Map({"k": 2})}),
    )
    return operations, scope


def value(text, *, compat=False):
    operations, scope = scope_of(compat=compat)
    operations.left = BUDGET
    return scope.compile(text)()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # events
        ("source.a", 3),
        ("source['a']", 3),
        ("source.nope", None),
        ("source['nope']", None),
        ("source.m.nope", None),
        ("source.m.deep.er[1].x", 2),
        ("source['m']['deep']['er'][-1]['x']", 2),
        ("source['os-version'].split('-')[1]", "7"),
        ("source[123]", 321),
        ("source['items']", "a key"),
        ("source.m['items']", 7),
        ("sorted(map(str, source.keys()))[0]", "123"),
        ("source.get('nope', 9)", 9),
        ("source.l[0].x + source.l[1].x", 6),
        ("sum(each['x'] for each in source.l)", 6),
        ("[each['x'] for each in source.l if each['x'] > 1]", [5]),
        ("max(source.l, key=lambda one: one['x'])['x']", 5),
        # aggregates
        ("agg.n + 1", 5),
        ("agg['n']", 4),
        ("agg['odd-name']", 5),
        ("agg._identity", "u"),
        ("agg.l[-1:]", [1]),
        # Python
        ("1 if source.a > 2 else 0", 1),
        ("source.a in [1, 2, 3] and not source.none", True),
        ("1 < source.a <= 3 != 4", True),
        ("'%s-%03d' % (identity, source.a)", "u-003"),
        ("'{}/{x:>4}'.format(identity, x=source.a)", "u/   3"),
        ("f'{identity!r}:{source.a:03d}:{time:%Y}'", "'u':003:2024"),
        ("{k: v * 2 for k, v in {'a': 1}.items()}", {"a": 2}),
        ("{c for c in 'aab'}", {"a", "b"}),
        ("(lambda x, y=2: x * y)(3)", 6),
        ("[*range(2), *[7]]", [0, 1, 7]),
        ("dict(**{'a': 1}, b=2)", {"a": 1, "b": 2}),
        ("next((each['x'] for each in source.l if each['x'] > 1), None)", 5),
        ("any(v > 2 for v in [3, None])", True),
        ("isinstance(source.a, (int, float)) and isinstance(time, datetime)", True),
        ("type(source.text) is str and type(agg.m) == type(m) and type(agg.m) != dict", True),
        ("f'{type(source.text)} {[int]} {type(agg.m)!r}'", "<class 'str'> [<class 'int'>] <class 'Map'>"),
        ("str(int('7') + float('0.5')) + str(True)", "7.5True"),
        ("sum([[1], [2, 3]], [])", [1, 2, 3]),
        ("list(zip([1, 2], reversed([3, 4])))", [(1, 4), (2, 3)]),
        ("sorted({'b': 1, 'a': 2}.items())", [("a", 2), ("b", 1)]),
        ("2 ** 10 - 7 // 2 % 3 << 2", (1024 - 0) * 4),
        ("source.a << 2 | 1 & 3 ^ 2", 15),
        ("{1, 2} - {2} | {5}", {1, 5}),
        ("','.join(str(i) for i in range(3))", "0,1,2"),
        ("source.text.replace('one', '1').upper()", "1,TWO"),
        ("'a'.ljust(3, '.') + 'b'.zfill(2)", "a..0b"),
        ("round(2.567, 1) + abs(-1) + min(3, 4) + pow(2, 3)", 2.6 + 1 + 3 + 8),
        ("[id for id in range(2)]", [0, 1]),
        ("[max for max in [1]]", [1]),
        # containers of fields
        ("agg.l.append(None)", [3, 1]),
        ("agg.l.append(2).sort()", [1, 2, 3]),
        ("agg.m.increment('k').increment('j', 2.5)", {"k": 3, "j": 2.5}),
        ("agg.m.increment(None).set(None, 1).set('k', None)", {"k": None}),
        ("agg.m.update({'z': 1}).pop('z')", 1),
        ("agg.m.get('k')", 2),
        ("st.add(None).add(3).union({9})", {1, 2, 3, 9}),
        ("agg.l.extend(x for x in agg.l)", [3, 1, 3, 1]),
        # imports
        ("parse('2020-01-02T03:04:05').isoformat()", "2020-01-02T03:04:05"),
        ("p.parse('3 Feb 2020').day", 3),
        ("datetime.strptime('2020-05-06', '%Y-%m-%d').month", 5),
        ("(time - dt.datetime(2024, 2, 28, tzinfo=timezone.utc)).total_seconds() / 3600", 36.5),
        ("str((time + timedelta(days=1)).date())", "2024-03-01"),
        ("str((time + relativedelta(months=1)).date())", "2024-03-29"),
        ("time.astimezone(ZoneInfo('Europe/Berlin')).hour", 13),
        ("time.isocalendar()[1] + time.isocalendar().week + time.timetuple().tm_yday", 9 + 9 + 60),
        ("time.weekday()", 3),
        ("math.floor(math.sqrt(10) + math.pi)", 6),
        ("mean([1, 2, 6])", 3),
        (r"re.match(r'(\w+),(\w+)', source.text).group(2)", "two"),
        ("re.sub('o', '0', source.text)", "0ne,tw0"),
        ("re.split(',', 'a,b')", ["a", "b"]),
        ("re.search('ONE', source.text, re.IGNORECASE).start()", 0),
        ("json.loads('{\"a\": [1]}')['a'][0]", 1),
        ("json.dumps([1, None])", "[1, null]"),
    ],
)
def test_an_expression_gives_what_python_gives(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected) or isinstance(found, Map | List | Set)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("source.a.b.c", AttributeError),
        ("[1][5]", IndexError),
        ("{'a': 1}['b']", KeyError),
        ("source.none + 1", TypeError),
        ("1 / 0", ZeroDivisionError),
        ("[each.x for each in source.l]", AttributeError),
        ("int('x')", ValueError),
    ],
)
def test_an_expression_fails_as_in_python(text, error):
    with pytest.raises(error):
        value(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agg.nope", "has no field 'nope'; it has: _identity, n"),
        ("'a'.encode()", "'encode' of a str is not allowed"),
        ("[1].__len__", "begins with __"),
        ("open('x')", "the name 'open' is not allowed"),
        ("datetime.now()", "datetime has no 'now' that is allowed"),
        ("math.factorial(3)", "math has no 'factorial'"),
        ("a b", "no expression of Python"),
        ("a = 1", "no expression of Python"),
        ("x := 1", "no expression of Python"),
        ("(x := 1)", "NamedExpr is not allowed"),
    ],
)
def test_what_is_not_allowed_is_named(text, message):
    with pytest.raises((ExpressionError, StoppedError), match=message):
        value(text)


def test_with_compat_a_map_answers_itself_where_it_finds_nothing():
    assert value("agg.m.get('nope')") is None
    assert value("agg.m.get('nope')", compat=True) == {"k": 2}


@pytest.mark.parametrize(
    ("module", "names", "message"),
    [
        ("os", [], "'os' cannot be imported here; there are: datetime,"),
        ("os.path", ["join"], "'os.path' cannot be imported"),
        ("datetime", ["sys"], "'sys' of datetime cannot be imported here; there are: date,"),
        ("math; import os", [], "no import"),
        ("math", ["floor\nimport os"], "no import"),
        ("..x", ["y"], "no import"),
        ("subprocess as math", [], "'subprocess' cannot"),
    ],
)
def test_an_import_out_of_reach_is_named(module, names, message):
    with pytest.raises(ExpressionError, match=message):
        Functions(Operations()).imported(module, names)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1)),
    st.sampled_from("T "),
    st.sampled_from(["", "Z", ".5", ".25Z"]),
)
def test_the_quick_way_to_read_a_time_is_the_parsers(at, separator, end):
    text = at.isoformat(sep=separator, timespec="seconds" if end[:1] == "." else "auto") + end
    quick, slow = parse_time(Operations(), text), parser.parse(text)
    assert quick == slow
    assert quick.utcoffset() == slow.utcoffset()


@pytest.fixture
def little_memory():
    """A gigabyte more than there is now: what wants more fails."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_refused_or_stopped_within_a_second(text, little_memory):
    began = time.thread_time()
    with pytest.raises(
        (ExpressionError, StoppedError, AttributeError, OverflowError, RecursionError, TypeError)
    ):
        value(text)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "-" * 9000 + "1",
            "(" * 300 + ")" * 300,
            "[" * 150 + "]" * 150,
            "a" + ".b" * 4000,
            "1" + "+1" * 4000,
        ),
        *(
            "lambda:" * 1200 + "1",
            "9" * 4400,
            "x" * 20_000,
            "\0",
            "a if b else " * 900 + "1",
            "a and b or " * 150,
        ),
    ],
    ids=lambda text: f"{text[:8]!r} {len(text)}",
)
def test_what_is_nested_or_written_without_end_is_refused(text):
    with pytest.raises(ExpressionError):
        value(text)


def test_what_grows_from_event_to_event_is_stopped():
    operations, scope = scope_of()
    double = scope.compile("lst + lst")

    def grow():
        for _ in range(40):
            operations.left = BUDGET
            scope.values["lst"] = List(double())

    with pytest.raises(StoppedError, match="more than 300,000 steps"):
        grow()
    assert len(scope.values["lst"]) < 4_000_000


def test_no_allowed_member_leads_to_code_or_files():
    names = {name for members in MEMBERS.values() for name in members}
    assert not [name for name in names if name.startswith("_")]
    assert names.isdisjoint(
        {"format_map", "encode", "mro", "fget", "func", "tofile", "translate", "expandtabs"}
    )


def test_a_pattern_without_end_takes_a_quarter_of_a_second():
    with pytest.raises(StoppedError, match=r"takes more than 0\.25 s"):
        value("re.match('(a|aa)+$', 'a' * 60 + 'b')")


def test_repeated_slow_patterns_share_that_time():
    began = time.thread_time()
    with pytest.raises(StoppedError):
        value("[re.match('(a|a)*b', 'a' * 5000) for _ in range(100000)]")
    assert time.thread_time() - began < 1


def test_the_same_budget_stops_at_the_same_place():
    def reached():
        operations, scope = scope_of()
        seen = scope.values["lst"] = List()
        operations.left = BUDGET
        with pytest.raises(StoppedError):
            scope.compile("[lst.append(n) for n in range(10) for m in range(10 ** 5)]")()
        return len(seen)

    assert reached() == reached() > 1000


def test_times_can_be_compared_and_kept():
    assert value("max(time, time + timedelta(hours=1))") == AT + timedelta(hours=1)
