from dataclasses import dataclass

import pytest

from presage.recipes.settings import parse_settings, setting, settings_of


@dataclass(frozen=True, kw_only=True)
class Example:
    size: int = setting(5, low=1, high=9)
    rate: float = setting(0.5, low=0.0, high=1.0, group="itemExplorationConfig")
    bold: bool = setting(True)
    mode: str = setting("slow", choices=("slow", "fast"))
    inner: int = 3


ALGORITHM = "algorithmHyperParameters"


def test_only_declared_settings_are_shown():
    assert set(settings_of(Example)) == {"size", "rate", "bold", "mode"}


def test_strings_become_values():
    text = {"size": "9", "bold": "False", "mode": " fast"}
    assert parse_settings(Example, text, ALGORITHM) == {"size": 9, "bold": False, "mode": "fast"}
    assert parse_settings(Example, {"rate": "1"}, "itemExplorationConfig") == {"rate": 1.0}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("size", "0", "size is '0'; it must be from 1 to 9"),
        ("size", "2.5", "size is '2.5'; it must be a whole number"),
        ("size", "nan", "size is 'nan'; it must be a whole number"),
        ("bold", "maybe", "bold is 'maybe'; it accepts: true, false"),
        ("mode", "idle", "mode is 'idle'; it accepts: slow, fast"),
        ("rate", "0.5", "has no setting 'rate' for this recipe; it accepts: bold, mode, size"),
    ],
)
def test_what_is_refused_is_named(name, text, says):
    with pytest.raises(ValueError, match=says.replace("?", r"\?")):
        parse_settings(Example, {name: text}, ALGORITHM)


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "x"])
def test_numbers_outside_their_range_are_refused(text):
    with pytest.raises(ValueError, match="rate is"):
        parse_settings(Example, {"rate": text}, "itemExplorationConfig")
