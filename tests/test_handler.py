"""Handlers, middleware, and the middleware that needs no more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from asgikit import (
    App,
    HTTPError,
    Middleware,
    Request,
    Response,
    Router,
    after,
    asgi_middleware,
    blocking,
    catch,
    every,
    except_for,
    get,
    param,
    root,
    some,
    when,
)
from asgikit.errors import CompositionError, NotFound
from asgikit.handler import error_response, require_handler
from asgikit.middleware.compress import compress
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors
from asgikit.middleware.decompress import decompress
from asgikit.middleware.timeouts import timeouts
from asgikit.testing import call


@get(root / param("what", str))
async def fails(request: Request[object], what: str) -> Response:
    raise {"key": KeyError("k"), "value": ValueError("v"), "not-found": NotFound("gone"), "x": HTTPError(418, "tea")}[what]


def teapot(request: Request[object], error: Exception) -> Response:
    return Response.text(f"{type(error).__name__} on {request.path}", status=418)


async def test_catch_turns_an_exception_into_a_response() -> None:
    """Its subclasses too; others pass."""
    app = App(Router(fails).wrap(catch(LookupError, teapot)))
    answer = await call(app, target="/key")
    assert (answer.status, answer.text, answer.error) == (418, "KeyError on /key", None)
    assert isinstance((await call(app, target="/value")).error, ValueError)


async def test_catch_takes_an_exception_out_of_its_group() -> None:
    """One that is alone in it, as task groups wrap what their tasks raise; of a group of several it catches the group."""
    both = [KeyError("k"), ValueError("v")]

    async def grouped(request: Request[object]) -> Response:
        raise ExceptionGroup("outer", [ExceptionGroup("inner", both[: 1 + ("two" in request.query)])])

    app = App(catch(ExceptionGroup, teapot)(catch(LookupError, teapot)(grouped)))
    assert (await call(app)).text == "KeyError on /"
    assert (await call(app, target="/?two=")).text == "ExceptionGroup on /"


async def test_catch_sees_http_errors() -> None:
    """They travel as exceptions until somebody catches them, so a transaction further in rolls back."""
    app = App(Router(fails).wrap(catch(HTTPError, teapot)))
    assert (await call(app, target="/not-found")).text == "NotFound on /not-found"
    seen: list[str] = []

    def transaction(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Any:
            try:
                return await handler(request)
            except Exception as error:
                seen.append(type(error).__name__)
                raise

        return inner

    await call(App(Router(fails).wrap(transaction)), target="/not-found")
    assert seen == ["NotFound"]


def test_catch_takes_exception_classes() -> None:
    """Anything else is refused when it is made."""
    for wrong in (3, int, BaseException):
        untyped: Any = wrong
        with pytest.raises(CompositionError, match="exception class"):
            catch(untyped, teapot)


def test_what_is_no_function_or_gives_no_handler_is_refused() -> None:
    """When it is put together, not at the first request."""

    def forgetful(handler: Any) -> Any:
        return None

    untyped: Any = None
    makes: list[Callable[[], object]] = [
        lambda: require_handler(untyped, print),
        lambda: after(untyped),
        lambda: catch(KeyError, untyped),
        lambda: when(untyped, after(lambda request, response: response)),
        lambda: Router(fails).wrap(when(lambda request: True, forgetful)),
        lambda: Router(fails).wrap(every(forgetful)),
        lambda: Router(fails).wrap(some(forgetful)),
        lambda: Router(fails).otherwise(untyped),
    ]
    for make in makes:
        with pytest.raises(CompositionError):
            make()


async def test_after_changes_every_response() -> None:
    """Those to errors included, each change once, the inner one first."""

    def mark(name: str) -> Any:
        return after(lambda request, response: response.with_added_header("x-mark", f"{name} {request.path}"))

    @get(root)
    async def ok(request: Request[object]) -> Response:
        return Response.text("ok")

    app = App(Router(ok, fails).wrap(mark("inner")).wrap(mark("outer")))
    for target in ("/", "/value", "/x"):
        assert (await call(app, target=target)).headers.get_all("x-mark") == (f"inner {target}", f"outer {target}")


async def test_an_error_that_was_handled_leaves_nothing_behind() -> None:
    """What was to be done to its response is not done to that of the next error."""

    def swallowing(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Any:
            try:
                return await handler(request)
            except KeyError:
                raise RuntimeError("another") from None

        return inner

    def mark(name: str) -> Any:
        return after(lambda request, response: response.with_added_header("x-mark", name))

    answer = await call(App(Router(fails).wrap(mark("inner")).wrap(swallowing).wrap(mark("outer"))), target="/key")
    assert (answer.status, answer.headers.get_all("x-mark")) == (500, ("outer",))


async def test_a_retry_changes_the_response_once() -> None:
    """Though the same error has passed more than once."""

    def retrying(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Any:
            for _ in range(2):
                with suppress(KeyError):
                    return await handler(request)
            return await handler(request)

        return inner

    once = KeyError()

    @get(root)
    async def failing(request: Request[object]) -> Response:
        raise once

    mark = after(lambda request, response: response.with_added_header("x-mark", "yes"))
    answer = await call(App(Router(failing).wrap(mark).wrap(retrying)))
    assert answer.headers.get_all("x-mark") == ("yes",)


async def test_when_chooses_by_the_request() -> None:
    """Others go straight to the handler."""
    mark = after(lambda request, response: response.with_header("x-mark", "yes"))

    @get(root / param("x", str))
    async def ok(request: Request[object], x: str) -> Response:
        return Response.text(x)

    app = App(Router(ok).wrap(when(lambda request: request.path == "/a", mark)))
    assert [(await call(app, target=target)).headers.get("x-mark") for target in ("/a", "/b")] == ["yes", None]


MIDDLEWARE: list[Middleware] = [
    after(lambda request, response: response),
    asgi_middleware(lambda app: app),
    catch(KeyError, teapot),
    cors(["https://a.example"]),
    decompress(),
    every(compress(), conditional()),
    except_for(lambda request: False, compress()),
    timeouts(response=60),
    when(lambda request: True, compress()),
]


@pytest.mark.parametrize("middleware", MIDDLEWARE)
async def test_every_middleware_goes_below_the_line_of_a_route(middleware: Middleware) -> None:
    """What it makes of a handler is one: an asynchronous function."""

    async def handler(request: Request[None]) -> Response:
        return Response.text("here")

    assert (await call(App(Router(get(root)(middleware(handler)))))).text == "here"


async def test_blocking_runs_in_a_thread() -> None:
    """With its arguments and the context, in a limiter of its own if given."""
    variable: ContextVar[str] = ContextVar("variable")
    limiter = anyio.CapacityLimiter(1)
    seen: list[Any] = []

    def work(word: str, *, times: int) -> str:
        seen.extend([threading.current_thread() is threading.main_thread(), limiter.borrowed_tokens, variable.get()])
        return word * times

    variable.set("context")
    assert await blocking(work, limiter=limiter)("ab", times=2) == "abab"
    assert seen == [False, 1, "context"]


async def test_a_refusal_is_logged_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the client calls its method."""

    async def busy(request: Request[object]) -> Response:
        raise HTTPError(503, "busy")

    await call(App(busy), "G\x1b[2J\n")
    assert caplog.messages == ["G\\x1b[2J\\n '/': 503 busy"]


def test_an_error_response_tells_no_more_than_it_should() -> None:
    """The public text of an HTTPError, nothing of any other."""
    assert error_response(NotFound("no such user", log="id 3")).body == b"no such user"
    assert error_response(ValueError("secret")).body == b"Internal Server Error"
