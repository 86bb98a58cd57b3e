"""What a handshake has to fulfil before it is accepted."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from asgikit import App, Request, Response, Router, catch, root, websocket
from asgikit.errors import CompositionError, HTTPError, ProtocolError
from asgikit.negotiation import subprotocol
from asgikit.testing import Answer, play, websocket_scope
from asgikit.testing.scopes import Fields
from tests.sockets import CONNECT, Raw

calls: list[str] = []


async def session(ws: Raw) -> None:
    await ws.send("in")


async def accept(request: Request[object]) -> Response:
    calls.append("handler")
    return Response.upgrade(session)


async def shake(app: Any, headers: Fields = (), **scope: Any) -> Answer:
    calls.clear()
    made = websocket_scope(headers=headers, denial=True)
    return await play(app, {**made, **scope}, [CONNECT])


def outcome(answer: Answer) -> object:
    """The status of a denial, or "open"."""
    first = answer.events[0]
    return "open" if first["type"] == "websocket.accept" else first["status"]


OWN = {"host": "example.com", "origin": "https://example.com"}
OTHER = {"host": "example.com", "origin": "https://evil.com"}


async def test_a_page_of_another_site_is_refused_before_anything_runs() -> None:
    """403 with the reason: browsers send our cookies along with its handshake (RFC 6455, 10.2)."""
    app = App(Router(websocket(root)(accept)))
    answer = await shake(app, OTHER)
    assert (outcome(answer), calls, answer.error) == (403, [], None)
    assert answer.events[1]["body"] == b"this page may not open this WebSocket: its origin is not allowed"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (OWN, "open"),
        ({"host": "example.com"}, "open"),
        ({"host": "example.com", "origin": "null"}, 403),
        ({"origin": "https://example.com"}, 403),
        ([("host", "example.com"), ("origin", "https://example.com"), ("origin", "https://example.com")], 403),
    ],
)
async def test_by_default_the_own_host_may(headers: Fields, expected: object) -> None:
    """And whoever is no browser; a page without an origin may not."""
    assert outcome(await shake(App(Router(websocket(root)(accept))), headers)) == expected


async def test_behind_tls_of_our_own_the_page_has_to_be_secure() -> None:
    """As the server says that it is."""
    app = App(websocket(root)(accept))
    plain = {"host": "example.com", "origin": "http://example.com"}
    assert outcome(await shake(app, plain, scheme="ws")) == "open"
    assert outcome(await shake(app, plain, scheme="wss")) == 403
    assert outcome(await shake(app, OWN, scheme="wss")) == "open"


async def test_a_list_is_the_whole_truth() -> None:
    """The own host is not on it by itself, so that no page of a rebound name is."""
    app = App(websocket(root, origins=["https://app.example", "capacitor://localhost"])(accept))
    for origin, expected in (("https://app.example", "open"), ("capacitor://localhost", "open"), ("https://example.com", 403)):
        assert outcome(await shake(app, {"host": "example.com", "origin": origin})) == expected


async def test_everybody_may_where_the_program_says_so() -> None:
    """In so many characters."""
    assert outcome(await shake(App(websocket(root, origins="*")(accept)), OTHER)) == "open"


async def test_what_an_endpoint_takes_changes_nothing() -> None:
    """The policy stays with it, and comes before its inputs."""
    taking = websocket(root, origins="*").takes(subprotocol(Literal["a"], default=None))

    async def handler(request: Request[object], chosen: Literal["a"] | None) -> Response:
        return await accept(request)

    assert outcome(await shake(App(taking(handler)), OTHER)) == "open"
    strict = websocket(root).takes(subprotocol(Literal["a"]))
    assert outcome(await shake(App(strict(handler)), OTHER)) == 403


async def test_a_handler_without_a_route_is_checked_at_the_edge() -> None:
    """The own host, before the accept."""
    assert outcome(await shake(App(accept), OTHER)) == 403
    assert outcome(await shake(App(Router().otherwise(accept)), OTHER)) == 403
    assert outcome(await shake(App(accept), OWN)) == "open"


async def test_middleware_sees_the_refusal() -> None:
    """As the error that it is."""
    seen: list[HTTPError] = []

    def note(request: Request[object], error: HTTPError) -> Response:
        seen.append(error)
        return Response.text("mine", status=error.status)

    answer = await shake(App(Router(websocket(root)(accept)).wrap(catch(HTTPError, note))), OTHER)
    assert (answer.events[1]["body"], seen[0].log) == (b"mine", "Origin ('https://evil.com',)")


@pytest.mark.parametrize("wrong", ["https://example.com", ["example.com"], ["null"], ["https://example.com/"], ["*"]])
def test_origins_that_no_browser_sends_are_refused_at_composition(wrong: Any) -> None:
    """With what to write."""
    with pytest.raises(CompositionError, match="origin"):
        websocket(root, origins=wrong)


async def test_a_subprotocol_that_is_not_offered_is_not_forced_on_a_client() -> None:
    """400: a client would have to give the connection up (RFC 6455, 4.1)."""

    async def speaks(request: Request[object]) -> Response:
        return Response.upgrade(session, subprotocol="chat")

    app = App(websocket(root)(speaks))
    answer = await shake(app)
    assert (outcome(answer), answer.error) == (400, None)
    assert b"'chat'" in answer.events[1]["body"]
    answer = await shake(app, subprotocols=["other", "chat"])
    assert answer.events[0]["subprotocol"] == "chat"


@pytest.mark.parametrize("name", ["Connection", "upgrade", "sec-websocket-accept", "sec-websocket-protocol"])
async def test_the_fields_of_the_handshake_are_not_the_responses(name: str) -> None:
    """www, Accept; RFC 6455, 4.2.2."""

    async def odd(request: Request[object]) -> Response:
        return Response.upgrade(session).with_header(name, "x")

    answer = await shake(App(websocket(root)(odd)))
    assert (outcome(answer), type(answer.error)) == (500, ProtocolError)
