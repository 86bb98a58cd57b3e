"""Concurrency limits: so many requests at once, and load beyond that is shed (RFC 9110, 15.6.4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final, overload

from typing_extensions import TypeVar

from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware
from asgikit.partitions import Key, bounded
from asgikit.request import Request
from asgikit.response import Response
from asgikit.slots import Slots

S = TypeVar("S")
K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConcurrencyPolicy:
    """How many run at once, how many wait for their turn and for how many seconds.

    Raises ValueError for a limit below 1, a queue below 0, and for a time that is not finite and above 0.
    """

    limit: int
    queue: int = 0
    wait: float = 1.0

    def __post_init__(self) -> None:
        """Checks all of them."""
        if self.limit < 1 or self.queue < 0:
            raise ValueError(f"limit is a number of requests from 1, queue one from 0: not {self.limit} and {self.queue}")
        if not 0 < self.wait < math.inf:
            raise ValueError(f"wait is a time in seconds above 0, not {self.wait}")


@final
class Crowd:
    """The requests of each key that are there now; a key without any is forgotten."""

    __slots__ = ("_policy", "_slots")

    def __init__(self, policy: ConcurrencyPolicy) -> None:
        """Nobody is there."""
        self._policy: ConcurrencyPolicy = policy
        self._slots: dict[str, Slots] = {}

    def __len__(self) -> int:
        """How many keys have some."""
        return len(self._slots)

    async def enter(self, key: str) -> Callable[[], None]:
        """Takes a slot; gives what has to be called at the end, once at least. Raises ServiceUnavailable without one."""
        slots = self._slots.get(key)
        if slots is None:
            slots = self._slots[key] = Slots(self._policy.limit, self._policy.queue)
        try:
            await slots.acquire(self._policy.wait)
        except BaseException:
            self._forget(key, slots)
            raise
        inside = [slots]

        def leave() -> None:
            if inside:
                inside.pop().release()
                self._forget(key, slots)

        return leave

    def _forget(self, key: str, slots: Slots) -> None:
        if slots.free == self._policy.limit and self._slots.get(key) is slots:
            del self._slots[key]


@overload
def concurrency_limit(limit: int, /, *, queue: int = 0, wait: float = 1.0, key: Key[object] | None = None) -> Middleware: ...
@overload
def concurrency_limit(limit: int, /, *, queue: int = 0, wait: float = 1.0, key: Key[K]) -> Callable[[Handler[K]], Handler[K]]: ...
def concurrency_limit(limit: int, /, *, queue: int = 0, wait: float = 1.0, key: Key[Any] | None = None) -> Any:
    """Lets so many requests in at once, from the start to the end of what is sent: of a stream, and of a WebSocket session.

    Of those beyond, up to `queue` wait for `wait` seconds, first come first served; all others are refused with 503 and
    Retry-After at once, while there is still time to do so. With a `key` each has a limit of its own. Raises ValueError
    for a policy that cannot be meant, CompositionError for an asynchronous key.
    """
    if key is not None:
        require_sync(key, "concurrency_limit(key=)")
    crowd = Crowd(ConcurrencyPolicy(limit=limit, queue=queue, wait=wait))

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def admitted(request: Request[S]) -> Response:
            whose = "" if key is None else key(request)
            if whose is None:
                return await handler(request)
            leave = await crowd.enter(bounded(whose))
            # At the end of the request, whatever becomes of it; behind a body of bytes that is at once.
            connection = request.connection
            connection.close_at_end(leave)
            response = await handler(request)
            if response.body.__class__ is not bytes or response.tasks or connection.is_running:
                connection.watch(lambda sent: leave())  # the work behind it is not what is limited
            return response

        return admitted

    return middleware
