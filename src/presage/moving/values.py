"""Values of members: references that are not yet ARNs, and how two values differ."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LATEST = "/$LATEST"


@dataclass(frozen=True)
class Ref:
    """A reference to a resource by the name that it has in the file, or on the endpoint.

    Parameters
    ----------
    kinds : what it may be, the likeliest first
    key : its name there
    suffix : what follows its ARN
    """

    kinds: tuple[tuple[str, str], ...]
    key: str
    suffix: str = ""


@dataclass(frozen=True)
class Change:
    """A member that differs: its path, what stands, what is declared; None = nothing."""

    path: str
    old: Any
    new: Any


def refs_in(value: Any) -> Generator[Ref]:
    """Every reference in a value, at any depth."""
    if isinstance(value, Ref):
        yield value
    for one in _children(value):
        yield from refs_in(one)


def texts_in(value: Any) -> Generator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    for one in _children(value):
        yield from texts_in(one)


def _children(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else ()


def mapped(value: Any, of: Callable[[Ref], Any]) -> Any:
    """A value in which something else stands for each reference."""
    if isinstance(value, Ref):
        return of(value)
    if isinstance(value, Mapping):
        return {name: mapped(one, of) for name, one in value.items()}
    return [mapped(one, of) for one in value] if isinstance(value, list) else value


def differences(declared: Any, stands: Any, path: str = "", *, completed: Sequence[str] = ()) -> list[Change]:
    """What of a declared value does not stand. What is not declared may be anything.

    Parameters
    ----------
    completed : paths of lists to which the service may have added entries
    """
    if isinstance(declared, Mapping) and isinstance(stands, Mapping | None):
        held: Mapping[str, Any] = stands or {}
        found = (
            differences(one, held.get(name), f"{path}.{name}" if path else name, completed=completed)
            for name, one in declared.items()
        )
        return [change for changes in found for change in changes]
    if isinstance(declared, list) and isinstance(stands, list):
        return _of_lists(declared, stands, path, completed)
    return [] if _is_same(declared, stands) else [Change(path, stands, declared)]


def _of_lists(
    declared: Sequence[Any], stands: Sequence[Any], path: str, completed: Sequence[str]
) -> list[Change]:
    """Scalars in any order, other entries by their places; or all of them among what stands."""
    whole = Change(path, list(stands), list(declared))
    if path in completed:
        is_there = all(any(not differences(one, other) for other in stands) for one in declared)
        return [] if is_there else [whole]
    if len(declared) != len(stands):
        return [whole]
    if not any(isinstance(one, Mapping | list) for one in declared):
        return [] if sorted(map(str, declared)) == sorted(map(str, stands)) else [whole]
    pairs = enumerate(zip(declared, stands, strict=True))
    return [change for n, (one, other) in pairs for change in differences(one, other, f"{path}[{n}]")]


def _is_same(declared: Any, stands: Any) -> bool:
    """Whether scalars are one: what is empty is nothing, 1 is 1.0, and 32 is the text "32"."""
    if _is_empty(declared) and _is_empty(stands):
        return True
    if isinstance(declared, str) is isinstance(stands, str):
        return declared == stands
    return as_text(declared) == as_text(stands)


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", "false", [], {})


def as_text(value: Any) -> Any:
    """A scalar of YAML as a member of text takes it: AWS writes true and 32 as texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, int | float) else value


def merged(declared: Any, stands: Any) -> Any:
    """What is declared, and of what stands what is not declared."""
    if isinstance(declared, Mapping) and isinstance(stands, Mapping):
        return {**stands, **{name: merged(one, stands.get(name)) for name, one in declared.items()}}
    return declared


def at_path(value: Any, path: str) -> Any:
    """What stands at a path of member names, or None."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
