"""Kept: a value from elsewhere, fetched when it is needed and kept for a while."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, final

import anyio
from typing_extensions import TypeVar

from asgikit.background import LOGGER
from asgikit.errors import ServiceUnavailable

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetimes:
    """How long a value is kept, in seconds. Raises ValueError for times that are not above 0 and in this order.

    At least `cooldown` lies between two fetches, whoever asks for what; a value is fetched again after `lifetime` (or what
    its server says, from 5 minutes to a day), and used for up to `grace` while that fails. A fetch takes `timeout` at most.
    """

    timeout: float = 5
    cooldown: float = 60
    lifetime: float = 3600
    grace: float = 86400

    def __post_init__(self) -> None:
        """Checks them together."""
        if not 0 < self.timeout <= self.cooldown <= self.lifetime <= self.grace < float("inf"):
            raise ValueError("0 < timeout <= cooldown <= lifetime <= grace, in seconds")


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    value: T
    fresh: float
    until: float


@final
class Kept(Generic[T]):
    """A value that `fetch` gets, with the seconds for which its server lets it be kept, if it says so.

    One fetch at a time, which goes on if whoever has caused it leaves. `fetch` raises ServiceUnavailable if it gets nothing.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[tuple[T, float | None]]],
        lifetimes: Lifetimes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is fetched before somebody asks."""
        self._fetch: Callable[[], Awaitable[tuple[T, float | None]]] = fetch
        self._lifetimes: Lifetimes = lifetimes
        self._clock: Callable[[], float] = clock
        self._held: _Held[T] | None = None
        self._next: float | None = None

    @cached_property
    def _fetching(self) -> anyio.Lock:
        return anyio.Lock()

    async def get(self, fits: Callable[[T], bool] = lambda value: True, /) -> T:
        """The value; fetched anew, once in a while, if the one that is kept is old or does not fit, and else as it is.

        Raises ServiceUnavailable if there is none.
        """
        held = self._usable(fits, busy=self._fetching.locked())
        if held is None:
            async with self._fetching:
                held = self._usable(fits, busy=False) or await self._fetched()
        return held.value

    def _usable(self, fits: Callable[[T], bool], *, busy: bool) -> _Held[T] | None:
        held, now = self._held, self._clock()
        resting = not busy and self._next is not None and now < self._next
        if held is None or now >= held.until:
            if resting:
                raise _unavailable()
            return None
        # While somebody fetches, those whom the old value serves do not wait for the new one; the others do.
        return held if resting or (fits(held.value) and (now < held.fresh or busy)) else None

    async def _fetched(self) -> _Held[T]:
        times = self._lifetimes
        # Whatever comes of it: those who have nothing yet try again soon.
        self._next = self._clock() + times.timeout
        try:
            with anyio.fail_after(times.timeout, shield=True):
                value, allowed = await self._fetch()
        except (ServiceUnavailable, TimeoutError) as error:
            LOGGER.warning("what is kept cannot be fetched anew: %r", error)
            self._next = self._clock() + times.timeout  # from now on: all who have waited for this one would try in turn
        else:
            now = self._clock()
            lifetime = times.lifetime if allowed is None else min(max(allowed, 300.0), 86400.0)
            self._held = _Held(value, now + lifetime, now + max(times.grace, lifetime))
        now = self._clock()
        if self._held is None or now >= self._held.until:
            raise _unavailable()
        self._next = now + times.cooldown
        return self._held


def _unavailable() -> ServiceUnavailable:
    return ServiceUnavailable("who you are cannot be verified now", log="the identity provider does not answer")
