import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from presage.experiments.splitting import UNITS, arm_of, cut, held, place_of, sizes_of

WEIGHTS = st.lists(st.floats(0, 100), min_size=2, max_size=16).filter(lambda weights: sum(weights) > 1e-3)


@st.composite
def recut(draw):
    """A line cut after each of some weights, and the sizes then."""
    n_arms = draw(st.integers(2, 16))
    weights = st.lists(st.floats(0, 100), min_size=n_arms, max_size=n_arms).filter(
        lambda some: sum(some) > 1e-3
    )
    sizes = [sizes_of(draw(weights)) for _ in range(draw(st.integers(1, 5)))]
    lines = [cut([], sizes[0])]
    for one in sizes[1:]:
        lines.append(cut(lines[-1], one))
    return sizes, lines


@given(WEIGHTS)
def test_sizes_are_the_weights_in_whole_units(weights):
    sizes = sizes_of(weights)
    assert sum(sizes) == UNITS
    assert all(
        abs(size - weight / sum(weights) * UNITS) <= 1 for size, weight in zip(sizes, weights, strict=True)
    )


@given(recut())
def test_a_line_is_cut_as_its_sizes_say(case):
    for sizes, line in zip(*case, strict=True):
        assert [held(line, arm) for arm in range(len(sizes))] == sizes
        assert all(length > 0 for length, _ in line)


@given(recut())
def test_no_more_moves_than_must(case):
    sizes, lines = case
    for before, after, old, new in zip(lines, lines[1:], sizes, sizes[1:], strict=False):
        must = sum(max(one - other, 0) for one, other in zip(new, old, strict=True))
        assert moved(before, after) == must


def moved(before, after):
    """How many units have another arm in one cut than in the other."""
    edges = sorted({edge for line in (before, after) for edge in np.cumsum([length for length, _ in line])})
    starts = [0, *edges[:-1]]
    return sum(
        end - start for start, end in zip(starts, edges, strict=True) if at(before, start) != at(after, start)
    )


def at(line, place):
    for length, arm in line:
        if place < length:
            return arm
        place -= length
    raise AssertionError(place)


@given(st.text(), st.text())
def test_a_user_keeps_the_place(salt, user):
    assert 0 <= place_of(salt, user) == place_of(salt, user) < UNITS


def test_places_are_those_of_any_process_and_version():
    assert [place_of("salt", user) for user in ("ann", "ben", "")] == [767170, 797985, 527994]


def test_users_are_spread_evenly():
    places = np.array([place_of("s", f"user-{number}") for number in range(100_000)])
    counts = np.bincount(places * 100 // UNITS, minlength=100)
    assert ((counts - 1_000) ** 2 / 1_000).sum() < 149  # 99.9 % of chi-square with 99 degrees of freedom


def test_arms_of_two_experiments_have_nothing_to_do_with_each_other():
    line = cut([], sizes_of([1, 1]))
    users = [f"user-{number}" for number in range(40_000)]
    one, other = (np.array([arm_of(line, salt, user) for user in users]) for salt in ("one", "other"))
    counts = np.bincount(2 * one + other, minlength=4)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 16.3  # 99.9 % with 3
