"""What msgspec finds wrong, said for people."""

import msgspec
import pytest

from presage.pipelines.short import Options
from presage.wording import either, in_words

CASES = [
    ({"retry": {"factor": 0.5}}, "retry.factor is '0.5'; it must be a number >= 1.0"),
    ({"retry": {"errors": ["a", 5]}}, "retry.errors[1] is '5'; it must be a text"),
    ({"needs": None}, "needs is null; it must be a text or a list"),
    ({"needs": {}}, "needs is '{}'; it must be a text or a list"),
    ({"colour": 1}, "Object contains unknown field `colour`"),
    ([], "it is '[]'; it must be an object"),
]


@pytest.mark.parametrize(("value", "said"), CASES)
def test_the_place_the_value_and_what_would_be_right_are_named(value, said):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, Options)
    assert in_words(str(caught.value), value) == said


def test_choices_are_joined_as_a_sentence_has_them():
    assert [either(list(words)) for words in ("", "a", "ab", "abc")] == ["", "a", "a or b", "a, b or c"]
