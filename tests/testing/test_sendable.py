"""What a request is made with."""

from __future__ import annotations

import io
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest

from asgikit.testing import AsyncClient, Client, NoAnswer
from asgikit.testing.sendable import sendable, unblocked
from tests.testing.apps import body, echo, start

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])


async def asynchronous() -> AsyncIterator[bytes]:
    yield b"abc"


def pieces() -> Iterator[bytes]:
    yield b"a"
    yield b"bc"


@pytest.mark.parametrize("content", ["abc", b"abc", bytearray(b"abc"), memoryview(b"abc"), None])
async def test_content_that_both_clients_take(content: Any) -> None:
    """Whole, or asynchronous."""
    async with AsyncClient(echo) as client:
        assert (await client.post("/", content=content or asynchronous())).content == b"abc"


@BOTH
@pytest.mark.parametrize(
    "make", [pieces, lambda: io.BytesIO(b"abc"), lambda: [b"a", b"bc"], lambda: bytearray(b"abc"), asynchronous]
)
def test_content_of_a_synchronous_client(backend: Any, make: Any) -> None:
    """Whatever gives bytes."""
    with Client(echo, backend=backend) as client:
        assert client.post("/", content=make()).content == b"abc"
        with client.stream("POST", "/", content=make()) as response:
            assert response.read() == b"abc"


@BOTH
def test_a_slow_writer_keeps_nobody(backend: Any) -> None:
    """The application is at work while the test makes the next piece: here it waits for that."""
    heard = threading.Event()

    def slow() -> Iterator[bytes]:
        yield b"a"
        assert heard.wait(5)
        yield b"b"

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        taken = b""
        while True:
            event = await receive()
            taken += event["body"]
            heard.set()
            if not event["more_body"]:
                break
        await send(start())
        await send(body(taken))

    with Client(listening, lifespan="off", backend=backend) as client:
        assert client.post("/", content=slow()).content == b"ab"


@BOTH
def test_a_writer_that_never_writes_ends_in_time(backend: Any) -> None:
    """And is told of as what the application waits for."""
    done = threading.Event()

    def silent() -> Iterator[bytes]:
        done.wait(5)
        yield b"x"

    try:
        with Client(echo, backend=backend) as client, pytest.raises(NoAnswer, match="waits for more content from its client"):
            client.post("/", content=silent(), timeout=0.05)
    finally:
        done.set()


def test_the_length_of_a_file_goes_along() -> None:
    """Unless the request says it, or that it is chunked; of a generator nobody knows it."""
    seen: list[dict[bytes, bytes]] = []

    async def looking(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))
        await echo(scope, receive, send)

    with Client(looking, lifespan="off", check=None) as client:
        client.post("/", content=io.BytesIO(b"abc"), headers={"x-a": "1"})
        client.post("/", content=io.BytesIO(b"abc"), headers={"transfer-encoding": "chunked"})
        client.post("/", content=pieces())
    assert (seen[0][b"content-length"], seen[0][b"x-a"]) == (b"3", b"1")
    assert all(b"content-length" not in fields and fields[b"transfer-encoding"] == b"chunked" for fields in seen[1:])


@pytest.mark.parametrize("content", [pieces(), [b"a"], io.BytesIO(b"a")])
async def test_an_asynchronous_client_is_not_kept(content: Any) -> None:
    """By content that would block its event loop."""
    async with AsyncClient(echo) as client:
        with pytest.raises(TypeError, match="write an asynchronous one"):
            await client.post("/", content=content)
        with pytest.raises(TypeError, match="write an asynchronous one"):
            async with client.stream("POST", "/", content=content):
                pass


@pytest.mark.parametrize("content", [{"a": 1}, 3])
@pytest.mark.parametrize("make", [AsyncClient, Client])
def test_what_is_no_content_says_what_to_write(make: Any, content: Any) -> None:
    """A value goes as JSON."""
    with pytest.raises(TypeError, match=r"the content is (dict|int): .* a value is json="):
        sendable("POST", unblocked({"content": content}) if make is Client else {"content": content})


def test_a_piece_that_is_no_bytes_is_the_test_s_mistake() -> None:
    """Not the application's."""
    texts: Any = ["a"]
    with Client(echo) as client, pytest.raises(TypeError, match="bytes-like"):
        client.post("/", content=texts)


@pytest.mark.parametrize("method", ["GE T", "", "/echo", "GÊT", "GET\r\n"])
async def test_a_method_that_there_cannot_be(method: str) -> None:
    """Arguments in the wrong order above all."""
    async with AsyncClient(echo) as client:
        with pytest.raises(ValueError, match=r"is no method .*request\('GET', '/'\)"):
            await client.request(method, "POST")
        with pytest.raises(ValueError, match="is no method"):
            async with client.stream(method, "/"):
                pass


@pytest.mark.parametrize("seconds", [0, -1])
async def test_no_request_has_no_time(seconds: float) -> None:
    """As no client has."""
    async with AsyncClient(echo) as client:
        with pytest.raises(ValueError, match="more than 0 seconds, or None for no limit"):
            await client.get("/", timeout=seconds)
        with pytest.raises(ValueError, match="more than 0 seconds"):
            async with client.websocket("/", timeout=seconds):
                pass


async def test_a_request_may_have_no_limit() -> None:
    """Where the client has one."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep(0.1)
        await echo(scope, receive, send)

    async with AsyncClient(slow, lifespan="off", timeout=0.01) as client:
        assert (await client.post("/", content=b"x", timeout=None)).content == b"x"


@pytest.mark.parametrize(("name", "value"), [("a", "b\nc"), ("a", "b\r\nc: d"), ("a", " b"), ("a b", "c"), ("", "c")])
async def test_fields_that_no_server_lets_in(name: str, value: str) -> None:
    """The application would never see them."""
    fields = [(name, value)]
    async with AsyncClient(echo) as client:
        with pytest.raises(ValueError, match="no server lets it in"):
            await client.get("/", headers=fields)
        with pytest.raises(ValueError, match="header"):
            async with client.websocket("/", headers=fields):
                pass


async def test_a_scheme_that_no_server_has() -> None:
    """FTP is another protocol."""
    async with AsyncClient(echo) as client:
        with pytest.raises(ValueError, match="by http:// and https://, not by ftp://"):
            await client.get("ftp://testserver/file")


@pytest.mark.parametrize("data", [[("a", "b")], pieces()])
async def test_a_form_is_a_mapping(data: Any) -> None:
    """Whatever else is to be sent is content."""
    async with AsyncClient(echo) as client:
        with pytest.raises(TypeError, match=r"the fields of a form, by name: .* content="):
            await client.post("/", data=data)
        assert (await client.post("/", data={"a": ["b", "c"]})).content == b"a=b&a=c"
