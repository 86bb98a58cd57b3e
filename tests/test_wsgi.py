"""WSGI applications."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio
import pytest

from asgikit import App, Router, mount, root
from asgikit.conformance import check_wsgi
from asgikit.errors import ClientDisconnected, ProtocolError, UnknownScope
from asgikit.testing import Answer, call, exchanging, http_scope, lifespan_scope, play, websocket_scope
from asgikit.wsgi import from_wsgi

Environ = dict[str, Any]
Start = Callable[..., Callable[[bytes], object]]


def served(app: Any, **options: Any) -> App[None]:
    return App(Router(mount(root / "old", from_wsgi(app, **options))))


def echo(environ: Environ, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]


def told(*names: str) -> Any:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", [])
        return ["|".join(str(environ.get(name)) for name in names).encode("latin-1")]

    return app


@pytest.mark.timeout(200)
@pytest.mark.parametrize("wrap", [from_wsgi, served], ids=["alone", "mounted"])
async def test_it_breaks_no_rule_of_wsgi_or_asgi(wrap: Any) -> None:
    """The kit's honest application, in every case it has; that headers are tuples is a note, and no server minds."""
    adapter = wrap if wrap is from_wsgi else lambda app: App(Router(mount(root, from_wsgi(app))))
    assert await check_wsgi(adapter, ignore={"CORE-MSG-008"}) == ()


async def test_a_request_passes_there_and_back() -> None:
    """With a response in one piece, whose length is known."""
    answer = await call(served(echo), "POST", "/old/x", body=[b"ab", b"", b"c"])
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"abc", "3")


async def test_the_environ_has_its_mount_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the path below it, decoded as PEP 3333 asks for; whatever the environment of the process says."""
    monkeypatch.setenv("SCRIPT_NAME", "/cgi")
    app = served(told("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD"))
    assert (await call(app, "PUT", "/old/a%20%C3%A9?q=%20")).body == "/old|/a Ã©|q=%20|PUT".encode("latin-1")
    assert (await call(app, "GET", "/old")).text == "/old||None|GET".replace("None", "")


async def test_fields_cannot_pass_for_others() -> None:
    """Neither with underscores, nor as the setting of a proxy; lines are joined as each field asks for."""
    app = served(told("HTTP_X_USER", "HTTP_PROXY", "HTTP_COOKIE", "HTTP_ACCEPT"))
    headers = [("x_user", "root"), ("proxy", "evil"), ("cookie", "a=1"), ("cookie", "b=2"), ("accept", "x"), ("accept", "y")]
    assert (await call(app, "GET", "/old", headers=headers)).text == "None|None|a=1; b=2|x,y"


async def test_a_query_that_is_not_ascii_is_quoted() -> None:
    """Servers pass on what clients send."""
    scope: Any = {**http_scope("GET", "/old"), "query_string": b"q=\xe9"}
    answer = await play(served(told("QUERY_STRING")), scope, [{"type": "http.request"}])
    assert answer.text == "q=%E9"


async def test_a_response_streams_in_bounded_memory() -> None:
    """The application is never more than a piece ahead of the client."""
    ahead: list[int] = []
    made = sent = 0

    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        nonlocal made
        start_response("200 OK", [])
        for _ in range(50):
            made += 1
            ahead.append(made - sent)
            yield b"x" * 100_000

    async with exchanging(served(app), "GET", "/old", buffer_size=0) as exchange:
        while await exchange.read():
            sent += 1
    assert (made, sent) == (50, 50)
    assert max(ahead) <= 2


async def test_a_large_upload_is_read_in_pieces() -> None:
    """None of it is kept."""

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        lines = sum(1 for _ in environ["wsgi.input"])
        start_response("200 OK", [])
        return [str(lines).encode()]

    assert (await call(served(app), "POST", "/old", body=[b"line\n" * 1000] * 100)).text == "100000"


async def test_a_client_that_leaves_lets_the_thread_go() -> None:
    """It was waiting to send, and has to come to an end; its iterable is closed."""
    closed = threading.Event()

    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            while True:
                yield b"more"
        finally:
            closed.set()

    for spec_version in ("2.3", "2.5"):
        closed.clear()
        answer = await call(served(app, threads=1), "GET", "/old", leaves_after=3, spec_version=spec_version)
        assert answer.error is None
        assert closed.is_set()


async def test_an_upload_that_breaks_off_is_not_taken_for_whole() -> None:
    """Reading it raises; what the application would answer, nobody gets."""
    seen: list[BaseException] = []

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except ClientDisconnected as error:
            seen.append(error)
        start_response("200 OK", [])
        return [b"thanks"]

    incoming = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}]
    answer = await play(served(app), http_scope("POST", "/old"), incoming)
    assert (answer.events, answer.error, len(seen)) == ([], None, 1)


async def test_errors_are_the_handlers_before_the_first_byte() -> None:
    """Also one that takes a start back; behind it, the response breaks off."""

    def late(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b""
        try:
            raise KeyError
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"page"

    def broken(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"a"
        try:
            raise KeyError
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())

    answer = await call(served(late), "GET", "/old")
    assert (answer.status, answer.text, answer.error) == (500, "page", None)
    answer = await call(served(broken), "GET", "/old")
    assert (answer.status, answer.body, type(answer.error)) == (200, b"a", KeyError)


def without_start(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return [b"a"]


def starting_twice(environ: Environ, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


@pytest.mark.parametrize("app", [without_start, starting_twice])
async def test_an_application_that_breaks_wsgi_is_an_error(app: Any) -> None:
    """For the log; the client gets a 500."""
    answer: Answer = await call(served(app), "GET", "/old")
    assert (answer.status, type(answer.error)) == (500, ProtocolError)


async def test_the_write_callable_sends_too() -> None:
    """As old applications do."""

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        write = start_response("200 OK", [])
        write(b"a")
        return [b"b"]

    assert (await call(served(app), "GET", "/old")).text == "ab"


async def test_requests_wait_for_a_thread() -> None:
    """The event loop does not."""
    free, busy = threading.Event(), threading.Event()
    order: list[str] = []

    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        order.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/slow":
            busy.set()
            free.wait(5)
        start_response("200 OK", [])
        return [b""]

    whole = served(app, threads=1)
    async with anyio.create_task_group() as group:
        group.start_soon(call, whole, "GET", "/old/slow")
        await anyio.to_thread.run_sync(busy.wait, 5)
        group.start_soon(call, whole, "GET", "/old/next")
        await anyio.lowlevel.checkpoint()
        assert order == ["/slow"]
        free.set()
    assert order == ["/slow", "/next"]


async def test_it_has_neither_websockets_nor_a_lifespan() -> None:
    """A handshake is denied, a lifespan is not its."""
    answer = await play(served(echo), websocket_scope("/old", denial=True), [{"type": "websocket.connect"}])
    assert answer.events[0]["status"] == 403
    answer = await play(from_wsgi(echo), lifespan_scope())
    assert isinstance(answer.error, UnknownScope)


def test_it_needs_a_thread() -> None:
    """Or no request would ever be served."""
    with pytest.raises(ValueError, match="not 0"):
        from_wsgi(echo, threads=0)


def test_without_a2wsgi_the_extra_is_named() -> None:
    """When an application is given; importing the module needs nothing."""
    program = (
        "import sys; sys.modules['a2wsgi'] = sys.modules['a2wsgi.wsgi'] = None\n"
        "from asgikit.wsgi import from_wsgi\n"
        "try: from_wsgi(print)\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "install typed-asgikit[wsgi]" in done.stdout
