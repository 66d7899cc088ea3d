from datetime import time
from pathlib import Path

import pytest
import yaml

from presage.deliveries import read_file, read_spec
from presage.deliveries.rendering import Unrenderable
from presage.deliveries.spec import Template

from .app import WEEKLY

EXAMPLES = Path(__file__).parent.parent.parent / "examples/deliveries"

WRONG = [
    ({"name": "no good"}, "name is 'no good'; it must be a text matching regex"),
    ({"periode": "week"}, "unknown field `periode`"),
    ({"period": "fortnight"}, "Invalid enum value 'fortnight'"),
    ({"channels": []}, "channels is .*; it must be a list of length >= 1"),
    ({"channels": ["mail", "mail"]}, "a channel stands twice"),
    ({"time_zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'; .* Europe/Madrid"),
    ({"time_zone": "../../etc/passwd"}, "no time zone"),
    ({"quiet_hours": {"from": "25:00", "until": "08:00"}}, "'25:00' is no time of day"),
    ({"quiet_hours": {"from": -1, "until": 0}}, "-1 is no time of day"),
    ({"limits": [{"messages": -1, "days": 1}]}, "limits.0..messages is .-1.; it must be a whole number >= 0"),
    ({"content": {"items": WEEKLY["content"]["items"]}}, "has 0 and must have one"),
    ({"content": {**WEEKLY["content"], "decisions": {"campaign_arn": "a"}}}, "has 2 and must have one"),
    ({"content": {"recommendations": {}}}, "campaign_arn or recommender_arn"),
    ({"content": {**WEEKLY["content"], "at_least": 3, "at_most": 2}}, "at_most is less"),
    ({"message": {"title": "t", "body": "\n{% if %}"}}, "the body of the message is no template: line 2"),
    ({"in_doubt": "guess"}, "Invalid enum value 'guess'"),
]


@pytest.mark.parametrize(("changes", "what"), WRONG)
def test_what_is_wrong_is_named(changes, what):
    with pytest.raises(ValueError, match=what):
        read_spec({**WEEKLY, **changes})


def test_times_without_quotes_mean_the_same():
    written = yaml.safe_load("{from: 21:00, until: 08:00}")
    spec = read_spec({**WEEKLY, "quiet_hours": written})
    assert spec.quiet_hours.times == (time(21), time(8))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_are_valid(file):
    assert read_file(file).name == file.stem


def write(title, body="", html=False, **known):
    return Template(title=title, body=body, html=html).compiled().write(known)


def test_a_title_is_one_line():
    assert write("{{ user.name }}\n  hello", user={"name": "Ann\r\nBcc: eve@example.com"})[0] == (
        "Ann Bcc: eve@example.com hello"
    )


def test_html_is_escaped_and_text_is_not():
    known = {"user": {"name": "<b>"}}
    assert write("{{ user.name }}", "{{ user.name }}", True, **known) == ("<b>", "&lt;b&gt;")
    assert write("t", "{{ user.name }}", **known)[1] == "<b>"


def test_columns_are_never_methods():
    row = {"items": "three", "keys": 1}
    assert write("{{ user.items }} {{ user['keys'] }}", user=row)[0] == "three 1"
    with pytest.raises(Unrenderable, match="there is no pop; there are: items, keys"):
        write("{{ user.pop('keys') }}", user=row)


def test_what_is_empty_may_be_asked_about_and_not_written():
    assert write("{{ user.name or 'you' }}{% if user.name %}!{% endif %}", user={"name": None})[0] == "you"
    assert write("{{ user.name | default('you') }}", user={"name": None})[0] == "you"
    for body in (
        "{{ user.name }}",
        "{{ user.name | upper }}",
        "{{ 'a' ~ user.name }}",
        "{{ user.name + 1 }}",
    ):
        for html in (False, True):
            with pytest.raises(Unrenderable, match="the body of the message: .*name is empty"):
                write("t", body, html, user={"name": None})


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ user.__class__ }}",
        "{{ items.append(1) }}",
        "{% for n in range(10 ** 9) %}{% endfor %}",
        "{{ items[7].title }}",
        "{{ nobody }}",
        "{{ 1 / 0 }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_that_reaches_for_more_is_an_error(template):
    with pytest.raises(Unrenderable):
        write("t", template, user={"name": "Ann"}, items=[])
