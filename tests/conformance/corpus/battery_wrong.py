"""Applications that are right as long as requests are plain: what they fail at is legal too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.conformance.corpus.model import App, WrongUnderBattery, body, ids, start


async def read(receive: Any) -> Any:
    """The body, as it should be read; ConnectionError if the client leaves before its end."""
    data, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client has left")
        if message["type"] != "http.request":
            raise ValueError(f"unknown event {message['type']}")
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return data


async def whole(send: Any, data: bytes, status: int = 200) -> None:
    """A whole answer."""
    await send(start(status, [[b"content-length", b"%d" % len(data)]]))
    await send(body(data))


def page(view: Callable[[Any], object]) -> App:
    """An application that is right in everything but perhaps its view of the scope, whose text it answers with."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("only HTTP is served")
        text = str(view(scope)).encode()
        await read(receive)
        await whole(send, text)

    return app


def taking(reader: Callable[[Any], Any]) -> App:
    """An application that is right in everything but perhaps how it reads the body, which it sends back."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("only HTTP is served")
        await whole(send, await reader(receive))

    return app


def pair(view: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A view of the address of the client, where there is one."""
    return lambda scope: view(*scope["client"]) if "client" in scope else ""


class Request:
    """A scope whose keys are all known."""

    def __init__(
        self, type: str, asgi: Any, http_version: str, method: str, path: str, query_string: bytes, headers: Any, **rest: Any
    ) -> None:
        """Takes no key that is not there."""
        if unknown := rest.keys() - {"scheme", "raw_path", "root_path", "client", "server", "extensions", "state"}:
            raise TypeError(f"unknown keys {unknown}")
        self.name = f"{method} {path}"


def strict_asgi(version: str = "2.0", spec_version: str = "2.0") -> str:
    """No key is unknown."""
    return ""


def named(scope: Any, name: bytes) -> Any:
    """The value of a field whose name is thought to be in lower case."""
    return dict(map(tuple, scope["headers"])).get(name, b"")


def lower(scope: Any) -> dict[bytes, bytes]:
    """All fields, by names in lower case; the last of each."""
    return {name.lower(): value for name, value in scope["headers"]}


def at_root(scope: Any) -> str:
    """Routes by path alone."""
    if scope["path"] != "/items":
        raise LookupError(scope["path"])
    return "items"


def known_extensions(scope: Any) -> str:
    """Only extensions that are known may be offered."""
    if unknown := set(scope.get("extensions") or {}) - {"tls", "http.response.push"}:
        raise ValueError(f"unknown extensions {unknown}")
    return ""


def rest_of(scope: Any) -> Any:
    """A list, to which one more pair is added."""
    return len(scope["headers"] + [[b"x-a", b"b"]])


SCOPES: Iterable[tuple[str, str, Callable[[Any], object], str]] = [
    ("needs root_path", "CORE-SCOPE-009", lambda scope: scope["root_path"], ""),
    ("needs raw_path", "CORE-SCOPE-009", lambda scope: scope["raw_path"] is None, ""),
    ("needs scheme", "HTTP-SCOPE-032", lambda scope: scope["scheme"], ""),
    ("needs client", "CORE-SCOPE-009", lambda scope: scope["client"] is None, ""),
    ("needs server", "CORE-SCOPE-009", lambda scope: scope["server"] is None, ""),
    ("needs client, or fails with 500", "CORE-SCOPE-009", lambda scope: 1 // ("client" in scope), ""),
    ("knows all keys", "CORE-SCOPE-006", lambda scope: Request(**scope).name, ""),
    ("knows all keys of asgi", "CORE-SCOPE-006", lambda scope: strict_asgi(**scope["asgi"]), ""),
    ("needs spec_version", "CORE-SCOPE-007", lambda scope: scope["asgi"]["spec_version"], ""),
    ("needs version", "CORE-SCOPE-007", lambda scope: scope["asgi"]["version"][0], ""),
    ("needs 2.4", "CORE-SCOPE-007", lambda scope: 1 // (scope["asgi"].get("spec_version", "2.4") >= "2.4"), ""),
    ("raw_path is bytes", "CORE-SCOPE-010", lambda scope: scope.get("raw_path", b"").decode(), ""),
    ("the client is known", "HTTP-SCOPE-025", pair(lambda host, port: host), ""),
    ("the server has a port", "HTTP-SCOPE-025", lambda scope: scope["server"][1] + 1 if scope.get("server") else "", ""),
    ("the server is known", "HTTP-SCOPE-025", lambda scope: scope.get("server", ["", 0])[0], ""),
    ("the host is known", "HTTP-SCOPE-025", lambda scope: lower(scope)[b"host"], ""),
    ("needs extensions", "CORE-EXT-007", lambda scope: "tls" in scope["extensions"], ""),
    ("knows all extensions", "CORE-EXT-007", known_extensions, ""),
    ("names in lower case", "HTTP-SCOPE-017", lambda scope: named(scope, b"user-agent"), ""),
    ("host in lower case", "HTTP-SCOPE-017", lambda scope: named(scope, b"host") or 1 // 0, "HTTP-SCOPE-025"),
    ("the last cookie", "HTTP-SCOPE-021", lambda scope: lower(scope).get(b"cookie", b""), ""),
    (
        "the first cookie",
        "HTTP-SCOPE-021",
        lambda scope: next((value for name, value in scope["headers"] if name.lower() == b"cookie"), b""),
        "",
    ),
    (
        "cookies with commas",
        "HTTP-SCOPE-021",
        lambda scope: b", ".join(value for name, value in scope["headers"] if name.lower() == b"cookie"),
        "",
    ),
    ("headers are a list", "HTTP-SCOPE-022", rest_of, ""),
    ("pairs are lists", "HTTP-SCOPE-022", lambda scope: len([each.copy() for each in scope["headers"]]), ""),
    ("needs state", "LIFE-STATE-006", lambda scope: scope["state"], ""),
]
CASES = [WrongUnderBattery(f"scope: {name}", rule, page(view), "GET /?a=1", ids(also)) for name, rule, view, also in SCOPES]
CASES.append(WrongUnderBattery("scope: behind a prefix", "HTTP-SCOPE-014", page(at_root), "GET /items"))


async def first_piece(receive: Any) -> Any:
    """One event is all."""
    message = await receive()
    if message["type"] != "http.request":
        raise ConnectionError(message["type"])
    return message.get("body", b"")


async def needs_more(receive: Any) -> Any:
    """Both keys are there."""
    data, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError(message["type"])
        data += message.get("body", b"")
        more = message["more_body"]
    return data


async def needs_body(receive: Any) -> Any:
    """Both keys are there, seen from the other side."""
    data, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError(message["type"])
        data += message["body"]
        more = message.get("more_body", False)
    return data


async def until_empty(receive: Any) -> Any:
    """An empty piece is the end."""
    data = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError(message["type"])
        data += message.get("body", b"")
        if not message.get("body") or not message.get("more_body"):
            return data


async def the_last_wins(receive: Any) -> Any:
    """Pieces are not put together."""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError(message["type"])
        if not message.get("more_body"):
            return message.get("body", b"")


async def until_no_more(receive: Any) -> Any:
    """Whatever has no more_body is the end, a disconnect too."""
    data = b""
    while True:
        message = await receive()
        data += message.get("body", b"")
        if not message.get("more_body"):
            return data


async def any_event(receive: Any) -> Any:
    """Whatever it is, it is a request; only leaving is looked for."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ConnectionError("the client has left")
    data = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client has left")
        data += message.get("body", b"")
    return data


async def by_keywords(receive: Any) -> Any:
    """A function of the keys that are known."""

    def take(type: str, body: bytes = b"", more_body: bool = False) -> tuple[str, bytes, bool]:
        return type, body, more_body

    data, more = b"", True
    while more:
        kind, piece, more = take(**await receive())
        if kind != "http.request":
            raise ConnectionError(kind)
        data += piece
    return data


async def sized(scope: Any, receive: Any, send: Any) -> None:
    """Reads as much as Content-Length says."""
    if scope["type"] != "http":
        raise ValueError("only HTTP is served")
    length = int(lower(scope).get(b"content-length", b"0"))
    data = await read(receive) if length else b""
    await whole(send, data[:length])


async def changes(receive: Any) -> Any:
    """Takes the piece out of the event."""
    message = await receive()
    if message["type"] != "http.request":
        raise ConnectionError(message["type"])
    data = message.pop("body", b"")
    return data + await read(receive) if message.get("more_body") else data


BODIES: Iterable[tuple[str, str, Any, str, str]] = [
    ("one event", "HTTP-REQ-006", first_piece, "POST /echo", "CORE-ERR-002 HTTP-REQ-007 HTTP-REQ-004 HTTP-REQ-009"),
    ("the last event", "HTTP-REQ-006", the_last_wins, "POST /echo", "CORE-ERR-002 HTTP-REQ-007 HTTP-REQ-004 HTTP-REQ-009"),
    ("needs more_body", "HTTP-REQ-004", needs_more, "POST /echo", ""),
    ("needs more_body, without a body", "HTTP-REQ-004", needs_more, "GET /", ""),
    ("needs body", "HTTP-REQ-004", needs_body, "POST /echo", ""),
    ("needs body, without one", "HTTP-REQ-004", needs_body, "GET /", ""),
    ("until empty", "HTTP-REQ-007", until_empty, "POST /echo", "HTTP-REQ-004"),
    ("a disconnect is the end", "HTTP-REQ-013", until_no_more, "POST /echo", "CORE-ERR-002"),
    ("any event is a piece", "CORE-ERR-002", any_event, "POST /echo", ""),
    ("knows all keys", "CORE-MSG-010", by_keywords, "POST /echo", ""),
    ("changes its events", "CORE-MSG-011", changes, "POST /echo", "CORE-ERR-002"),
]
CASES += [
    WrongUnderBattery(f"body: {name}", rule, taking(reader), where, ids(also)) for name, rule, reader, where, also in BODIES
]
CASES.append(WrongUnderBattery("body: its length is needed", "HTTP-REQ-009", sized, "POST /echo"))
