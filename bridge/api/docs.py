"""The description of the API: `/openapi.json` for programs, `/docs` for people, made from it without a script.

Both describe the product, not this installation: who reads them learns what there can be, as from the README.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from bridge.api.answers import Document
from bridge.api.authority import Who
from bridge.api.bodies import NoQuery
from bridge.api.pages import STYLE, Page
from bridge.api.routes import AnyRoute, Call, Route


async def show_openapi(call: Call[NoQuery]) -> Document:
    """GET /openapi.json."""
    return Document(dict(call.services.document))


async def show_docs(call: Call[NoQuery]) -> Page:
    """GET /docs."""
    return build_docs(call.services.document)


def build_docs(document: Mapping[str, Any]) -> Page:
    """The page: an operation after the other, what it takes, what it answers."""
    info = document["info"]
    body = "".join(_sections(document))
    return Page(
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(info['title'])}: the API</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])}: the API</h1><p>{escape(info['description'])} "
        f"For programs: <a href=/openapi.json>openapi.json</a>. Log in at <code>/api/v1/auth/login</code> and send "
        f"<code>Authorization: Bearer …</code>. Errors are <code>{{&quot;errcode&quot;, &quot;error&quot;}}</code> "
        f"and fields.</p>{body}"
    )


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (
                f"<section id={escape(operation['operationId'])}><h2><span class=method>{method.upper()} "
                f"{escape(path)}</span> <span class=who>{escape(operation['description'])}</span></h2>"
                f"<p>{escape(operation['summary'])}.</p>"
            )
            yield _table("Asks", _asked(operation, schemas))
            yield _table(
                "Answers", ((status, _answered(answer, schemas)) for status, answer in operation["responses"].items())
            )
            yield "</section>"


def _table(title: str, rows: Iterator[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td><code>{escape(name)}</code><td>{escape(said)}" for name, said in rows)
    return f"<table><tr><th>{title}<th>{cells}</table>" if cells else ""


def _asked(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation["parameters"]:
        required = "" if parameter["required"] else ", optional"
        yield parameter["name"], f"{_kind(parameter['schema'])}{required}. {parameter['description']}"
    body = operation.get("requestBody")
    if body is None:
        return
    schema = _resolved(body["content"]["application/json"]["schema"], schemas)
    for name, described in schema.get("properties", {}).items():
        required = "" if name in schema.get("required", ()) else ", optional"
        yield name, f"{_kind(described)}{required}. {described.get('description', '')}"


def _answered(answer: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    schema = next(iter(answer["content"].values()))["schema"]
    shapes = [_resolved(one, schemas) for one in schema.get("anyOf", [schema])]
    fields = (
        ["{" + ", ".join(shape["properties"]) + "}" for shape in shapes if "errcode" not in shape["properties"]]
        if all("properties" in shape for shape in shapes)
        else []
    )
    return " ".join([answer["description"], " or ".join(fields)]).strip()


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    found: Mapping[str, Any] = schemas[name] if name else schema
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    choices = [_kind(choice) for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    kind = " or ".join(choices) or str(schema.get("type", "object"))
    return f"{kind} (at most {schema['maxLength']})" if "maxLength" in schema else kind


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/openapi.json",
        who=Who.ANYONE,
        summary="This description, for programs",
        takes=NoQuery,
        gives=Document,
        handle=show_openapi,
    ),
    Route(
        method="GET",
        path="/docs",
        who=Who.ANYONE,
        summary="This description, for people",
        takes=NoQuery,
        gives=Page,
        handle=show_docs,
    ),
)
