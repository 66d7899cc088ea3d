"""The OpenAPI document of presage's own calls, made from the routes and from what they read and answer."""

from functools import cache
from inspect import getdoc
from typing import Any

import msgspec
from msgspec import Struct

from presage import __version__

from .routes import NAME, Route, Service


class Error(Struct, frozen=True, kw_only=True):
    """What was wrong."""

    message: str
    code: str = msgspec.field(name="__type")


@cache
def document(service: Service) -> bytes:
    """The document of a service, in JSON."""
    types = {one for route in service.routes for one in (route.asks, route.answers) if one is not None} | {
        Error
    }
    _, components = msgspec.json.schema_components(
        sorted(types, key=lambda one: one.__name__), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in service.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": f"presage {service.name}", "version": __version__},
            "paths": paths,
            "components": {"schemas": components},
        }
    )


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": (getdoc(route.run) or "").partition("\n")[0],
        "responses": {
            str(route.status): {"description": "Done", **_content(route.answers)},
            "default": {"description": "Refused", **_content(Error)},
        },
    }
    parameters = [("name", "path")] if NAME in route.path else []
    if route.method == "GET" and route.asks is not None:
        parameters += [(field.encode_name, "query") for field in msgspec.structs.fields(route.asks)]
    elif route.asks is not None:
        operation["requestBody"] = {"required": True, **_content(route.asks)}
    if parameters:
        operation["parameters"] = [
            {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
            for name, place in parameters
        ]
    return operation


def _content(type_: type[Struct] | None) -> dict[str, Any]:
    if type_ is None:
        return {}
    schema = {"$ref": f"#/components/schemas/{type_.__name__}"}
    return {"content": {"application/json": {"schema": schema}}}
