"""The typed client against endpoints, in process and over the network: the same calls, the same results."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from datetime import date
from typing import Any

import httpx2
import pytest

from asgikit.problems import CallError, Problem
from asgikit.testing import AsyncClient, Client
from asgikit.testing.live import ServerProcess
from asgikit.uploads import Upload
from tests.interop import typed_app as api
from tests.serving import serving


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with serving("uvicorn-plain", "tests.interop.typed_app:app") as server:
        yield server


@pytest.fixture(params=["in process", "over the network", "with httpx2"])
async def client(request: pytest.FixtureRequest, server: ServerProcess) -> AsyncGenerator[AsyncClient[Any]]:
    made: AsyncClient[Any] = {
        "in process": lambda: AsyncClient(api.app),
        "over the network": lambda: AsyncClient(server.url),
        "with httpx2": lambda: AsyncClient(api.app, library=httpx2),
    }[request.param]()
    async with made as client:
        yield client


async def test_a_model_goes_out_and_another_comes_back(client: AsyncClient) -> None:
    """In the body, in the query, in the path."""
    assert await client(api.create_user, api.NewUser("é\n", date(2026, 1, 1))) == api.User("é\n", date(2026, 1, 1), 1)
    assert await client(api.show_user, 1) == api.User("ada", date(1815, 12, 10), 1)
    assert await client(api.list_users, api.Page(3, ["a&b", "", "é +"])) == [api.User(tag, None, 3) for tag in ("a&b", "", "é +")]
    assert await client(api.list_users, api.Page()) == []
    for path in ("", "a/b%2Fc/é?#", "a/"):
        assert await client(api.find_file, path) == path


async def test_forms_fields_and_cookies_go_out(client: AsyncClient) -> None:
    """Cookies of a call beside those that the client has been given."""
    renamed = await client(api.rename_user, 1, api.NewUser("eve&"), '"é, x"', "dark blue")
    assert renamed == ["eve&", "None", '"é, x"', "dark blue", None]
    assert (await client(api.forget_user, 7)).status == 204
    assert await client(api.rename_user, 1, api.NewUser("eve"), None, "light") == ["eve", "None", None, "light", "7"]


async def test_files_go_out(client: AsyncClient) -> None:
    """With their names and types."""
    files = [Upload.of('"é%22".png', b"\x89PNG", "image/png"), Upload.of("b", b"x" * 3_000_000), Upload.of("c", b"")]
    sent = await client(api.send_profile, api.Profile("ada", files[0], files[1:]))
    assert sent == {
        "name": "ada",
        '"é%22".png': "image/png 4",
        "b": "application/octet-stream 3000000",
        "c": "application/octet-stream 0",
    }


async def test_without_returns_the_response_comes_back(client: AsyncClient) -> None:
    """With the length of what is not sent, for a HEAD."""
    shown = await client(api.shown, "text/html")
    assert (shown.status, shown.body, shown.headers.get("content-type")) == (203, b"text/html", "text/plain; charset=utf-8")
    looked = await client(api.look)
    assert (looked.status, looked.headers.get("content-length"), looked.body) == (200, "5", b"")


async def test_what_is_compressed_on_the_way_is_not_in_the_result(client: AsyncClient) -> None:
    """The client has undone it."""
    assert await client(api.long_text) == "ada " * 5000


async def test_an_error_is_typed(client: AsyncClient) -> None:
    """By the status alone, by a text, by a problem with members."""
    with pytest.raises(CallError, match=r"GET /users/{id} was answered 404 Not Found: 200 was expected") as missing:
        await client(api.show_user, 2)
    assert missing.value.problem == Problem(status=404, detail="there is no such user")
    assert await client(api.buy, 3) == 0
    with pytest.raises(CallError) as refused:
        await client(api.buy, 4)
    assert (refused.value.status, refused.value.problem_of(api.OutOfCredit).balance) == (403, 3)
    assert refused.value.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("type", "the content-type is text/plain"), ("json", "malformed JSON"), ("model", "missing required field `name`")],
)
async def test_another_version_of_a_service_is_found_out(client: AsyncClient, how: Any, reason: str) -> None:
    """By what it answers, with the endpoint and the reason."""
    with pytest.raises(CallError, match=f"GET /wrong/{{how}} was answered 200 OK: .*{reason}"):
        await client(api.wrong, how)


async def test_what_cannot_be_sent_is_not(client: AsyncClient) -> None:
    """A ValueError of the call."""
    with pytest.raises(ValueError, match="the header 'if-match' cannot hold"):
        await client(api.rename_user, 1, api.NewUser("eve"), "a\r\nx-admin: 1", "light")
    with pytest.raises(ValueError, match="the cookie 'theme' cannot hold"):
        await client(api.rename_user, 1, api.NewUser("eve"), None, "light; admin=1")


async def test_a_route_is_no_operation() -> None:
    """Its types are forgotten; the error says what to give."""
    route: Any = api.show
    async with AsyncClient(api.app) as client:
        with pytest.raises(TypeError, match="is no operation: give the endpoint, by the name"):
            await client(route, 1)


def test_a_synchronous_test_calls_too(server: ServerProcess) -> None:
    """In process and over the network."""
    for target in (api.app, server.url):
        with Client(target) as client:
            assert client(api.show_user, 1).name == "ada"
            with pytest.raises(CallError, match="404"):
                client(api.show_user, 2)
