"""S3's XML documents from plain values, and back."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

__all__ = ["OWNER", "Element", "document", "element", "iso_time", "parse"]

OWNER = {"ID": "presage", "DisplayName": "presage"}  # whose everything is, as documents say it
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_CONTROL = re.compile(r"[\x00-\x1f]")


def document(name: str, content: Any) -> bytes:
    """A document with the root element `name`; see `element` for its content."""
    root = element(name, content).replace(f"<{name}>", f'<{name} xmlns="{NAMESPACE}">', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def element(name: str, content: Any) -> str:
    """An element: a mapping holds elements by name, a list repeats the element, None leaves it out."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(element(name, item) for item in content)
    if isinstance(content, Mapping):
        inner = "".join(element(key, value) for key, value in content.items())
    elif isinstance(content, bool):
        inner = str(content).lower()
    else:
        inner = _CONTROL.sub(lambda match: f"&#x{ord(match[0]):x};", escape(str(content)))
    return f"<{name}>{inner}</{name}>"


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


def iso_time(at: float) -> str:
    """Seconds since 1970 as S3 writes them in documents."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
