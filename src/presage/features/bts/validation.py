"""What is wrong with a document: everything at once, by path, under the names that Blurr gives such errors.

First come the faults of names and types of all parts; only a document without these is looked at closer.
"""

from collections.abc import Iterator
from typing import Any

from presage.errors import few, shown

from .errors import ExpressionError, Fault
from .functions import Functions
from .operations import Operations
from .rules import DIMENSION_TYPES, LABEL, RULES, STORES, STREAMING, VERSION, WINDOW, WINDOW_TYPES, Rule
from .syntax import checked

Part = dict[str, Any]
_KNOWN_TYPES = {*RULES, LABEL}
_LISTS = ("Stores", "Aggregates", "Fields", "Dimensions")
"""Attributes whose elements are parts even without a name."""


def faults_of(document: object) -> list[Fault]:
    """Everything that is wrong with a loaded document, in the order of the document."""
    if not isinstance(document, dict):
        kind = type(document).__name__
        return [Fault("InvalidSpecError", "", "", f"a document is one mapping of attributes; this is {kind}")]
    root: Part = document
    if "Name" not in root:
        return [Fault("RequiredAttributeError", "", "Name", "the document needs a Name")]
    rough = [fault for path, part in _parts(root) for fault in _type_faults(path, part)]
    if not rough and _type(root) not in (STREAMING, WINDOW):
        message = (
            f"{shown(root['Type'])} is no document; it is Blurr:Transform:Streaming or Blurr:Transform:Window"
        )
        rough = [Fault("InvalidTypeError", str(root["Name"]), "Type", message, "INCORRECT_BASE")]
    return rough or list(_Checking(root).faults())


def warnings_of(document: Part) -> list[str]:
    """What Blurr finds valid, but a run refuses: modules out of reach, unknown types of windows."""
    found = [problem for problem in map(_import_problem, document.get("Import") or []) if problem]
    for path, part in _parts(document):
        kind = part.get("WindowType")
        if kind is not None and str(kind).lower() not in WINDOW_TYPES:
            found.append(f"{path}: WindowType {shown(kind)} is none of {', '.join(WINDOW_TYPES)}")
    return found


def _import_problem(entry: Part) -> str:
    try:
        Functions(Operations()).imported(str(entry["Module"]), list(map(str, entry.get("Identifiers") or [])))
    except ExpressionError as error:
        return f"Import: {error}"
    return ""


def _type(part: Part) -> str:
    return str(part.get("Type", "")).lower()


def _parts(part: Part, above: str = "") -> Iterator[tuple[str, Part]]:
    """(path, part) for a part and all named parts within it."""
    path = f"{above}.{part.get('Name', '')}" if above else str(part.get("Name", ""))
    yield path, part
    for attribute, value in part.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and ("Name" in one or attribute in _LISTS):
                yield from _parts(one, path)


def _type_faults(path: str, part: Part) -> Iterator[Fault]:
    for attribute in ("Name", "Type"):
        if attribute not in part:
            yield Fault("RequiredAttributeError", path, attribute, "it is missing, and every part needs it")
    if "Type" in part and _type(part) not in _KNOWN_TYPES:
        message = f"{shown(part['Type'])} is no type; there are: {', '.join(sorted(_KNOWN_TYPES))}"
        yield Fault("InvalidTypeError", path, "Type", message, "TYPE_NOT_DEFINED")


class _Checking:
    """The second look at one document."""

    def __init__(self, root: Part) -> None:
        self._root = root
        self._name = str(root["Name"])
        self._stores = {str(one["Name"]): one for one in _listed(root, "Stores")}
        self._aggregates = {str(one["Name"]) for one in _listed(root, "Aggregates")}
        self._known = {str(part["Name"]) for _, part in _parts(root)} | _imported_names(root)

    def faults(self) -> Iterator[Fault]:
        """All faults of the document."""
        root = self._root
        yield from self._part(self._name, root)
        if "Version" in root and root["Version"] != VERSION and root["Version"]:
            message = f"{root['Version']!r} is not allowed; it is {VERSION!r}, in quotes"
            yield Fault("InvalidValueError", self._name, "Version", message)
        for entry in _listed(root, "Import"):
            if "Module" not in entry:
                yield Fault("RequiredAttributeError", f"{self._name}.import", "Module", "an import needs it")
        for attribute in ("Stores", "Import"):
            yield from _lists(self._name, root, attribute)
        if _type(root) == WINDOW and root.get("Anchor"):
            yield from self._anchor(f"{self._name}.anchor", root["Anchor"])

    def _anchor(self, path: str, anchor: object) -> Iterator[Fault]:
        if not isinstance(anchor, dict):
            yield Fault("InvalidValueError", path, "", "an anchor is a mapping with a Condition")
            return
        rule = Rule(required=("Condition",), expressions=("Condition",), numbers=(("Max", 1),))
        yield from _required(path, anchor, rule)
        yield from self._expressions(path, anchor, rule)
        yield from _numbers(path, anchor, rule)

    def _part(self, path: str, part: Part) -> Iterator[Fault]:
        rule = RULES.get(_type(part))
        if rule is None:
            message = f"{shown(part['Type'])} cannot be used; an Identity with Dimensions does its work"
            yield Fault("InvalidTypeError", path, "Type", message, "TYPE_NOT_LOADED")
            return
        yield from _required(path, part, rule)
        for attribute, value in part.items():
            if not value:
                yield Fault(
                    "EmptyAttributeError", path, attribute, f"it is there, and is {value!r}; leave it out"
                )
        yield from _identifier(path, part)
        yield from self._expressions(path, part, rule)
        yield from _numbers(path, part, rule)
        if part.get("Store") and rule.has_store:
            yield from self._store(str(part["Store"]))
        for attribute in rule.parts:
            yield from _lists(path, part, attribute)
            for one in _listed(part, attribute):
                within = f"{path}.{one['Name']}"
                if attribute == "Dimensions" and one["Type"] not in DIMENSION_TYPES:
                    message = (
                        f"a dimension is of type {' or '.join(DIMENSION_TYPES)}, not {shown(one['Type'])}"
                    )
                    yield Fault("InvalidValueError", within, "Type", message)
                yield from self._part(within, one)

    def _store(self, name: str) -> Iterator[Fault]:
        path = f"{self._name}.{name}"
        if name in self._stores:
            store = self._stores[name]
            if _type(store) in STORES:
                yield from self._part(path, store)
            else:
                yield Fault("InvalidTypeError", path, "Type", "it is no store", "INCORRECT_BASE")
        elif name in self._aggregates:
            yield Fault("InvalidTypeError", path, "Type", "it is an aggregate and no store", "INCORRECT_BASE")
        else:
            known = few(list(self._stores)) or "none"
            yield Fault("SpecNotFoundError", path, "", f"there is no store {shown(name)}; there are: {known}")

    def _expressions(self, path: str, part: Part, rule: Rule) -> Iterator[Fault]:
        for attribute in rule.expressions:
            if part.get(attribute):
                try:
                    checked(str(part[attribute]), known=self._known)
                except ExpressionError as error:
                    yield Fault("InvalidExpressionError", path, attribute, str(error))


def _listed(part: Part, attribute: str) -> list[Part]:
    """The parts that an attribute lists, as far as they are parts."""
    value = part.get(attribute)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _imported_names(root: Part) -> set[str]:
    """Names that imports bring, whether or not they can be imported."""
    found = set[str]()
    for entry in _listed(root, "Import"):
        for text in [entry.get("Module"), *(entry.get("Identifiers") or [])]:
            found |= {str(text).split(".", maxsplit=1)[0], str(text).split(" ")[-1]}
    return found


def _lists(path: str, part: Part, attribute: str) -> Iterator[Fault]:
    value = part.get(attribute) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        yield Fault("InvalidValueError", path, attribute, f"it is a list of mappings, not {value!r:.100}")


def _required(path: str, part: Part, rule: Rule) -> Iterator[Fault]:
    for attribute in rule.required:
        if attribute not in part:
            yield Fault("RequiredAttributeError", path, attribute, "it is missing")


def _identifier(path: str, part: Part) -> Iterator[Fault]:
    name = str(part["Name"])
    reasons = {
        "STARTS_WITH_UNDERSCORE": name.startswith("_"),
        "STARTS_WITH_RUN": name.startswith("run_"),
        "INVALID_PYTHON_IDENTIFIER": not name.isidentifier(),
    }
    reason = next((reason for reason, applies in reasons.items() if applies), "")
    if reason and part["Name"]:
        message = f"{shown(name)} is no name: letters, digits and _, beginning with a letter but not run_"
        yield Fault("InvalidIdentifierError", path, "Name", message, reason)


def _numbers(path: str, part: Part, rule: Rule) -> Iterator[Fault]:
    for attribute, least in rule.numbers:
        if attribute in part:
            value = part[attribute]
            try:
                right = least is None or int(value) >= least
                int(value)
            except (TypeError, ValueError, OverflowError):
                right = False
            if not right:
                wanted = "a whole number" if least is None else f"a whole number of {least} or more"
                yield Fault("InvalidNumberError", path, attribute, f"{value!r:.100} is not {wanted}")
