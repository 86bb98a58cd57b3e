"""Applications as values: one that is wrong in one way, or legal but unusual, and what both are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asgikit.conformance.scenario import Action, Deliver, Leave, Once, Scenario

App = Callable[..., Any]
Wrap = Callable[[App], App]

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wrong:
    """An application that breaks one rule in this scenario; `also` are rules that may fairly be reported beside it."""

    name: str
    rule: str
    app: App
    scenario: Scenario
    blame: str = "app"
    also: frozenset[str] = NONE
    hangs: bool = False
    """It never ends by itself: the driver need not wait long for that."""
    asyncio_only: bool = False


@dataclass(frozen=True)
class Legal:
    """An application of which nothing may be said in this scenario, but in notes."""

    name: str
    app: App
    scenario: Scenario


@dataclass(frozen=True)
class WrongUnderBattery:
    """An application that is right as long as requests are plain; the battery has to find out."""

    name: str
    rule: str
    app: App
    where: str
    also: frozenset[str] = NONE
    grace: float = 2.0


@dataclass(frozen=True)
class LegalUnderBattery:
    """A small application as people write them, which takes whatever is legal."""

    name: str
    app: App
    where: str


@dataclass(frozen=True)
class WrongMiddleware:
    """A middleware that breaks one law around an honest application."""

    name: str
    rule: str
    wrap: Wrap
    also: frozenset[str] = NONE
    grace: float = 2.0


@dataclass(frozen=True)
class LegalMiddleware:
    """A middleware that may do what it does."""

    name: str
    wrap: Wrap


ABSENT = object()
"""The key is left out."""


def changed(scope: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The scope with keys changed, added or, if ABSENT, left out; `spec` is the spec_version."""
    if "spec" in changes:
        spec = changes.pop("spec")
        scope["asgi"] = {"version": "3.0"} if spec is ABSENT else {"version": "3.0", "spec_version": spec}
    if isinstance(names := changes.get("extensions"), str):
        changes["extensions"] = {name: {} for name in names.split()}
    return {key: value for key, value in (scope | changes).items() if value is not ABSENT}


def http(method: str = "GET", path: str = "/", **changes: Any) -> dict[str, Any]:
    """The scope of a request; `extensions` may be names with blanks between."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [[b"host", b"example.org"]],
        "client": ["192.0.2.1", 50000],
        "server": ["192.0.2.2", 80],
    }
    return changed(scope, changes)


def websocket(**changes: Any) -> dict[str, Any]:
    """The scope of a WebSocket whose client offers two subprotocols."""
    scope = http() | {"type": "websocket", "scheme": "ws", "subprotocols": ["chat", "soap"]}
    del scope["method"]
    return changed(scope, changes)


def lifespan(**changes: Any) -> dict[str, Any]:
    """The scope of a lifespan."""
    return changed({"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}, changes)


def exchange(scope: dict[str, Any] | None = None, *actions: Action) -> Scenario:
    """A scenario; by default of a plain GET."""
    return Scenario(scope=http() if scope is None else scope, actions=actions)


def piece(body: bytes = b"", more: bool = False) -> Deliver:
    """A piece of a request body."""
    return Deliver({"type": "http.request", "body": body, "more_body": more})


def says(text: str) -> Deliver:
    """A message of a WebSocket client."""
    return Deliver({"type": "websocket.receive", "text": text})


PLAIN = exchange()
HEAD = exchange(http("HEAD"))
SOCKET = exchange(websocket())
CHAT = exchange(websocket(), says("hello"), Leave(code=1000))
LIFE = exchange(lifespan())

RECEIVE = object()
"""In a script: `receive()` is called."""


@dataclass(frozen=True)
class Made:
    """In a script: a value that is made anew for each call, and what to do with it afterwards."""

    make: Callable[[], Any]
    after: Callable[[Any], object] = lambda value: None


def fresh(value: Any, made: list[tuple[Made, Any]]) -> Any:
    """A copy in which each `Once` is a new generator, and each `Made` is made."""
    if isinstance(value, Made):
        made.append((value, one := value.make()))
        return one
    if isinstance(value, Once):
        return (fresh(item, made) for item in value.items)
    if type(value) is dict:
        return {key: fresh(item, made) for key, item in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(fresh(item, made) for item in value)
    return value


def script(*steps: Any) -> App:
    """An application that does these steps: RECEIVE, a message to send, an exception to raise, or an async callable."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        made: list[tuple[Made, Any]] = []
        for step in steps:
            if step is RECEIVE:
                await receive()
            elif isinstance(step, Exception):
                raise step
            elif callable(step):
                await step(scope, receive, send)
            else:
                await send(fresh(step, made))
        for value, one in made:
            value.after(one)

    return app


def start(status: Any = 200, headers: Any = ABSENT, **more: Any) -> dict[str, Any]:
    """A response start."""
    return {"type": "http.response.start", "status": status} | ({} if headers is ABSENT else {"headers": headers}) | more


def body(data: Any = ABSENT, more: Any = ABSENT, **others: Any) -> dict[str, Any]:
    """A piece of a response."""
    message = {"type": "http.response.body", "body": data, "more_body": more, **others}
    return {key: value for key, value in message.items() if value is not ABSENT}


def event(type: str, **keys: Any) -> dict[str, Any]:
    """Any other message."""
    return {"type": type, **keys}


def ids(text: str) -> frozenset[str]:
    """Rules, written with blanks between."""
    return frozenset(text.split())


ACCEPT = event("websocket.accept")
CLOSE = event("websocket.close")
COMPLETE = event("lifespan.startup.complete")
FAILED = event("lifespan.startup.failed")
DONE = event("lifespan.shutdown.complete")
STATED = [[b"content-type", b"text/plain"]]

Handler = Callable[[Any, Any, Any], Awaitable[None]]
