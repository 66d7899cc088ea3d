"""Messages from templates: Jinja, in its sandbox. What a template needs and has not is an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Unrenderable(ValueError):
    """A message that cannot be written for a user."""


class _Empty(Undefined):
    """A value that is NULL: it may be asked about (`if`, `default`), but not written."""

    __slots__ = ()

    def __str__(self) -> str:
        return self._fail_with_undefined_error()


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """`user.name` is a column: never a method of the row."""
        if not isinstance(obj, Mapping):
            return super().getattr(obj, attribute)
        if attribute not in obj:
            known = ", ".join(map(str, obj))
            return self.undefined(f"there is no {attribute}; there are: {known}", name=attribute)
        if obj[attribute] is None:
            return _Empty(f"{attribute} is empty", name=attribute)
        return obj[attribute]

    def getitem(self, obj: Any, argument: Any) -> Any:
        """As `getattr` for rows."""
        if isinstance(obj, Mapping) and isinstance(argument, str):
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)


@dataclass(frozen=True)
class Messages:
    """The templates of a delivery."""

    title: Template
    body: Template

    def write(self, known: Mapping[str, Any]) -> tuple[str, str]:
        """Title, in one line, and body; raises Unrenderable that says what is missing or wrong."""
        title, body = (_write(part, one, known) for part, one in (("title", self.title), ("body", self.body)))
        return " ".join(title.split()), body


def compile_messages(title: str, body: str, *, is_html: bool) -> Messages:
    """The templates of a delivery; raises ValueError that names the line where one is not valid.

    Parameters
    ----------
    is_html : whether what the body names is escaped
    """
    return Messages(_compiled("title", title, is_html=False), _compiled("body", body, is_html=is_html))


def _compiled(part: str, source: str, *, is_html: bool) -> Template:
    try:
        return _Environment(undefined=StrictUndefined, autoescape=is_html).from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(
            f"the {part} of the message is no template: line {error.lineno}: {error.message}"
        ) from None


def _write(part: str, template: Template, known: Mapping[str, Any]) -> str:
    try:
        return template.render(known)
    except TemplateError as error:
        raise Unrenderable(f"the {part} of the message: {error.message}") from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, OverflowError) as error:
        raise Unrenderable(f"the {part} of the message: {error}") from None
