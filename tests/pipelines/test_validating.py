"""What is wrong with a definition is said before it runs: the step, the value, and what would be right."""

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from presage import yaml_text
from presage.pipelines.definitions import read_definition
from presage.pipelines.language.validation import InvalidDefinition
from presage.pipelines.short import Options, Retrying
from presage.pipelines.steps.registry import STEPS

DESCRIBE = "{call: {operation: personalize:describeSolution, with: %s}}"
STEPS_WRONG = [
    (
        "{notify: 5}",
        "presage:notify: it is told '5'; it must be told an object with some of: channel, title, body",
    ),
    ("{notify: }", "it must be told an object"),
    ("{notify: {title: a}}", "presage:notify: it lacks channel"),
    ("{notify: {channel: {a: 1}}}", "channel is '{'a': 1}'; it must be a text or a list, each a text"),
    ("{notify: {channel: x, title: 5}}", "title is '5'; it must be a text"),
    ("{notify: {channel: x, colour: red}}", "it has no member 'colour'; it has channel, title, body"),
    ("{notify: {channel: x}, colour: red}", "'colour' is no option of a step; there are: needs, for_each"),
    ("{notify: {channel: x}, retry: []}", "retry is '[]'; it must be a whole number, an object or null"),
    ("{notify: {channel: x}, retry: -1}", "retry is '-1'; it must be a whole number >= 0"),
    ("{notify: {channel: x}, retry: {factor: 0.5}}", "retry.factor is '0.5'; it must be a number >= 1.0"),
    ("{notify: {channel: x}, retry: {factor: .nan}}", "retry.factor is 'nan'; it must be a finite number"),
    ("{notify: {channel: x}, retry: {factor: .inf}}", "retry.factor is 'inf'; it must be a finite number"),
    (
        "{notify: {channel: x}, retry: {after: soon}}",
        "retry.after: 'soon' is no length of time; it must be such as",
    ),
    ("{notify: {channel: x}, retry: {at_most: 9999d}}", "retry.at_most: '9999d' is too long"),
    ("{notify: {channel: x}, retry: {errors: E}}", "retry.errors is 'E'; it must be a list"),
    ("{notify: {channel: x}, timeout: [1]}", "timeout is '[1]'; it must be a whole number or a text"),
    ("{notify: {channel: x}, timeout: 0}", "timeout: '0' is no length of time"),
    ("{notify: {channel: x}, needs: 5}", "needs is '5'; it must be a text or a list"),
    ("{notify: {channel: x}, needs: [b]}", "it needs 'b'; the steps are: a"),
    ("{notify: {channel: x}, for_each: 5}", "for_each is '5'; it must be a list or an expression"),
    ("{notify: {channel: x}, for_each: [1], at_once: -1}", "at_once is '-1'; it must be a whole number >= 0"),
    ("{train: {solution: [x]}}", "solution is '['x']'; it must be a text"),
    ("{train: {solution: x, mode: HALF}}", "mode is 'HALF'; it must be FULL or UPDATE"),
    ("{import: {dataset: d, from: f, mode: 1}}", "mode is '1'; it must be FULL or INCREMENTAL"),
    ("{forecast: {to: s3://b/f/, horizon: two}}", "horizon is 'two'; it must be a whole number"),
    ("{load: {from: x, database: y, table: t, index: id}}", "index is 'id'; it must be a list, each a text"),
    ("{batch: {version: v, input: i, to: x, config: [1]}}", "config is '[1]'; it must be an object"),
    ("{deliver: {name: 5}}", "presage:deliver: name is '5'; it must be a text"),
    (
        "{deliver: {name: x, channels: mail}}",
        "the delivery is not valid: channels is 'mail'; it must be a list",
    ),
    ("{deliver: [weekly]}", "the delivery is not valid: it is '['weekly']'; it must be a mapping"),
    ("{call: 5}", "call must say operation"),
    ("{call: {operation: 5}}", "call must say operation"),
    (DESCRIBE % "5", "it is told '5'; it must be told an object with some of: SolutionArn"),
    (DESCRIBE % "{SolutionArn: 5}", "SolutionArn is '5'; it must be a text"),
    (DESCRIBE % "{Solution: x}", "it has no member 'Solution'; it has SolutionArn"),
    ("5", "it is '5'; it must be an object such as"),
    ("{1: 2}", "steps.a has the name '1', which is no text; put it in quotes"),
    (
        "{notify: {channel: x, body: !!timestamp 2026-01-01}}",
        "body is '2026-01-01'; it must be a text, a number",
    ),
    ("{notify: {channel: x, body: 99999999999999999999}}", "it must be a number of 64 bits"),
    ('{notify: {channel: x, body: "\\ud800"}}', "it must be a text of whole characters"),
]


@pytest.mark.parametrize(("step", "said"), STEPS_WRONG)
def test_what_a_step_is_told_wrongly_is_named(step, said):
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(f"steps: {{a: {step}}}")
    (fault,) = caught.value.faults
    assert fault.startswith("steps.a")
    assert said in fault


TASKS_WRONG = [
    ("presage:notify", {"channel": 5}, "presage:notify: channel is '5'; it must be a text or a list"),
    (
        "arn:aws:states:::sns:publish",
        {"TopicArn": ["t"], "Message": "m"},
        "TopicArn is '['t']'; it must be a text",
    ),
    ("arn:aws:states:::sns:publish", {"TopicArn": "t"}, "it lacks Message"),
    (
        "arn:aws:states:::aws-sdk:personalize:createSolution",
        {"Name.$": "$.name", "DatasetGroupArn": "g", "SolutionConfig": {"EventValueThreshold": 5}},
        "SolutionConfig.eventValueThreshold is '5'; it must be a text",
    ),
    (
        "arn:aws:states:::aws-sdk:personalize:createSolution",
        {"Name": "n", "SolutionConfig": {"Event": "5"}},
        "it lacks DatasetGroupArn|has no member 'Event'",
    ),
]


@pytest.mark.parametrize(("resource", "parameters", "said"), TASKS_WRONG)
def test_so_it_is_in_the_states_language(resource, parameters, said):
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(json.dumps({"StartAt": "T", "States": {"T": task}}))
    assert caught.value.faults[0].startswith("T: Resource: ")
    assert any(one in caught.value.faults[0] for one in said.split("|"))


RIGHT = [
    '{notify: {channel: "{% $input.channel %}", title: "{% $run.name %}"}}',
    '{notify: {channel: ["{% $input.channel %}", x], body: {any: [1, null]}}}',
    '{notify: "{% $input %}"}',
    '{load: {from: x, database: y, table: t, index: "{% $input.index %}", wait: 90s}}',
    "{deliver: {name: weekly}}",
    '{deliver: {name: x, audience: "{% $input.audience %}", channels: 5}}',
    '{notify: {channel: x}, for_each: "{% $input.all %}", at_once: 4, retry: 0, timeout: 90}',
    DESCRIBE % '{SolutionArn: "{% $input.solution %}"}',
]


@pytest.mark.parametrize("step", RIGHT)
def test_what_an_expression_will_give_is_let_be(step):
    assert read_definition(f"steps: {{a: {step}}}").is_short


def test_every_faulty_step_is_named_at_once():
    with pytest.raises(InvalidDefinition) as caught:
        read_definition("timeout: soon\nsteps: {a: {notify: 5}, b: 5, c: {train: {solution: 5}}}")
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "timeout",
        "steps.a",
        "steps.b",
        "steps.c",
    ]


NAMES = st.sampled_from(
    [
        *("steps", "schedule", "timezone", "timeout", "input", "on_failure", "name", "notify", "a", "b"),
        *STEPS,
        *("call", "operation", "with", "channel", "from", "to", "database", "table", "solution", "file"),
        *Options.__struct_fields__,
        *Retrying.__struct_fields__,
        *(
            "StartAt",
            "States",
            "Type",
            "Resource",
            "Parameters",
            "Arguments",
            "Next",
            "End",
            "Retry",
            "Catch",
        ),
        *(
            "Choices",
            "Condition",
            "Variable",
            "Branches",
            "ItemProcessor",
            "Iterator",
            "Items",
            "Assign",
            "Output",
        ),
        *(
            "InputPath",
            "ResultPath",
            "OutputPath",
            "ErrorEquals",
            "Seconds",
            "Timestamp",
            "QueryLanguage",
            "x.$",
        ),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["$.a", "{% $x %}", "{% ( %}", "0 3 * * *", "Europe/Berlin", "90s", "personalize:describeSolution"]
    ),
    st.sampled_from(
        ["Task", "Pass", "Choice", "Map", "Parallel", "Wait", "Succeed", "Fail", "JSONata", "States.ALL"]
    ),
    st.sampled_from(
        ["presage:notify", "presage:deliver", "arn:aws:states:::sns:publish", "States.Array(1)", "A"]
    ),
    NAMES,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | SCALARS.filter(bool), inner, max_size=4)
    ),
    max_leaves=20,
)
STEP = st.dictionaries(st.sampled_from([*STEPS, "call", *Options.__struct_fields__]), VALUES, max_size=3)
SHORT = st.fixed_dictionaries(
    {"steps": st.dictionaries(st.text(max_size=3) | NAMES, STEP | VALUES, max_size=3)},
    optional={
        "schedule": SCALARS,
        "timezone": SCALARS,
        "timeout": SCALARS,
        "input": VALUES,
        "on_failure": VALUES,
    },
)
STATE = st.fixed_dictionaries(
    {"Type": st.sampled_from(["Task", "Pass", "Choice", "Map", "Parallel", "Wait", "Succeed", "Fail"])},
    optional=dict.fromkeys(
        [
            *(
                "Resource",
                "Parameters",
                "Arguments",
                "Next",
                "Retry",
                "Catch",
                "Choices",
                "Branches",
                "Iterator",
            ),
            *(
                "ItemProcessor",
                "Items",
                "ItemsPath",
                "Assign",
                "Output",
                "InputPath",
                "ResultPath",
                "OutputPath",
            ),
            *(
                "Seconds",
                "Timestamp",
                "TimeoutSeconds",
                "Result",
                "Error",
                "Cause",
                "Default",
                "QueryLanguage",
            ),
        ],
        VALUES,
    )
    | {"End": st.booleans()},
)
MACHINE = st.fixed_dictionaries(
    {
        "StartAt": st.just("A"),
        "States": st.dictionaries(st.sampled_from(["A", "B"]), STATE | VALUES, min_size=1),
    },
    optional={"QueryLanguage": SCALARS, "Comment": VALUES, "TimeoutSeconds": VALUES},
)


def dumped(value):
    """The text of a value: JSON, or YAML where names are no texts."""
    with contextlib.suppress(TypeError):
        return json.dumps(value)
    return yaml_text.dump(value)


def faults_of(text):
    """What is wrong with a definition; empty if it can be run."""
    try:
        read_definition(text)
    except InvalidDefinition as error:
        return error.faults or [""]
    return []


def places(value, place=()):
    """Where the values within a value stand."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in pairs:
        yield (*place, name)
        yield from places(one, (*place, name))


EXAMPLES = [
    yaml_text.load(file.read_text())
    for file in sorted((Path(__file__).parents[2] / "examples/pipelines").iterdir())
]


@st.composite
def spoiled(draw):
    """An example with another value at some place."""
    written = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    *way, last = draw(st.sampled_from(list(places(written))))
    inner = written
    for name in way:
        inner = inner[name]
    inner[last] = draw(VALUES)
    return written


@settings(max_examples=250, deadline=None)
@given(st.one_of(st.text(), *(one.map(dumped) for one in (SHORT, MACHINE, VALUES, spoiled(), spoiled()))))
@example("steps: &a {a: *a}")
@example("{" * 3000)
@example("[" * 3000)
@example("a: &a [x, x]\nb: &b [*a, *a]\nsteps: {c: [*b, *b, *b]}")
@example("steps: {a: {? [1] : 2}}")
@example("steps: {a: {notify: {channel: !!set {a, b}}}}")
@example("9" * 5000)
@example("\0")
def test_any_text_is_a_pipeline_or_named_as_faulty(text):
    assert all(isinstance(fault, str) and fault for fault in faults_of(text))


def test_aliases_that_stand_for_too_much_are_refused_at_once():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    with pytest.raises(InvalidDefinition, match="holds more than 300000 values"):
        read_definition("\n".join([*lines, "steps: {a: {notify: *a59}}"]))
