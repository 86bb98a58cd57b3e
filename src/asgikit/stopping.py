"""Stopping: the news that the server is about to stop, for what would otherwise go on for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from types import FrameType
from typing import Final, Protocol, TypeGuard, final

import anyio
import anyio.lowlevel

LIFESPANS: Final = "asgikit.stopping."
"""What the keys begin with that lifespans have in the namespace of a server."""

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""What servers stop at. They tell nobody, and wait for the responses that are under way: for ever, if those are feeds."""


def _nobody() -> None: ...


@final
class Stopping:
    """Told by the server's end of the application, once, and waited for by many responses, in any event loop.

    An application has one, and each of its lifespans a part of it: telling the whole tells all parts, and once all parts are
    told, so is the whole.
    """

    __slots__ = ("_changed", "_key", "_parts", "_told", "_waiting")

    def __init__(self, changed: Callable[[], object] = _nobody) -> None:
        """Nothing is stopping. `changed` is called, from anywhere, when that may have changed."""
        self._changed: Callable[[], object] = changed
        # Where parts are in the server's namespace, which an application shares with those that it runs.
        self._key: str = f"{LIFESPANS}{id(self):x}"
        self._parts: set[Stopping] = set()
        self._told = False
        self._waiting: set[Callable[[], object]] = set()

    @property
    def is_told(self) -> bool:
        """Whether this is about to stop."""
        return self._told

    @property
    def is_partly_told(self) -> bool:
        """Whether this or a part of it is about to stop."""
        return self._told or any(part._told for part in tuple(self._parts))

    def of(self, namespace: Mapping[str, object] | None) -> Stopping:
        """The part of the lifespan that a connection belongs to, by its `scope["state"]`; the whole, where that does not say."""
        part = None if namespace is None else namespace.get(self._key)
        return part if isinstance(part, Stopping) and part in self._parts else self

    def tell(self) -> None:
        """Wakes all who wait; from any thread, and from a signal handler."""
        for part in tuple(self._parts):
            part._tell()
        self._tell()
        self._changed()

    def _tell(self) -> None:
        self._told = True
        for wake in tuple(self._waiting):
            with suppress(RuntimeError):  # an event loop that has ended since
                wake()

    @contextmanager
    def lifespan(self, namespace: MutableMapping[str, object] | None, *, signals: bool) -> Generator[Stopping]:
        """The part of a lifespan that runs as long as the block; the whole is told at signals, if they are wanted.

        `namespace` is the `scope["state"]` of the lifespan, where the server has one.
        """
        part = Stopping(self._part_told)
        self._parts.add(part)
        if namespace is not None:
            namespace[self._key] = part
        self._told = False
        self._changed()
        try:
            with self.at_signals() if signals else nullcontext():
                yield part
        finally:
            self._parts.discard(part)
            self._told = self._all_told()  # with the last one it is over: another may start
            self._changed()

    def _part_told(self) -> None:
        if self._all_told():
            self._tell()
        self._changed()

    def _all_told(self) -> bool:
        return bool(self._parts) and all(part._told for part in tuple(self._parts))

    def call(self, function: Callable[[], None]) -> Callable[[], None]:
        """Has a function called in this event loop when the server is about to stop; gives what calls that off.

        For who cannot have a task that waits. It may be called twice.
        """
        wake = partial(_threadsafe(), function)
        self._waiting.add(wake)  # before the look, as below
        if self._told:
            wake()
        return partial(self._waiting.discard, wake)

    async def wait(self) -> None:
        """Returns when the server is about to stop; never, where nothing says so."""
        event = anyio.Event()
        wake = partial(_threadsafe(), event.set)
        self._waiting.add(wake)  # before the look: whoever tells between the two has told us
        try:
            if not self._told:
                await event.wait()
        finally:
            self._waiting.discard(wake)

    @contextmanager
    def at_signals(self) -> Generator[None]:
        """Tells at SIGINT and SIGTERM, ahead of whoever handles them, for as long as the block runs.

        Only in the main thread, where Python handles signals. The earlier handlers are called, and put back at the end.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with ExitStack() as restored:
            for number in SIGNALS:
                restored.callback(_chain(number, self.tell))
            yield


def _chain(number: int, tell: Callable[[], object]) -> Callable[[], object]:
    """Gives what undoes it."""
    earlier = signal.getsignal(number)
    if not callable(earlier):
        # Nobody serves here who would stop in good order: the signal is ignored, ends the process, or is not Python's.
        return lambda: None
    chained = True

    def handle(signal_number: int, frame: FrameType | None) -> None:
        if chained:
            tell()
        earlier(signal_number, frame)

    def undo() -> None:
        nonlocal chained
        chained = False  # somebody may have put a handler of theirs before ours, and go on calling it
        if signal.getsignal(number) is handle:
            signal.signal(number, earlier)

    signal.signal(number, handle)
    return undo


class _Loop(Protocol):
    def call_soon_threadsafe(self, callback: Callable[[], None]) -> object: ...


class _Trio(Protocol):
    def run_sync_soon(self, callback: Callable[[], None]) -> object: ...


def _is_loop(native: object) -> TypeGuard[_Loop]:
    return hasattr(native, "call_soon_threadsafe")


def _is_trio(native: object) -> TypeGuard[_Trio]:
    return hasattr(native, "run_sync_soon")


def _threadsafe() -> Callable[[Callable[[], None]], object]:
    """How to wake this event loop from elsewhere, a signal handler included, which may interrupt anything."""
    token: object = anyio.lowlevel.current_token()
    native: object = getattr(token, "native_token", token)
    if _is_loop(native):
        return native.call_soon_threadsafe
    if _is_trio(native):
        return native.run_sync_soon
    return lambda callback: callback()
