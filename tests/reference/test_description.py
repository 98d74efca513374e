"""The OpenAPI description names every route that there is, and every code that an answer may have."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from deadair.reference.description.document import document
from deadair.reference.description.operations import SOCKETS
from deadair.reference.description.schemas import CODES
from deadair.reference.http.router import Router
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.running.door import OPEN, SECRET_HEADER
from deadair.reference.running.metrics_page import PATH as METRICS
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

HTTP = Path(__file__).parents[2] / "harness/deadair/reference"
OF_THEIR_OWN_STATUS = {"TooManyRequests", "ServiceUnavailable", "NotFound", "AccountExists"}
"""Codes of 429, 503 and 404, and one that only the command line says."""


def routes(app: object) -> set[tuple[str, str]]:
    assert isinstance(app, Router)
    return set(app._routes)


def test_every_route_is_described_and_no_other(service: Service, env: FakeEnv) -> None:
    status = Sentinel(env, service.settings).apps["status"]
    there = {socket: routes(app) for socket, app in {**service.gateway.apps, "status": status}.items()}
    there["gateway-admin"].add(("GET", METRICS))
    assert {socket: set(operations) for socket, operations in SOCKETS.items()} == there


def test_the_administrators_socket_serves_it(service: Service) -> None:
    answer = service.admin("GET", "/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == document()


def test_whatever_is_guarded_says_so() -> None:
    found = {
        path: "security" in operation for path, item in document()["paths"].items() for operation in operations(item)
    }
    inner = {path for _, path in SOCKETS["gateway-admin"]}
    assert {path for path, guarded in found.items() if guarded} == inner - set(OPEN)
    (scheme,) = document()["components"]["securitySchemes"].values()
    assert scheme["name"].lower() == SECRET_HEADER


def operations(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for name, one in item.items() if name in ("get", "post")]


def test_no_two_operations_share_a_name() -> None:
    names = [one["operationId"] for item in document()["paths"].values() for one in operations(item)]
    assert len(names) == len(set(names)) > 30


def test_every_code_that_there_is_may_be_said() -> None:
    said = {
        node.args[0].value
        for path in sorted(HTTP.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ShareError"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert said == {*CODES, *OF_THEIR_OWN_STATUS}
