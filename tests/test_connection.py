"""What requests share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.connection import Connection
from asgikit.errors import BadRequest, BodyConsumed, ClientDisconnected
from asgikit.forms import FormData
from asgikit.http.pairs import Pairs
from asgikit.testing import http_scope, websocket_scope
from tests.forming import BIG, MULTIPART, URLENCODED, multipart, on_disk, part
from tests.peers import OPTIONAL, Events, Turn, nothing


def test_everything_is_parsed_once() -> None:
    """The same value comes back, also from headers that can be read only once."""
    scope: Any = http_scope(target="/a?b=1", headers={"host": "h", "cookie": "c=1"})
    scope["headers"] = iter(scope["headers"])
    connection = Connection(scope, nothing)
    for name in ("headers", "query", "cookies", "url", "segments", "client"):
        assert getattr(connection, name) is getattr(connection, name)
    assert connection.cookies["c"] == "1"


def test_a_minimal_scope_will_do() -> None:
    """Every optional key may be absent, or None where that is its default."""
    minimal: Any = {**websocket_scope("/x", omit=OPTIONAL), "asgi": {}}
    for scope in (
        minimal,
        minimal | {"query_string": None, "raw_path": None, "client": None, "server": None, "extensions": None},
    ):
        connection = Connection(scope, nothing)
        assert (connection.segments, connection.client, len(connection.query), str(connection.url)) == (["x"], None, 0, "ws:///x")
        assert connection.extensions == {}


def test_extensions_are_those_of_the_server() -> None:
    """A copy, so nobody changes the scope."""
    assert "websocket.http.response" in Connection(websocket_scope(denial=True), nothing).extensions


@pytest.mark.parametrize(("length", "expected"), [(None, None), ("0", 0), ("12", 12)])
def test_the_content_length_is_a_number(length: str | None, expected: int | None) -> None:
    """None where it is not announced."""
    headers = {} if length is None else {"content-length": length}
    assert Connection(http_scope(headers=headers), nothing).content_length == expected


@pytest.mark.parametrize("length", ["", "+1", "1_0", "٣", "1, 1"])
def test_a_content_length_in_another_form_is_a_bad_request(length: str) -> None:
    """Two of them are too, even if they agree."""
    scope: Any = http_scope()
    scope["headers"] = [(b"content-length", length.encode())]
    with pytest.raises(BadRequest):
        _ = Connection(scope, nothing).content_length


FORM = multipart(part("a", "1"), part("f", "x" * BIG, "x"))


def sending(*chunks: bytes, headers: Any = MULTIPART, second: Callable[[], None] | None = None) -> Connection:
    """A request with this body. `second` is called before its second chunk comes."""
    last = len(chunks) - 1
    turns: list[Turn] = [{"type": "http.request", "body": chunk, "more_body": at < last} for at, chunk in enumerate(chunks)]
    if second is not None:
        turns.insert(1, second)
    return Connection(http_scope("POST", headers=headers), Events(*turns))


@pytest.mark.parametrize("headers", [MULTIPART, URLENCODED])
async def test_a_form_is_read_once_and_kept(headers: Any) -> None:
    """Two tasks that ask at once, and whoever asks later, get the same one."""
    body = FORM if headers is MULTIPART else b"a=1"
    connection = sending(body[:100], body[100:], headers=headers)
    got: list[FormData] = []

    async def ask() -> None:
        got.append(await connection.form())

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
    await ask()
    assert got[0] is got[1] is got[2]
    assert got[0]["a"] == "1"
    connection.close()


async def test_everybody_is_told_what_is_wrong_with_a_form() -> None:
    """Not only the first who asks, though the body is gone then."""
    connection = sending(FORM[:50], FORM[50:-5])
    told: list[str] = []

    async def ask() -> None:
        try:
            await connection.form()
        except BadRequest as error:
            told.append(error.public)

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
    assert told == ["malformed form: the body ends before its last boundary"] * 2
    connection.close()


async def test_a_form_can_be_asked_for_again_if_asking_was_cancelled() -> None:
    """An urlencoded one, that is: of the other some is gone, and the program is told."""
    for headers, body in ((URLENCODED, b"a=1"), (MULTIPART, FORM)):
        with anyio.CancelScope() as scope:
            connection = sending(body[:2], body[2:], headers=headers, second=scope.cancel)
            await connection.form()
        if headers is URLENCODED:
            assert (await connection.form())["a"] == "1"
        else:
            with pytest.raises(BodyConsumed):
                await connection.form()
        connection.close()


async def test_a_body_that_is_kept_is_a_form_too() -> None:
    """And the other way round an urlencoded form is a kept body; a multipart form is not."""
    for headers, body in ((URLENCODED, b"a=1"), (MULTIPART, FORM)):
        connection = sending(body, headers=headers)
        assert await connection.body() == body
        assert (await connection.form())["a"] == "1"
        assert await connection.body() == body
        connection.close()
    connection = sending(b"a=1", headers=URLENCODED)
    assert (await connection.form())["a"] == "1"
    assert await connection.body() == b"a=1"
    connection = sending(FORM)
    assert (await connection.form())["a"] == "1"
    with pytest.raises(BodyConsumed):
        await connection.body()
    connection.close()


async def test_a_handshake_has_no_form() -> None:
    """Whatever it says of itself."""
    connection = Connection(websocket_scope(headers=URLENCODED), nothing)
    assert (await connection.form()).fields == Pairs()
    with pytest.raises(BadRequest):
        await Connection(websocket_scope(headers=MULTIPART), nothing).form()


async def test_what_was_opened_is_closed_at_the_end() -> None:
    """Once, the latest first; the files of a form are among it."""
    before = on_disk()
    connection = sending(FORM)
    closed: list[int] = []
    connection.close_at_end(lambda: closed.append(1))
    connection.close_at_end(lambda: closed.append(2))
    await connection.form()
    assert on_disk() == before + 1
    connection.close()
    connection.close()
    assert (closed, on_disk()) == ([2, 1], before)


def test_one_that_cannot_be_closed_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged."""
    connection = sending(b"")
    closed: list[str] = []

    def broken() -> None:
        raise OSError("the disk is gone")

    connection.close_at_end(lambda: closed.append("first"))
    connection.close_at_end(broken)
    connection.close()
    assert closed == ["first"]
    assert "the disk is gone" in caplog.text


async def test_a_client_that_has_left_has_left_for_who_asks_again() -> None:
    """Not a program error the second time."""
    gone = Events({"type": "http.request", "body": b"--b", "more_body": True}, {"type": "http.disconnect"})
    connection = Connection(http_scope("POST", headers=MULTIPART), gone)
    for _ in range(2):
        with pytest.raises(ClientDisconnected):
            await connection.form()


async def test_what_runs_at_the_end_is_awaited_the_latest_first() -> None:
    """All of them, though one fails; what fails is raised."""
    connection = Connection(http_scope(), nothing)
    log: list[str] = []

    def finishing(name: str, *errors: Exception) -> Callable[[], Awaitable[None]]:
        async def finish() -> None:
            log.append(name)
            for error in errors:
                raise error

        return finish

    connection.finish_later(finishing("a", ValueError("a")))
    connection.finish_later(finishing("b"))
    assert connection.is_running
    with pytest.raises(ValueError, match="a"):
        await connection.finish()
    assert (log, connection.is_running) == (["b", "a"], False)
    connection.finish_later(finishing("a", ValueError("a")))
    connection.finish_later(finishing("b", KeyError("b")))
    with pytest.raises(ExceptionGroup, match="several applications"):
        await connection.finish()


@pytest.mark.parametrize("given", ["abc-1", "7d9f.a_b:c/d+e=", "x" * 128])
def test_the_id_is_the_one_of_whoever_is_in_front(given: str) -> None:
    """If it is a plain word."""
    assert Connection(http_scope(headers={"x-request-id": given}), nothing).id == given


@pytest.mark.parametrize("given", [None, "", "a b", "a\tb", 'a"b', "\u00e9", "x" * 129])
def test_another_id_is_made_up(given: str | None) -> None:
    """Once, and never the same twice: what a client sends cannot forge a line of a log."""
    ids = {
        connection.id
        for connection in [Connection(http_scope(headers={"x-request-id": given} if given else ()), nothing) for _ in range(2)]
        for _ in range(2)
    }
    assert len(ids) == 2
    assert given not in ids


def test_a_method_in_a_log_stays_on_its_line() -> None:
    """In HTTP/2 a client can send any."""
    connection = Connection(http_scope("G\x1b[2J\n", headers={"x-request-id": "r1"}), nothing)
    assert str(connection) == "G\\x1b[2J\\n '/' (request r1)"


def test_middleware_can_set_the_id() -> None:
    """All copies of the request have it then."""
    connection = Connection(http_scope(target="/a%0Ab"), nothing)
    connection.id = "mine"
    assert str(connection) == r"GET '/a\nb' (request mine)"


def test_a_scope_that_leads_to_the_same_route_is_not_routed_again() -> None:
    """It is, where what routers look at has changed: the method, the path, or the fields with the host in them."""
    scope: Any = http_scope(root_path="")
    assert not Connection(scope, nothing).rescope({**scope, "client": ("192.0.2.1", 1), "scheme": "https"})
    for change in (
        {"method": "PUT"},
        {"path": "/x"},
        {"raw_path": b"/x"},
        {"root_path": "/x"},
        {"headers": list(scope["headers"])},
    ):
        assert Connection(scope, nothing).rescope({**scope, **change})
