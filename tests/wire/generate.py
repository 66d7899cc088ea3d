"""Requests made from the service models: valid ones, and ones broken in ways that clients never send.

`valid_request(service, operation)` and `broken_request(service, operation)` are hypothesis strategies of
`Raw` requests; any server of the contract can be held against them. The models are read through botocore's
own classes, and valid requests are written by its own serialisers, so that nothing here leans on what is
tested but the list of constraints that are not enforced.
"""

import copy
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.serialize import create_serializer
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from presage.wire.constraints import UNENFORCED_PATTERNS

SERVICES = ("personalize", "personalize-runtime", "personalize-events", "forecast", "forecastquery")

# Python's `re`, which hypothesis generates from, knows no \p{...}: these two stand for the models' two.
UNICODE_PATTERNS = {
    r"\p{ASCII}{0,1500}": r"[\x00-\x7f]{0,40}",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": r"[a-zA-Zé 0-9_.:/=+\-@]*",
}
MOST = {"string": 24, "list": 3, "map": 3}  # characters or members beyond the minimum: small shows as much


@dataclass(frozen=True)
class Raw:
    """An HTTP request as it goes over the wire; the header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)


def all_operations() -> list[tuple[str, str]]:
    return [(service, name) for service in SERVICES for name in service_model(service).operation_names]


def encode(service: str, operation: str, members: dict[str, Any]) -> Raw:
    """The request that botocore's client would send."""
    model = operation_model(service, operation)
    made = create_serializer(model.metadata["protocol"], False).serialize_to_request(members, model)
    body = made["body"].encode() if isinstance(made["body"], str) else bytes(made["body"])
    headers = {name.lower(): value for name, value in made["headers"].items()}
    headers |= {"host": "localhost", "content-length": str(len(body))}
    return Raw(made["method"], made["url_path"], headers, body)


@cache
def valid_members(service: str, operation: str) -> SearchStrategy[dict[str, Any]]:
    return values(operation_model(service, operation).input_shape)


@cache
def valid_answer(service: str, operation: str) -> SearchStrategy[dict[str, Any]]:
    shape = operation_model(service, operation).output_shape
    return st.just({}) if shape is None else values(shape)


def valid_request(service: str, operation: str) -> SearchStrategy[Raw]:
    return valid_members(service, operation).map(lambda members: encode(service, operation, members))


def values(shape: Shape) -> SearchStrategy[Any]:
    """Values that satisfy every constraint of a shape."""
    return KINDS[shape.type_name](shape)


def _structures(shape: Shape) -> SearchStrategy[dict[str, Any]]:
    required = {name: values(shape.members[name]) for name in shape.required_members}
    optional = {name: values(member) for name, member in shape.members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _sizes(shape: Shape) -> dict[str, int]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 10_000)
    return {"min_size": low, "max_size": min(high, low + MOST[shape.type_name])}


def _strings(shape: Shape) -> SearchStrategy[str]:
    traits = shape.metadata
    if "enum" in traits:
        return st.sampled_from(traits["enum"])
    sizes = _sizes(shape)
    if "pattern" not in traits:
        return st.text(st.characters(codec="utf-8"), **sizes)
    pattern = re.compile(UNICODE_PATTERNS.get(traits["pattern"], traits["pattern"]), re.ASCII)
    low, high = traits.get("min", 0), traits.get("max", 10_000)
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: low <= len(text) <= high)


def _integers(bits: int):
    def integers(shape: Shape) -> SearchStrategy[int]:
        low, high = (
            shape.metadata.get("min", -(2 ** (bits - 1))),
            shape.metadata.get("max", 2 ** (bits - 1) - 1),
        )
        return st.integers(low, high)

    return integers


def _numbers(shape: Shape) -> SearchStrategy[float]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    return st.floats(low, high, allow_nan=False, allow_infinity=False) | st.integers(low or 0, high or 10)


KINDS = {
    "structure": _structures,
    "list": lambda shape: st.lists(values(shape.member), **_sizes(shape)),
    "map": lambda shape: st.dictionaries(values(shape.key), values(shape.value), **_sizes(shape)),
    "string": _strings,
    "integer": _integers(32),
    "long": _integers(64),
    "float": _numbers,
    "double": _numbers,
    "boolean": lambda shape: st.booleans(),
    "timestamp": lambda shape: st.integers(0, 4_000_000_000),
}

NOT_THE_TYPE: dict[str, list[Any]] = {
    "structure": ["text", 7, [], True],
    "list": ["text", 7, {}, True],
    "map": ["text", 7, [], True],
    "string": [7, 1.5, True, [], {}],
    "integer": ["7", 1.5, True, [], {}, 2**40, 10**30],
    "long": ["7", 1.5, True, [], {}, 10**30],
    "float": ["1.5", True, [], {}],
    "double": ["1.5", True, [], {}],
    "boolean": ["true", 0, 1, [], {}],
    "timestamp": ["yesterday", True, [], {}, 1e300],
}


@dataclass(frozen=True)
class Place:
    """A value inside members: its shape, the container that holds it, and where in it.

    `use` names it as `Structure.member` or `Map.value`.
    """

    shape: Shape
    holder: Any
    at: Any
    required: bool = False
    use: str = ""

    def breaks(self, service: str) -> list[Any]:
        """Values that a server must refuse here, but for those that it must not check."""
        names = {(service, self.shape.name), (service, self.use)}
        enforced = not names & UNENFORCED_PATTERNS.keys()
        wrong = NOT_THE_TYPE[self.shape.type_name] + violations(self.shape, patterns=enforced)
        if self.shape.serialization.get("jsonvalue"):  # a client may send the JSON itself
            return [value for value in wrong if not isinstance(value, list | dict)]
        return wrong


def places(shape: Shape, value: Any) -> list[Place]:
    """Every value below `value`, which is of `shape`."""
    found: list[Place] = []
    if shape.type_name == "structure":
        for name, given in value.items():
            member = shape.members[name]
            required = name in shape.required_members
            found += [Place(member, value, name, required, f"{shape.name}.{name}"), *places(member, given)]
    elif shape.type_name in ("list", "map"):
        member = shape.member if shape.type_name == "list" else shape.value
        for at, given in enumerate(value) if shape.type_name == "list" else value.items():
            found += [Place(member, value, at, use=f"{shape.name}.value"), *places(member, given)]
    return found


def violations(shape: Shape, *, patterns: bool) -> list[Any]:
    """Values of the right type that break a constraint of a scalar shape, for certain."""
    traits, kind = shape.metadata, shape.type_name
    found: list[Any] = []
    if kind == "string":
        found += ["x" * (traits["max"] + 1)] if "max" in traits else []
        found += ["x" * (traits["min"] - 1)] if traits.get("min") else []
        found += ["not one of them"] if "enum" in traits else []
        found += ["é\n"] if patterns and "pattern" in traits else []  # no pattern of the models matches it
    elif kind in ("integer", "long", "float", "double"):
        found += [traits["max"] + 1] if "max" in traits else []
        found += [traits["min"] - 1] if "min" in traits else []
    return found


def json_request(service: str, operation: str, content: Any) -> Raw:
    """A request for an operation with any JSON as its body."""
    body = json.dumps(content).encode()
    raw = encode(service, operation, {})
    return replace(raw, body=body, headers=raw.headers | {"content-length": str(len(body))})


@st.composite
def invalid_request(draw: st.DrawFn, service: str, operation: str) -> Raw:
    """One member has the wrong type, breaks a constraint, or is required and missing: to be refused."""
    shape = operation_model(service, operation).input_shape
    members = copy.deepcopy(draw(valid_members(service, operation)))
    found = places(shape, members)
    if not found:
        return json_request(service, operation, draw(st.sampled_from([[], "text", 7, True])))
    place = draw(st.sampled_from(found))
    if place.required and draw(st.booleans()):
        del place.holder[place.at]
    else:
        place.holder[place.at] = draw(st.sampled_from(place.breaks(service)))
    return json_request(service, operation, members)


ODD_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(
            ["", "text/plain", "application/xml", "application/json; charset=latin-1"]
        ),
        "content-length": st.sampled_from(["", "-1", "abc", "99999999999"]),
        "x-amz-target": st.text(st.characters(max_codepoint=255), max_size=40)
        | st.sampled_from(
            ["AmazonPersonalize.", "AmazonForecast.CreateSolution", ".", "DynamoDB_20120810.GetItem"]
        ),
        "authorization": st.text(st.characters(max_codepoint=255), max_size=40)
        | st.sampled_from(
            ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c", "Basic Zm9v", "AWS key:sig"]
        )
        | st.just(
            "AWS4-HMAC-SHA256 Credential=a/1/r/personalize/aws4_request, SignedHeaders=;;, Signature=é"
        ),
        "x-amz-date": st.sampled_from(["", "now", "20269999T999999Z", "99999999999999"]),
        "x-amz-content-sha256": st.sampled_from(["", "UNSIGNED-PAYLOAD", "0" * 64]),
        "accept-encoding": st.just("\xff"),
        "expect": st.just("100-continue"),
    },
)


@st.composite
def damaged_body(draw: st.DrawFn, body: bytes) -> bytes:
    """The body cut short, altered in a few bytes, replaced by noise, or nested deeply."""
    kind = draw(st.sampled_from(["cut", "altered", "noise", "nested", "odd"]))
    if kind == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if kind == "altered":
        altered = bytearray(body)
        for at in draw(st.lists(st.integers(0, max(len(body) - 1, 0)), min_size=1, max_size=4)):
            altered[at : at + 1] = draw(st.binary(max_size=2))
        return bytes(altered)
    if kind == "noise":
        return draw(st.binary(max_size=200))
    if kind == "nested":
        depth = draw(st.sampled_from([200, 1000, 5000, 100_000]))
        opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
        return opening * depth + b"1" + closing * draw(st.sampled_from([depth, 0]))
    return draw(
        st.sampled_from(
            [b"null", b"NaN", b'{"a":1e999}', b"{}{}", b"\xef\xbb\xbf{}", b'"\\ud800"', b"1", b""]
        )
    )


@st.composite
def broken_request(draw: st.DrawFn, service: str, operation: str) -> Raw:
    """A request that is wrong in some way, or odd in a way that a server may still let pass."""
    kind = draw(st.sampled_from(["member", "member", "body", "headers", "line"]))
    if kind == "member":
        return draw(invalid_request(service, operation))
    raw = draw(valid_request(service, operation))
    if kind == "body":
        body = draw(damaged_body(raw.body))
        return replace(raw, body=body, headers=raw.headers | {"content-length": str(len(body))})
    if kind == "headers":
        return replace(raw, headers=raw.headers | draw(ODD_HEADERS))
    method = draw(st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", raw.method]))
    path = draw(
        st.sampled_from(["", "/", "//", "/..", "/%00", "/%", "/events/", "/recommendations?x=%zz&a", "/%ff?"])
    )
    return replace(raw, method=method, path=path)
