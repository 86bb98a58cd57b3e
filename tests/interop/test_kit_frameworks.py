"""The testing kit drives the same application in every framework, with httpx and with httpx2, on asyncio and trio."""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest
from anyio.lowlevel import checkpoint

from asgikit.conformance.violations import ConformanceError
from asgikit.testing import AsyncClient, Client, NotRunning, exchange_of
from tests.interop.kit import with_asgikit, with_django, with_fastapi, with_litestar, with_quart, with_starlette
from tests.interop.kit.notes import NOTES, PIECES


class Made(NamedTuple):
    """An application of a framework, and where that differs from the others."""

    app: Any
    on_trio: bool = True
    closes: bool = True
    """Whether it closes a generator whose client has left."""
    raises: bool = True
    """Whether an error of a handler comes out of it."""
    ignore: tuple[str, ...] = ()
    """The rules that it breaks in ordinary use."""


APPS = {
    "asgikit": Made(with_asgikit.app),
    "starlette": Made(with_starlette.app, closes=False),
    "fastapi": Made(with_fastapi.app, closes=False),
    "litestar": Made(with_litestar.app, closes=False, raises=False),
    # It sends content-length: 0 with status 204 (RFC 9110, 8.6).
    "quart": Made(with_quart.app, on_trio=False, raises=False, ignore=("HTTP-SEM-009",)),
    # It sends names of fields as Content-Type, where the specification has them in lower case (www, Response Start).
    "django": Made(with_django.app, on_trio=False, closes=False, raises=False, ignore=("HTTP-RESP-005",)),
}


pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")  # some leave that to the collector

LEAKY = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
"""Some frameworks leave their generators to the garbage collector: these tests call it."""


@pytest.fixture(autouse=True)
def nothing_noted(request: pytest.FixtureRequest) -> Iterator[None]:
    NOTES.clear()
    yield
    if "django" in request.node.name:
        gc.collect()


RUNS = [(name, backend) for name, made in APPS.items() for backend in ("asyncio", "trio")[: 1 + made.on_trio]]


@pytest.fixture(params=RUNS, ids="-".join)
def run(request: pytest.FixtureRequest) -> tuple[str, str]:
    """An application, and an event loop that it runs on."""
    name, backend = request.param
    return name, backend


@pytest.fixture
def anyio_backend(run: tuple[str, str]) -> str:
    return run[1]


@pytest.fixture
def made(run: tuple[str, str]) -> Made:
    return APPS[run[0]]


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return {"httpx": httpx, "httpx2": httpx2}[request.param]


@pytest.fixture
async def client(made: Made, library: Any) -> AsyncGenerator[AsyncClient[Any]]:
    async with AsyncClient(made.app, library=library, base_url="https://testserver", ignore=made.ignore) as client:
        yield client


async def test_json_goes_in_and_out(client: AsyncClient[Any]) -> None:
    """With its type."""
    assert (await client.get("/json")).json() == {"hello": "wörld"}
    assert (await client.post("/json", json={"a": 1})).json() == {"a": 1}


async def test_a_form_is_sent(client: AsyncClient[Any]) -> None:
    """As a browser does."""
    assert (await client.post("/form", data={"name": "Ada & Cé"})).text == "Ada & Cé"


@LEAKY
async def test_a_file_is_uploaded(client: AsyncClient[Any]) -> None:
    """In a multipart form, beside a field."""
    response = await client.post("/upload", data={"name": "text"}, files={"file": ("a.txt", b"content", "text/plain")})
    assert response.text == "text: a.txt, content"
    gc.collect()


async def test_a_body_comes_from_a_generator(client: AsyncClient[Any]) -> None:
    """In chunks, of no length that was declared."""

    async def body() -> AsyncGenerator[bytes]:
        for number in range(5):
            await checkpoint()
            yield b"x" * number

    assert (await client.post("/count", content=body())).text == "10"


async def test_a_redirect_is_followed_with_the_cookie_that_it_sets(client: AsyncClient[Any]) -> None:
    """If that is asked for."""
    assert (await client.get("/cookie")).text == "nobody"
    assert (await client.get("/sign-in")).status_code in {302, 303}
    client.cookies.clear()
    response = await client.get("/sign-in", follow_redirects=True)
    assert (response.status_code, response.text, client.cookies["who"]) == (200, "ada", "ada")


async def test_a_session_lives_in_the_cookies(client: AsyncClient[Any]) -> None:
    """From one request to the next, until they are gone."""
    visits = [(await client.get("/visit")).text for _ in range(3)]
    client.cookies.clear()
    assert [*visits, (await client.get("/visit")).text] == ["1", "2", "3", "1"]


async def test_a_stream_is_read_piece_by_piece(made: Made, library: Any) -> None:
    """The application is no more than one piece ahead of its client."""
    async with (
        AsyncClient(made.app, library=library, base_url="https://testserver", ignore=made.ignore, buffer_size=0) as client,
        client.stream("GET", "/stream") as response,
    ):
        read = []
        async for piece in response.aiter_bytes():
            read.append(piece)
            assert len(NOTES) <= len(read) + 1
    assert tuple(read) == PIECES


async def test_events_come_as_events(client: AsyncClient[Any]) -> None:
    """However the stream is cut."""
    async with client.events("/events") as events:
        first, second = [event async for event in events]
    assert (first.id, first.event, first.data, second.data) == ("1", "tick", "a", "b\nc")


@LEAKY
async def test_an_endless_stream_ends_when_its_client_leaves(made: Made, client: AsyncClient[Any]) -> None:
    """And the generator of the application is closed, by the frameworks that do that."""
    async with client.stream("GET", "/endless") as response, aclosing(response.aiter_bytes()) as chunks:
        assert len(await anext(chunks)) == 1000
    assert exchange_of(response).has_ended
    assert NOTES == ["over"] if made.closes else NOTES in ([], ["over"])
    gc.collect()


async def test_a_feed_is_left_after_one_event(client: AsyncClient[Any]) -> None:
    """Nothing of it is left over."""
    async with client.events("/events") as events:
        assert (await events.receive()).data == "a"
    gc.collect()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("name", [name for name, made in APPS.items() if made.ignore])
async def test_what_a_framework_is_excused_for_it_does(name: str) -> None:
    """So that the list of exceptions goes when they do."""
    made = APPS[name]
    async with AsyncClient(made.app) as client:
        with pytest.raises(ConformanceError, match=made.ignore[0]):
            await client.get("/empty")


async def test_work_behind_a_response_is_done_when_the_test_has_it(client: AsyncClient[Any]) -> None:
    """So that a test can look at what it did."""
    response = await client.get("/later")
    assert (response.status_code, NOTES) == (202, ["done"])


async def test_the_lifespan_runs_around_the_test(made: Made, library: Any) -> None:
    """What it gives is there, and it has stopped at the end."""
    async with AsyncClient(made.app, library=library, ignore=made.ignore) as client:
        assert (await client.get("/state")).text == "database"
        assert NOTES == []
    assert ([] if made is APPS["django"] else ["stopped"]) == NOTES
    with pytest.raises(NotRunning):
        await client.get("/state")


async def test_an_exception_comes_out_of_the_request(made: Made, library: Any) -> None:
    """If the framework lets it out; else, and where that is not wanted, it is the response that a client gets."""
    async with AsyncClient(made.app, library=library, ignore=made.ignore) as client:
        if made.raises:
            with pytest.raises(ValueError, match="boom"):
                await client.get("/boom")
        else:
            assert (await client.get("/boom")).status_code == 500
    async with AsyncClient(made.app, library=library, ignore=made.ignore, raise_app_exceptions=False) as client:
        assert (await client.get("/boom")).status_code == 500
        async with client.stream("GET", "/boom") as response:
            assert response.status_code == 500


@pytest.mark.parametrize(
    ("method", "url", "status"), [("HEAD", "/json", 200), ("GET", "/empty", 204), ("GET", "/unchanged", 304)]
)
async def test_a_response_without_content_has_none(client: AsyncClient[Any], method: str, url: str, status: int) -> None:
    """And breaks no rule."""
    response = await client.request(method, url)
    assert (response.status_code, response.content) == (status, b"")


@LEAKY
@pytest.mark.parametrize("name", APPS)
def test_the_synchronous_client_does_the_same(name: str, library: Any) -> None:
    """In an event loop of its own."""
    made = APPS[name]
    with Client(made.app, library=library, base_url="https://testserver", ignore=made.ignore) as client:
        assert client.post("/json", json={"a": 1}).json() == {"a": 1}
        assert [client.get("/visit").text for _ in range(2)] == ["1", "2"]
        with client.stream("GET", "/stream") as response:
            assert b"".join(response.iter_bytes()) == b"".join(PIECES)
        with client.events("/events") as events:
            assert [event.data for event in events] == ["a", "b\nc"]
        with client.stream("GET", "/endless") as response:
            assert next(response.iter_bytes())
        assert client.get("/state").text == "database"
    gc.collect()
