"""The shape of the tests: applications are called by the testing kit, and by nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    file
    for folder in ("tests", "property_tests")
    for file in (ROOT / folder).rglob("*.py")
    if not file.is_relative_to(ROOT / "tests" / "conformance")  # it has programs that are wrong in every way
)
TREES = {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in FILES}
SCOPES = {"http_scope", "websocket_scope", "lifespan_scope"}
KITS = {"ASGITransport", "ApplicationCommunicator", "AsyncTestClient", "TestClient", "create_test_client"}


def servers(tree: ast.AST) -> Iterator[int]:
    """Lines of functions that an application could be called with: `receive()`, `send(event)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            taken = [each.arg for each in node.args.args if each.arg != "self"]
            if (node.name, taken) in (("receive", []), ("send", ["event"]), ("send", ["message"])):
                yield node.lineno


def calls(tree: ast.AST) -> Iterator[int]:
    """Lines in which something is called with a scope and two names, as applications are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 3:
            scope, *others = node.args
            are_names = all(isinstance(other, ast.Name | ast.Attribute) for other in others)
            if are_names and isinstance(scope, ast.Call) and ast.unparse(scope.func) in SCOPES:
                yield node.lineno


def other_kits(tree: ast.AST) -> Iterator[int]:
    """Lines that name what other frameworks test with."""
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in KITS:
            yield node.lineno


@pytest.mark.parametrize(
    ("found", "exceptions"),
    [
        (servers, {"tests/test_sending.py"}),  # send_stream() takes each of the functions that an edge makes of its server
        (calls, {"tests/testing/test_scopes.py"}),  # whose faults are the server's, which the kit holds against nobody
        (other_kits, {"tests/typing/accepted.py"}),  # what httpx takes is a question of types
    ],
)
def test_no_test_does_without_the_kit(found: Callable[[ast.AST], Iterator[int]], exceptions: set[str]) -> None:
    """A server made by hand is more lenient than any that there is; what our kit lacks, another would hide."""
    lines = {name: [*found(tree)] for name, tree in TREES.items()}
    assert {name for name, where in lines.items() if where} == exceptions
