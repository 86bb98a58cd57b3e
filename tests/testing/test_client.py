"""AsyncClient, as an author of an application uses it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from asgikit import App, Request, Response, Router, get, post, root
from asgikit.asgi import Receive, Scope, Send
from asgikit.conformance import ConformanceError
from asgikit.testing import AsyncClient, LifespanFailed, NoAnswer, NotRunning
from asgikit.testing.library import Library, RequestOptions
from tests.testing.apps import body, echo, keeping, sending, start

pytestmark = pytest.mark.virtual_time


@dataclass(frozen=True)
class State:
    name: str


@get(root / "name")
async def name(request: Request[State]) -> Response:
    return Response.text(request.state.name)


@post(root / "sign-in")
async def sign_in(request: Request[object]) -> Response:
    return Response.redirect("/who", status=303).with_added_header("set-cookie", "who=ada; Path=/")


@get(root / "who")
async def who(request: Request[object]) -> Response:
    return Response.text(request.cookies.get("who") or "nobody")


@asynccontextmanager
async def lifespan() -> AsyncGenerator[State]:
    yield State("ada")


app = App(Router(name, sign_in, who), lifespan=lifespan)


async def test_the_lifespan_runs_around_the_block() -> None:
    """So that the state is there."""
    async with AsyncClient(app) as client:
        assert (await client.get("/name")).text == "ada"


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_both_libraries_fit(library: Library[Any]) -> None:
    """Cookies, redirects, fields, bodies: all of the library's own."""
    async with AsyncClient(app, library=library, follow_redirects=True) as client:
        response = await client.post("/sign-in")
        assert isinstance(response, library.Response)  # type: ignore[arg-type]  # a class, called through its Protocol as a function
        assert (response.status_code, response.text, response.url.path) == (200, "ada", "/who")
        assert dict(client.cookies) == {"who": "ada"}
        client.cookies.clear()
        client.cookies.set("who", "bob")
        assert (await client.get("/who")).text == "bob"


async def test_a_redirect_is_the_response_unless_it_is_to_be_followed() -> None:
    """As in httpx; a single request can differ."""
    async with AsyncClient(app) as client:
        assert (await client.post("/sign-in")).status_code == 303
        assert (await client.post("/sign-in", follow_redirects=True)).text == "ada"


@pytest.mark.parametrize("where", ["client", "stream"])
async def test_a_redirect_without_end_is_not_read_without_end(where: str) -> None:
    """Also where the response behind it is to be streamed: the library reads what it follows."""

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", b"/")]})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await anyio.sleep(0.01)

    async with AsyncClient(endless, lifespan="off", timeout=0.1, follow_redirects=where == "client") as client:
        options: RequestOptions = {} if where == "client" else {"follow_redirects": True}
        with pytest.raises(NoAnswer):
            async with client.stream("GET", "/", **options):
                pass


PAUSE = 0.005


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends for ever, whatever is asked for."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    while True:
        if scope["type"] == "websocket":
            await send({"type": "websocket.send", "text": "x"})
        else:
            await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})
        await anyio.sleep(PAUSE)


async def read_stream(client: AsyncClient) -> None:
    async with client.stream("GET", "/") as response:
        await response.aread()


async def read_events(client: AsyncClient) -> None:
    async with client.events("/") as events:
        async for _ in events:
            pass


async def read_messages(client: AsyncClient) -> None:
    async with client.websocket("/") as ws:
        async for _ in ws:
            pass


@pytest.mark.parametrize("read", [read_stream, read_events, read_messages])
async def test_what_is_sent_without_end_is_not_read_without_end(read: Callable[[AsyncClient], Awaitable[None]]) -> None:
    """However it is read: a test that waits for ten times the limit has no hope."""
    async with AsyncClient(busy, lifespan="off", timeout=0.1) as client:
        with pytest.raises(NoAnswer, match="without an end"):
            await read(client)


@pytest.mark.virtual_time(False)  # which stands still where something always runs
@pytest.mark.parametrize("read", [read_stream, read_events, read_messages])
async def test_what_is_sent_without_end_can_be_cancelled(
    read: Callable[[AsyncClient], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the test's own limit, even where there is always something to read."""
    monkeypatch.setattr(f"{__name__}.PAUSE", 0)
    async with AsyncClient(busy, lifespan="off") as client:
        with anyio.move_on_after(0.2) as scope:
            await read(client)
        assert scope.cancelled_caught


@pytest.mark.virtual_time(False)  # which a thread that sleeps does not move
async def test_what_blocks_the_event_loop_stops_the_clock() -> None:
    """A debugger in a handler, for one: the application has still its time behind it."""

    async def thoughtful(scope: Scope, receive: Receive, send: Send) -> None:
        time.sleep(1)  # noqa: ASYNC251  # it is to block
        await anyio.sleep(0.01)
        await sending(start(), body(b"done"))(scope, receive, send)

    async with AsyncClient(thoughtful, lifespan="off", timeout=0.5) as client:
        assert (await client.get("/")).text == "done"


async def test_a_redirect_that_is_not_followed_is_streamed() -> None:
    """As any other response."""
    gate = anyio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", b"/")]})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await gate.wait()
        await send({"type": "http.response.body", "body": b"y"})

    async with AsyncClient(slow, lifespan="off") as client, client.stream("GET", "/") as response:
        pieces = response.aiter_bytes()
        assert await anext(pieces) == b"x"
        gate.set()
        assert await anext(pieces) == b"y"


async def test_a_client_outside_of_its_block_says_what_to_write() -> None:
    """Before it, and behind it: the lifespan would not run."""
    client = AsyncClient(app)
    with pytest.raises(NotRunning, match="write `async with AsyncClient"):
        await client.get("/name")
    async with client:
        with pytest.raises(NotRunning, match="runs already"):
            await client.__aenter__()
    with pytest.raises(NotRunning):
        await client.get("/name")


async def test_a_client_can_be_entered_again() -> None:
    """Each time the application starts anew."""
    starts: list[int] = []

    @asynccontextmanager
    async def counted() -> AsyncGenerator[State]:
        starts.append(1)
        yield State(str(len(starts)))

    client = AsyncClient(App(Router(name), lifespan=counted))
    for number in ("1", "2"):
        async with client:
            assert (await client.get("/name")).text == number


async def test_a_lifespan_that_fails_is_loud() -> None:
    """With the reason of the application."""

    @asynccontextmanager
    async def broken() -> AsyncGenerator[State]:
        raise ConnectionError("no database")
        yield State("")

    with pytest.raises(LifespanFailed, match="ConnectionError: no database"):
        async with AsyncClient(App(Router(name), lifespan=broken)):
            pass


async def test_a_failed_test_is_not_hidden_by_what_comes_behind_it() -> None:
    """The shutdown that fails as well is a note."""

    @asynccontextmanager
    async def broken() -> AsyncGenerator[State]:
        yield State("ada")
        raise ConnectionError("no way to say good-bye")

    failing = App(Router(name), lifespan=broken)
    with pytest.raises(ZeroDivisionError) as caught:
        async with AsyncClient(failing):
            raise ZeroDivisionError
    assert "no way to say good-bye" in "".join(caught.value.__notes__)
    with pytest.raises(LifespanFailed, match="no way to say good-bye"):
        async with AsyncClient(failing):
            pass


async def test_an_application_without_lifespan_needs_none() -> None:
    """Unless the test says that it has one."""
    async with AsyncClient(echo) as client:
        assert (await client.post("/", content="hello")).text == "hello"
        with pytest.raises(NotRunning, match="there is no state"):
            _ = client.state
    with pytest.raises(LifespanFailed, match="NotImplementedError"):
        async with AsyncClient(echo, lifespan="on"):
            pass


async def test_the_namespace_of_the_lifespan_can_be_read_and_changed() -> None:
    """And given: dependencies of applications that keep them there."""
    seen: list[Any] = []

    async def stateful(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"] |= {"db": "real", "cache": "real"}
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        seen.append(scope["state"])
        await send(start(204))
        await send(body())

    async with AsyncClient(stateful, state={"db": "fake"}) as client:
        assert client.state == {"db": "fake", "cache": "real"}
        client.state["cache"] = "other"
        await client.get("/")
    assert seen == [{"db": "fake", "cache": "other"}]


async def test_a_broken_rule_fails_the_request() -> None:
    """With its id; unless it is ignored, or nothing is checked."""
    broken = sending(start(200, (b"content-length", b"3")), body(b"four"))
    async with AsyncClient(broken) as client:
        with pytest.raises(ConformanceError, match="HTTP-SEM-"):
            await client.get("/")
        with pytest.raises(ConformanceError, match="HTTP-SEM-"):
            async with client.stream("GET", "/") as response:
                await response.aread()
    async with AsyncClient(broken, ignore=["HTTP-SEM-*"]) as client:
        assert (await client.get("/")).status_code == 200
    async with AsyncClient(broken, check=None) as client:
        assert (await client.get("/")).status_code == 200


async def test_a_test_that_is_cancelled_is_a_client_that_leaves() -> None:
    """The application is told, and has until the end of the client."""
    told: list[object] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        told.append((await receive())["type"])

    async with AsyncClient(slow, lifespan="off") as client:
        with anyio.move_on_after(0.05):
            await client.get("/")
    assert told == ["http.disconnect"]


async def test_one_request_can_have_more_time() -> None:
    """Or less."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep_forever()

    async with AsyncClient(silent, lifespan="off") as client:
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            await client.get("/", timeout=0.05)
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            async with client.stream("GET", "/", timeout=0.05):
                pass


async def test_a_stream_that_is_left_early_is_a_client_that_leaves() -> None:
    """The application has to end; what a failed test leaves is not waited for."""
    ended: list[str] = []

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send(start())
            while True:
                await send(body(b"x" * 1000, more=True))
        except OSError:
            ended.append("left")
        except BaseException:
            ended.append("cancelled")
            raise

    async with AsyncClient(endless, lifespan="off") as client:
        async with client.stream("GET", "/") as response:
            assert response.status_code == 200
        assert ended == ["left"]
        with pytest.raises(ZeroDivisionError):
            async with client.stream("GET", "/"):
                raise ZeroDivisionError
    assert len(ended) == 2


async def test_a_conversation_in_both_directions() -> None:
    """The body of the request is made of that of the response."""
    answers: list[bytes] = []
    turn = anyio.Semaphore(1)

    async def questions() -> AsyncIterator[bytes]:
        for question in (b"one", b"two"):
            await turn.acquire()
            yield question

    async def parrot(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        while (event := await receive())["more_body"]:
            await send(body(event["body"].upper(), more=True))
        await send(body())

    async with AsyncClient(parrot, lifespan="off") as client, client.stream("POST", "/", content=questions()) as response:
        async for piece in response.aiter_bytes():
            answers.append(piece)
            turn.release()
    assert answers == [b"ONE", b"TWO"]


async def test_a_source_that_is_not_read_is_closed() -> None:
    """An application that answers at once leaves no generator behind."""
    closed: list[bool] = []

    async def source() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    async def hasty(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start(413))
        await send(body())

    async with AsyncClient(hasty, lifespan="off") as client:
        assert (await client.post("/", content=source())).status_code == 413
    assert closed == [True]


async def test_a_fixture_may_be_set_up_and_torn_down_in_different_tasks() -> None:
    """As pytest-asyncio does: nothing of the client belongs to the task that entered it."""
    client = AsyncClient(app)
    async with anyio.create_task_group() as group:
        group.start_soon(client.__aenter__)
    assert (await client.get("/name")).text == "ada"
    async with anyio.create_task_group() as group:
        group.start_soon(client.__aexit__, None, None, None)
    with pytest.raises(NotRunning):
        await client.get("/name")


async def test_many_requests_at_once_have_their_own_failures() -> None:
    """What one breaks is not another's."""

    async def sometimes(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep(0.01)
        await send(start(200, (b"content-length", b"2")))
        await send(body(b"ok" if scope["path"] == "/good" else b"broken"))

    results: dict[str, object] = {}

    async with AsyncClient(sometimes, lifespan="off") as client:

        async def ask(path: str) -> None:
            try:
                results[path] = (await client.get(path)).text
            except ConformanceError as error:
                results[path] = error.violation.rule[:9]

        async with anyio.create_task_group() as group:
            for path in ("/good", "/bad"):
                group.start_soon(ask, path)
    assert results == {"/good": "ok", "/bad": "HTTP-SEM-"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"spec_version": "3.0"}, "write '2.0' to '2.5'"),
        ({"root_path": "api/"}, "write it with a slash before it"),
        ({"extensions": "http.response.push"}, r"write \['http.response.push'\]"),
        ({"ignore": ["HTTP-NONE-*"]}, "no rule matches"),
        ({"chunk_size": 0}, "chunk_size"),
        ({"timeout": 0}, "timeout"),
        ({"extension": ["x"]}, "no option extension"),
    ],
)
def test_options_that_there_are_not_are_refused(options: Any, says: str) -> None:
    """When the client is made, with what to write."""
    with pytest.raises((TypeError, ValueError), match=says):
        AsyncClient(app, **options)


def test_what_is_no_application_is_refused() -> None:
    """So is a text that is no base URL, and an option that only an application in process has."""
    with pytest.raises(TypeError, match="neither an ASGI application nor a base URL"):
        AsyncClient(3)  # type: ignore[call-overload]  # the mistake
    with pytest.raises(ValueError, match="no base URL"):
        AsyncClient("example.com")
    with pytest.raises(TypeError, match="no option state"):
        AsyncClient("https://example.com", state={})  # type: ignore[call-overload]  # the mistake


def test_without_httpx_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the library to give."""
    monkeypatch.setattr("asgikit.testing.client.DEFAULT", None)
    with pytest.raises(ImportError, match=r"typed-asgikit\[testing\], or give library=httpx2"):
        AsyncClient(app)
    AsyncClient(app, library=httpx2)


async def test_the_root_path_is_in_the_base_url() -> None:
    """So that URLs are those that a browser would use."""
    scopes: list[Any] = []
    async with AsyncClient(keeping(scopes), root_path="/api") as client:
        await client.get("/users")
    assert (scopes[0]["path"], scopes[0]["root_path"]) == ("/api/users", "/api")


async def test_every_method_has_its_own() -> None:
    """And any other can be written."""
    scopes: list[Any] = []
    async with AsyncClient(keeping(scopes)) as client:
        for method in (
            client.get,
            client.head,
            client.options,
            client.delete,
            client.post,
            client.put,
            client.patch,
            client.query,
        ):
            await method("/")
        await client.request("PURGE", "/")
    methods = [scope["method"] for scope in scopes]
    assert methods == ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PATCH", "QUERY", "PURGE"]


async def test_a_stream_that_is_cancelled_is_judged_at_the_end_of_the_client() -> None:
    """A time limit of the test around it hides nothing that the application has done wrong."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(start())
        while (await receive())["type"] != "http.disconnect":
            pass

    with pytest.raises(ConformanceError):
        async with AsyncClient(app, lifespan="off") as client:
            with anyio.CancelScope() as scope:
                async with client.stream("GET", "/"):
                    scope.cancel()
                    await anyio.sleep_forever()
