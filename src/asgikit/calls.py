"""Calls and replies: an operation as its client sees it, whatever carries the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ParamSpec, Protocol

from typing_extensions import TypeVar

from asgikit.http.headers import Fields, Headers

T_co = TypeVar("T_co", covariant=True)
Out_co = TypeVar("Out_co", covariant=True)
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a client is to send it; fields of its own (Host, Content-Length, User-Agent …) are the client's.

    `url` is a path with its query, percent-encoded; `//host/path` of an operation that is bound to a host.
    """

    method: str
    url: str
    headers: Fields = ()
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response as a client has received it: the whole content, without the content codings that the client undoes."""

    status: int
    headers: Headers = Headers()  # noqa: RUF009  # immutable
    content: bytes = b""


class Operation(Protocol[Out_co, P]):
    """What a typed client calls: made from arguments, answered with a result. An Endpoint is one.

    `Operation[User, [int, NewUser]]` takes an int and a NewUser, and returns a User.
    """

    def call(self, *args: P.args, **kwargs: P.kwargs) -> Call:
        """The request with these arguments. Raises ValueError for one that no request can carry."""
        ...

    def result(self, reply: Reply, /) -> Out_co:
        """What the operation returned. Raises an exception of its own for a reply that is no such result."""
        ...


class ReadableOutput(Protocol[T_co]):
    """An Output that a client can read: what `Endpoint.result` asks of what is given to `returns()`."""

    def read_from(self, reply: Reply, /) -> T_co:
        """The value that was written. Raises ValueError, which says why not, for a reply that has another status or content."""
        ...
