"""asgikit's own edge, routers, bodies and middleware under the conformance kit: whatever is legal, no rule is broken.

`make fuzz` drives at least 200,000 exchanges here.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import given, settings
from hypothesis import strategies as st

from asgikit import App, Middleware, Request, Response, Router, WebSocket, every, form, get, json, param, post, rest, root
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.stateful import exchange_machine
from asgikit.conformance.strategies import scenarios
from asgikit.http.sse import ServerSentEvent
from asgikit.static import static_files
from tests.shelf import SHELF

FILES = Path(tempfile.mkdtemp(prefix="asgikit-laws-"))
(FILES / "index.html").write_bytes(b"<p>" + b"static " * 500)


@dataclass(frozen=True)
class Item:
    name: str
    count: int = 0


@get(root)
async def home(request: Request[object]) -> Response:
    return Response.html("<p>" + "hello " * 200)


@get(root / "items" / param("id", int))
async def show(request: Request[object], id: int) -> Response:
    return Response.json({"id": id, "path": request.path, "cookies": dict(request.cookies)})


@post(root / "items").takes(json(Item)).returns(json(Item, status=201))
async def create(request: Request[object], item: Item) -> Item:
    return item


@post(root / "forms").takes(form(Item))
async def fill(request: Request[object], item: Item) -> Response:
    return Response.text(item.name)


@post(root / "uploads")
async def upload(request: Request[object]) -> Response:
    data = await request.form()
    return Response.text(" ".join(data.grouped()))


@post(root / "echo")
async def echo(request: Request[object]) -> Response:
    return Response.stream(request.stream())


async def letters() -> AsyncIterator[str]:
    for letter in "abcdefgh" * 20:
        yield letter * 20


async def news() -> AsyncIterator[ServerSentEvent]:
    for number in range(20):
        yield ServerSentEvent(str(number), id=str(number))


@get(root / "stream")
async def stream(request: Request[object]) -> Response:
    return Response.stream(letters())


@get(root / "events")
async def events(request: Request[object]) -> Response:
    return Response.sse(news())


@get(root / "file")
async def file(request: Request[object]) -> Response:
    return await Response.file(FILES / "index.html")


@get(root / "then")
async def later(request: Request[object]) -> Response:
    return Response.text("now").then(str)


@get(root / "ws")
async def ws(request: Request[object]) -> Response:
    async def session(socket: WebSocket[Any, Any]) -> None:
        async for message in socket:
            await socket.send(message)

    return Response.upgrade(session)


@asynccontextmanager
async def lifespan() -> AsyncIterator[dict[str, int]]:
    yield {"a": 1}


assets = get(root / "static" / rest("path"), name="static")(static_files(FILES))
ROUTES: Any = Router(home, show, create, fill, upload, echo, stream, events, file, later, ws, assets)
# All but those that nearly every made-up request would end at.
GUARDS = {"auth", "permissions", "https_redirect", "ip_allow", "trusted_hosts", "csrf tokens"}
ALL: Middleware = every(*(make() for name, make in SHELF.items() if name not in GUARDS))
BARE = App(ROUTES)
FULL = App(ROUTES.wrap(ALL))
LIVING = App(ROUTES, lifespan=lifespan)
APPS = {"bare": BARE, "with every middleware": FULL}

PLACES = (
    *("GET /", "HEAD /", "OPTIONS /", "GET /items/1", "POST /items", "POST /forms", "POST /uploads", "POST /echo"),
    *(
        "GET /stream",
        "GET /events",
        "GET /file",
        "GET /then",
        "GET /static/index.html",
        "GET /nowhere",
        "WS /ws",
        "WS /",
        "lifespan",
    ),
)
FIELDS = (
    (b"origin", b"https://a.example"),
    (b"accept-encoding", b"gzip"),
    (b"if-none-match", b"*"),
    (b"range", b"bytes=0-9,20-"),
    (b"content-encoding", b"gzip"),
    (b"access-control-request-method", b"POST"),
    (b"cache-control", b"no-cache"),
    (b"forwarded", b"for=192.0.2.1;proto=https"),
    (b"sec-fetch-site", b"cross-site"),
    (b"x-http-method-override", b"DELETE"),
    (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    (b"cookie", b"__Host-session=x; session=y"),
    (b"accept", b"application/problem+json, text/html;q=0.5"),
)
"""Fields that middleware reads, whether or not the rest of the request makes sense of them."""

EACH = max(settings().max_examples * 6000 // 5000, 40) if settings().max_examples > 1000 else 40
"""Twice the examples of each of 68 laws, which makes 204,000 with `make fuzz`."""


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def portal(request: pytest.FixtureRequest) -> Iterator[BlockingPortal]:
    """One event loop for all examples."""
    with start_blocking_portal(request.param) as portal:
        yield portal


def broken(done: Drive) -> list[str]:
    return [str(violation) for violation in done.violations if violation.level != "note"]


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("where", PLACES)
def test_no_rule_is_broken(portal: BlockingPortal, where: str, name: str) -> None:
    """And nothing but the client makes an exchange fail."""
    few = st.lists(st.sampled_from(FIELDS), max_size=2, unique=True)

    @settings(max_examples=EACH // 2)
    @given(few.flatmap(lambda fields: scenarios(where, headers=fields)))
    def law(scenario: Scenario) -> None:
        done = portal.call(drive, LIVING if where == "lifespan" else APPS[name], scenario)
        assert broken(done) == []
        assert (done.status or 200) < 500, done.error
        assert done.outcome != "hung"

    law()


@pytest.mark.parametrize("where", ["POST /echo", "GET /stream", "WS /ws", "lifespan"])
def test_no_order_of_events_breaks_a_rule(where: str) -> None:
    """A rule-based machine plays the server, step by step."""
    machine = exchange_machine(LIVING if where == "lifespan" else FULL, where)
    machine.TestCase.settings = settings(max_examples=EACH // 4, stateful_step_count=12)
    machine.TestCase().runTest()
