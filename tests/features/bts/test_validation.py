import json
from collections import Counter

import pytest

from presage.features.bts import DocumentError, TransformError, faults_of, load, parse_streaming, warnings_of
from presage.features.bts.rules import RULES

from .cases import DATA

GOLDEN = json.loads((DATA / "validate" / "expected.json").read_text())
OWN_WORDS = {
    "x_bts_name_missing.yml": ("", "Name"),
    "x_empty_document.yml": ("", ""),
    "x_import_module_missing.yml": ("s.import", "Module"),
    "x_not_a_mapping.yml": ("", ""),
}
"""Documents on which Blurr fails with a trace: presage names the place."""
GOOD = """
Type: Blurr:Transform:Streaming
Version: '2018-03-01'
Name: s
Identity: source.u
Time: source.t
Stores: [{Type: Blurr:Store:Memory, Name: mem}]
Aggregates:
  - {Type: Blurr:Aggregate:Identity, Name: st, Store: mem, Fields: [{Name: n, Type: integer, Value: st.n + 1}]}
"""


def text_of(name):
    return (DATA / "validate" / name).read_text()


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "invalid_yaml.yml"])
def test_a_document_has_the_faults_that_blurr_found(name):
    found = faults_of(load(text_of(name)))
    assert (not found) is GOLDEN[name]["valid"]
    if name in OWN_WORDS:
        assert [(fault.path, fault.attribute) for fault in found] == [OWN_WORDS[name]]
    else:
        got = Counter((one.error, one.path, one.attribute or None, one.reason or None) for one in found)
        golden = GOLDEN[name]["errors"]
        assert got == Counter(
            (one["error"], one["path"], one["attribute"], one.get("reason")) for one in golden
        )
    assert all(len(fault.message) > 10 for fault in found)


def test_a_text_that_is_no_yaml_is_refused():
    with pytest.raises(TransformError, match="no YAML"):
        load(text_of("invalid_yaml.yml"))


def test_what_only_a_run_refuses_is_a_warning():
    (warning,) = warnings_of(load(text_of("x_import_bad_module.yml")))
    assert "no_such_module_xyz" in warning
    assert "datetime" in warning
    (warning,) = warnings_of(load(text_of("x_valid_window_unknown_windowtype.yml")))
    assert warning == "w.last: WindowType 'week' is none of day, hour, count"


def test_all_faults_are_raised_at_once():
    with pytest.raises(DocumentError) as raised:
        parse_streaming(load(GOOD.replace("source.u", "a b").replace("st.n + 1", "open('x')")))
    assert [(one.path, one.attribute) for one in raised.value.faults] == [
        ("s", "Identity"),
        ("s.st.n", "Value"),
    ]
    assert "s.st.n: Value: InvalidExpressionError: the name 'open' is not allowed" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[{Type: Blurr:Store:Memory, Name: mem}]", "mem"),
        ("Fields: [{Name: n, Type: integer, Value: st.n + 1}]", "Fields: n"),
        ("Fields: [{Name: n, Type: integer, Value: st.n + 1}]", "Fields: [7]"),
        ("Name: n,", "Name: [n],"),
        ("Name: st,", "Name: {a: b},"),
        ("Name: mem}]", "Name: [mem]}]"),
        ("Store: mem", "Store: [mem]"),
        ("Time: source.t", "Time: source.t\nImport: math"),
        ("Time: source.t", "Time: source.t\nImport: [math]"),
        ("Type: integer", "Type: [integer]"),
        ("Blurr:Transform:Streaming", "integer"),
        ("Blurr:Aggregate:Identity", "integer"),
    ],
)
def test_a_part_of_another_shape_is_a_fault_and_no_trace(old, new):
    assert old in GOOD
    assert faults_of(load(GOOD.replace(old, new)))


def test_every_attribute_that_a_rule_needs_is_missed():
    for type_, rule in RULES.items():
        for attribute in rule.required:
            part = {"Type": type_, "Name": "x", **dict.fromkeys(rule.required, "y")}
            del part[attribute]
            root = load(GOOD)
            if "transform" in type_:
                root = part
            elif "aggregate" in type_:
                root["Aggregates"] = [part]
            elif "store" in type_:
                root["Stores"] = [part | {"Name": "mem"}]
            else:
                root["Aggregates"][0]["Fields"] = [part]
            missed = [fault for fault in faults_of(root) if fault.error == "RequiredAttributeError"]
            assert attribute in {fault.attribute for fault in missed}, (type_, attribute)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a ["
        + "x, " * 10
        + "]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
        ),
        "&a [*a]",
        "[" * 500 + "]" * 500,
        "a" * 1_000_001,
        "!!python/object/apply:os.system ['true']",
        "a: \x00",
    ],
    ids=["aliases", "cycle", "deep", "long", "object", "control"],
)
def test_a_hostile_text_is_refused(text):
    with pytest.raises(TransformError):
        load(text)
