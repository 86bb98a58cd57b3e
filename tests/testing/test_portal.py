"""Client, for tests that are not asynchronous."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest

from asgikit import SetCookie
from asgikit.conformance import ConformanceError
from asgikit.testing import Client, NoAnswer, NotRunning
from tests.testing.apps import body, echo, sending, start
from tests.testing.test_client import app

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])
Backend = Literal["asyncio", "trio"]


@BACKENDS
def test_it_is_the_same_client_without_await(backend: Backend) -> None:
    """Lifespan, cookies, redirects."""
    with Client(app, backend=backend, follow_redirects=True) as client:
        assert client.get("/name").text == "ada"
        assert client.post("/sign-in").text == "ada"
        assert dict(client.cookies) == {"who": "ada"}


def test_what_goes_wrong_is_raised_here() -> None:
    """Exceptions of the application, broken rules, silence."""

    async def raising(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with Client(raising, lifespan="off") as client, pytest.raises(ZeroDivisionError):
        client.get("/")
    with Client(sending(body())) as client, pytest.raises(ConformanceError, match="HTTP-"):
        client.get("/")
    with Client(sending(start(200, (b"content-type", b"text/event-stream")), body(b":", more=True))) as client:  # noqa: SIM117  # one fails
        with pytest.raises(AssertionError), client.events("/") as events:
            events.receive(timeout=1)


def test_a_client_outside_of_its_block_says_what_to_write() -> None:
    """As the asynchronous one."""
    client = Client(echo)
    with pytest.raises(NotRunning, match="write `with Client"):
        client.get("/")
    uses: list[Callable[[], object]] = [lambda: client.headers, lambda: client.cookies, lambda: client.state]
    for use in (*uses, lambda: client.set_cookie(SetCookie("a", "b")), lambda: client.get("/")):
        with pytest.raises(NotRunning, match="write `with Client"):
            use()
    with client, pytest.raises(NotRunning, match="runs already"):
        client.__enter__()


def test_silence_ends_in_time() -> None:
    """No test hangs."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()

    with Client(silent, lifespan="off", timeout=0.05) as client, pytest.raises(NoAnswer):
        client.get("/")


def test_every_method_has_its_own() -> None:
    """And any other can be written."""
    with Client(echo) as client:
        for method in (client.get, client.head, client.options, client.delete):
            assert method("/").status_code == 200
        for sends in (client.post, client.put, client.patch, client.query):
            assert sends("/", content=b"x").content == b"x"
        assert client.request("PURGE", "/").status_code == 200


def test_the_state_is_there() -> None:
    """Of an application that keeps one."""
    with Client(app) as client:
        assert client.state is not None
