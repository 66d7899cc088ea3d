"""A service of presage's own: which function answers which path."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, get_type_hints

from msgspec import Struct

from presage.wire.faults import Refused

NAME = "{name}"


@dataclass(frozen=True)
class Route:
    """A call.

    Parameters
    ----------
    path : `{name}`, which stands in it once at most, is what the call is about
    run : (server, name, asked) -> answer; its annotations say what is asked and what is answered. If it has a
        fourth parameter, `caller`, that is the id of the access key that called, empty if none is needed
    is_long : whether it may take long, and so runs beside others
    """

    method: str
    path: str
    operation: str
    run: Callable[..., Any]
    status: int = 200
    is_long: bool = False

    @property
    def asks(self) -> type[Struct] | None:
        """What its body holds, or its query if it is a GET; None = it has none."""
        return self._shapes[0]

    @property
    def answers(self) -> type[Struct] | None:
        """What is answered; None = nothing."""
        return self._shapes[1]

    @cached_property
    def takes_caller(self) -> bool:
        """Whether its function is told who calls."""
        return "caller" in inspect.signature(self.run).parameters

    @cached_property
    def _shapes(self) -> tuple[type[Struct] | None, type[Struct] | None]:
        hints = {
            name: None if one is NoneType else one
            for name, one in get_type_hints(self.run).items()
            if name != "caller"
        }
        *_, asked, answer = hints.values()
        return asked, answer


class Service:
    """The calls below a first segment of the path.

    Parameters
    ----------
    name : that segment; signatures name it, and rights are given for it
    """

    def __init__(self, name: str, routes: Iterable[Route]) -> None:
        self.name = name
        self.routes = tuple(routes)
        self._by_shape: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}
        for route in sorted(self.routes, key=lambda one: NAME in one.path):  # a fixed path wins over a name
            parts = tuple(route.path.split("/"))
            self._by_shape.setdefault((route.method, len(parts)), []).append((parts, route))

    def action(self, route: Route) -> str:
        """What a key must allow, such as `decisions:Decide`."""
        return f"{self.name}:{route.operation}"

    def find(self, method: str, path: str) -> tuple[Route, str]:
        """The call that a request makes, and the name in its path. Raises Refused with 404."""
        parts = path.split("/")
        for template, route in self._by_shape.get((method, len(parts)), ()):
            if all(wanted in (NAME, part) for wanted, part in zip(template, parts, strict=True)):
                return route, parts[template.index(NAME)] if NAME in template else ""
        text = f"no call answers {method} {path[:200]}; /{self.name}/openapi.json lists those that there are"
        raise Refused("UnknownOperationException", text, 404)
