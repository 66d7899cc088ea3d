"""`re` for expressions: looking for patterns, within a time. Imported with the first document that asks."""

from functools import partial
from time import monotonic
from typing import Any

import regex

from presage.errors import shown

from .allowed import MEMBERS
from .errors import StoppedError
from .operations import BUDGET, Operations

_SECONDS = 0.25
_MOST_CHARACTERS = 500
_FUNCTIONS = "match fullmatch search findall split"
_OPTIONS = frozenset({"flags", "maxsplit", "count"})
_FLAGS = "A ASCII I IGNORECASE M MULTILINE S DOTALL X VERBOSE"
MEMBERS[regex.Match] = dict.fromkeys("group groups groupdict start end span".split(), True)


def patterns(operations: Operations) -> dict[str, Any]:
    """What the module `re` offers: name -> function or flag."""
    functions = {name: partial(_run, operations, name) for name in _FUNCTIONS.split()}
    flags = {name: getattr(regex, name) for name in _FLAGS.split()}
    return {**functions, **flags, "sub": partial(_sub, operations)}


def _run(operations: Operations, name: str, pattern: Any, text: str, *args: Any, **named: Any) -> Any:
    """A function of `regex`, within a time that all calls for one event share."""
    if not isinstance(pattern, str) or len(pattern) > _MOST_CHARACTERS:
        raise StoppedError(f"a pattern must be text of at most {_MOST_CHARACTERS} characters")
    if len(args) > 2 or not named.keys() <= _OPTIONS:
        raise StoppedError(f"re.{name} takes no more than {', '.join(sorted(_OPTIONS))} here")
    operations.weighed(text)
    began = monotonic()
    try:
        found = getattr(regex, name)(pattern, text, *args, **named, timeout=_SECONDS)
    except TimeoutError:
        raise StoppedError(f"the pattern {shown(pattern)} takes more than {_SECONDS} s") from None
    operations.spend(int((monotonic() - began) * BUDGET / _SECONDS))
    return found


def _sub(  # noqa: PLR0917, as `re.sub` takes them
    operations: Operations, pattern: Any, replacement: Any, text: str, count: int = 0, flags: int = 0
) -> str:
    if not isinstance(replacement, str):
        raise StoppedError("re.sub needs a text to put in; a function is not allowed")
    operations.spend((len(text) + 1) * len(replacement) // 8)
    return _run(operations, "sub", pattern, replacement, text, count=count, flags=flags)
