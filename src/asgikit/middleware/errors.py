"""Exceptions as responses, by type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias, final

from typing_extensions import TypeVar

from asgikit.errors import CompositionError
from asgikit.groups import sole
from asgikit.handler import Handler, Middleware, respond_to
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")
E = TypeVar("E", bound=Exception)

Answer: TypeAlias = Callable[[Request[object], E], Response | Awaitable[Response]]
"""What makes a response of an exception: a function, or an asynchronous one."""


@final
class On:
    """An exception class, and what makes a response of such an exception; made by `on`, which knows that they fit."""

    __slots__ = ("answer", "error")

    def __init__(self, error: type[Exception], answer: Callable[..., Response | Awaitable[Response]]) -> None:
        """Use `on(ErrorType, answer)`."""
        self.error: type[Exception] = error
        self.answer: Callable[..., Response | Awaitable[Response]] = answer


Table: TypeAlias = Mapping[type[Exception], Callable[..., Response | Awaitable[Response]]]


def on(error: type[E], answer: Answer[E], /) -> On:
    """For exceptions of this class, and of those that inherit from it, this answer.

    Raises CompositionError for what is no exception class, or no function.
    """
    _require(error, answer)
    return On(error, answer)


def _require(error: object, answer: object) -> None:
    if not (isinstance(error, type) and issubclass(error, Exception)):
        raise CompositionError(f"on() takes an exception class, not {error!r}")
    if not callable(answer):
        raise CompositionError(f"on() takes a function from request and exception to response, not {answer!r}")


def table_of(answers: Iterable[object]) -> Table:
    """The answers by class. Raises CompositionError for a class that is named twice, and for no answer at all."""
    table: dict[type[Exception], Callable[..., Response | Awaitable[Response]]] = {}
    for entry in answers:
        if not isinstance(entry, On):
            raise CompositionError(f"errors() takes what on(…) gives, not {entry!r}")
        if entry.error in table:
            raise CompositionError(f"errors() has two answers for {entry.error.__name__}")
        table[entry.error] = entry.answer
    if not table:
        raise CompositionError("errors() needs one answer at least: errors(on(LookupError, missing))")
    return table


def nearest(table: Table, error: Exception) -> type[Exception] | None:
    """The most specific class of an exception that the table has; None if it has none."""
    return next((kind for kind in type(error).__mro__ if kind in table), None)


def errors(*answers: On) -> Middleware:
    """Turns exceptions into responses; the most specific class wins, whatever the order. Others pass.

    An exception that is alone in a group, as task groups wrap them, counts as itself. What an answer raises goes on in
    the place of the exception. Raises CompositionError for a class that is named twice, and for no answer at all.
    """
    table = table_of(answers)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def answering(request: Request[S]) -> Response:
            try:
                return await handler(request)
            except Exception as raised:
                for found in (sole(raised), raised):
                    if (kind := nearest(table, found)) is not None:
                        return respond_to(request, raised, await _made(table[kind], request, found))
                raise

        return answering

    return middleware


async def _made(answer: Callable[..., Response | Awaitable[Response]], request: Request[object], error: Exception) -> Response:
    made = answer(request, error)
    return made if isinstance(made, Response) else await made
