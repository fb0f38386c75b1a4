from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from bridge.api.authority import Who
from bridge.api.errors import STATUS, Errcode
from bridge.api.mount import ROUTES
from bridge.api.openapi import build_openapi, operation_id
from policies.names import Code
from tests.bridge.api.house import House

DOCUMENT = build_openapi(ROUTES, "1.2.3")
METHODS = {"get", "post", "patch", "delete"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_says_which_openapi_it_is_and_of_what() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["title"] == "Chaperone"
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for reference in references(DOCUMENT):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_what_openapi_asks_for() -> None:
    for path, method, operation in operations():
        assert method in METHODS
        assert path.startswith("/")
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            assert response["description"]
            for media in response["content"].values():
                Draft202012Validator.check_schema(media["schema"])
        for parameter in operation["parameters"]:
            assert parameter["in"] in {"path", "query", "header"}
            assert parameter["required"] is (parameter["in"] == "path") or parameter["in"] == "query"
            Draft202012Validator.check_schema(parameter["schema"])


def test_the_parts_of_a_path_are_its_path_parameters() -> None:
    for path, _, operation in operations():
        named = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path)


def test_no_two_operations_have_one_id() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids) == len(ROUTES)


def test_an_operations_id_is_read_from_its_path() -> None:
    claim = next(route for route in ROUTES if route.path.endswith("/claim"))
    assert operation_id(claim) == "post_issues_issue_id_claim"


def test_every_route_tells_every_error_it_declares() -> None:
    for route in ROUTES:
        responses = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]
        for code in route.all_errors:
            media = responses[str(STATUS[code])]["content"]["application/json"]
            assert code.value in media["schema"]["properties"]["errcode"]["enum"]


def test_a_route_that_needs_a_token_says_so() -> None:
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        assert ("security" in operation) is (route.who is not Who.ANYONE)
        assert ("401" in operation["responses"]) is (
            route.who is not Who.ANYONE or {Errcode.WRONG_PASSWORD, Errcode.UNKNOWN_TOKEN} & set(route.errors) != set()
        )


def test_a_route_with_a_body_says_that_it_can_be_too_large() -> None:
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        assert ("requestBody" in operation) is (Code.TOO_LARGE in route.all_errors)


def test_query_parameters_show_the_limits_that_the_model_has() -> None:
    parameters = DOCUMENT["paths"]["/api/v1/issues"]["get"]["parameters"]
    limit = next(p for p in parameters if p["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    status = next(p for p in parameters if p["name"] == "status")
    assert status["schema"] == {"type": "string", "enum": ["queued", "open", "concluded"]}


def test_the_document_names_every_route_the_router_has_and_no_other(house: House) -> None:
    routed = {
        (route.resource.canonical, route.method.lower())
        for route in house.app.router.routes()
        if route.resource is not None and route.method not in {"*", "HEAD"}
    }
    assert routed == {(path, method) for path, method, _ in operations()}


async def test_the_document_is_served_to_anyone(house: House) -> None:
    reply = await house.ask("GET", "//openapi.json")
    assert reply.status == 200
    assert reply.body["paths"].keys() == DOCUMENT["paths"].keys()
