from presage.errors import few, shown


def test_a_value_is_shown_as_it_is_written():
    assert shown("café 'x'") == "'café 'x''"
    assert shown("C:\\dir\\") == "'C:\\dir\\'"
    assert shown(5) == "'5'"
    assert shown(None) == "''"


def test_what_cannot_be_seen_is_escaped():
    assert shown("a\n\t\x00\u200b") == r"'a\n\t\x00\u200b'"
    assert shown(b"caf\xe9".decode(errors="surrogateescape")) == r"'caf\xe9'"
    assert shown("\ud800") == r"'\ud800'"


def test_a_long_value_is_cut():
    assert shown("é" * 100) == f"'{'é' * 100}'"
    assert shown("é" * 101) == f"'{'é' * 100}'... (101 characters)"


def test_of_many_values_a_few_are_listed():
    assert few([]) == ""
    assert few(["a", "b"]) == "a, b"
    assert few(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert few(["x" * 1000]) == "x" * 100
