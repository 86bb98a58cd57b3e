"""Server-Timing: how long a request took, and the parts of it, for the tools of a browser (W3C Server Timing)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Final, Literal, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware, after
from asgikit.http.grammar import is_token
from asgikit.http.listing import listed
from asgikit.http.origin import check_origin
from asgikit.notes import Note
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

PARTS: Final = 32
"""How many names of parts a response tells of; those that come later are left out."""

Audience: TypeAlias = Callable[[Request[object]], bool] | Literal["all"]
"""Who is told: everybody, or whose requests fulfil a predicate."""


@final
@dataclass(slots=True)
class Timings:
    """What was measured for one request so far, in seconds."""

    clock: Callable[[], float]
    began: float
    parts: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])

    def add(self, name: str, seconds: float, description: str) -> None:
        """Counts a part; what has the same name is one part."""
        if name in self.parts or len(self.parts) < PARTS:
            so_far, _ = self.parts.get(name, (0.0, ""))
            self.parts[name] = so_far + seconds, description


_TIMINGS: Final[Note[Timings]] = Note("server timing")


@final
class timing:  # noqa: N801  # used as a function
    """Measures a block as a part of its request, with `with` or `async with`; nothing where no `server_timing` is around.

    Blocks of the same name, one after the other or at once, are added up. Raises ValueError for a name that is no token,
    and for a description that is not printable ASCII.
    """

    __slots__ = ("_began", "_description", "_name", "_timings")

    def __init__(self, request: Request[object], name: str, description: str = "") -> None:
        """The description is for people."""
        check_part(name, description)
        self._name: str = name
        self._description: str = description
        self._timings: Timings | None = _TIMINGS.get(request.connection)
        self._began: float = 0.0

    def __enter__(self) -> None:
        """Begins."""
        if self._timings is not None:
            self._began = self._timings.clock()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends, however the block has ended."""
        if self._timings is not None:
            self._timings.add(self._name, self._timings.clock() - self._began, self._description)

    async def __aenter__(self) -> None:
        """As `with`."""
        self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """As `with`."""
        self.__exit__(kind, error, trace)


def check_part(name: str, description: str = "") -> None:
    """Raises ValueError for what the field cannot hold."""
    if not is_token(name):
        raise ValueError(f"{name!r} is no name of a part: letters, digits and dashes")
    if not (description.isascii() and (description.isprintable() or not description)):
        raise ValueError(f"{description!r} is no description of a part: one line of ASCII")


def metric(name: str, seconds: float, description: str = "") -> str:
    """One part as the field has it, in milliseconds with one decimal: finer ones tell strangers more than developers."""
    escaped = description.replace("\\", "\\\\").replace('"', '\\"')
    return f"{name};dur={seconds * 1000:.1f}" + (f';desc="{escaped}"' if description else "")


def metrics_of(timings: Timings, total: str, now: float) -> str:
    """The value of the field: the total first, then the parts as they were first measured."""
    parts = (metric(name, seconds, description) for name, (seconds, description) in timings.parts.items())
    return ", ".join((metric(total, now - timings.began), *parts))


def server_timing(
    audience: Audience,
    /,
    *,
    total: str = "total",
    origins: Iterable[str] | Literal["*"] = (),
    clock: Callable[[], float] = perf_counter,
) -> Middleware:
    """Tells `audience` how long the response took, in `Server-Timing`, errors included: "all", or who fulfils a predicate.

    How long something took can tell a stranger what was found, hence no default. Pages of other origins can read it
    if `origins` names them (Timing-Allow-Origin). Raises ValueError for another audience, for a `total` that is no token,
    and for what is no origin, CompositionError for an asynchronous predicate.
    """
    if not callable(audience) and audience != "all":
        raise ValueError(f'the audience is "all" or a function of the request, not {audience!r}')
    if audience != "all":
        require_sync(audience, "server_timing()")
    check_part(total)
    allowed = _allowed(origins)

    def tell(request: Request[object], response: Response) -> Response:
        timings = _TIMINGS.get(request.connection)
        if timings is None or not (audience == "all" or audience(request)):
            return response
        told = response.with_added_header("server-timing", metrics_of(timings, total, timings.clock()))
        return told.with_header("timing-allow-origin", allowed) if allowed else told

    telling = after(tell)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        onward = telling(handler)

        def timed(request: Request[S]) -> Awaitable[Response]:  # no coroutine of its own: it waits for nothing else
            _TIMINGS.set(request.connection, Timings(clock, clock()))
            return onward(request)

        return timed

    return middleware


def _allowed(origins: Iterable[str] | Literal["*"]) -> str:
    if origins == "*":
        return "*"
    named = listed(origins, "origins")
    for origin in named:
        check_origin(origin)
    return ", ".join(named)
