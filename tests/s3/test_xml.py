from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.s3.xml import NAMESPACE, document, iso_time, parse

TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", min_codepoint=32)
) | st.sampled_from(["\t\r\n", "<a>&amp;]]>", "\"'"])


@given(st.lists(TEXT))
def test_what_is_written_is_read_again(texts):
    root = parse(document("R", {"Key": texts, "Absent": None, "Flag": True, "Deep": {"Size": 3}}))
    assert [node.text or "" for node in root.findall("Key")] == texts
    assert [node.tag for node in root][len(texts) :] == ["Flag", "Deep"]
    assert root.findtext("Flag") == "true"
    assert root.findtext("Deep/Size") == "3"


def test_the_root_has_the_namespace_of_s3():
    assert ElementTree.fromstring(document("R", {})).tag == f"{{{NAMESPACE}}}R"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"\xff",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
    ],
)
def test_what_is_no_plain_document_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the parser's
        parse(body)


def test_times_have_milliseconds():
    assert iso_time(1_700_000_000) == "2023-11-14T22:13:20.000Z"
