"""Exceptions as responses, by type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asgikit import App, Handler, HTTPError, Request, Response, Router, after, get, param, root, websocket
from asgikit.errors import CompositionError, NotFound
from asgikit.middleware.errors import errors, nearest, on, table_of
from asgikit.testing import call, play, websocket_scope


class DatabaseDown(Exception): ...


RAISED: dict[str, Exception] = {
    "key": KeyError("k"),
    "lookup": LookupError("l"),
    "value": ValueError("v"),
    "db": DatabaseDown("db.internal:5432"),
    "group": ExceptionGroup("g", [ExceptionGroup("h", [KeyError("k")])]),
    "pair": ExceptionGroup("g", [KeyError("k"), LookupError("l")]),
    "http": NotFound("no such thing"),
}


@get(root / param("what", str))
async def fails(request: Request[object], what: str) -> Response:
    raise RAISED[what]


def says(text: str) -> Callable[[Request[object], Exception], Response]:
    return lambda request, error: Response.text(f"{text} {type(error).__name__}", status=418)


async def unavailable(request: Request[object], error: DatabaseDown) -> Response:
    return Response.text("back soon", status=503, headers={"retry-after": "9"})


middleware = errors(on(LookupError, says("lookup")), on(DatabaseDown, unavailable), on(KeyError, says("key")))
WAYS: list[Callable[[], Handler[object]]] = [
    lambda: fails.wrap(middleware),
    lambda: Router(fails).wrap(middleware),
    lambda: Router(Router(fails).wrap(middleware)),
    lambda: middleware(Router(fails)),
]


@pytest.mark.parametrize("way", WAYS)
async def test_the_most_specific_class_wins(way: Callable[[], Handler[object]]) -> None:
    """Around a route, a router, one in another, an application; whatever the order. Answers may be asynchronous."""
    app = App(way())
    got = [(await call(app, target=f"/{what}")).text for what in ("key", "lookup", "db", "group")]
    assert got == ["key KeyError", "lookup LookupError", "back soon", "key KeyError"]


@pytest.mark.parametrize("what", ["value", "pair"])
async def test_others_pass(what: str) -> None:
    """Groups of several too."""
    answer = await call(App(fails.wrap(middleware)), target=f"/{what}")
    assert (answer.status, answer.error) == (500, RAISED[what])


async def test_a_group_of_several_has_a_class_too() -> None:
    """Where nothing fits its only member."""
    app = App(fails.wrap(errors(on(ExceptionGroup, says("group")), on(ValueError, says("value")))))
    assert [(await call(app, target=f"/{what}")).text for what in ("pair", "group")] == ["group ExceptionGroup"] * 2


async def test_http_errors_can_be_answered() -> None:
    """By their classes, or all of them."""
    app = App(fails.wrap(errors(on(HTTPError, says("http")), on(NotFound, says("missing")))))
    assert (await call(app, target="/http")).text == "missing NotFound"


async def test_fields_of_other_middleware_are_kept() -> None:
    """D16: of those that the exception has passed on its way."""
    stamped = after(lambda request, response: response.with_added_header("x-stamp", "1"))
    for app in (App(fails.wrap(stamped).wrap(middleware)), App(fails.wrap(middleware).wrap(stamped))):
        answer = await call(app, target="/db")
        assert (answer.headers.get_all("x-stamp"), answer.headers["retry-after"]) == (("1",), "9")


async def test_an_answer_that_fails_is_an_error() -> None:
    """A 500, in the place of the exception, which is its context."""

    def fail(request: Request[object], error: Exception) -> Response:
        raise RuntimeError("of the answer")

    answer = await call(App(fails.wrap(errors(on(KeyError, fail)))), target="/key")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert isinstance(answer.error, RuntimeError)
    assert answer.error.__context__ is RAISED["key"]


async def test_a_handshake_is_denied_by_an_answer() -> None:
    """As any response denies."""

    @websocket(root)
    async def socket(request: Request[object]) -> Response:
        raise DatabaseDown

    answer = await play(App(socket.wrap(middleware)), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert (answer.events[0]["status"], answer.error) == (503, None)


def test_the_nearest_class_is_the_first_in_the_order_of_resolution() -> None:
    """As Python would look up a method."""

    class Both(DatabaseDown, KeyError): ...

    table = table_of([on(KeyError, says("k")), on(DatabaseDown, unavailable)])
    assert nearest(table, Both()) is DatabaseDown
    assert nearest(table, ValueError()) is None


def test_what_cannot_be_meant_is_refused() -> None:
    """When it is made."""
    untyped: Any = None
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: on(untyped, print), "exception class"),
        (lambda: on(BaseException, untyped), "exception class"),  # type: ignore[type-var]  # refused by checkers too
        (lambda: on(KeyError, untyped), "takes a function"),
        (errors, "at least"),
        (lambda: errors(untyped), r"what on\(…\) gives"),
        (lambda: errors(on(KeyError, says("a")), on(KeyError, says("b"))), "two answers for KeyError"),
    ]
    for make, text in wrong:
        with pytest.raises(CompositionError, match=text):
            make()
