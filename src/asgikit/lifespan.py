"""Start-up and shutdown as one context manager of typed state."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from inspect import isasyncgenfunction
from traceback import format_exception_only
from types import TracebackType
from typing import Any, Generic, TypeAlias, TypeVarTuple, final, overload

from typing_extensions import TypeVar

from asgikit.asgi import (
    AnyReceive,
    AnySend,
    HTTPScope,
    WebSocketScope,
    shutdown_complete,
    shutdown_failed,
    startup_complete,
    startup_failed,
)
from asgikit.background import LOGGER
from asgikit.errors import CompositionError, InvalidEvent, StateMissing

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
S = TypeVar("S")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Lifespan: TypeAlias = Callable[[], AbstractAsyncContextManager[S]]
"""A function decorated with `@asynccontextmanager`, or anything else that gives such a context manager."""


async def serve_nothing(receive: AnyReceive, send: AnySend, stop: Callable[[], None]) -> None:
    """Answers the lifespan protocol where there is nothing to start; `stop` is called at shutdown."""
    await expect(receive, "lifespan.startup")
    await send(startup_complete())
    await expect(receive, "lifespan.shutdown")
    stop()
    await send(shutdown_complete())


async def serve_lifespan(
    lifespan: Lifespan[S], publish: Callable[[S], None], stop: Callable[[], None], receive: AnyReceive, send: AnySend
) -> None:
    """Enters the lifespan at startup, publishes its state, calls `stop` and leaves it at shutdown (lifespan, Scope).

    A failure is logged, and reported to the server with its reason.
    """
    await expect(receive, "lifespan.startup")
    started = False
    try:
        async with lifespan() as state:
            publish(state)
            started = True
            await send(startup_complete())
            await expect(receive, "lifespan.shutdown")
            stop()
    except Exception as error:  # noqa: BLE001  # reported to the server, which ends the process
        LOGGER.exception("the lifespan failed at %s", "shutdown" if started else "startup")
        reason = "".join(format_exception_only(error)).strip()
        await send(shutdown_failed(reason) if started else startup_failed(reason))
    else:
        await send(shutdown_complete())


async def expect(receive: AnyReceive, kind: str) -> None:
    """Receives the one event that can come here. Raises InvalidEvent for another."""
    event = await receive()
    if event["type"] != kind:
        raise InvalidEvent(f"the server sent {event['type']!r} where the lifespan protocol has {kind!r}")


def given(state: S) -> Lifespan[S]:
    """The lifespan of a state that there is already: nothing starts, nothing stops."""
    return lambda: nullcontext(state)


@final
class States(Generic[S]):
    """The state of each lifespan that runs, by the token that the server hands back in `scope["state"]`.

    Where a server has no such namespace, it is the state of the latest. The key is one for each owner, for an
    application that runs another may share the server's namespace with it.
    """

    __slots__ = ("_given", "_key", "_latest", "_states")

    def __init__(self, owner: object, *given: S) -> None:
        """Nothing has started; `given` is the state that there is without a lifespan, if there is one."""
        self._key: str = f"asgikit.{id(owner):x}"
        self._states: dict[object, S] = {}
        self._given: tuple[S, ...] = given
        self._latest: tuple[S, ...] = given

    def publish(self, token: object, state: S, shared: dict[str, object] | None) -> None:
        """A lifespan has started; `shared` is the namespace of its scope, if the server has one."""
        self._states[token] = state
        self._latest = (state,)
        if shared is not None:
            shared[self._key] = token

    def forget(self, token: object) -> None:
        """A lifespan has ended, if it ever started."""
        self._states.pop(token, None)
        self._latest = tuple(self._states.values())[-1:] or self._given

    def of(self, scope: HTTPScope | WebSocketScope) -> S:
        """The state of the lifespan that a connection belongs to. Raises StateMissing if none has run."""
        shared = scope.get("state")
        if shared is not None and (token := shared.get(self._key)) in self._states:
            return self._states[token]
        if not self._latest:
            raise StateMissing("no lifespan has run: a server (or a test client) has to run it before the first request")
        return self._latest[0]

    def sole(self) -> S:
        """The state that there is. Raises StateMissing if no lifespan runs, or several do, each with a state of its own."""
        if self._given:
            return self._given[0]
        if len(self._states) != 1:
            running = "no lifespan runs" if not self._states else f"{len(self._states)} lifespans run, each with its own"
            raise StateMissing(f"{running}: there is one state as long as one lifespan runs, or what with_state(…) has given")
        return self._latest[0]


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """One of several lifespans, and whether it is given what those before it give."""

    start: Callable[..., AbstractAsyncContextManager[object]]
    dependent: bool


@final
class _Named(AbstractAsyncContextManager[object]):
    """A lifespan whose errors say whose they are."""

    def __init__(self, part: _Part, values: Sequence[object]) -> None:
        self._name = getattr(part.start, "__qualname__", repr(part.start))
        self._inside = part.start(*values) if part.dependent else part.start()

    async def __aenter__(self) -> object:
        try:
            return await self._inside.__aenter__()
        except Exception as error:
            error.add_note(f"in the lifespan {self._name}, at its start")
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        try:
            return await self._inside.__aexit__(kind, error, traceback)
        except Exception as own:
            if own is not error:
                own.add_note(f"in the lifespan {self._name}, at its end")
            raise


@final
class Lifespans(Generic[*Ts]):
    """Several lifespans that give values of the types `Ts`: started in their order, stopped in reverse."""

    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[_Part, ...]) -> None:
        """Use `lifespans(…)`."""
        self._parts: tuple[_Part, ...] = parts

    def then(self, lifespan: Callable[[*Ts], AbstractAsyncContextManager[T]], /) -> Lifespans[*Ts, T]:
        """With one more that is called with what those before it give. Raises CompositionError for what is no lifespan."""
        require_lifespan(lifespan)
        return Lifespans[*tuple[Any, ...]]((*self._parts, _Part(lifespan, dependent=True)))

    def into(self, state: Callable[[*Ts], S], /) -> Lifespan[S]:
        """One lifespan, its state made of what each gives, in order: by a class, or another function.

        If one fails to start, those before it are stopped; the error says whose it is.
        """
        parts = self._parts
        make: Callable[..., S] = state

        @asynccontextmanager
        async def together() -> AsyncGenerator[S]:
            values: list[Any] = []
            async with AsyncExitStack() as stack:
                for part in parts:
                    values.append(await stack.enter_async_context(_Named(part, values)))  # each needs those before
                yield make(*values)

        return together


def require_lifespan(lifespan: object) -> None:
    """Raises CompositionError for what cannot be one, saying what to write instead."""
    name = getattr(lifespan, "__name__", repr(lifespan))
    if not callable(lifespan):
        raise CompositionError(f"{name} is no lifespan: write a function with @asynccontextmanager above it")
    if isasyncgenfunction(lifespan):
        raise CompositionError(f"the lifespan {name} lacks its decorator: write @asynccontextmanager above it")


@overload
def lifespans(a: Lifespan[A], /) -> Lifespans[A]: ...
@overload
def lifespans(a: Lifespan[A], b: Lifespan[B], /) -> Lifespans[A, B]: ...
@overload
def lifespans(a: Lifespan[A], b: Lifespan[B], c: Lifespan[C], /) -> Lifespans[A, B, C]: ...
@overload
def lifespans(a: Lifespan[A], b: Lifespan[B], c: Lifespan[C], d: Lifespan[D], /) -> Lifespans[A, B, C, D]: ...
@overload
def lifespans(a: Lifespan[A], b: Lifespan[B], c: Lifespan[C], d: Lifespan[D], e: Lifespan[E], /) -> Lifespans[A, B, C, D, E]: ...
def lifespans(*parts: Lifespan[Any]) -> object:
    """Several lifespans, to be made `into` one; what needs the values of others comes with `then`, and so does a sixth.

    Raises CompositionError for what is no lifespan.
    """
    for part in parts:
        require_lifespan(part)
    return Lifespans[*tuple[Any, ...]](tuple(_Part(part, dependent=False) for part in parts))
