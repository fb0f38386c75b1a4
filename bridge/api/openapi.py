"""The API described (OpenAPI 3.1), made from the declarations that the router is made from and from the models that
parse and answer the requests. There is nothing to keep in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bridge.api.authority import Who
from bridge.api.errors import STATUS
from bridge.api.pages import Page
from bridge.api.repeats import HEADER, LONGEST, SHORTEST
from bridge.api.routes import AnyRoute

PATH_PARTS: Final = {
    "issue_id": "The number of an issue.",
    "principal_id": "The id of somebody on the list of people (not their user id).",
    "room_id": "A room id, percent-encoded; while an issue waits, `lobby:` and its number.",
}
"""What the parts of paths in braces mean. A route that names another one cannot be described, and fails its test."""


def build_openapi(routes: Sequence[AnyRoute], version: str) -> dict[str, Any]:
    """The whole document."""
    names, definitions = models_json_schema(
        _models(routes), ref_template="#/components/schemas/{model}", title="Chaperone"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chaperone",
            "version": version,
            "description": "A chat platform for people who help other people. Routes of staff answer guests "
            "as if they did not exist.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


_Names = Mapping[Any, dict[str, Any]]
"""A model and mode to the reference of its schema."""


def _models(routes: Sequence[AnyRoute]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for route in routes:
        if route.has_body:
            models[route.takes, "validation"] = None
        for answer in _answers(route):
            models[answer, "serialization"] = None
    return list(models)


def _answers(route: AnyRoute) -> list[type[BaseModel]]:
    return [route.gives] if route.guests_get is None else [route.guests_get, route.gives]


def _operation(route: AnyRoute, names: _Names) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "description": f"For {route.who.value}.",
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {str(route.status): _success(route, names), **_errors(route)},
    }
    if route.has_body:
        required = any(field.is_required() for field in route.takes.model_fields.values())
        operation["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": names[route.takes, "validation"]}},
        }
    if route.who is not Who.ANYONE:
        operation["security"] = [{"token": []}]
    return operation


def operation_id(route: AnyRoute) -> str:
    """A name for programs that make a client from the document: `post_issues_issue_id_claim`."""
    words = re.findall(r"[a-z0-9_]+", route.path.removeprefix("/api/v1").replace(".", "_"))
    return "_".join([route.method.lower(), *words])


def _path_parameters(route: AnyRoute) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARTS[name],
            "schema": {"type": "string", "minLength": 1},
        }


def _query_parameters(route: AnyRoute) -> Iterable[dict[str, Any]]:
    if route.has_body:
        return
    schema = route.takes.model_json_schema(mode="validation")
    for name, described in schema.get("properties", {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": described.get("description", ""),
            "schema": _inlined(described, schema.get("$defs", {})),
        }


def _header_parameters(route: AnyRoute) -> Iterable[dict[str, Any]]:
    if route.can_be_repeated:
        yield {
            "name": HEADER,
            "in": "header",
            "required": False,
            "description": "Random, chosen by the client: sent again within a day with the same body, it makes nothing "
            "new and is answered alike.",
            "schema": {"type": "string", "pattern": r"^[!-~]+$", "minLength": SHORTEST, "maxLength": LONGEST},
        }


def _inlined(described: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A parameter cannot be null in a query string; its schema is what remains, with named sets written out."""
    choices = [c for c in described.get("anyOf", [described]) if c.get("type") != "null"]
    chosen = {**choices[0]}
    if "$ref" in chosen:
        chosen = {**definitions[chosen["$ref"].rsplit("/", 1)[-1]]}
    if described.get("default") is not None:
        chosen["default"] = described["default"]
    return {key: value for key, value in chosen.items() if key not in ("title", "description")}


def _success(route: AnyRoute, names: _Names) -> dict[str, Any]:
    if route.gives is Page:
        return {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}
    schemas = [names[answer, "serialization"] for answer in _answers(route)]
    first = (route.gives.__doc__ or "Done.").strip().splitlines()[0]
    return {
        "description": first,
        "content": {"application/json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }


def _errors(route: AnyRoute) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in route.all_errors:
        by_status.setdefault(STATUS[code], []).append(code.value)
    return {
        str(status): {
            "description": ", ".join(codes),
            "content": {"application/json": {"schema": _error_schema(codes)}},
        }
        for status, codes in sorted(by_status.items())
    }


def _error_schema(codes: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["errcode", "error"],
        "properties": {
            "errcode": {"enum": codes},
            "error": {"type": "string", "description": "A sentence for the person."},
        },
        "additionalProperties": True,
    }
