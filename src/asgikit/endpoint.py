"""Endpoint: the immutable description of one operation; called with a handler it gives a Route."""

# pyright: reportPrivateUsage=false
# The arguments of a handler are read on the way of every request.

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVarTuple, final

from typing_extensions import TypeVar

from asgikit.calls import Call, Reply
from asgikit.dispatch import Line
from asgikit.drafts import call_of
from asgikit.errors import CompositionError, HTTPError
from asgikit.handler import after
from asgikit.handshake import OriginPolicy, Origins
from asgikit.http.grammar import is_token
from asgikit.inputs import Input, Output, reads_body
from asgikit.matched import Run
from asgikit.matching import ANY, WEBSOCKET
from asgikit.outcomes import response_of, value_of
from asgikit.path import Pattern, TailPath
from asgikit.problems import CallError
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route

S = TypeVar("S")
T = TypeVar("T")
Out = TypeVar("Out")
In = TypeVarTuple("In")
Ts = TypeVarTuple("Ts")


@final
class Endpoint(Generic[Out, *In]):
    """One operation: a method, a path, what it takes and what it returns.

    Its handler has the signature `(request, *path parameters, *what it takes)`, and returns `Out`.
    """

    __slots__ = ("_inputs", "_method", "_name", "_origins", "_output", "_path")

    def __init__(
        self,
        method: str,
        path: Pattern,
        inputs: tuple[Input[object], ...],
        output: Output[Out] | None,
        name: str | None,
    ) -> None:
        """Use `get(path)`, `post(path)` and so on, or `endpoint(method, path)`."""
        self._method: str = method
        self._path: Pattern = path
        self._inputs: tuple[Input[object], ...] = inputs
        self._output: Output[Out] | None = output
        self._name: str | None = name
        self._origins: OriginPolicy | None = None

    @property
    def method(self) -> str:
        """The method, in upper case."""
        return self._method

    @property
    def pattern(self) -> str:
        """The path as a pattern: `/users/{id}`."""
        return str(self._path)

    @property
    def inputs(self) -> tuple[Input[object], ...]:
        """What the handler takes besides the path parameters, in order."""
        return self._inputs

    @property
    def output(self) -> Output[Out] | None:
        """What the handler returns, None for a Response."""
        return self._output

    def takes(self, source: Input[T], /) -> Endpoint[Out, *In, T]:
        """With one more argument for the handler: `json(Model)`, `query(Model)`, `form(Model)`, `header(…)`, `cookie(…)`."""
        if isinstance(source, type) or not callable(getattr(source, "read", None)):
            raise CompositionError(f"takes() needs an input, not {source!r}: write json({_name(source)}), say")
        if reads_body(source) and any(map(reads_body, self._inputs)):
            raise CompositionError(f"{self!r} takes the body twice: no request is JSON and a form at once")
        return self._guarding(Endpoint(self._method, self._path, (*self._inputs, source), self._output, self._name))

    def returns(self, output: Output[T], /) -> Endpoint[T, *In]:
        """With a handler that returns this in place of a Response: `json(Model)`."""
        if isinstance(output, type) or not callable(getattr(output, "write", None)):
            raise CompositionError(f"returns() needs an output, not {output!r}: write json({_name(output)})")
        return self._guarding(Endpoint(self._method, self._path, self._inputs, output, self._name))

    def _guarding(self, other: Endpoint[T, *Ts]) -> Endpoint[T, *Ts]:
        other._origins = self._origins
        return other

    def __call__(self, handler: Callable[[Request[S], *In], Awaitable[Out]], /) -> Route[S]:
        """The route that this handler serves.

        Raises CompositionError for a synchronous function, or one that does not take the arguments.
        """
        _require_async(handler)
        count = 1 + len(self._path.params) + len(self._inputs)
        _require_arguments(handler, count)
        name = self._name or str(getattr(handler, "__name__", type(handler).__name__))
        run = _caller(handler, bool(self._path.params), self._inputs, self._output)
        if self._origins is not None:
            run = _guarded(run, self._origins)
        return Route(Line(self._method, self._path, name, self._name is not None, run), handler)

    def call(self, *args: *In) -> Call:
        """The request that a client makes for a handler to get these arguments; of a WebSocket, its handshake.

        Raises ValueError for one that no request can carry as it is, TypeError for the wrong number of them,
        CompositionError for an input that has no `write_to`.
        """
        method = "GET" if self._method == WEBSOCKET else self._method
        try:
            return call_of(method, self._path, self._inputs, args)
        except (HTTPError, ValueError) as error:
            raise ValueError(f"{self!r} cannot be called like this: {error}") from error

    def result(self, reply: Reply, /) -> Out:
        """What a handler returned, from the response to such a request; without `returns()` a Response, whatever its status.

        Raises CallError for a reply of another status, or that is no such value; CompositionError for an output that has no
        `read_from`.
        """
        output = self._output
        try:
            found = response_of(reply, self._method) if output is None else value_of(output, reply)
        except (HTTPError, ValueError) as error:  # the one of a codec would be our own answer, in a handler that calls
            raise CallError(f"{self._method} {self._path}", reply, str(error)) from error
        return found  # type: ignore[return-value]  # the type of what returns() was given, Response without it

    def __repr__(self) -> str:
        """Method and pattern."""
        return f"<Endpoint {self._method} {self._path}>"


def _require_async(handler: object) -> None:
    # A partial is as asynchronous as its function, an object as its __call__.
    inside = getattr(handler, "func", None) or getattr(type(handler), "__call__", None)  # noqa: B004  # asked, not tested for
    if inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(inside):
        return
    name = _name(handler)
    raise CompositionError(f"{name} is not an async function: write `async def`, or blocking({name}) to run it in a thread")


def _require_arguments(handler: Callable[..., object], count: int) -> None:
    try:
        signature = inspect.signature(handler)
    except ValueError:
        return  # a callable written in C without a signature
    try:
        signature.bind(*(None,) * count)
    except TypeError as error:
        name = _name(handler)
        raise CompositionError(f"{name}{signature} is called with {count} arguments, the request first: {error}") from None


def _caller(
    handler: Callable[..., Awaitable[Any]],
    has_params: bool,
    inputs: tuple[Input[object], ...],
    output: Output[Any] | None,
) -> Run:
    """A handler of requests alone: the arguments come from the match and the inputs, the result goes through the output."""
    if not inputs and not has_params and output is None:
        return handler
    if not inputs and output is None:

        def plain(request: Request[Any]) -> Awaitable[Response]:
            return handler(request, *request._args)

        return plain
    if not inputs and output is not None:
        write = output.write

        async def returning(request: Request[Any]) -> Response:
            return write(await handler(request, *request._args))

        return returning

    async def taking(request: Request[Any]) -> Response:
        values = [await source.read(request) for source in inputs]
        result = await handler(request, *request._args, *values)
        return result if output is None else output.write(result)

    fields = [str(field) for source in inputs if (field := getattr(source, "vary", None))]
    return after(lambda _, response: response.with_vary(*fields))(taking) if fields else taking


def _guarded(run: Run, origins: OriginPolicy) -> Run:
    async def guarded(request: Request[Any]) -> Response:
        origins.check(request.connection)
        return await run(request)

    return guarded


def _name(given: object) -> str:
    return str(getattr(given, "__name__", given))


def _is_path(given: object) -> bool:
    return isinstance(given, TailPath)


def _operation(method: str, path: TailPath[*Ts], name: str | None) -> Endpoint[Response, *Ts]:
    if not _is_path(path):
        raise CompositionError(f'{path!r} is no path: write root / "users" / param("id", int)')
    return Endpoint(method, path.pattern, (), None, name)


def endpoint(method: str, path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """An operation with any method, QUERY included. Raises CompositionError for one that is no token in upper case."""
    if not is_token(method) or method != method.upper() or method in {ANY, WEBSOCKET, "CONNECT"}:
        raise CompositionError(f"{method!r} is not a method in upper case that a path can have")
    return _operation(method, path, name)


def get(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """GET (RFC 9110, 9.3.1), and HEAD with it."""
    return _operation("GET", path, name)


def head(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """HEAD where it is to differ from GET (RFC 9110, 9.3.2)."""
    return _operation("HEAD", path, name)


def post(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """POST (RFC 9110, 9.3.3)."""
    return _operation("POST", path, name)


def put(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """PUT (RFC 9110, 9.3.4)."""
    return _operation("PUT", path, name)


def delete(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """DELETE (RFC 9110, 9.3.5)."""
    return _operation("DELETE", path, name)


def options(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """OPTIONS where the router's own answer is not enough (RFC 9110, 9.3.7)."""
    return _operation("OPTIONS", path, name)


def trace(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """TRACE (RFC 9110, 9.3.8)."""
    return _operation("TRACE", path, name)


def patch(path: TailPath[*Ts], /, *, name: str | None = None) -> Endpoint[Response, *Ts]:
    """PATCH (RFC 5789)."""
    return _operation("PATCH", path, name)


def websocket(path: TailPath[*Ts], /, *, name: str | None = None, origins: Origins = "same") -> Endpoint[Response, *Ts]:
    """A WebSocket handshake: `Response.upgrade(session)` accepts it, any other response denies it (RFC 6455, 4).

    Handshakes of pages of other sites are 403 before anything runs: `origins` lists whose may open it, in place of the
    host's own; "*" is everybody's, for sockets that trust no cookie (RFC 6455, 10.2). Raises CompositionError for an
    origin that no browser sends.
    """
    operation = _operation(WEBSOCKET, path, name)
    operation._origins = OriginPolicy(origins)
    return operation
