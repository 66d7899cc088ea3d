"""S3's XML documents from plain values, and back."""

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from presage.wire.xml import element, iso_time

__all__ = ["OWNER", "Element", "document", "element", "iso_time", "parse"]

OWNER = {"ID": "presage", "DisplayName": "presage"}  # whose everything is, as documents say it
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def document(name: str, content: Any) -> bytes:
    """A document with the root element `name`; see `element` for its content."""
    root = element(name, content).replace(f"<{name}>", f'<{name} xmlns="{NAMESPACE}">', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def parse(body: bytes) -> Element:
    """The root of a document, its names without their namespaces.

    Raises ValueError if the body is no XML; a document type, which S3 has no use for, counts as none.
    """
    text = body.decode()
    if "<!DOCTYPE" in text:
        raise ValueError("a document type is not allowed")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities need a document type, refused above
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root
