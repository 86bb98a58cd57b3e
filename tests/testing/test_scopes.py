"""Scopes as servers give them."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance import Checker
from asgikit.testing import Profile, http_scope, lifespan_scope, websocket_scope
from asgikit.testing.scopes import Target, require_fields, scope_of
from tests.peers import ignored, nothing
from tests.testing.apps import Receive, Scope, Send, body, sending, start


@pytest.mark.parametrize("level", ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])
async def test_a_server_may_give_such_a_scope(level: Any) -> None:
    """At each level of the specification: not even a note is to be made of it."""
    assert http_scope(spec_version=level)["asgi"] == websocket_scope(spec_version=level)["asgi"]
    assert http_scope(spec_version=level)["asgi"] == {"version": "3.0", "spec_version": level}
    checker = Checker(sending(start(204), body()), mode="collect")
    await checker(http_scope("POST", "/a%20b?c=d", headers={"Host": "h"}, spec_version=level, state={"db": 1}), nothing, ignored)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    sockets = Checker(refuse, mode="collect", blame=["server"])
    await sockets(websocket_scope("/a?b", headers={"host": "h"}, denial=True, spec_version=level), nothing, ignored)
    assert [str(found) for found in checker.violations if found.blame == "server"] == []
    assert [str(found) for found in sockets.violations if found.rule.startswith(("CORE", "WS-SCOPE"))] == []


def test_a_scope_is_complete() -> None:
    """Every key of the specification that is no extension's is in it."""
    assert http_scope("PUT", "/caf%C3%A9/a%2Fb?q=%20", headers=[("X-A", "1"), ("x-a", "2")]) == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/café/a/b",
        "raw_path": b"/caf%C3%A9/a%2Fb",
        "query_string": b"q=%20",
        "root_path": "",
        "headers": [(b"x-a", b"1"), (b"x-a", b"2")],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }


def test_a_handshake_has_its_own_keys() -> None:
    """And no method."""
    scope: Any = websocket_scope("/chat", subprotocols=["a", "b"])
    assert scope["server"] == ("testserver", 80)
    assert (scope["type"], scope["scheme"], scope["subprotocols"]) == ("websocket", "ws", ["a", "b"])
    assert scope.keys() - http_scope().keys() == {"subprotocols"}
    assert "method" not in scope


def test_a_denial_is_offered_where_that_is_said() -> None:
    """Beside what else is offered."""
    assert "extensions" not in websocket_scope()
    assert websocket_scope(denial=True, extensions=["tls"]).get("extensions") == {"tls": {}, "websocket.http.response": {}}


def test_what_is_given_is_in_place_of_the_usual() -> None:
    """Whether it fits or not."""
    scope: Any = http_scope(target="/a?b", path="/x", query_string=b"y", scheme="https", client=None, server=("h", None))
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/x", b"/a", b"y")
    assert (scope["scheme"], scope["client"], scope["server"]) == ("https", None, ("h", None))


def test_keys_can_be_left_out() -> None:
    """As servers do."""
    whole, lacking = http_scope(), http_scope(omit=["raw_path", "client"])
    assert whole.keys() - lacking.keys() == {"raw_path", "client"}


def test_a_server_may_say_no_level() -> None:
    """Then there is none in the scope."""
    assert http_scope(spec_version=None)["asgi"] == {"version": "3.0"}


def test_extensions_are_named_or_told() -> None:
    """Some servers say None."""
    assert http_scope(extensions=["http.response.push"]).get("extensions") == {"http.response.push": {}}
    assert http_scope(extensions={"tls": {"tls_version": 772}}).get("extensions") == {"tls": {"tls_version": 772}}
    assert http_scope(extensions=()).get("extensions") == {}
    assert http_scope(extensions=None).get("extensions", {}) is None


def test_a_scope_shares_nothing() -> None:
    """Neither with another one, nor with what it was made from."""
    state, offered = {"db": 1}, {"tls": {"tls_version": 772}}
    one: Any = http_scope(state=state, extensions=offered)
    two: Any = http_scope(state=state, extensions=offered)
    one["state"]["db"] = one["extensions"]["tls"]["tls_version"] = 2
    one["headers"].append((b"a", b"b"))
    one["asgi"]["version"] = "4.0"
    assert (state, offered) == ({"db": 1}, {"tls": {"tls_version": 772}})
    assert (two["state"], two["headers"], two["asgi"]["version"]) == ({"db": 1}, [], "3.0")


@pytest.mark.parametrize("make", [http_scope, websocket_scope])
def test_an_option_that_there_is_not_is_refused(make: Any) -> None:
    """And a text in place of a list."""
    with pytest.raises(TypeError, match="no option rootpath: there are client, extensions"):
        make(rootpath="/x")
    with pytest.raises(TypeError, match=r"write \['client'\]"):
        make(omit="client")
    with pytest.raises(TypeError, match=r"write \['tls'\]"):
        make(extensions="tls")


def test_the_scope_of_a_lifespan_has_the_namespace_that_is_given() -> None:
    """The very object; or none."""
    state: dict[str, object] = {}
    assert lifespan_scope(state).get("state") is state
    assert lifespan_scope() == {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


def test_newer_versions_of_http_have_no_fields_of_the_connection() -> None:
    """RFC 9113, 8.2.2: whatever the client says; TE may say that trailers are read."""
    fields = [(b"connection", b"keep-alive"), (b"keep-alive", b"5"), (b"te", b"gzip"), (b"x-a", b"1"), (b"te", b"trailers")]
    fields += [(b"transfer-encoding", b"chunked"), (b"upgrade", b"h2c"), (b"proxy-connection", b"close")]
    target = Target("http", "h", None, b"/", b"")
    for version in ("2", "3"):
        scope = scope_of("http", target, fields, Profile(http_version=version))
        assert scope["headers"] == [(b"x-a", b"1"), (b"te", b"trailers")]
    for version in ("1.0", "1.1"):
        assert scope_of("http", target, fields, Profile(http_version=version))["headers"] == fields


def test_no_server_lets_in_what_is_no_field() -> None:
    """Its value is not told: it may be a secret."""
    for field in ((b"a b", b"c"), (b"", b"c"), (b"a", b"b\nc"), (b"a", b"b\x00"), (b"a", b" b")):
        with pytest.raises(ValueError, match="no server lets it in") as error:
            require_fields([(b"x-a", b""), field])
        assert repr(field[1]) not in str(error.value)
