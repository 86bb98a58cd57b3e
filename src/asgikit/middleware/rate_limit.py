"""Rate limits: so many requests in so much time (RFC 6585, 4; draft-ietf-httpapi-ratelimit-headers-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, final, overload

from typing_extensions import TypeVar

from asgikit.errors import CompositionError, TooManyRequests
from asgikit.functions import has_methods, require_sync
from asgikit.handler import Handler, Middleware, after
from asgikit.http.headers import Headers
from asgikit.notes import Note
from asgikit.partitions import Key, bounded, by_client
from asgikit.rates import SECOND, Quota, Rate, RateStore
from asgikit.request import Request
from asgikit.response import Response
from asgikit.stores.memory_rates import MemoryRates

S = TypeVar("S")
K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class RatePolicy:
    """Rates, of which each has to have room for a request.

    Raises ValueError for no rate at all, and for two of one name.
    """

    rates: tuple[Rate, ...]
    field: tuple[bytes, bytes] = field(init=False, repr=False)
    """The RateLimit-Policy field: each rate with its quota and its window in seconds."""

    def __post_init__(self) -> None:
        """Checks the rates, and writes the field."""
        names = [rate.name for rate in self.rates]
        if not names:
            raise ValueError("give one rate at least: rate_limit(per_minute(60))")
        if len(set(names)) < len(names):
            raise ValueError(f"two rates have one name, which clients tell them apart by: {names}")
        listed = (f'"{rate.name}";q={rate.quota};w={rate.window}' for rate in self.rates)
        object.__setattr__(self, "field", (b"ratelimit-policy", ", ".join(listed).encode()))


def limited(policy: RatePolicy, quotas: Sequence[Quota], response: Response) -> Response:
    """The response with what is left of each rate, and in how many seconds all of it is back."""
    told = ", ".join(
        [f'"{rate.name}";r={quota.remaining};t={_seconds(quota.reset)}' for rate, quota in zip(policy.rates, quotas, strict=True)]
    )
    return response.with_added_headers(Headers.of((policy.field, (b"ratelimit", told.encode()))))


def refusal(quotas: Iterable[Quota]) -> TooManyRequests | None:
    """The refusal of a request that has found these quotas, None if there is room for it in all of them."""
    wait = max(quota.wait for quota in quotas)
    if not wait:
        return None
    seconds = str(max(1, _seconds(wait)))
    return TooManyRequests(f"too many requests: try again in {seconds} s", headers=(("retry-after", seconds),))


def _seconds(nanoseconds: int) -> int:
    return -(-nanoseconds // SECOND)  # never too early


@final
class Counter:
    """Counts requests by key, and remembers with each what it has found."""

    __slots__ = ("_found", "_policy", "_prefix", "_store")

    def __init__(self, policy: RatePolicy, store: RateStore, prefix: str) -> None:
        """In this store, under keys with this prefix. Raises CompositionError for what is no store."""
        if not has_methods(store, "take"):
            raise CompositionError(f"{store!r} keeps no count: give one with take, as MemoryRates() is")
        self._policy: RatePolicy = policy
        self._store: RateStore = store
        self._prefix: str = prefix
        self._found: Note[tuple[Quota, ...]] = Note("rate_limit")

    async def count(self, request: Request[object], key: str, cost: int) -> None:
        """Takes what the request costs, if it is there."""
        quotas = await self._store.take(self._prefix + bounded(key), self._policy.rates, cost)
        self._found.set(request.connection, quotas)

    def check(self, request: Request[object]) -> None:
        """Raises TooManyRequests if it was not there."""
        quotas = self._found.get(request.connection)
        if quotas is not None and (error := refusal(quotas)) is not None:
            raise error

    def tell(self, request: Request[object], response: Response) -> Response:
        """The response with what is left."""
        quotas = self._found.get(request.connection)
        return response if quotas is None else limited(self._policy, quotas, response)


@overload
def rate_limit(
    *rates: Rate,
    key: Key[object] = ...,
    cost: Callable[[Request[object]], int] | None = None,
    store: RateStore | None = None,
    scope: str = "",
    fields: bool = True,
) -> Middleware: ...
@overload
def rate_limit(
    *rates: Rate,
    key: Key[K],
    cost: Callable[[Request[object]], int] | None = None,
    store: RateStore | None = None,
    scope: str = "",
    fields: bool = True,
) -> Callable[[Handler[K]], Handler[K]]: ...
def rate_limit(
    *rates: Rate,
    key: Key[Any] | None = None,
    cost: Callable[[Request[object]], int] | None = None,
    store: RateStore | None = None,
    scope: str = "",
    fields: bool = True,
) -> Any:
    """Refuses with 429 and Retry-After what comes faster than one of the rates allows, and tells clients what they have left.

    Counted by `key`: the address of the client by default, or what a function makes of the request, whose state it may
    need. `cost` says how many units a request takes. The `store` is one of its own in memory by default; what shares a
    store counts together where rates and `scope` are the same. Raises ValueError for rates that cannot be meant,
    CompositionError for an asynchronous function, and for what is no store.
    """
    # The prefix is of one length, so that no key of one limit reads like that of another.
    prefix = blake2b(repr((scope, rates)).encode(), digest_size=8).hexdigest()
    counter = Counter(RatePolicy(rates=rates), MemoryRates() if store is None else store, prefix)
    whose = by_client() if key is None else key
    require_sync(whose, "rate_limit(key=)")
    if cost is not None:
        require_sync(cost, "rate_limit(cost=)")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def refused(request: Request[S]) -> Response:
            counter.check(request)
            return await handler(request)

        onward = after(counter.tell)(refused) if fields else refused

        async def counted(request: Request[S]) -> Response:
            name = whose(request)
            if name is None:
                return await handler(request)
            await counter.count(request, name, 1 if cost is None else cost(request))
            return await onward(request)

        return counted

    return middleware
