"""XML from plain values, as AWS's older services and S3 answer it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

_CONTROL = re.compile(r"[\x00-\x1f]")


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


def iso_time(at: float) -> str:
    """Seconds since 1970 as documents hold them."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
