"""What is answered to new work while the server is about to stop."""

from __future__ import annotations

import pytest

from asgikit import App, Request, Response
from asgikit.conformance import checked
from asgikit.draining import draining, refusal
from asgikit.stopping import Stopping
from asgikit.testing import call, http_scope, play, websocket_scope

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize(("version", "connection"), [("1.0", "close"), ("1.1", "close"), ("2", None), ("3", None)])
def test_a_refusal_says_when_to_come_back(version: str, connection: str | None) -> None:
    """And that it is the last of its connection, where a field may say so (RFC 9113, 8.2.2)."""
    made = refusal(version)
    assert (made.status, made.headers["retry-after"], made.headers.get("connection")) == (503, "5", connection)


@pytest.mark.parametrize("told", [True, False])
async def test_a_request_is_refused_if_its_server_stops(told: bool) -> None:
    """Another is served, also without the key that few scopes lack."""
    stopping = Stopping()
    if told:
        stopping.tell()

    async def handler(request: Request[None]) -> Response:
        return Response.text("served")

    scope = http_scope(omit=["http_version"])
    answer = await draining(handler, lambda scope: stopping)(Request.of(scope, None))
    assert answer.status == (503 if told else 200)


@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_a_refusal_conforms(version: str) -> None:
    """To every rule of the specification, whatever was asked."""

    async def handler(request: Request[None]) -> Response:
        return Response.text("served")

    app = App(handler)
    app.stop()
    for method in ("GET", "HEAD", "POST"):
        answer = await call(checked(app), method, body=b"abc" * (method == "POST"), http_version=version)
        assert (answer.status, answer.error) == (503, None)
    for denial in (True, False):
        answer = await play(checked(app), websocket_scope(denial=denial), [{"type": "websocket.connect"}])
        assert answer.error is None
