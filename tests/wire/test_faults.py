from presage.wire.faults import Fault, Rejected, show, unreadable


def test_values_are_shown_as_aws_shows_them():
    assert show(None) == " null"
    assert show("a b") == " 'a b'"
    assert show([1, {"a": None}]) == """ '[1,{"a":null}]'"""
    assert show("secret", sensitive=True) == ""


def test_a_long_value_is_cut():
    assert show("x" * 10_000) == f" '{'x' * 256}…'"


def test_a_value_nested_too_deeply_to_print_is_still_shown():
    deep: list = []
    for _ in range(1000):
        deep = [deep]
    assert show(deep) == " '…'"


def test_paths_grow_outwards():
    fault = Fault(" 'x'", "Member must be good")
    assert (
        str(fault.under("b").under("a"))
        == "Value 'x' at 'a.b' failed to satisfy constraint: Member must be good"
    )


def test_a_wrong_type_hides_what_else_is_wrong():
    both = Rejected([Fault(" 'x'", "Member must be good", "a"), *unreadable(1, "a string").under("b")])
    refusal = both.refusal()
    assert (refusal.code, refusal.status) == ("SerializationException", 400)
    assert refusal.message == "Value '1' at 'b' cannot be read: it must be a string"
