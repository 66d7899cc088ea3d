import re
import timeit

from hypothesis import given
from hypothesis import strategies as st

from presage.wire.constraints import QUICKER_PATTERNS, UNENFORCED_PATTERNS, constraints
from presage.wire.models import OPERATIONS

from .generate import SERVICES, service_model


def broken(shape_name, value, service="personalize", use=""):
    shape = service_model(service).shape_for(shape_name)
    return [rule.text for rule in constraints(shape, service, use) if not rule.holds(value)]


def test_each_kind_of_constraint_is_worded_as_aws_words_it():
    assert broken("Name", "x" * 64) == ["Member must have length less than or equal to 63"]
    assert broken("Name", "-x") == [
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9][a-zA-Z0-9\\-_]*"
    ]
    assert broken("MaxResults", 101) == ["Member must have value less than or equal to 100"]
    assert broken("MaxResults", 0) == ["Member must have value greater than or equal to 1"]
    assert broken("Domain", "FOO") == ["Member must satisfy enum value set: [ECOMMERCE, VIDEO_ON_DEMAND]"]


def test_all_broken_constraints_of_a_value_are_named():
    assert len(broken("Name", "")) == 2


def test_bounds_are_part_of_the_range():
    assert broken("Name", "x" * 63) == broken("MaxResults", 100) == broken("MaxResults", 1) == []


def test_a_pattern_must_match_the_whole_value():
    assert broken("Name", "good name") != []
    assert broken("Name", "name\n") != []
    assert broken("ImportMode", "PARTIAL") != []


def test_a_value_that_is_too_long_is_not_matched_at_all():
    assert broken("Arn", ":" * 1_000_000) == ["Member must have length less than or equal to 256"]


def test_unicode_classes_are_understood():
    assert broken("TagKey", "Größe: 日本") == []
    assert broken("TagKey", "a!b") != []


def test_patterns_that_contradict_real_use_are_not_enforced():
    role = "arn:aws:iam::000000000000:role/forecast"
    assert broken("Arn", role, "forecast") != []
    assert broken("Arn", role, "forecast", "S3Config.RoleArn") == []
    assert broken("Arn", "ACTIVE", "forecast", "Filter.Value") == []
    assert broken("Frequency", "2D", "forecast") == []
    assert broken("Frequency", "123456", "forecast") == ["Member must have length less than or equal to 5"]
    assert broken("Value", "2.5", "forecast", "Transformations.value") == []


def test_every_exception_names_something_that_has_a_pattern():
    for service, use in UNENFORCED_PATTERNS:
        name, _, member = use.partition(".")
        shape = service_model(service).shape_for(name)
        if member:
            shape = shape.value if shape.type_name == "map" else shape.members[member]
        assert "pattern" in shape.metadata, use


def test_every_pattern_of_the_models_compiles():
    for operation in OPERATIONS.values():
        assert operation.read
    assert any(
        re.search(r"\\p\{", model.metadata.get("pattern", ""))
        for service in SERVICES
        for model in map(service_model(service).shape_for, service_model(service).shape_names)
    )


@given(st.text(st.sampled_from(" aé~!\n\x7f"), max_size=8))
def test_a_quicker_pattern_matches_the_same(value):
    for pattern, quicker in QUICKER_PATTERNS.items():
        assert bool(re.fullmatch(pattern, value)) == bool(re.fullmatch(quicker, value))


def patterns():
    """Each pattern of the models, with the longest value that is matched against it."""
    for service in SERVICES:
        for name in service_model(service).shape_names:
            shape = service_model(service).shape_for(name)
            if "pattern" in shape.metadata:
                assert "max" in shape.metadata, f"{name} would match values of any length"
                yield shape, service, shape.metadata["max"]


def test_no_value_makes_a_pattern_slow():
    """Of the longest values that nearly match, none takes as long as 200 others."""
    ends, repeated = ("", "!", "é", "\n"), ("a", "1", ".", ":", "/", " ", "a.", "arn:aws:", "s3://")
    took = {}
    for shape, service, longest in patterns():
        (matches,) = [rule for rule in constraints(shape, service) if "pattern" in rule.text][:1] or [None]
        if matches is None:  # not enforced
            continue
        values = [(base * longest)[: longest - 1] + end for base in repeated for end in ends if longest > 256]
        for value in values:
            took[shape.name, value] = min(timeit.repeat(lambda: matches.holds(value), number=1, repeat=3))  # noqa: B023
    typical = sorted(took.values())[len(took) // 2]
    slowest = max(took, key=took.get)
    assert took[slowest] < 200 * typical, (slowest, took[slowest], typical)
