"""What the client of a WebSocket sends, and the scope that comes of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from asgikit.testing import AsyncClient, WebSocketDenied
from asgikit.testing.handshake import http_url


class Seen:
    """Accepts, and keeps the scope."""

    def __init__(self) -> None:
        self.scope: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["db"] = "open"
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.scope = scope
        await receive()
        chosen = next(iter(scope["subprotocols"]), None)
        await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"set-cookie", b"b=2"), (b"x-a", b"1")]})
        await receive()

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.scope["headers"]}


async def test_the_scope_is_what_a_server_makes_of_a_handshake() -> None:
    """With the fields that RFC 6455, 4.1 asks for."""
    app = Seen()
    async with AsyncClient(app) as http, http.websocket("/chat%2F?a=1&b", params={"c": "é"}) as ws:
        assert (ws.subprotocol, ws.headers["x-a"]) == (None, "1")
    scope, headers = app.scope, app.headers
    assert (scope["type"], scope["scheme"], scope["path"], scope["raw_path"]) == ("websocket", "ws", "/chat/", b"/chat%2F")
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert (scope["query_string"], scope["subprotocols"], scope["state"]) == (b"c=%C3%A9", [], {"db": "open"})
    assert (scope["client"], scope["server"]) == (("127.0.0.1", 50000), ("testserver", 80))
    assert scope["extensions"] == {"websocket.http.response": {}}
    assert (headers["host"], headers["upgrade"], headers["connection"]) == ("testserver", "websocket", "Upgrade")
    assert headers["sec-websocket-version"] == "13"
    assert len(base64.b64decode(headers["sec-websocket-key"])) == 16
    assert {"origin", "sec-websocket-protocol", "method"}.isdisjoint([*headers, *scope])


async def test_subprotocols_are_offered_in_their_order() -> None:
    """In the scope as in the field (WS-SCOPE-010)."""
    app = Seen()
    async with AsyncClient(app) as http:
        async with http.websocket("/", subprotocols=["v2", "v1"]) as ws:
            assert ws.subprotocol == "v2"
        assert (app.scope["subprotocols"], app.headers["sec-websocket-protocol"]) == (["v2", "v1"], "v2, v1")
        async with http.websocket("/", headers={"Sec-WebSocket-Protocol": "v1 ,v0"}):
            assert app.scope["subprotocols"] == ["v1", "v0"]


async def test_what_cannot_be_offered_is_refused() -> None:
    """Before the application is called."""
    wrong: Any = "chat"
    async with AsyncClient(Seen()) as http:
        with pytest.raises(TypeError, match=r"write \['chat'\]"):
            async with http.websocket("/", subprotocols=wrong):
                pass
        for name in ("a b", ""):
            with pytest.raises(ValueError, match="no subprotocol has a name"):
                async with http.websocket("/", subprotocols=[name]):
                    pass


async def test_a_page_says_where_it_is_from() -> None:
    """A client that is no browser says nothing."""
    app = Seen()
    async with AsyncClient(app) as http, http.websocket("/", origin="https://evil.example"):
        assert app.headers["origin"] == "https://evil.example"


async def test_the_handshake_has_what_every_request_of_the_client_has() -> None:
    """Its fields, its cookies, its credentials; and those that an application sets with the answer are kept."""
    app = Seen()
    async with AsyncClient(app, headers={"x-b": "2"}, cookies={"a": "1"}, auth=("ada", "secret")) as http:
        async with http.websocket("/", headers={"x-c": "3"}):
            assert (app.headers["x-b"], app.headers["x-c"], app.headers["cookie"]) == ("2", "3", "a=1")
            assert app.headers["authorization"].startswith("Basic ")
        assert http.cookies["b"] == "2"
        async with http.websocket("/", auth=("eve", "secret")):
            assert app.headers["authorization"] == "Basic " + base64.b64encode(b"eve:secret").decode()


@pytest.mark.parametrize("base", ["https://example.com:8443", "wss://example.com:8443"])
async def test_the_scheme_is_that_of_websockets(base: str) -> None:
    """Whichever of the two the URL has."""
    app = Seen()
    async with AsyncClient(app, base_url=base.replace("wss", "https")) as http:
        async with http.websocket(base + "/x"):
            assert (app.scope["scheme"], app.scope["server"], app.headers["host"]) == (
                "wss",
                ("example.com", 8443),
                "example.com:8443",
            )
        async with http.websocket("/x"):
            assert app.scope["scheme"] == "wss"
    assert [http_url(url) for url in ("ws://a/b", "WSS://a", "http://a", "/a?b=ws://c")] == [
        "http://a/b",
        "https://a",
        "http://a",
        "/a?b=ws://c",
    ]


async def test_the_application_is_where_the_profile_says() -> None:
    """Under its root path, at its level of the specification, with the state that it was given."""
    app = Seen()
    options: Any = {"root_path": "/api", "spec_version": "2.1", "client": None, "extensions": ["tls", "http.response.push"]}
    async with AsyncClient(app, state={"db": "fake"}, **options) as http, http.websocket("/x"):
        assert (app.scope["path"], app.scope["root_path"], app.scope["client"]) == ("/api/x", "/api", None)
        assert (app.scope["asgi"]["spec_version"], app.scope["state"]) == ("2.1", {"db": "fake"})
        assert app.scope["extensions"] == {"tls": {}}


async def test_newer_versions_of_http_have_no_upgrade() -> None:
    """RFC 8441, 5; older ones have no WebSockets at all."""
    app = Seen()
    async with AsyncClient(app, http_version="2") as http, http.websocket("/"):
        assert app.scope["http_version"] == "2"
        assert {"upgrade", "connection", "sec-websocket-key"}.isdisjoint(app.headers)
        assert app.headers["sec-websocket-version"] == "13"
    async with AsyncClient(app, http_version="1.0") as http:
        with pytest.raises(ValueError, match=r"write|needs http_version='1\.1'"):
            async with http.websocket("/"):
                pass


async def test_a_refusal_is_read_whole() -> None:
    """Its coding undone, as of every response."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b'{"a"', "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b":1}"})

    async with AsyncClient(app, lifespan="off") as http:
        with pytest.raises(WebSocketDenied) as caught:
            async with http.websocket("/"):
                pass
    assert (caught.value.status, caught.value.json()) == (503, {"a": 1})
