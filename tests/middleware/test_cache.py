"""A shared cache in front of handlers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from asgikit import App, Handler, HTTPError, Request, Response, Router, get, json, mount, post, root, websocket
from asgikit.asgi import AnyReceive, AnySend
from asgikit.auth.api_key import APIKey
from asgikit.auth.scheme import optional
from asgikit.config import Secret
from asgikit.conformance import checked
from asgikit.doublesubmit import CSRFTokens
from asgikit.errors import ClientDisconnected, CompositionError
from asgikit.http.conditional import ETag
from asgikit.http.csp import NONCE, ContentSecurityPolicy
from asgikit.middleware.auth import authenticate
from asgikit.middleware.cache import CachePolicy, cache, caching
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf, csrf_token
from asgikit.middleware.etag import etag
from asgikit.middleware.security_headers import SecurityPolicy, nonce, security_headers
from asgikit.middleware.sessions import sessions
from asgikit.sessions.session import Session
from asgikit.stores.memory_cache import MemoryCache
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.testing import Answer, call, play, websocket_scope

FRESH = {"cache-control": "max-age=60"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Origin:
    """A handler that counts its answers, and can be told what to answer and to wait."""

    def __init__(self, headers: Mapping[str, str] = FRESH, **options: Any) -> None:
        self.count = 0
        self.headers = headers
        self.error: Exception | None = None
        self.status = 200
        self.opened: anyio.Event | None = None
        self.clock = Clock()
        policy = CachePolicy(clock=self.clock, **options)
        self.handler: Handler[object] = caching(policy, MemoryCache(clock=self.clock))(self.handle)
        self.app: App[None] = App(self.handler)

    async def handle(self, request: Request[object]) -> Response:
        self.count += 1
        text = f"{self.count} {request.headers.get('cookie')}"
        if self.opened is not None:
            await self.opened.wait()
        if self.error is not None:
            raise self.error
        return Response.text(text, status=self.status, headers=self.headers)

    async def asked(self, method: str = "GET", target: str = "/", **headers: str) -> str:
        answer = await call(self.app, method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return f"{answer.text.partition(' ')[0]}" if answer.status == 200 else str(answer.status)


@get(root)
async def read(request: Request[object]) -> Response:
    return Response.text("x", headers=FRESH)


async def foreign(scope: Any, receive: AnyReceive, send: AnySend) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=60")]})
    await send({"type": "http.response.body", "body": b"x"})


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: cache()(read.handler),
    lambda: read.wrap(cache()),
    lambda: Router(read).wrap(cache()),
    lambda: cache()(Router(read)),
    lambda: Router(mount(root, foreign, lifespan="off")).wrap(cache()),
    lambda: Router(read).wrap(etag()).wrap(cache()).wrap(compress()).wrap(cors("*")),
]


@pytest.mark.parametrize("way", WAYS)
async def test_the_second_answer_is_the_first(way: Callable[[], Handler[object]]) -> None:
    """With its age; around a handler, a route, a router, an application of another framework."""
    app = checked(App(way()))
    first, second = [await call(app) for _ in range(2)]
    assert (first.status, first.text, "age" in first.headers) == (200, "x", False)
    assert (second.status, second.text) == (200, "x")
    assert re.fullmatch("[0-9]", second.headers["age"])


async def test_a_response_is_used_while_it_is_fresh() -> None:
    """And made anew after."""
    origin, seen = Origin(), list[str]()
    for now in (1000, 1059.9, 1060, 1061):
        origin.clock.now = now
        seen.append(await origin.asked())
    assert seen == ["1", "1", "2", "2"]


async def test_each_url_is_kept_apart() -> None:
    """Path, query and host; HEAD is answered from what GET was."""
    origin = Origin()
    seen = [await origin.asked(target=target) for target in ("/a", "/b", "/a?x", "/a")]
    assert seen == ["1", "2", "3", "1"]
    assert await origin.asked(target="/a", host="b.example") == "4"
    head = await call(origin.app, "HEAD", "/a")
    assert (head.body, head.headers["content-length"], origin.count) == (b"", "6", 4)
    assert (await origin.asked("HEAD", "/other"), await origin.asked(target="/other")) == ("", "6")


async def test_what_says_nothing_is_kept_only_where_told() -> None:
    """For the time that is given."""
    silent, told = Origin({}), Origin({}, default_ttl=5)
    assert [await silent.asked(), await silent.asked()] == ["1", "2"]
    assert [await told.asked(), await told.asked()] == ["1", "1"]


@pytest.mark.parametrize("name", ["cookie", "authorization", "x_key"])
async def test_nobody_gets_what_is_somebody_elses(name: str) -> None:
    """Nor what is nobody's where they would get their own: unless it says that it is for all, or varies."""
    private = Origin(credentials=frozenset({"x-key"}))
    assert [await private.asked(**{name: who}) for who in ("ada", "bob", "ada")] == ["1", "2", "3"]
    assert [await private.asked(), await private.asked(**{name: "ada"}), await private.asked()] == ["4", "5", "4"]
    public = Origin({"cache-control": "public, max-age=60"})
    assert [await public.asked(**{name: who}) for who in ("ada", "bob")] == ["1", "1"]
    varied = Origin({**FRESH, "vary": name.replace("_", "-")})
    assert [await varied.asked(**{name: who}) for who in ("ada", "bob", "ada")] == ["1", "2", "1"]
    assert [await varied.asked(), await varied.asked()] == ["3", "3"]


async def test_clients_may_ask_for_fresh_responses() -> None:
    """What they get is kept for others, unless they say that it is not to be."""
    origin = Origin()
    asked = ["", "no-cache", "", "max-age=0", "min-fresh=61", "no-store", "max-age=0, no-store", ""]
    seen = [await origin.asked(**({"cache_control": value} if value else {})) for value in asked]
    assert seen == ["1", "2", "2", "3", "4", "4", "5", "4"]
    firm = Origin(client_directives=False)
    assert [await firm.asked(), await firm.asked(cache_control="no-cache"), await firm.asked(pragma="no-cache")] == ["1"] * 3


async def test_clients_may_ask_for_the_cache_alone() -> None:
    """504, if there is nothing."""
    origin = Origin()
    alone = {"cache_control": "only-if-cached"}
    assert [await origin.asked(**alone), await origin.asked(), await origin.asked(**alone)] == ["504", "1", "1"]


async def test_conditions_and_ranges_are_answered_from_the_cache() -> None:
    """And those of the first request, too, of what is made whole for others."""
    tag = str(ETag("a"))
    origin = Origin({**FRESH, "etag": tag})
    assert [await origin.asked(if_none_match=tag), await origin.asked(if_none_match=tag), await origin.asked()] == [
        "304",
        "304",
        "1",
    ]
    part = await call(origin.app, headers={"range": "bytes=0-0"})
    assert (part.status, part.text, origin.count) == (206, "1", 1)


async def test_a_range_of_what_is_not_there_is_the_handlers_affair() -> None:
    """As a part is of no use to others."""

    async def handler(request: Request[object]) -> Response:
        return Response.text(request.headers.get("range") or "all", headers=FRESH)

    app = App(cache()(handler))
    assert (await call(app, headers={"range": "bytes=0-1"})).text == "bytes=0-1"
    assert (await call(app)).text == "all"


async def test_a_handler_sees_its_request_again_after_it_was_asked_for_the_whole() -> None:
    """What is further out, and what is streamed, has the conditions."""
    seen: list[str | None] = []

    def outside(handler: Handler[object]) -> Handler[object]:
        async def inner(request: Request[object]) -> Response:
            response = await handler(request)
            seen.append(request.headers.get("if-none-match"))
            return response

        return inner

    async def handler(request: Request[object]) -> Response:
        seen.append(request.headers.get("if-none-match"))
        raise HTTPError(404, "no")

    await call(App(outside(cache()(outside(handler)))), headers={"if-none-match": "*"})
    assert seen == [None]
    await call(App(outside(cache()(outside(read.handler)))), headers={"if-none-match": "*"})
    assert seen == [None, None, "*"]


async def test_a_change_is_seen_at_once() -> None:
    """Of what was changed, and of what the response names; a refused one changes nothing."""
    origin = Origin()
    targets = ["/a", "/b", "/c"]
    assert [await origin.asked(target=target) for target in targets] == ["1", "2", "3"]
    origin.headers = {"location": "/b"}
    await origin.asked("DELETE", "/a")
    origin.headers = FRESH
    assert [await origin.asked(target=target) for target in targets] == ["5", "6", "3"]
    origin.status = 409
    await origin.asked("PUT", "/c")
    await origin.asked("OPTIONS", "/a")
    origin.status = 200
    assert [await origin.asked(target=target) for target in targets] == ["5", "6", "3"]


async def together(origin: Origin, count: int, **headers: str) -> list[str]:
    """What so many are answered who ask while the first is being answered."""
    origin.opened = anyio.Event()
    seen: list[str] = []

    async def ask() -> None:
        seen.append(await origin.asked(**headers))

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        origin.opened.set()
    origin.opened = None
    return sorted(seen)


async def test_a_crowd_is_answered_by_one_run() -> None:
    """Of the handler; the others wait."""
    origin = Origin()
    assert (await together(origin, 5), origin.count) == (["1"] * 5, 1)


async def test_a_crowd_waits_once_for_what_cannot_be_kept() -> None:
    """And then not at all."""
    origin = Origin({"cache-control": "no-store"})
    assert await together(origin, 3) == ["1", "2", "3"]
    origin.opened = anyio.Event()
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(origin.asked)
        await anyio.wait_all_tasks_blocked()
        assert origin.count == 6
        origin.opened.set()


async def test_a_crowd_with_credentials_holds_up_nobody_else() -> None:
    """They wait for each other once; what is for all is made once for them, too."""
    private = Origin()
    assert await together(private, 2, cookie="a") == ["1", "2"]
    assert await together(private, 3) == ["3"] * 3
    public = Origin({"cache-control": "public, max-age=60"})
    assert await together(public, 3, cookie="a") == ["1"] * 3


async def test_whoever_makes_it_may_be_cancelled() -> None:
    """Another one does."""
    origin = Origin()
    origin.opened = anyio.Event()
    seen: list[str] = []

    async def ask(scope: anyio.CancelScope) -> None:
        with scope:
            seen.append(await origin.asked())

    async with anyio.create_task_group() as group:
        scopes = [anyio.CancelScope() for _ in range(3)]
        for scope in scopes:
            group.start_soon(ask, scope)
            await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()
        await anyio.wait_all_tasks_blocked()
        assert origin.count == 2
        origin.opened.set()
    assert seen == ["2", "2"]


async def test_an_error_is_each_ones_own() -> None:
    """Those who waited try for themselves, and nothing is kept."""
    origin = Origin()
    origin.error = HTTPError(503, "no")
    assert (await together(origin, 3), origin.count) == (["503"] * 3, 3)
    origin.error = None
    assert await origin.asked() == "4"


@pytest.mark.parametrize("headers", [{}, {"cookie": "a"}])
async def test_what_changes_while_it_is_made_is_not_kept(headers: dict[str, str]) -> None:
    """It may be what was before; whoever asked for it."""
    origin = Origin({"cache-control": "public, max-age=60"})
    slow = anyio.Event()
    origin.opened = slow
    seen: list[str] = []

    async def ask() -> None:
        seen.append(await origin.asked(**headers))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        origin.opened = None
        await origin.asked("PUT")
        slow.set()
    assert (seen, await origin.asked()) == (["1"], "3")


class Slow:
    """A store far away, which takes its time to keep things."""

    def __init__(self) -> None:
        self.kept = MemoryCache()
        self.arrived = anyio.Event()

    async def get(self, key: str, /) -> bytes | None:
        return await self.kept.get(key)

    async def set(self, key: str, value: bytes, seconds: int, /) -> None:
        await self.arrived.wait()
        await self.kept.set(key, value, seconds)

    async def delete(self, key: str, /) -> None:
        await self.kept.delete(key)


async def test_what_changes_on_its_way_to_the_store_is_not_kept() -> None:
    """Though it arrives after it was to be forgotten."""
    store = Slow()

    @post(root)
    async def write(request: Request[object]) -> Response:
        return Response.empty()

    app = App(Router(read, write).wrap(cache(store)))
    async with anyio.create_task_group() as group:
        group.start_soon(call, app)
        await anyio.wait_all_tasks_blocked()
        await call(app, "POST")
        store.arrived.set()
    assert store.kept.size == 0


async def test_what_is_stale_is_used_while_it_is_made_anew() -> None:
    """By the one who got it, behind the response; if that is allowed."""
    origin, seen = Origin({"cache-control": "max-age=60, stale-while-revalidate=60"}), list[str]()
    for now in (1000, 1061, 1062, 1300):
        origin.clock.now = now
        seen.append(await origin.asked())
    assert (seen, origin.count) == (["1", "1", "2", "3"], 3)


async def test_what_is_stale_is_better_than_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """Of ours, and if that is allowed; the log says so."""
    origin = Origin({"cache-control": "max-age=60, stale-if-error=60"})
    assert await origin.asked() == "1"
    origin.clock.now = 1061
    origin.error = ValueError("mine")
    assert await origin.asked() == "1"
    origin.error = HTTPError(503, "no")
    assert await origin.asked() == "1"
    origin.error, origin.status = None, 502
    assert await origin.asked() == "1"
    assert len([record for record in caplog.records if "from the cache" in record.message]) == 3
    origin.error = HTTPError(404, "gone")
    assert await origin.asked() == "404"
    origin.error = ClientDisconnected("gone")
    assert (await call(origin.app, ignore=["HTTP-RESP-020"])).events == []  # it has seen the client leave, and we have not
    origin.error, origin.clock.now = ValueError("mine"), 1121
    assert await origin.asked() == "500"


async def test_a_path_that_another_middleware_has_chosen_is_in_the_key() -> None:
    """Also if it has left the raw one as it was: by a language, say, or by the customer."""

    async def handle(request: Request[object]) -> Response:
        return Response.text(request.path, headers=FRESH)

    cached = cache()(handle)

    async def by_language(request: Request[object]) -> Response:
        return await cached(request.with_scope({**request.scope, "path": f"/{request.headers['accept-language']}/x"}))

    for _ in range(2):
        for language in ("en", "de"):
            assert (await call(App(by_language), target="/x", headers={"accept-language": language})).text == f"/{language}/x"


async def test_a_get_with_content_passes() -> None:
    """What it says is in no key, so it could change what others get."""
    origin = Origin()
    for fields in ({"content-length": "1"}, {"transfer-encoding": "chunked"}):
        await call(origin.app, headers=fields, body=b"x")
    assert [await origin.asked(), await origin.asked(content_length="0")] == ["3", "3"]


async def test_content_that_no_field_announces_is_not_kept_either() -> None:
    """In HTTP/2 none has to: one client could put its own into the page of all others."""

    async def handle(request: Request[object]) -> Response:
        return Response.text(f"<{(await request.body()).decode()}>", headers=FRESH)

    app = App(cache()(handle))
    assert (await call(app, body=b"mine", http_version="2")).text == "<mine>"
    for _ in range(2):
        assert (await call(app, http_version="2")).text == "<>"
    assert "age" in (await call(app, http_version="2")).headers


async def test_streams_and_large_bodies_pass() -> None:
    """Nothing of them is held."""
    made = 0

    async def handler(request: Request[object]) -> Response:
        nonlocal made
        made += 1

        async def chunks() -> AsyncIterator[str]:
            yield "x"

        if request.path == "/s":
            return Response.stream(chunks(), content_type="text/plain", headers=FRESH)
        return Response.text("x" * 11, headers=FRESH)

    app = App(cache(max_body=10)(handler))
    for target in ("/s", "/s", "/b", "/b"):
        assert (await call(app, target=target)).status == 200
    assert made == 4


async def test_handshakes_pass() -> None:
    """There is nothing to keep of them."""

    @websocket(root)
    async def deny(request: Request[object]) -> Response:
        return Response.text("x", status=404, headers=FRESH)

    app = App(deny.wrap(cache()))
    for _ in range(2):
        answer: Answer = await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
        assert b"age" not in dict(answer.events[0]["headers"])


async def test_writing_goes_through_to_the_route() -> None:
    """With its body, and misses and errors as they are."""

    @post(root)
    async def write(request: Request[object]) -> Response:
        return Response.text(str(await request.body()))

    app = App(Router(read, write).wrap(cache()))
    assert (await call(app, "POST", body=b"abc")).text == "b'abc'"
    assert [(await call(app, "PUT")).status, (await call(app, target="/no")).status] == [405, 404]


def test_what_is_no_store_is_refused() -> None:
    """And one text where there should be several."""
    with pytest.raises(CompositionError, match="no store"):
        cache({})  # type: ignore[arg-type]  # what is tested
    with pytest.raises(ValueError, match=r"write \['x-key'\]"):
        cache(credentials="x-key")


@dataclass(frozen=True)
class Place:
    """A middleware that knows who asks, and what a handler in it answers."""

    around: Callable[[Handler[Any]], Handler[object]]
    answer: Callable[[Request[Any]], Awaitable[str]]


async def _key(request: Request[object], key: str) -> str | None:
    return key


async def _named(request: Request[Any]) -> str:
    user: str = request.state.user
    return user


async def _counted(request: Request[Any]) -> str:
    session: Session[int] = request.state.session
    session.update(lambda count: count + 1)
    return await session.key() or "new"


async def _token(request: Request[Any]) -> str:
    return csrf_token(request)


async def _nonced(request: Request[Any]) -> str:
    return nonce(request)


PLACES: dict[str, Callable[[], Place]] = {
    "authenticate": lambda: Place(authenticate(APIKey(_key, header="x-key")), _named),
    "sessions": lambda: Place(sessions(MemorySessions(), json(int), default=0), _counted),
    "csrf": lambda: Place(csrf(tokens=CSRFTokens(keys=Secret("k-0123456789abcdef-0123456789abcdef"))), _token),
    "nonce": lambda: Place(security_headers(SecurityPolicy(csp=ContentSecurityPolicy(script_src=(NONCE,)))), _nonced),
}


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", PLACES)
async def test_what_is_for_one_client_is_kept_for_nobody(name: str, inside: bool) -> None:
    """On whichever side of what knows who asks the cache is, and however long the response is fresh."""
    place, runs = PLACES[name](), list[str]()

    async def handle(request: Request[Any]) -> Response:
        runs.append(await place.answer(request))
        return Response.text("x", headers=FRESH)

    keep = cache(default_ttl=60)
    app = App(place.around(keep(handle)) if inside else keep(place.around(handle)))
    answers = [await call(app, headers={"x-key": key}) for key in ("ada", "bob")]
    assert ([answer.status for answer in answers], len(runs)) == ([200, 200], 2)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", ["authenticate", "nonce"])
async def test_what_is_for_everybody_is_kept_all_the_same(name: str, inside: bool) -> None:
    """If it says so."""
    place, runs = PLACES[name](), list[str]()

    async def handle(request: Request[Any]) -> Response:
        runs.append(await place.answer(request))
        return Response.text("x", headers={"cache-control": "public, max-age=60"})

    app = App(place.around(cache()(handle)) if inside else cache()(place.around(handle)))
    for key in ("ada", "bob"):
        await call(app, headers={"x-key": key})
    assert len(runs) == 1


async def test_who_is_known_gets_nothing_that_was_made_for_strangers() -> None:
    """Only what is for everybody."""

    async def handle(request: Request[Any]) -> Response:
        return Response.text(request.state.user or "stranger", headers=FRESH)

    app = App(authenticate(optional(APIKey(_key, header="x-key")))(cache()(handle)))
    texts = [(await call(app, headers={"x-key": key} if key else {})).text for key in ("", "ada", "")]
    assert texts == ["stranger", "ada", "stranger"]


class Broken:
    """A store that is not to be reached."""

    async def get(self, key: str) -> bytes | None:
        raise ConnectionError("no store")

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        raise ConnectionError("no store")

    async def delete(self, key: str) -> None:
        raise ConnectionError("no store")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_store_that_fails_fails_no_request(method: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the handler answers: as if nothing were kept."""

    async def fresh(request: Request[object]) -> Response:
        return Response.text("made", headers={"cache-control": "max-age=60"})

    answer = await call(App(cache(Broken())(fresh)), method, headers={"host": "example.com"})
    assert (answer.status, answer.text, answer.error) == (200, "made", None)
    assert "the store of the cache failed" in caplog.text
