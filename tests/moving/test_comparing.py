import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.moving.comparing import compare, correlation, overlap, unlike
from presage.moving.likeness import tables
from presage.moving.replaying import Answer, Pair
from presage.moving.trace import Question, read_trace

ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def pair(left, right, line=1, **request):
    return Pair(Question(line, "GetRecommendations", {"campaignArn": "x/c", **request}), left, right)


def lists(left, right, line=1):
    return pair(Answer(items=left, seconds=0.001), Answer(items=right, seconds=0.002), line)


def test_overlap_counts_what_both_have_among_the_first():
    assert overlap(lists("abcd", "badc"), 2) == 1.0
    assert overlap(lists("abcd", "cdab"), 2) == 0.0
    assert overlap(lists("abcd", "ab"), 4) == 0.5
    assert overlap(lists("ab", "ab"), 10) == 1.0


def test_correlation_is_of_the_items_that_both_have():
    assert correlation(lists("abcx", "yabc")) == pytest.approx(1.0)
    assert correlation(lists("abc", "cba")) == pytest.approx(-1.0)
    assert correlation(lists("abc", "acb")) == pytest.approx(1 / 3)
    assert correlation(lists("ab", "bc")) is None


@settings(max_examples=40)
@given(ITEMS, ITEMS)
def test_likeness_does_not_ask_which_side_is_which(left, right):
    one, other = lists(left, right), lists(right, left)
    assert overlap(one, 5) == overlap(other, 5)
    assert correlation(one) == pytest.approx(correlation(other))


def test_a_row_counts_empty_answers_and_errors_by_side():
    pairs = [
        lists("ab", "ab"),
        lists("", "ab", 2),
        pair(Answer(error="ThrottlingException"), Answer(items="ab", seconds=0.3), 3),
    ]
    (row,) = compare(pairs, 2)
    assert (row.questions, row.overlap, row.same_first) == (3, 0.5, 0.5)
    assert (row.left.empty, row.left.errors) == (1, {"ThrottlingException": 1})
    assert (row.right.empty, row.right.errors, row.right.p95) == (0, {}, 0.3)
    assert [(like, one.question.line) for like, one in unlike(pairs, 2, 9)] == [(0.0, 2), (0.0, 3)]
    assert tables([row], unlike(pairs, 2, 1), 2)[-1][2] == [
        ["0%", "2", "GetRecommendations c {}", "nothing", "a, b"]
    ]


def test_forecasts_are_apart_by_their_differences_over_the_left_values():
    (row,) = compare([pair(Answer(series={"p50": [1.0, 3.0]}), Answer(series={"p50": [2.0, 3.0]}))], 5)
    assert (row.apart, row.overlap) == (0.25, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "holds no question"),
        ("x", "line 1: Expecting value"),
        ("[]", "line 1: it must be"),
        ('{"operation": "GetRecommendations"}', "line 1: it must be"),
        ('\n{"operation": "PutEvents", "request": {}}', "line 2: the operation 'PutEvents' is none of"),
    ],
)
def test_what_is_wrong_with_a_trace_is_told_by_its_line(text, wanted):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_trace(text.splitlines())
    assert wanted in str(caught.value)
