"""One HTTP request and its response, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.testing import ClientLeft, Exchange, Incomplete, NoAnswer, Profile, http_scope
from asgikit.testing import exchange as exchange_module
from asgikit.testing.content import Content
from asgikit.testing.failures import Refused
from tests.testing.apps import App, Receive, Scope, Send, body, echo, read, sending, start

pytestmark = pytest.mark.virtual_time

QUICK = Profile(timeout=0.05)


def begun(app: App, content: Content | bytes = b"", profile: Profile = QUICK, **scope: Any) -> Exchange:
    given = content if isinstance(content, Content) else Content(content)
    keys: dict[str, Any] = {"spec_version": profile.spec_version, **scope}
    exchange = Exchange(app, http_scope(**keys), given, profile)
    exchange.start()
    return exchange


async def everything(exchange: Exchange) -> bytes:
    data = b""
    while (piece := await exchange.read()) is not None:
        data += piece
    return data


async def test_a_request_is_answered() -> None:
    """Start, body, end."""
    exchange = begun(echo, b"hello", method="POST")
    await exchange.started()
    assert (exchange.status, exchange.headers["content-length"]) == (200, "5")
    assert await everything(exchange) == b"hello"
    await exchange.end()
    exchange.judge()


async def test_a_piece_comes_before_the_next_is_sent() -> None:
    """Real streaming: the application goes on when the client asks for more."""
    gate = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"one", more=True))
        await gate.wait()
        await send(body(b"two"))

    exchange = begun(app, profile=Profile())
    assert await exchange.read() == b"one"
    gate.set()
    assert await exchange.read() == b"two"
    assert await exchange.read() is None
    await exchange.end()


@pytest.mark.parametrize(("size", "sent"), [(0, 1), (3, 4), (65_536, 10)])
async def test_a_client_that_does_not_read_makes_send_wait(size: int, sent: int) -> None:
    """When so many bytes are on their way."""
    count: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        for number in range(10):
            count.append(number)
            await send(body(b"x", more=number < 9))

    exchange = begun(app, profile=Profile(buffer_size=size))
    await anyio.wait_all_tasks_blocked()
    assert len(count) == sent
    assert await everything(exchange) == b"x" * 10
    await exchange.end()
    exchange.judge()


@pytest.mark.parametrize("level", ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])
async def test_a_client_that_leaves_is_told_of_as_the_level_has_it(level: Any) -> None:
    """receive() gives http.disconnect at each; send() raises OSError since 2.4, and does nothing before."""
    told: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send(start())
        await send(body(b"x", more=True))
        told.append(await receive())
        try:
            await send(body(b"y", more=True))
        except OSError as error:
            told.append(error)

    exchange = begun(app, profile=Profile(spec_version=level, timeout=1))
    assert await exchange.read() == b"x"
    exchange.leave()
    await exchange.end()
    exchange.judge()
    assert exchange.has_left
    assert told[0] == {"type": "http.disconnect"}
    assert [type(error) for error in told[1:]] == ([ClientLeft] if level >= "2.4" else [])


async def test_who_looks_without_waiting_sees_that_the_client_has_left() -> None:
    """Starlette's is_disconnected() asks in a scope that is cancelled already; most servers answer at once."""
    seen: list[bool] = []

    async def has_left(receive: Receive) -> bool:
        event: Mapping[str, Any] = {}
        with anyio.CancelScope() as scope:
            scope.cancel()
            event = await receive()
        return bool(event) and event["type"] == "http.disconnect"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send(start())
        seen.append(await has_left(receive))
        await send(body(b"x", more=True))
        while not await has_left(receive):
            await anyio.lowlevel.checkpoint()
        seen.append(True)

    exchange = begun(app)
    assert await exchange.read() == b"x"
    exchange.leave()
    await exchange.end()
    exchange.judge()
    assert seen == [False, True]


async def test_what_comes_of_a_client_that_has_left_is_no_failure() -> None:
    """An application may let the error of send() through."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            while True:
                await send(body(b"x" * 70_000, more=True))
        except OSError:
            raise RuntimeError("nobody reads this") from None

    exchange = begun(app)
    await exchange.started()
    exchange.leave()
    await exchange.end()
    exchange.judge()


@pytest.mark.parametrize("level", ["2.3", "2.5"])
async def test_a_network_that_breaks_is_noticed_by_who_sends(level: Any) -> None:
    """Nobody tells the server: receive() is silent until then, and only then has the client left."""
    told: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send(start())
        async with anyio.create_task_group() as group:

            async def listen() -> None:
                told.append((await receive())["type"])

            group.start_soon(listen)
            await gate.wait()
            told.append("sends")
            try:
                await send(body(b"x", more=True))
            except OSError as error:
                told.append(type(error))

    gate = anyio.Event()
    exchange = begun(app, profile=Profile(spec_version=level))
    await exchange.started()
    exchange.vanish()
    await anyio.wait_all_tasks_blocked()
    assert (told, exchange.has_left) == ([], False)
    gate.set()
    await exchange.end()
    exchange.judge()
    assert exchange.has_left
    assert told[0] == "sends"  # of the two that hear of it then, either may be the first
    assert {*told[1:]} == ({ClientLeft, "http.disconnect"} if level == "2.5" else {"http.disconnect"})


async def test_a_network_that_breaks_before_the_response_starts_none() -> None:
    """The first message is the one that fails."""
    exchange = begun(sending(start(), body()))
    exchange.vanish()
    await exchange.end()
    assert (type(exchange.error), exchange.message) == (ClientLeft, None)


async def test_a_send_that_waits_for_a_reader_notices_that_the_network_breaks() -> None:
    """And an upload stops where it is."""
    seen: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        yield b"a"
        await anyio.sleep_forever()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((await receive())["body"])
        await send(start())
        await send(body(b"x", more=True))

    exchange = begun(app, Content(endless()), Profile(buffer_size=0))
    await exchange.started()
    exchange.vanish()
    await exchange.end()
    exchange.judge()
    assert (type(exchange.error), seen) == (ClientLeft, [b"a"])


@pytest.mark.parametrize("error", [ConnectionResetError("by peer"), RuntimeError("of the server")])
async def test_what_send_raises_can_be_chosen(error: Exception) -> None:
    """Each server has its own; an OSError may come out of the application, as that of any of them may."""
    scope = http_scope()
    exchange = Exchange(sending(start(), body()), scope, Content(b""), Profile(spec_version="2.0"))
    exchange.parting = error
    exchange.start()
    exchange.leave()
    await exchange.end()
    assert exchange.error is error
    if isinstance(error, OSError):
        exchange.judge()
        return
    with pytest.raises(RuntimeError) as caught:
        exchange.judge()
    assert caught.value is error


@pytest.mark.parametrize(("times", "expected"), [(None, []), (1, ["cleaned"]), (3, [])])
async def test_a_server_that_stops_cancels_what_runs(times: int | None, expected: list[str], anyio_backend_name: str) -> None:
    """Whatever it awaits, or, as servers on asyncio do, so often: then it can clean up. It is no failure."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            seen.append("cleaned")

    exchange = begun(app)
    await anyio.wait_all_tasks_blocked()
    await exchange.cancel(times)
    assert seen == (expected if anyio_backend_name == "asyncio" else [])
    exchange.judge()
    assert (exchange.has_ended, exchange.error) == (True, None)


async def test_what_is_raised_for_another_reason_is_one() -> None:
    """Also behind the back of the client."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await receive()
        raise ZeroDivisionError

    exchange = begun(app)
    await anyio.wait_all_tasks_blocked()
    exchange.leave()
    await exchange.end()
    with pytest.raises(ZeroDivisionError):
        exchange.judge()
    exchange.raises = False
    exchange.judge()


async def test_one_that_goes_on_behind_a_client_that_has_left_is_told_of() -> None:
    """It has the time of the profile, and is cancelled then."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await anyio.sleep_forever()

    exchange = begun(app)
    await exchange.started()
    exchange.leave()
    with pytest.raises(NoAnswer, match=r"goes on, although its client has left, for 0\.05 seconds"):
        await exchange.end()
    assert exchange.has_ended


async def test_one_that_answers_nothing_is_told_of() -> None:
    """With what it waits for: here it was called, and no more."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await anyio.sleep_forever()

    exchange = begun(app)
    with pytest.raises(NoAnswer, match=r"has started no response for 0\.05 seconds; so far:\n.*GET /"):
        await exchange.started()
    await exchange.cancel()


async def test_one_that_breaks_off_is_told_of() -> None:
    """Whatever came before is there."""
    exchange = begun(sending(start(), body(b"x", more=True)))
    assert await exchange.read() == b"x"
    with pytest.raises(Incomplete, match="ended before its response was complete"):
        await exchange.read()


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_a_response_without_content_has_none(method: str, status: int) -> None:
    """Whatever the application sends: servers drop it (RFC 9110, 6.4.1)."""
    exchange = begun(sending(start(status), body(b"content")), profile=Profile(check=None), method=method)
    assert await everything(exchange) == b""
    await exchange.end()


async def test_a_cancelled_receive_loses_nothing() -> None:
    """Applications wait for the client and for something else at once."""
    gate = anyio.Event()

    async def source() -> AsyncIterator[bytes]:
        await gate.wait()
        yield b"late"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.move_on_after(0.01):
            await receive()
        gate.set()
        data = await read(receive)
        await send(start())
        await send(body(data))

    exchange = begun(app, Content(source()), Profile())
    assert await everything(exchange) == b"late"
    await exchange.end()


async def test_a_client_that_breaks_its_upload_off_has_left() -> None:
    """The application sees http.disconnect, the test what its own source raised."""
    seen: list[object] = []

    async def source() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError("the cable")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while not seen or seen[-1] != "http.disconnect":
            seen.append((await receive())["type"])

    exchange = begun(app, Content(source()), Profile(), method="POST")
    await exchange.end()
    with pytest.raises(ConnectionError, match="the cable"):
        exchange.judge()
    assert seen == ["http.request", "http.disconnect"]


async def test_who_waits_to_be_left_is_told_when_the_response_is_complete() -> None:
    """As servers do: the listener of an application ends with its response."""
    told: list[Mapping[str, object]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)

        async def listen() -> None:
            told.append(await receive())

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            await send(start())
            await send(body())

    exchange = begun(app)
    await exchange.end()
    exchange.judge()
    assert told == [{"type": "http.disconnect"}]


async def test_one_that_receives_for_ever_does_not_stop_the_loop() -> None:
    """Who does not look at what it receives is stopped by the limit, as any other that hangs."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    exchange = begun(app)
    exchange.leave()
    with pytest.raises(NoAnswer):
        await exchange.end()


async def test_what_comes_beside_the_response_is_heard() -> None:
    """Hints, pushes, trailers and debugging information, where they are offered."""
    names = ("http.response.early_hint", "http.response.push", "http.response.trailers", "http.response.debug")
    profile = Profile(extensions=names)
    exchange = begun(
        sending(
            {"type": "http.response.debug", "info": {"template": "page.html"}},
            {"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload"]},
            start(trailers=True),
            {"type": "http.response.push", "path": "/style.css", "headers": []},
            body(b"x"),
            {"type": "http.response.trailers", "headers": [[b"digest", b"1"]], "more_trailers": False},
        ),
        profile=profile,
        extensions=profile.offers("http"),
        http_version="2",
    )
    assert await everything(exchange) == b"x"
    await exchange.end()
    exchange.judge()
    assert exchange.heard.debug == {"template": "page.html"}
    assert exchange.heard.early_hints == [["</style.css>; rel=preload"]]
    assert [push.path for push in exchange.heard.pushes] == ["/style.css"]
    assert exchange.heard.raw_trailers == [(b"digest", b"1")]


@pytest.mark.virtual_time(False)  # a thread has work to do
async def test_a_file_that_the_server_sends_is_read(tmp_path: Path) -> None:
    """Pathsend and zero-copy send, with offset and count."""
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    profile = Profile(extensions=("http.response.pathsend", "http.response.zerocopysend"))
    whole = begun(
        sending(start(), {"type": "http.response.pathsend", "path": str(file)}),
        profile=profile,
        extensions=profile.offers("http"),
    )
    assert await everything(whole) == b"0123456789"
    with file.open("rb") as opened:
        part: dict[str, object] = {"type": "http.response.zerocopysend", "file": opened, "offset": 2, "count": 3}
        exchange = begun(
            sending(start(), part | {"more_body": True}, body(b"!")), profile=profile, extensions=profile.offers("http")
        )
        assert await everything(exchange) == b"234!"


async def test_nothing_is_known_of_a_response_that_was_not_started() -> None:
    """Neither status nor fields."""
    exchange = begun(sending())
    await exchange.started()
    with pytest.raises(Incomplete, match="has started no response"):
        _ = exchange.status


@pytest.mark.parametrize("headers", [[("a", "b")], [(b"a",)], [1]])
async def test_fields_that_are_none_are_refused(headers: object) -> None:
    """By send(), as by servers; the application raises that where nothing is checked."""
    exchange = begun(sending(start() | {"headers": headers}, body()), profile=Profile(check=None))
    await exchange.end()
    with pytest.raises(Refused, match="no server can read"):
        exchange.judge()


async def test_a_mistake_in_the_cleanup_behind_a_client_that_left_is_raised() -> None:
    """That its client has left excuses what comes of that, and nothing else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            while True:
                await send(body(b"x" * 100_000, more=True))
        except OSError:
            print({}["lost"])

    exchange = begun(app)
    await exchange.started()
    exchange.leave()
    await exchange.end()
    with pytest.raises(KeyError, match="lost"):
        exchange.judge()


async def test_what_comes_beside_a_response_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints are kept: behind so many of them `send()` waits, until the client leaves."""
    monkeypatch.setattr(exchange_module, "_BESIDE", 3)
    sent: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await send({"type": "http.response.early_hint", "links": []})
            sent.append(1)

    exchange = begun(app, extensions=["http.response.early_hint"])
    with pytest.raises(NoAnswer):
        await exchange.started()
    assert (len(sent), len(exchange.heard.early_hints)) == (3, 4)
    exchange.leave()
    await exchange.cancel()


@pytest.mark.parametrize("wait", [Exchange.started, Exchange.end])
async def test_an_application_that_waits_for_content_is_not_blamed(wait: Callable[[Exchange], Awaitable[None]]) -> None:
    """It is the test that sends nothing, and it is told so."""

    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await anyio.sleep(1)
        yield b"b"

    exchange = begun(echo, Content(slow()), method="POST")
    with pytest.raises(NoAnswer, match=r"waits for more content from its client for 0\.05 seconds"):
        await wait(exchange)
    exchange.leave()
    await exchange.cancel()
