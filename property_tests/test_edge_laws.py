"""Laws of the edge: whatever a client and a server do within the specification, the answer is legal and no 5xx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import quote

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Request, Response, Router, after, cookie, form, get, header, json, param, post, query, rest, root
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from asgikit.testing import Answer, call, play


class Mood(Enum):
    HAPPY = "happy"


@dataclass(frozen=True)
class Item:
    name: str
    count: int = 0


@get(root)
async def home(request: Request[object]) -> Response:
    return Response.html("<p>" + "hello " * 200)


@get(root / "items" / param("id", int) / param("mood", Mood)).takes(query(Item)).takes(header("x-count", int, default=0))
async def show(request: Request[object], id: int, mood: Mood, item: Item, count: int) -> Response:
    return Response.json({"url": str(request.url), "cookies": dict(request.cookies), "path": request.path})


@post(root / "items").takes(json(Item)).returns(json(Item, status=201))
async def create(request: Request[object], item: Item) -> Item:
    return item


@post(root / "forms").takes(form(Item)).takes(cookie("session", str, default=""))
async def fill(request: Request[object], item: Item, session: str) -> Response:
    return Response.text(item.name)


@post(root / "echo")
async def echo(request: Request[object]) -> Response:
    return Response.stream(request.stream())


@post(root / "json")
async def back(request: Request[object]) -> Response:
    return Response.json(await request.json())


@get(root / "stream" / rest("tail"))
async def stream(request: Request[object], tail: str) -> Response:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(5):
            yield tail
            await anyio.lowlevel.checkpoint()

    return Response.stream(chunks(), content_type="text/plain")


@get(root / "nothing")
async def nothing(request: Request[object]) -> Response:
    return Response.text("not to be sent", status=304)


def stamp(request: Request[object], response: Response) -> Response:
    return response.with_header("x-stamp", "yes")


APP = App(
    Router(home, show, create, fill, echo, back, stream, nothing)
    .wrap(compress())
    .wrap(cors(["https://a.com"]))
    .wrap(after(stamp))
)

targets = st.one_of(
    st.sampled_from(
        ["/", "/items", "/items/3/happy", "/items/03/happy", "/forms", "/echo", "/json", "/stream/a/b", "/nothing", "/none/", "*"]
    ),
    st.text(max_size=10).map("/stream/".__add__),
    st.text(max_size=10).map("/".__add__),
)
FIELDS = [
    "host",
    "accept-encoding",
    "content-type",
    "content-length",
    "origin",
    "cookie",
    "x-count",
    "accept",
    "access-control-request-method",
]
VALUES = [
    "a.com",
    "gzip",
    "gzip;q=0",
    "identity;q=0",
    "application/json",
    "application/x-www-form-urlencoded",
    "https://a.com",
    "a=b; c",
    "3",
    '"',
    "",
]
fields = st.lists(
    st.tuples(st.sampled_from(FIELDS).map(str.encode), st.one_of(st.sampled_from(VALUES).map(str.encode), st.binary(max_size=8)))
)
bodies = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b'{"name":"x"}', b"name=x&count=3", b"[" * 2000, b'{"name":"\\ud800"}', b'["\xff"]', b"1e999"]),
)
optional: dict[str, st.SearchStrategy[Any]] = {
    "scheme": st.sampled_from(["http", "https"]),
    "root_path": st.sampled_from(["", "/mnt", "/items"]),
    "client": st.sampled_from([None, ["1.2.3.4", 5], ("::1", 5)]),
    "server": st.sampled_from([None, ["h", 80], ["/socket", None]]),
    "extensions": st.sampled_from([{}, {"unknown": {}}]),
    "state": st.just({}),
    "unknown": st.just(object()),
}


@st.composite
def scopes(draw: st.DrawFn) -> dict[str, Any]:
    """Any legal scope: optional keys present, absent, or None where that is their default."""
    path = draw(targets)
    pairs = draw(fields)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": draw(
            st.sampled_from(
                [{"version": "3.0"}, {"version": "3.0", "spec_version": "2.0"}, {"version": "3.0", "spec_version": "2.5"}]
            )
        ),
        "http_version": draw(st.sampled_from(["1.0", "1.1", "2"])),
        "method": draw(st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "WEBSOCKET", "BREW"])),
        "path": path,
        "query_string": draw(
            st.one_of(st.binary(max_size=10), st.sampled_from([b"", b"name=x", b"name=x&count=y", b"name=%ff"]))
        ),
        "headers": draw(st.sampled_from([list, tuple, iter]))(pairs),
    }
    raw = draw(st.sampled_from(["absent", "none", "given"]))
    if raw != "absent":
        scope["raw_path"] = quote(path, safe="/*", errors="surrogatepass").encode() if raw == "given" else None
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    return scope | {key: draw(optional[key]) for key in sorted(chosen)}


def cut(body: bytes, places: list[int]) -> Iterator[bytes]:
    ends = sorted({place % (len(body) + 1) for place in places} | {len(body)})
    for start, end in zip([0, *ends], ends, strict=False):
        yield body[start:end]


def require_legal(answer: Answer, method: str) -> None:
    """The order of messages, and what HTTP demands of them (www, Response Start and Response Body)."""
    assert answer.error is None
    start, *bodies = answer.events
    assert start["type"] == "http.response.start"
    assert type(start["headers"]) is list
    assert 200 <= start["status"] < 500
    for name, value in start["headers"]:
        assert name == name.lower()
        assert not set(value) & {0, 10, 13}
    assert all(event["type"] == "http.response.body" for event in bodies)
    assert [event.get("more_body", False) for event in bodies[:-1]] == [True] * (len(bodies) - 1)
    silent = method == "HEAD" or start["status"] in {204, 205, 304}
    assert not (silent and answer.body)
    length = answer.headers.get("content-length")
    if length is not None and not silent:
        assert int(length) == len(answer.body)
    assert answer.headers.get_all("x-stamp") == ("yes",)


@given(scopes(), bodies, st.lists(st.integers(0, 100), max_size=4), st.sampled_from(["asyncio", "trio"]))
def test_every_request_has_a_legal_answer(scope: dict[str, Any], body: bytes, places: list[int], backend: str) -> None:
    """For any scope, and a body cut anywhere, whether it is read or not."""
    chunks = list(cut(body, places))
    events = [{"type": "http.request", "body": c, "more_body": i < len(chunks) - 1} for i, c in enumerate(chunks)]
    answer = anyio.run(play, APP, scope, events, backend=backend)
    require_legal(answer, scope["method"])
    assert answer.events[-1].get("more_body", False) is False


@given(scopes(), bodies, st.integers(0, 3), st.integers(1, 5), st.sampled_from(["asyncio", "trio"]))
def test_a_client_may_leave_at_any_time(scope: dict[str, Any], body: bytes, sent: int, leaves: int, backend: str) -> None:
    """Before the end of its request or in the middle of the answer: what was sent until then is legal, and nothing is raised."""
    events: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": True}] * sent

    async def run() -> Answer:
        return await play(APP, scope, [*events, {"type": "http.disconnect"}], leaves_after=leaves)

    answer = anyio.run(run, backend=backend)
    assert answer.error is None
    if answer.events:
        start, *_ = answer.events
        assert start["status"] < 500


@given(bodies, st.lists(st.integers(0, 100), max_size=6), st.sampled_from(["/json", "/items", "/forms", "/echo"]))
def test_how_a_body_is_cut_changes_nothing(body: bytes, places: list[int], target: str) -> None:
    """The answer is that to the body in one piece."""
    kind = "application/x-www-form-urlencoded" if target == "/forms" else "application/json"

    def answer(chunks: list[bytes]) -> tuple[int, bytes]:
        done = anyio.run(partial(call, APP, "POST", target, body=chunks, headers={"content-type": kind}))
        return done.status, done.body

    assert answer(list(cut(body, places))) == answer([body])
