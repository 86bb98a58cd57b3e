"""Request ids: one word for each request, in every line of its log and on its response."""

from __future__ import annotations

import logging
import os
import random
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, final

from typing_extensions import TypeVar

from asgikit.errors import ClientDisconnected, HTTPError
from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware, after
from asgikit.http.headers import encode_field, lines_of
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

Trust = Callable[[Request[object]], bool]

_WORD: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")  # nothing that would need quoting in a line of a log
_NOTE: Final = "request "


@final
@dataclass(slots=True)
class _Current:
    """The id of whatever runs in this context, as long as its request does."""

    id: str
    earlier: _Current | None = None
    over: bool = False

    def end(self) -> None:
        """Gives way to what was there before."""
        self.over = True
        if _current.get() is self:
            _current.set(self.earlier)


_current: ContextVar[_Current | None] = ContextVar("asgikit.request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request that this code works for; None for none, and after its end."""
    current = _current.get()
    # Some servers start the next request of a connection in the context of the last one.
    return None if current is None or current.over else current.id


@contextmanager
def as_request(id: str) -> Generator[None]:  # noqa: A002  # its name everywhere
    """Runs the block under this id: for a job that outlives its request, which has to be given it."""
    token = _current.set(_Current(id))
    try:
        yield
    finally:
        _current.reset(token)


@final
class RequestIdFilter(logging.Filter):
    """Puts `request_id` into every log record, "-" outside of requests; lets all of them through.

    It belongs on handlers: a filter on a logger does not see the records of the loggers below it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Leaves a `request_id` alone that the record has already."""
        if "request_id" not in record.__dict__:
            record.request_id = current_request_id() or "-"
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestIdPolicy:
    """Where the id is in requests and responses, and from whom one is taken.

    Raises ValueError for what is no header name, CompositionError for a predicate that is asynchronous.
    """

    header: str = "x-request-id"
    trust: Trust | None = None

    def __post_init__(self) -> None:
        """Checks the name."""
        encode_field(self.header, "")
        if self.trust is not None:
            require_sync(self.trust, "request_id(trust=)")


def given_id(policy: RequestIdPolicy, request: Request[object]) -> str | None:
    """The id that came with the request, if it is from somebody we trust, the only one, and a plain word."""
    if policy.trust is None:
        return None
    key = policy.header.lower().encode("ascii")
    found = lines_of(request.raw_headers, key)
    if len(found) != 1 or not policy.trust(request):
        return None
    word = found[0].decode("latin-1")
    return word if _WORD.fullmatch(word) else None


def random_ids() -> Callable[[], str]:
    """Makes ids of 32 hexadecimal digits. They are no secrets: who knows many of them can tell the next ones.

    The second half is that of whoever makes them. The first is cheap, and different after a fork: Python seeds `random`
    anew then.
    """
    own, bits = os.urandom(8).hex(), random.getrandbits
    return lambda: f"{bits(64):016x}{own}"


def _note(error: Exception, id: str) -> None:  # noqa: A002  # its name everywhere
    """Tells whoever logs the error, the server perhaps, when the request is over."""
    if not isinstance(error, HTTPError | ClientDisconnected):
        notes: list[str] = getattr(error, "__notes__", [])  # an exception may be raised again and again
        notes[:] = [note for note in notes if not note.startswith(_NOTE)]
        error.add_note(f"{_NOTE}{id}")


def request_id(*, header: str = "x-request-id", trust: bool | Trust = False, make: Callable[[], str] | None = None) -> Middleware:
    """Gives each request an id: `request.id`, `request_id` in log records through RequestIdFilter, and a response field.

    It is a new one; with `trust` the one that comes in the header, if it is a plain word of 128 characters at most: where
    whoever sends it is trusted, for all requests or for those that fulfil a predicate. It is known to whatever works for
    the request, up to its end: streams, sessions, the work after the response, and errors on their way out, which have it as
    a note. Raises ValueError for what is no header name, CompositionError for an asynchronous function.
    """
    policy = RequestIdPolicy(header=header, trust=(_always if trust else None) if isinstance(trust, bool) else trust)
    new = random_ids() if make is None else make
    require_sync(new, "request_id(make=)")

    def stamp(request: Request[object], response: Response) -> Response:
        return response.with_header(header, request.connection.id)

    stamped = after(stamp)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        onward = stamped(handler)

        async def identified(request: Request[S]) -> Response:
            connection = request.connection
            connection.id = given_id(policy, request) or new()
            current = _Current(connection.id, _current.get())
            _current.set(current)
            # Not when we return: what comes after that, sending included, is still of this request.
            connection.close_at_end(current.end)
            try:
                return await onward(request)
            except Exception as error:
                _note(error, connection.id)
                raise

        return identified

    return middleware


def _always(request: Request[object]) -> bool:
    return True
