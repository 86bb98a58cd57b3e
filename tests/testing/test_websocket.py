"""The session of a test on a WebSocket: messages, ends, refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2
import pytest
import quart
from fastapi import FastAPI
from litestar import Litestar
from litestar import WebSocket as LitestarSocket
from litestar import websocket as litestar_websocket
from litestar.exceptions import NotFoundException
from quart import Quart
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as StarletteSocket

from asgikit import App, Request, Response, Router, WebSocket, json, root, websocket
from asgikit.conformance.violations import ConformanceError
from asgikit.errors import UndecodableMessage, UnprocessableContent
from asgikit.testing import AsyncClient, Closed, Incomplete, NoAnswer, UnexpectedMessage, WebSocketClosed, WebSocketDenied
from asgikit.testing.handshake import SocketOptions
from asgikit.testing.waiting import Wait

pytestmark = pytest.mark.virtual_time

Raw = WebSocket[str | bytes, str | bytes]
Socket = Callable[[Any, Any], Awaitable[None]]


def accepted(talk: Socket) -> Any:
    """An application that accepts, and then does this."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await talk(receive, send)

    return app


def client(app: Any, **options: Any) -> AsyncClient:
    return AsyncClient(app, lifespan="off", **options)


async def echo(receive: Any, send: Any) -> None:
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})


def hanging(ended: list[bool]) -> Socket:
    """Hears nothing, and notes its end."""

    async def talk(receive: Any, send: Any) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    return talk


async def silent(receive: Any, send: Any) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def test_messages_go_both_ways() -> None:
    """Text as str, binary as bytes, in their order, and empty ones too."""
    async with client(accepted(echo)) as http, http.websocket("/") as ws:
        for message in ("a", b"b", "", b""):
            await ws.send(message)
        assert [await ws.receive() for _ in range(4)] == ["a", b"b", "", b""]


async def test_a_message_of_the_other_kind_fails_the_test() -> None:
    """And its text says what came."""
    async with client(accepted(echo)) as http, http.websocket("/") as ws:
        await ws.send("hello")
        with pytest.raises(UnexpectedMessage, match="a binary message was expected, not the text 'hello'"):
            await ws.receive_bytes()
        await ws.send(b"x" * 300)
        with pytest.raises(UnexpectedMessage, match=r"a text message was expected, not the binary one b'x+… of 300"):
            await ws.receive_text()
        await ws.send("{")
        with pytest.raises(UnexpectedMessage, match=r"JSON was expected, not '\{'"):
            await ws.receive_json()


async def test_each_kind_has_a_method_of_its_own() -> None:
    """JSON goes in either."""
    async with client(accepted(echo)) as http, http.websocket("/") as ws:
        await ws.send("a")
        assert await ws.receive_text() == "a"
        await ws.send(b"b")
        assert await ws.receive_bytes() == b"b"
        for binary in (False, True):
            await ws.send_json({"é": [1]}, binary=binary)
            assert await ws.receive_json(binary=binary) == {"é": [1]}


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Measured:
    length: int


async def test_messages_are_typed_by_the_codecs_of_the_endpoint() -> None:
    """The client receives what the application sends, and the other way round."""

    async def session(ws: WebSocket[Said, Measured]) -> None:
        async for said in ws:
            await ws.send(Measured(len(said.text)))

    @websocket(root)
    async def talk(request: Request[object]) -> Response:
        return Response.upgrade(session, receives=json(Said), sends=json(Measured))

    async with AsyncClient(App(talk)) as http:
        async with http.websocket("/", receives=json(Measured), sends=json(Said)) as ws:
            await ws.send(Said("four"))
            assert await ws.receive() == Measured(4)
        async with http.websocket("/", receives=json(Said), sends=json(Said)) as wrong:
            await wrong.send(Said("four"))
            with pytest.raises(UndecodableMessage) as caught:
                await wrong.receive()
    assert caught.value.__notes__ == ["the message is '{\"length\":4}'"]


async def test_messages_are_iterated_until_the_application_closes() -> None:
    """Those before the close are all there."""

    async def talk(receive: Any, send: Any) -> None:
        for number in range(3):
            await send({"type": "websocket.send", "text": str(number)})
        await send({"type": "websocket.close", "code": 4000, "reason": "enough"})

    async with client(accepted(talk)) as http, http.websocket("/") as ws:
        assert [message async for message in ws] == ["0", "1", "2"]
        assert ws.closed == Closed(4000, "enough")


async def test_behind_the_close_is_one_error() -> None:
    """With the code and the reason, for who receives and for who sends."""

    async def talk(receive: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 4000, "reason": "enough"})

    async with client(accepted(talk)) as http, http.websocket("/") as ws:
        with pytest.raises(WebSocketClosed, match="closed with 4000, 'enough'") as caught:
            await ws.receive()
        with pytest.raises(WebSocketClosed):
            await ws.send("late")
    assert (caught.value.code, caught.value.reason) == (4000, "enough")


async def test_a_test_can_wait_for_the_close() -> None:
    """Reading whatever comes meanwhile, so that the application gets there; it can be received then."""

    async def talk(receive: Any, send: Any) -> None:
        for _ in range(3):
            await send({"type": "websocket.send", "text": "x" * 1000})
        await send({"type": "websocket.close"})

    async with client(accepted(talk), buffer_size=100) as http, http.websocket("/") as ws:
        assert await ws.until_closed(timeout=5) == Closed(1000, "")
        assert len([message async for message in ws]) == 3
    async with client(accepted(silent)) as http, http.websocket("/") as ws:
        with pytest.raises(NoAnswer, match=r"has not closed the WebSocket for 0\.01 seconds"):
            await ws.until_closed(timeout=0.01)


@pytest.mark.parametrize(
    ("level", "told"), [("2.4", {"code": 4001}), ("2.5", {"code": 4001, "reason": "bye"}), ("2.0", {"code": 4001})]
)
async def test_the_application_hears_how_the_client_closes(level: Any, told: dict[str, object]) -> None:
    """The reason since 2.5 (www, version history)."""
    events: list[Any] = []

    async def talk(receive: Any, send: Any) -> None:
        events.extend([await receive(), await receive()])

    async with client(accepted(talk), spec_version=level) as http, http.websocket("/") as ws:
        await ws.close(4001, "bye")
        assert ws.closed == Closed(4001, "bye")
        with pytest.raises(WebSocketClosed):
            await ws.receive()
    assert events == [{"type": "websocket.disconnect", **told}] * 2


async def test_a_client_can_go_without_a_word() -> None:
    """1006 for a network that breaks, 1005 for a close frame without a code (RFC 6455, 7.4.1)."""
    codes: list[int] = []

    async def talk(receive: Any, send: Any) -> None:
        codes.append((await receive())["code"])

    async with client(accepted(talk)) as http:
        async with http.websocket("/") as ws:
            await ws.leave()
        async with http.websocket("/") as ws:
            await ws.leave(1001)
        async with http.websocket("/") as ws:
            await ws.close(None)
        async with http.websocket("/"):
            pass
    assert codes == [1006, 1001, 1005, 1000]


@pytest.mark.parametrize(("code", "reason"), [(999, ""), (1005, ""), (1006, ""), (5000, ""), (1000, "é" * 62)])
async def test_a_close_that_no_frame_can_hold_is_refused(code: int, reason: str) -> None:
    """RFC 6455, 5.5 and 7.4."""
    async with client(accepted(silent)) as http, http.websocket("/") as ws:
        with pytest.raises(ValueError, match="no close frame can hold"):
            await ws.close(code, reason)
        assert ws.closed is None


async def test_nothing_is_waited_for_without_end() -> None:
    """By the time-out of the call, of the session, of the client; the failure has what happened until then."""
    async with client(accepted(silent), timeout=0.01) as http:
        async with http.websocket("/") as ws:
            with pytest.raises(NoAnswer, match=r"(?s)no message for 0.01 seconds; so far:.*websocket.accept") as caught:
                await ws.receive()
        async with http.websocket("/", timeout=0.02) as ws:
            with pytest.raises(NoAnswer, match=r"no message for 0\.02 seconds"):
                await ws.receive()
            with pytest.raises(NoAnswer, match=r"no message for 0 seconds"):
                await ws.receive(timeout=0)
    assert isinstance(caught.value, TimeoutError)


async def test_an_application_that_is_busy_with_nothing_is_not_waited_for_either() -> None:
    """What counts is a message, not a sign of life."""

    async def talk(receive: Any, send: Any) -> None:
        while True:
            with anyio.move_on_after(0.001) as scope:
                await receive()
            if not scope.cancelled_caught:
                return

    async with client(accepted(talk)) as http, http.websocket("/") as ws:
        with pytest.raises(NoAnswer, match="no message"):
            await ws.receive(timeout=0.05)


async def test_an_application_that_does_not_hear_the_end_fails_the_test() -> None:
    """And is cancelled."""
    cancelled: list[bool] = []
    talk = hanging(cancelled)
    async with client(accepted(talk), timeout=0.01) as http:
        with pytest.raises(NoAnswer, match="goes on, although its client has left"):
            async with http.websocket("/"):
                pass
    assert cancelled == [True]


async def test_what_the_application_raises_is_raised_where_the_test_waits() -> None:
    """As itself; also when it has closed before with 1011, as asgikit does."""

    async def broken(receive: Any, send: Any) -> None:
        await receive()
        raise KeyError("lost")

    async def session(ws: Raw) -> None:
        await ws.receive()
        raise KeyError("lost")

    async def handler(_: Request[object]) -> Response:
        return Response.upgrade(session)

    for app in (accepted(broken), App(handler)):
        async with client(app) as http:
            with pytest.raises(KeyError, match="lost"):
                async with http.websocket("/") as ws:
                    await ws.send("a")
                    await ws.receive()


async def test_an_error_behind_the_last_message_is_raised_at_the_end() -> None:
    """Nothing is lost because the test has stopped to look."""

    async def broken(receive: Any, send: Any) -> None:
        await receive()
        raise KeyError("lost")

    async with client(accepted(broken)) as http:
        with pytest.raises(KeyError, match="lost"):
            async with http.websocket("/"):
                pass


async def test_errors_can_be_seen_as_a_client_sees_them() -> None:
    """A close with 1011, or a 500 in place of the handshake; a return without a close breaks the connection off."""

    async def broken(receive: Any, send: Any) -> None:
        raise KeyError("lost")

    async def over(receive: Any, send: Any) -> None:
        pass

    async with client(accepted(broken), raise_app_exceptions=False) as http, http.websocket("/") as ws:
        assert await ws.until_closed() == Closed(1011)
    async with client(accepted(over)) as http, http.websocket("/") as ws:
        assert await ws.until_closed() == Closed(1006)

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("lost")

    async with client(refusing, raise_app_exceptions=False) as http:
        with pytest.raises(WebSocketDenied, match="500: b'Internal Server Error'"):
            async with http.websocket("/"):
                pass
    async with client(refusing) as http:
        with pytest.raises(KeyError, match="lost"):
            async with http.websocket("/"):
                pass


async def test_a_failure_of_the_test_is_not_masked() -> None:
    """What else is wrong is noted with it, and the application is cancelled."""

    async def talk(receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "text": "a", "bytes": b"a"})
        raise KeyError("lost")

    async with client(accepted(talk)) as http:
        with pytest.raises(ZeroDivisionError) as caught:
            async with http.websocket("/"):
                await anyio.wait_all_tasks_blocked()
                raise ZeroDivisionError
    first, second, *_ = caught.value.__notes__
    assert (first, "WS-SEND-004" in second) == ("and KeyError('lost') came out of the application", True)


async def test_a_client_that_leaves_is_no_error_of_the_application() -> None:
    """Neither what `send()` raises then, in whatever group, nor an exception with the client's code, as frameworks raise."""

    class Disconnect(Exception):
        code = 1000

    async def sending(receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            await receive()
            group.start_soon(send, {"type": "websocket.send", "text": "x"})

    async def telling(receive: Any, send: Any) -> None:
        await receive()
        raise Disconnect

    async def wrong(receive: Any, send: Any) -> None:
        await receive()
        raise KeyError

    async with client(accepted(sending)) as http, http.websocket("/"):
        pass
    async with client(accepted(telling)) as http:
        async with http.websocket("/"):
            pass
        with pytest.raises(Disconnect):
            async with http.websocket("/") as ws:
                await ws.close(1001)
    async with client(accepted(wrong)) as http:
        with pytest.raises(KeyError):
            async with http.websocket("/"):
                pass


@pytest.mark.parametrize(("level", "raises"), [("2.3", False), ("2.4", True)])
async def test_sending_to_a_client_that_has_left_raises_since_2_4(level: Any, raises: bool) -> None:
    """Before that it does nothing (www, Disconnected Client)."""
    raised: list[bool] = []

    async def talk(receive: Any, send: Any) -> None:
        await receive()
        try:
            await send({"type": "websocket.send", "text": "x"})
            raised.append(False)
        except OSError:
            raised.append(True)

    async with client(accepted(talk), spec_version=level) as http, http.websocket("/"):
        pass
    assert raised == [raises]


async def test_a_client_that_reads_slowly_holds_the_application_back() -> None:
    """By the buffer that the client was made with, or because it has paused."""
    sent: list[int] = []

    async def talk(receive: Any, send: Any) -> None:
        for number in range(5):
            await send({"type": "websocket.send", "bytes": b"x" * 98})
            sent.append(number)
        await send({"type": "websocket.close"})

    async with client(accepted(talk), buffer_size=250) as http, http.websocket("/") as ws:
        await anyio.wait_all_tasks_blocked()
        assert len(sent) == 2
        await ws.receive()
        await anyio.wait_all_tasks_blocked()
        assert len(sent) == 3
        ws.pause()
        assert len([await ws.receive() for _ in range(3)]) == 3
        with pytest.raises(NoAnswer):
            await ws.receive(timeout=0.01)
        ws.resume()
        assert len([message async for message in ws]) == 1


async def test_a_refusal_is_a_response() -> None:
    """Where the server has the extension, with what the application says; else a 403, as for a close before accept."""

    async def handler(_: Request[object]) -> Response:
        return Response.json({"error": "full"}, status=429).with_header("retry-after", "1")

    async with AsyncClient(App(handler)) as http:
        with pytest.raises(WebSocketDenied, match="the handshake was refused with 429") as caught:
            async with http.websocket("/"):
                pass
    denied = caught.value
    assert (denied.status, denied.headers["retry-after"], denied.json()) == (429, "1", {"error": "full"})
    assert (denied.body, denied.text, denied.response.status_code) == (b'{"error":"full"}', '{"error":"full"}', 429)
    async with AsyncClient(App(handler), extensions=()) as http:
        with pytest.raises(WebSocketDenied, match="refused with 403: the application closes it with") as caught:
            async with http.websocket("/"):
                pass
    assert (caught.value.status, caught.value.body) == (403, b"")


async def test_what_an_application_refuses_with_can_be_seen_in_process() -> None:
    """A server makes a 403 of a close before accept, and nobody hears of its code; a test does."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        close = {"type": "websocket.close", "code": 1008, "reason": "who are you?"}
        deny = [{"type": "websocket.http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Bearer")]}]
        for message in [close] if scope["path"] == "/close" else [*deny, {"type": "websocket.http.response.body", "body": b""}]:
            await send(message)

    async with AsyncClient(app, lifespan="off") as http:
        with pytest.raises(WebSocketDenied, match=r"403: the application closes it with 1008, 'who are you\?'$") as caught:
            async with http.websocket("/close"):
                pass
        assert (caught.value.status, caught.value.closed) == (403, Closed(1008, "who are you?"))
        with pytest.raises(WebSocketDenied, match=r"401$") as caught:
            async with http.websocket("/deny"):
                pass
        assert caught.value.closed is None


async def test_a_refusal_can_set_cookies_and_lead_elsewhere() -> None:
    """As every response, for the handshake is a request of the client's."""

    @websocket(root / "old")
    async def old(request: Request[object]) -> Response:
        return Response.redirect("/new").with_header("set-cookie", "seen=1")

    @websocket(root / "new")
    async def new(request: Request[object]) -> Response:
        async def session(ws: Raw) -> None:
            await ws.send(request.headers["cookie"])

        return Response.upgrade(session)

    async with AsyncClient(App(Router(old, new))) as http:
        with pytest.raises(WebSocketDenied, match="30"):
            async with http.websocket("/old"):
                pass
        async with http.websocket("/old", follow_redirects=True) as ws:
            assert await ws.receive() == "seen=1"


BROKEN: dict[str, list[dict[str, Any]]] = {
    "WS-SEND-001": [{"type": "websocket.send", "text": "early"}, {"type": "websocket.accept"}],
    "WS-ACC-001": [{"type": "websocket.accept"}, {"type": "websocket.accept"}],
    "WS-ACC-003": [{"type": "websocket.accept", "subprotocol": "chat"}],
    "WS-ACC-004": [{"type": "websocket.accept", "headers": 1}],
    "WS-ACC-005": [{"type": "websocket.accept", "headers": [(b"Set-Cookie", b"a=b")]}],
    "WS-SEND-003": [{"type": "websocket.accept"}, {"type": "websocket.send", "text": 1}],
    "WS-SEND-004": [{"type": "websocket.accept"}, {"type": "websocket.send"}],
    "WS-SEND-005": [{"type": "websocket.accept"}, {"type": "websocket.close"}, {"type": "websocket.send", "text": "x"}],
    "WS-CLOSE-003": [{"type": "websocket.accept"}, {"type": "websocket.close"}, {"type": "websocket.close"}],
    "WS-CLOSE-001": [{"type": "websocket.accept"}, {"type": "websocket.close", "code": "1000"}],
    "WS-CLOSE-004": [{"type": "websocket.close", "code": 0}],
    "WS-CLOSE-005": [{"type": "websocket.accept"}, {"type": "websocket.close", "reason": "x" * 124}],
    "WS-CONN-005": [],
    "EXT-DENY-002": [{"type": "websocket.accept"}, {"type": "websocket.http.response.start", "status": 403, "headers": []}],
    "EXT-DENY-004": [{"type": "websocket.http.response.body", "body": b"x"}],
    "CORE-MSG-002": [{"type": "websocket.accept"}, {"type": "websocket.say", "text": "x"}],
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_a_broken_application_fails_with_the_rule(rule: str) -> None:
    """Whether the test waits for something or not."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for event in BROKEN[rule]:
            await send(event)

    async with client(app) as http:
        with pytest.raises(ConformanceError, match=rule):
            async with http.websocket("/"):
                await anyio.wait_all_tasks_blocked()
        with pytest.raises(ConformanceError, match=rule):
            async with http.websocket("/") as ws:
                await ws.receive()


async def test_a_broken_rule_is_told_at_once() -> None:
    """The test does not wait for a message that may never come."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "headers": [(b"X-A", b"1")]})
        await silent(receive, send)

    async with client(app, timeout=None) as http:
        with pytest.raises(ConformanceError, match="WS-ACC-005"), anyio.fail_after(5):
            async with http.websocket("/") as ws:
                await ws.receive()


async def test_a_handshake_that_is_not_answered_leaves_no_application_behind() -> None:
    """It is cancelled, and the failure says what was waited for."""
    cancelled: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    async with client(app, timeout=0.01) as http:
        with pytest.raises(NoAnswer, match="has not answered the handshake"):
            async with http.websocket("/"):
                pass
        assert cancelled == [True]


async def test_a_rule_that_a_test_does_not_care_for_is_ignored() -> None:
    """By its id; and then it is Incomplete, where there is no answer."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async with client(app, ignore=["WS-CONN-005"]) as http:
        with pytest.raises(Incomplete, match="without an answer to the handshake"):
            async with http.websocket("/"):
                pass


async def cancelled(http: AsyncClient) -> None:
    """A test that waits on a WebSocket when it is cancelled."""

    async def test() -> None:
        async with http.websocket("/", timeout=60) as ws:
            await ws.receive()

    async with anyio.create_task_group() as group:
        group.start_soon(test)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()


async def late(receive: Any, send: Any) -> None:
    """Sends what is no message when the client has gone."""
    await silent(receive, send)
    await send({"type": "websocket.send"})


async def unanswered(scope: Any, receive: Any, send: Any) -> None:
    """Does so instead of an answer to the handshake."""
    await late(receive, send)


@pytest.mark.parametrize("app", [accepted(late), unanswered])
async def test_a_cancelled_test_is_a_client_that_leaves(app: Any) -> None:
    """The application has until the end of the client, and fails the test there for what is wrong."""
    with pytest.raises(ConformanceError):
        async with client(app) as http:
            await cancelled(http)


async def test_behind_a_cancelled_test_the_application_has_to_end() -> None:
    """As behind any client that leaves; else it is cancelled."""
    ended: list[bool] = []
    talk = hanging(ended)
    with pytest.raises(NoAnswer, match="goes on, although its client has left"):
        async with client(accepted(talk), timeout=0.05) as http:
            await cancelled(http)
    assert ended == [True]


async def test_a_test_that_is_cancelled_whole_leaves_no_application_behind() -> None:
    """With its client."""
    ended: list[bool] = []
    talk = hanging(ended)

    async def test() -> None:
        async with client(accepted(talk)) as http, http.websocket("/") as ws:
            await ws.receive()

    async with anyio.create_task_group() as group:
        group.start_soon(test)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert ended == [True]


async def test_it_is_the_same_with_httpx2() -> None:
    """Whose client has a method of that name for networks."""
    async with AsyncClient(accepted(echo), library=httpx2, lifespan="off") as http, http.websocket("/") as ws:
        await ws.send("a")
        assert await ws.receive() == "a"


async def starlette_echo(ws: StarletteSocket) -> None:
    await ws.accept(subprotocol=next(iter(ws.scope["subprotocols"]), None))
    while True:
        await ws.send_text(await ws.receive_text())


def fastapi_app() -> FastAPI:
    app = FastAPI()
    app.add_api_websocket_route("/ws", starlette_echo)
    return app


def litestar_app() -> Litestar:
    async def ws(socket: LitestarSocket[Any, Any, Any]) -> None:
        await socket.accept(subprotocols=next(iter(socket.scope["subprotocols"]), None))
        while True:
            await socket.send_text(await socket.receive_text())

    return Litestar([litestar_websocket("/ws")(ws)])


def quart_app() -> Quart:
    app = Quart(__name__)

    async def ws() -> None:
        socket: Any = quart.websocket
        await socket.accept(subprotocol=next(iter(socket.requested_subprotocols), None))
        while True:
            await socket.send(await socket.receive())

    app.add_websocket("/ws", None, ws)
    return app


def asgikit_app() -> App[None]:
    async def session(ws: Raw) -> None:
        async for message in ws:
            await ws.send(message)

    @websocket(root / "ws")
    async def talk(request: Request[object]) -> Response:
        return Response.upgrade(session, subprotocol="chat")

    return App(talk)


FRAMEWORKS: dict[str, Callable[[], Any]] = {
    "asgikit": asgikit_app,
    "starlette": lambda: Starlette(routes=[WebSocketRoute("/ws", starlette_echo)]),
    "fastapi": fastapi_app,
    "litestar": litestar_app,
    "quart": quart_app,
}


@pytest.mark.virtual_time(False)  # a thread has work to do
@pytest.mark.parametrize("name", FRAMEWORKS)
async def test_applications_of_every_make_are_tested(name: str, anyio_backend_name: str) -> None:
    """An echo that knows nothing of its end, however the client leaves; and a place where there is no socket."""
    if name == "quart" and anyio_backend_name == "trio":
        pytest.skip("runs on asyncio alone")
    ignore = ["WS-CLOSE-012"] if name == "litestar" else []  # answers 1006 with a close of 1006 (2.25)
    async with AsyncClient(FRAMEWORKS[name](), ignore=ignore) as http:
        async with http.websocket("/ws", subprotocols=["chat"]) as ws:
            await ws.send("a")
            assert (await ws.receive(timeout=5), ws.subprotocol) == ("a", "chat")
        async with http.websocket("/ws", subprotocols=["chat"]) as ws:
            await ws.send("lost")
            await ws.leave()
        async with http.websocket("/ws", subprotocols=["chat"]) as ws:
            await ws.close(4001, "bye")
        with pytest.raises((WebSocketDenied, NotFoundException)) as caught:
            async with http.websocket("/nowhere"):
                pass
    assert name == "litestar" or "refused with 40" in str(caught.value)


async def test_no_time_limit_of_one_websocket_is_no_time_limit() -> None:
    """Whatever that of the client is."""

    async def talk(receive: Any, send: Any) -> None:
        await anyio.sleep(0.1)
        await send({"type": "websocket.send", "text": "late"})

    async with (
        AsyncClient(accepted(talk), lifespan="off", timeout=0.01) as client,
        client.websocket("/", timeout=None) as ws,
    ):
        assert await ws.receive() == "late"


@pytest.mark.parametrize("binary", [False, True])
async def test_json_can_be_of_a_type(binary: bool) -> None:
    """What the codec reads; where it cannot, its error has a note of the message."""
    async with client(accepted(echo)) as http, http.websocket("/") as ws:
        await ws.send_json({"text": "hi"}, binary=binary)
        assert (await ws.receive_json(json(Said), binary=binary)).text == "hi"
        await ws.send_json({"text": 1}, binary=binary)
        with pytest.raises(UnprocessableContent) as raised:
            await ws.receive_json(json(Said), binary=binary)
        assert '{"text":1}' in raised.value.__notes__[0]


async def test_a_refusal_can_be_read_as_a_value() -> None:
    """Of whatever type, or of one."""

    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b'{"text":"full"}'})

    async with AsyncClient(refuses, lifespan="off") as http:
        with pytest.raises(WebSocketDenied) as refused:
            async with http.websocket("/"):
                pass
    assert refused.value.json() == {"text": "full"}
    assert refused.value.json(json(Said)) == Said("full")


@pytest.mark.parametrize("where", ["client", "session", "call"])
async def test_none_is_no_limit(where: str) -> None:
    """Wherever it is said; what is not said is as it was said before."""
    released = anyio.Event()

    async def talk(receive: Any, send: Any) -> None:
        await released.wait()
        await send({"type": "websocket.send", "text": "late"})
        await send({"type": "websocket.close"})

    async def release() -> None:
        await anyio.sleep(0.05)
        released.set()

    wait: Wait = {"timeout": None} if where == "call" else {}
    socket: SocketOptions = {"timeout": None if where == "session" else 0.01} if where != "client" else {}
    limit = None if where == "client" else 0.01
    async with (
        client(accepted(talk), timeout=limit) as http,
        anyio.create_task_group() as group,
        http.websocket("/", **socket) as ws,
    ):
        group.start_soon(release)
        assert await ws.receive(**wait) == "late"
        assert await ws.until_closed(**wait) == Closed(1000)
