"""YAML as it is read and written here: by YAML 1.2's rules for scalars, and no name twice."""

import re
from collections.abc import Hashable
from typing import Any, ClassVar

import yaml

_SCALARS = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    "merge": r"<<",
}
"""YAML 1.2's core schema: `no` is a text, and so are 12:30 and 2026-01-05, unlike in YAML 1.1."""


class _Loader(yaml.SafeLoader):
    """Refuses a name that a mapping holds twice."""

    yaml_implicit_resolvers: ClassVar[Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name in seen and name != "<<":
                raise ValueError(f"line {key.start_mark.line + 1}: {name!r} stands here twice")
            seen.add(name)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: Any) -> int:
        """A whole number in decimal digits; PyYAML would take 010 for 8."""
        return int(self.construct_scalar(node))


class _Dumper(yaml.SafeDumper):
    """Writes a text in quotes where either version of YAML would take it for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
for _tag, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = all(sign == "\n" or sign.isprintable() for sign in text)
    style = "|" if is_plain and "\n" in text and not text[:1].isspace() else None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def load(text: str) -> Any:
    """What a text holds. Raises ValueError with the line of what is wrong."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506  (a SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        text = str(error).replace('in "<unicode string>", ', "") or type(error).__name__
        raise ValueError(f"this is no YAML: {text}") from None


def dump(value: Any) -> str:
    """A text that `load` reads as the value."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
