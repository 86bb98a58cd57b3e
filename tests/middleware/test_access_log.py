"""One line for each request, when it is over."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest

from asgikit import App, HTTPError, Request, Response, Router, catch, except_for, get, mount, param, post, root, when
from asgikit.entries import LONGEST
from asgikit.middleware.access_log import AccessPolicy, access_log
from asgikit.middleware.request_id import request_id
from asgikit.middleware.timeouts import timeouts
from asgikit.testing import call, exchanging, http_scope, play, talking, websocket_scope
from tests.sockets import upgrading


def ticking() -> Callable[[], float]:
    """A clock that goes on by half a second with each look."""
    now = iter(range(1000))
    return lambda: next(now) / 2


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    caplog.set_level(logging.INFO, "asgikit.access")
    handler = Records()
    logging.getLogger().addHandler(handler)
    yield handler.found
    logging.getLogger().removeHandler(handler)


@get(root / "u" / param("id", int))
async def show(request: Request[object], id: int) -> Response:
    return Response.text("hello")


@pytest.mark.parametrize("end", ["\\", "a\\", '"', "\x9b", "\\\\"])
async def test_what_is_cut_ends_where_its_quotes_do(records: list[Any], end: str) -> None:
    """Half of an escape would have the quote behind it for its own, and a client write the rest of the line."""
    app = App(access_log()(_hello))
    for size in range(LONGEST - 6, LONGEST + 2):
        await call(app, headers={"user-agent": "c" * size + end * 3})
    for record in records:
        assert re.search(r'"-" "c+(?:[^"\\]|\\.)*" [0-9.]+ - \S+$', record.getMessage()), record.getMessage()[-40:]


async def test_a_request_is_logged(records: list[Any]) -> None:
    """Once, when it is sent, with its fields on the record."""
    app = App(Router(show).wrap(access_log(clock=ticking())))
    await call(app, target="/u/5?a=1&token=s3cret", client=("10.0.0.1", 9), headers={"user-agent": "me"})
    (record,) = records
    line = record.getMessage()
    assert (record.name, record.levelname, record.route, record.path) == ("asgikit.access", "INFO", "/u/{id}", "/u/5")
    assert (record.status, record.size, record.duration, record.client) == (200, 5, 0.5, "10.0.0.1")
    assert '"GET /u/5?a=1&token=REDACTED HTTP/1.1" 200 5 "-" "me" 0.500000 /u/{id} ' in line
    assert "s3cret" not in line + str(record.__dict__)


async def test_misses_and_errors_are_logged(records: list[Any]) -> None:
    """With the status that the client got, whoever made it."""

    @get(root / "bug")
    async def bug(request: Request[object]) -> Response:
        raise RuntimeError("x")

    @get(root / "no")
    async def refuse(request: Request[object]) -> Response:
        raise HTTPError(403, "no")

    def found(request: Request[object], error: HTTPError) -> Response:
        return Response.text("teapot", status=418)

    app = App(Router(bug, refuse).wrap(access_log()).wrap(catch(HTTPError, found)))
    for target in ("/miss", "/bug", "/no"):
        await call(app, target=target)
    access = [record.__dict__ for record in records if record.name == "asgikit.access"]
    assert [(line["status"], line["levelname"], line.get("error"), line.get("route")) for line in access] == [
        (404, "WARNING", None, None),
        (500, "ERROR", "RuntimeError", "/bug"),
        (418, "WARNING", None, "/no"),
    ]


async def test_a_stream_is_logged_at_its_end(records: list[Any]) -> None:
    """With its bytes and all of its time, in order behind what it logs itself."""
    log = logging.getLogger("asgikit.access")

    async def chunks() -> AsyncIterator[str]:
        yield "abc"
        log.info("streaming")
        yield "de"

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks())

    await call(App(access_log()(handler)))
    assert [record.getMessage() == "streaming" for record in records] == [True, False]
    assert (records[1].size, records[1].ending) == (5, "complete")


async def test_a_stream_that_its_client_leaves(records: list[Any]) -> None:
    """What it has got so far."""

    async def chunks() -> AsyncIterator[str]:
        yield "abc"
        await anyio.sleep_forever()

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks())

    await call(App(access_log()(handler)), leaves_after=2)
    assert (records[0].status, records[0].size, records[0].ending, records[0].levelname) == (200, 3, "incomplete", "INFO")


async def test_a_stream_that_fails(records: list[Any]) -> None:
    """With what it raised."""

    async def chunks() -> AsyncIterator[str]:
        yield "abc"
        raise RuntimeError("bug")

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks())

    await call(App(access_log()(handler)))
    record = next(record for record in records if record.name == "asgikit.access")
    assert (record.status, record.size, record.ending, record.error) == (200, 3, "failed", "RuntimeError")


async def test_a_client_that_leaves_before_there_is_an_answer(records: list[Any]) -> None:
    """It is logged, and has no status."""

    @post(root)
    async def reading(request: Request[object]) -> Response:
        return Response.text((await request.body()).decode())

    await play(App(reading.wrap(access_log())), http_scope("POST"), [{"type": "http.disconnect"}])
    (record,) = records
    assert ("status" in record.__dict__, record.ending, record.levelname) == (False, "left", "INFO")


async def test_a_request_that_is_cancelled(records: list[Any]) -> None:
    """As servers do that stop; one that is answered for it is no such thing."""

    async def stuck(request: Request[None]) -> Response:
        await anyio.sleep_forever()
        return Response.empty()

    async with exchanging(App(access_log()(stuck))) as exchange:
        await anyio.wait_all_tasks_blocked()
        await exchange.cancel()
    await call(App(timeouts(response=0.01)(access_log()(stuck))))
    access = [record for record in records if record.name == "asgikit.access"]
    assert [(record.__dict__.get("status"), record.ending) for record in access] == [(None, "cancelled"), (503, "complete")]


async def test_a_session_is_logged_at_its_end(records: list[Any]) -> None:
    """With the bytes that were sent, its time and the code of its close."""

    async def session(ws: Any) -> None:
        async for message in ws:
            await ws.send(message * 2)

    app = App(access_log(clock=ticking())(upgrading(session)._serve))  # pyright: ignore[reportPrivateUsage]
    async with talking(app) as client:
        client.say("abc")
        await client.until(1)
        assert records == []
        client.leave(1001)
    (record,) = records
    assert (record.status, record.size, record.duration, record.code, record.ending) == (101, 6, 0.5, 1001, "complete")


async def test_a_session_that_fails(records: list[Any]) -> None:
    """An error, though the close is in good order."""

    async def session(ws: Any) -> None:
        raise RuntimeError("bug")

    app = App(access_log()(upgrading(session)._serve))  # pyright: ignore[reportPrivateUsage]
    await play(app, websocket_scope(), [{"type": "websocket.connect"}])
    record = next(record for record in records if record.name == "asgikit.access")
    assert (record.code, record.ending, record.error, record.levelname) == (1011, "failed", "RuntimeError", "ERROR")


async def test_a_handshake_that_is_denied(records: list[Any]) -> None:
    """With the status of its denial."""

    async def deny(request: Request[None]) -> Response:
        return Response.text("no", status=409)

    for denial in (True, False):
        await play(App(access_log()(deny)), websocket_scope(denial=denial), [{"type": "websocket.connect"}])
    assert [(record.status, record.size) for record in records] == [(409, 2), (403, 0)]


async def test_a_mounted_application_is_logged(records: list[Any]) -> None:
    """Like any other route."""

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await send({"type": "http.response.body", "body": b"de"})

    await call(App(Router(mount(root / "f", foreign, lifespan="off")).wrap(access_log())), target="/f/x")
    assert (records[0].status, records[0].size, records[0].path) == (201, 5, "/f/x")
    assert records[0].route.startswith("/f")


async def test_what_clients_send_stays_on_one_line(records: list[Any]) -> None:
    """No line break, no control of a terminal, no field in place of another, whatever a server lets through."""
    evil = 'x\r\n10.0.0.1 - - "GET /admin" \x1b[2J\x9b\u202e'
    app = App(access_log(headers=["x-note"])(_hello))
    scope = http_scope(method="G E\nT", target="/")
    scope = {**scope, "path": "/" + evil, "raw_path": ("/" + evil).encode(), "query_string": b"a=\r\n\x1b", "client": (evil, 1)}  # type: ignore[assignment,typeddict-item]
    fields = [(b"user-agent", evil.encode()), (b"referer", evil.encode()), (b"x-note", evil.encode())]
    await play(app, {**scope, "headers": fields, "http_version": evil}, [{"type": "http.request"}])
    (record,) = records
    line = record.getMessage()
    assert line.isascii()
    assert line.isprintable()
    assert line.count('"GET /admin"') == 0
    assert line.startswith("x%0D%0A10.0.0.1%20")
    assert all(value.isprintable() and value.isascii() for value in record.__dict__.values() if isinstance(value, str))


async def test_an_id_is_one_word(records: list[Any]) -> None:
    """Whoever makes them."""
    await call(App(request_id(make=lambda: 'a "b"')(access_log()(_hello))))
    assert records[0].request_id == "a%20%22b%22"
    assert records[0].getMessage().endswith(" - a%20%22b%22")


async def _hello(request: Request[None]) -> Response:
    return Response.text("hello")


async def test_secrets_are_not_logged(records: list[Any]) -> None:
    """In a query, in where a page came from, in a header that is shown."""
    log = access_log(style="json", redact=["Plate"], headers=["X-Api-Key", "x-plate", "x-plain"])
    fields = {
        "authorization": "Bearer s3cret", "cookie": "a=s3cret", "referer": "https://u:s3cret@a.org/?code=s3cret#s3cret",
        "x-api-key": "s3cret", "x-plate": "s3cret", "x-plain": "shown",
    }  # fmt: skip
    redacting = App(access_log(redact=["x-plate"])(_hello))
    await call(App(log(_hello)), target="/?plate=s3cret&access_token=s3cret&q=shown", headers={**fields, "x-plate": "v"})
    await call(redacting, target="/?x-plate=s3cret", headers=fields)
    assert "s3cret" not in "".join(record.getMessage() for record in records)
    found = json.loads(records[0].getMessage())
    assert (found["query"], found["referer"]) == ("plate=REDACTED&access_token=REDACTED&q=shown", "https://a.org/?code=REDACTED")
    assert found["headers"] == {"x-api-key": "REDACTED", "x-plate": "v", "x-plain": "shown"}


async def test_values_have_a_length(records: list[Any]) -> None:
    """A line of the log is no place to store things."""
    await call(App(access_log()(_hello)), target="/" + "a" * 9000 + "?" + "b" * 9000, headers={"user-agent": "c" * 9000})
    assert len(records[0].getMessage()) < 7000


async def test_a_logger_of_ones_own(records: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    """Which may not want these lines."""
    mine = logging.getLogger("mine")
    mine.setLevel(logging.ERROR)
    await call(App(access_log(mine)(_hello)))
    assert records == []
    mine.setLevel(logging.INFO)
    await call(App(access_log(mine)(_hello)))
    assert [record.name for record in records] == ["mine"]


async def test_which_requests_are_logged(records: list[Any]) -> None:
    """Say the combinators."""
    quiet = except_for(lambda request: request.path == "/health", access_log())
    sampled = when(lambda request: "x-debug" in request.headers, quiet)
    for target, headers in (("/health", {"x-debug": "1"}), ("/", {}), ("/y", {"x-debug": "1"})):
        await call(App(sampled(_hello)), target=target, headers=headers)
    assert [record.path for record in records] == ["/y"]


async def test_the_client_that_proxies_know_and_the_path_that_was_asked_for(records: list[Any]) -> None:
    """Further in others change the scope."""

    def rescoped(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            scope: Any = {**request.scope, "client": ("203.0.113.9", 1), "path": "/other", "raw_path": b"/other"}
            return await handler(request.with_scope(scope))

        return inner

    await call(App(access_log()(rescoped(_hello))), target="/asked", client=("10.0.0.1", 1))
    assert (records[0].client, records[0].path) == ("203.0.113.9", "/asked")


async def test_a_log_that_fails_is_not_the_clients_affair(caplog: pytest.LogCaptureFixture) -> None:
    """The response is sent, whatever a filter raises."""

    class Bad(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            raise RuntimeError("bug")

    mine = logging.getLogger("mine.bad")
    mine.setLevel(logging.INFO)
    mine.addFilter(Bad())
    answer = await call(App(access_log(mine)(_hello)))
    assert (answer.status, answer.error) == (200, None)
    assert "failed on what was sent" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"style": "xml"},
        {"redact": "token"},
        {"headers": "x-a"},
        {"headers": ["a b"]},
        {"headers": ["Cookie"]},
        {"headers": ["authorization"]},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: Any) -> None:
    """When it is made; credentials never get into a log."""
    with pytest.raises(ValueError):
        access_log(**wrong)


def test_the_policy_is_a_value() -> None:
    """Immutable."""
    policy: Any = AccessPolicy()
    with pytest.raises(AttributeError):
        policy.style = "json"
