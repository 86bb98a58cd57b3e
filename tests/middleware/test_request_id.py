"""One word for each request."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, mount, root
from asgikit.middleware.request_id import (
    RequestIdFilter,
    RequestIdPolicy,
    as_request,
    current_request_id,
    given_id,
    random_ids,
    request_id,
)
from asgikit.testing import call, talking
from tests.sockets import upgrading

ids = iter(range(1000))


def numbered() -> str:
    return f"id-{next(ids)}"


class Lines(logging.Handler):
    """What was logged, each line with its id."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.addFilter(RequestIdFilter())

    def emit(self, record: Any) -> None:
        self.found.append((record.request_id, record.getMessage()))


@pytest.fixture
def lines() -> Any:
    handler = Lines()
    logger = logging.getLogger("asgikit")
    logger.addHandler(handler)
    yield handler.found
    logger.removeHandler(handler)


log = logging.getLogger("asgikit.test").warning


@get(root)
async def show(request: Request[object]) -> Response:
    log("handler")
    return Response.text(request.id)


async def test_a_request_has_a_new_id() -> None:
    """In the handler and on the response, whatever the client has sent."""
    app = App(show.wrap(request_id()))
    answers = [await call(app, headers={"x-request-id": "mine"}) for _ in range(2)]
    assert all(answer.text == answer.headers["x-request-id"] != "mine" for answer in answers)
    assert answers[0].text != answers[1].text


@pytest.mark.parametrize(
    ("sent", "taken"),
    [(["abc-1"], True), (["a b"], False), (["x" * 129], False), ([""], False), (["a", "b"], False), ([], False)],
)
async def test_the_id_of_whoever_is_in_front(sent: list[str], taken: bool) -> None:
    """If it is trusted, and one plain word."""
    answer = await call(App(show.wrap(request_id(trust=True))), headers=[("X-Request-ID", value) for value in sent])
    assert (answer.text in sent) == taken


async def test_whom_to_trust() -> None:
    """Those that fulfil a predicate."""
    policy = RequestIdPolicy(header="x-trace", trust=lambda request: request.client is not None)
    for client, expected in (("10.0.0.1", "abc"), (None, None)):
        given: list[str | None] = []

        async def look(request: Request[None], given: list[str | None] = given) -> Response:
            given.append(given_id(policy, request))
            return Response.empty()

        await call(App(look), headers={"x-trace": "abc"}, client=client and (client, 1))
        assert given == [expected]


async def test_a_header_of_another_name() -> None:
    """Both ways."""
    answer = await call(App(show.wrap(request_id(header="X-Correlation-ID", trust=True))), headers={"x-correlation-id": "abc"})
    assert (answer.text, answer.headers["x-correlation-id"]) == ("abc", "abc")


def test_a_header_name_is_one() -> None:
    """Or it is refused when the middleware is made."""
    with pytest.raises(ValueError, match="header name"):
        request_id(header="not a name")


@pytest.mark.parametrize("error", [HTTPError(403, "no"), RuntimeError("bug")])
async def test_errors_have_it(error: Exception, lines: list[tuple[str, str]]) -> None:
    """On the response, in the log of the edge, and as a note for whoever logs the traceback; once."""

    async def fail(request: Request[None]) -> Response:
        log("failing")
        raise error

    app = App(request_id(make=numbered)(fail))
    for _ in range(2):
        answer = await call(app)
    word = answer.headers["x-request-id"]
    assert lines[-1] == (word, "failing")
    assert getattr(error, "__notes__", []) == ([] if isinstance(error, HTTPError) else [f"request {word}"])


async def test_what_comes_after_the_handler_has_it(lines: list[tuple[str, str]]) -> None:
    """A stream, the clean-up of one, and the work after the response, even if that fails."""

    async def chunks() -> AsyncIterator[str]:
        try:
            log("chunk")
            yield "x"
        finally:
            log("clean-up")

    async def task() -> None:
        log("task")
        raise RuntimeError("bug")

    async def handler(request: Request[None]) -> Response:
        return Response.stream(chunks()).then(task)

    answer = await call(App(request_id(make=numbered)(handler)))
    words = [message.split()[0] for _, message in lines]
    assert {word for word, _ in lines} == {answer.headers["x-request-id"]}
    assert words == ["chunk", "clean-up", "task", "the"]


async def test_a_session_has_it(lines: list[tuple[str, str]]) -> None:
    """The handshake, the session and its tasks."""

    async def said(message: str) -> None:
        log(message)

    async def session(ws: Any) -> None:
        async with anyio.create_task_group() as group:
            async for message in ws:
                group.start_soon(said, message)
                await ws.send("heard")

    app = App(request_id(make=lambda: "socket")(upgrading(session)._serve))  # pyright: ignore[reportPrivateUsage]
    async with talking(app) as client:
        client.say("one")
        await client.until(1)
    assert ("socket", "one") in lines
    assert client.headers["x-request-id"] == "socket"


async def test_a_mounted_application_has_it(lines: list[tuple[str, str]]) -> None:
    """Its response too."""

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"its own")]})
        log("foreign")
        await send({"type": "http.response.body", "body": b"x"})

    answer = await call(App(Router(mount(root, foreign, lifespan="off")).wrap(request_id(make=lambda: "ours"))))
    assert (answer.headers.get_all("x-request-id"), lines) == (("ours",), [("ours", "foreign")])


async def test_nothing_leaks_to_the_next_request(lines: list[tuple[str, str]]) -> None:
    """Servers may start it in the context of the one before: at its end, or in the middle of it."""

    async def handler(request: Request[None]) -> Response:
        log(request.scope["path"])
        return Response.text("x")

    app, bare = App(request_id(make=numbered)(handler)), App(handler)
    over = anyio.Event()

    async def pipelined() -> None:
        await over.wait()
        await call(bare, target="/pipelined")

    async def pipelining(scope: Any, receive: Any, send: Any) -> None:
        async def sending(event: Any) -> None:
            await send(event)
            if event["type"] == "http.response.body":
                group.start_soon(pipelined)

        await app(scope, receive, sending)
        await call(bare, target="/second")

    async with anyio.create_task_group() as group:
        await call(pipelining, target="/first")
        over.set()
    assert [(word != "-", path) for word, path in lines] == [(True, "/first"), (False, "/second"), (False, "/pipelined")]
    assert current_request_id() is None


async def test_a_request_within_a_request_gives_way(lines: list[tuple[str, str]]) -> None:
    """An application that awaits another in its own task has its own id back afterwards."""
    inner = App(request_id(make=lambda: "inner")(show.handler))

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        with as_request("outer"):
            await inner(scope, receive, send)
            log("outer")

    assert (await call(outer)).text == "inner"
    assert lines == [("inner", "handler"), ("outer", "outer")]


def test_a_job_can_have_one(lines: list[tuple[str, str]]) -> None:
    """It outlives its request."""
    with as_request("job-1"):
        log("in it")
    log("behind it")
    assert lines == [("job-1", "in it"), ("-", "behind it")]


def test_a_record_keeps_the_id_it_has(lines: list[tuple[str, str]]) -> None:
    """Whoever logs knows best."""
    logging.getLogger("asgikit.test").warning("x", extra={"request_id": "given"})
    assert lines == [("given", "x")]


def test_two_forks_make_different_ids() -> None:
    """They have a common memory up to then."""
    make = random_ids()
    make()
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, make().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert len(own := make()) == 32
    assert os.read(reading, 32).decode() != own
    os.close(reading)
    os.close(writing)
