"""Cached responses: a shared cache in front of handlers (RFC 9111)."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Final, NamedTuple

from typing_extensions import TypeVar

from asgikit.asgi import HTTPScope
from asgikit.background import LOGGER
from asgikit.body import Stream
from asgikit.cachepolicy import (
    ANYTHING,
    ASKING,
    LARGEST,
    CachePolicy,
    also_changed,
    answered,
    asked_for,
    from_store,
    key_of,
    to_store,
)
from asgikit.caching import CacheStore, Shelf, Stored
from asgikit.errors import ClientDisconnected, CompositionError, HTTPError
from asgikit.flights import Flight, Flights, Outcome
from asgikit.functions import has_methods
from asgikit.handler import Handler, Middleware
from asgikit.http.cache import CacheControl
from asgikit.http.headers import Headers
from asgikit.http.listing import listed
from asgikit.http.methods import SAFE
from asgikit.http.storing import is_acceptable
from asgikit.request import Request
from asgikit.response import Response
from asgikit.sending import close_chunks
from asgikit.stores.expiring import Expiring
from asgikit.stores.memory_cache import MemoryCache

S = TypeVar("S")
T = TypeVar("T")

_PASSED: Final = 60  # seconds in which nobody waits for others to make what could not be kept the last time
_TURNS: Final = 2  # how often somebody waits for others
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_OWN: Final = "\n"  # no key begins with it


def _has_content(request: Headers) -> bool:
    # One look at the lines: nearly no GET has any of them.
    framing = [(name.lower(), value) for name, value in request.raw if name.lower() in _FRAMING]
    return any(line != (b"content-length", b"0") for line in framing)


class _Ask(NamedTuple):
    """What a GET or HEAD asks for."""

    scope: HTTPScope
    headers: Headers
    control: CacheControl
    key: str
    lane: str
    """Those with credentials wait for each other alone: what they get may be their own."""
    personal: bool
    """Whether a middleware further out knows who asks: then only what is for everybody is theirs."""


class _Cache:
    """What is kept, and what is being made."""

    __slots__ = ("_flights", "_passed", "_policy", "_shelf")

    def __init__(self, policy: CachePolicy, store: CacheStore) -> None:
        """In this store."""
        self._policy: CachePolicy = policy
        self._shelf: Shelf = Shelf(store)
        self._flights: Flights = Flights()
        self._passed: Expiring[bool] = Expiring(1024)

    async def respond(self, request: Request[S], handler: Handler[S]) -> Response:
        """The response that is kept, or the handler's."""
        scope = request.scope
        if scope["type"] != "http":
            return await handler(request)
        if scope["method"] not in {"GET", "HEAD"}:
            return await self._change(scope, request, handler)
        if _has_content(request.headers):
            return await handler(request)  # what a GET says in its content is in no key
        ask = self._ask(scope, request.headers, request.connection.is_personal)
        stored = None if ask.control.no_cache else await self._find(ask)
        if stored is not None and (hit := self._hit(ask, stored)) is not None:
            return hit
        return await self._without(stored, ask, request, handler)

    async def _without(self, stored: Stored | None, ask: _Ask, request: Request[S], handler: Handler[S]) -> Response:
        """The response where what is kept is none, or not fresh enough."""
        if ask.control.only_if_cached:
            return Response.text("this is not in the cache", status=504)  # RFC 9111, 5.2.1.7
        if ask.scope["method"] == "HEAD" or "range" in ask.headers:
            return await handler(request)
        if stored is not None and ask.control == ANYTHING:
            age, terms = self._age(stored), stored.terms
            if age < terms.lifetime + terms.while_revalidate:
                return answered(ask.scope, ask.headers, from_store(stored, age)).then(self._refresh, ask, request, handler)
            if age < terms.lifetime + terms.if_error:
                return await self._miss_or_stale(stored, ask, request, handler)
        return await self._miss(ask, request, handler)

    def _ask(self, scope: HTTPScope, headers: Headers, personal: bool) -> _Ask:  # one caller
        key = key_of(scope, headers)
        is_own = personal or any(name in headers for name in self._policy.credentials)
        return _Ask(scope, headers, asked_for(self._policy, headers), key, _OWN + key if is_own else key, personal)

    def _age(self, stored: Stored) -> int:
        return max(0, int(self._policy.clock()) - stored.made)

    def _hit(self, ask: _Ask, stored: Stored) -> Response | None:
        age = self._age(stored)
        if not is_acceptable(ask.control, age, stored.terms.lifetime):
            return None
        return answered(ask.scope, ask.headers, from_store(stored, age))

    async def _find(self, ask: _Ask) -> Stored | None:
        stored = await _tried(self._shelf.find(ask.key, ask.headers))
        if stored is None or (ask.personal and not stored.terms.shared):
            return None
        return stored if stored.terms.is_for(ask.headers, self._policy.credentials) else None

    async def _change(self, scope: HTTPScope, request: Request[S], handler: Handler[S]) -> Response:
        """Forgets what has changed, also what is being made of it."""
        headers = request.headers
        response = await handler(request)
        if scope["method"] not in SAFE and response.status < 400:
            for key in (key_of(scope, headers), *also_changed(scope, headers, response.headers)):
                self._flights.outdate(key)
                self._flights.outdate(_OWN + key)
                await _tried(self._shelf.forget(key))
        return response

    async def _miss(self, ask: _Ask, request: Request[S], handler: Handler[S]) -> Response:
        """Made by one for all who ask meanwhile, if what is made can be kept."""
        passes = ask.control.no_cache or self._passed.get(ask.lane, int(self._policy.clock())) is not None
        for _ in range(0 if passes else _TURNS):
            flight = self._flights.first(ask.lane)
            if flight is None or await flight.landed() == "passed":
                break
            stored = await self._find(ask)
            if stored is not None and (hit := self._hit(ask, stored)) is not None:
                return hit
        return await self._make(ask, request, handler)

    async def _make(self, ask: _Ask, request: Request[S], handler: Handler[S]) -> Response:
        flight = self._flights.start(ask.lane)
        outcome: Outcome = "abandoned"
        try:
            response = await _unconditional(ask, request, handler)
            if request.connection.has_content:
                return answered(ask.scope, ask.headers, response)
            outcome = "passed"
            if not ask.control.no_store and await self._keep(ask, flight, request.connection.is_personal, response):
                outcome = "kept"
        except Exception:
            outcome = "passed"
            raise
        finally:
            self._flights.end(ask.lane, flight, outcome)
        return answered(ask.scope, ask.headers, response)

    async def _keep(self, ask: _Ask, flight: Flight, personal: bool, response: Response) -> bool:  # one caller
        """Whether it is kept. What depends on who asks, by more than the fields show, is not, unless it is for everybody."""
        stored = to_store(self._policy, ask.headers, response)
        if stored is None or (personal and not stored.terms.shared):
            now = int(self._policy.clock())
            if response.status < 500 and self._passed.has_room(now):
                self._passed.put(ask.lane, True, now + _PASSED)
            return False
        self._passed.discard(ask.lane)
        if not flight.is_outdated:
            await _tried(self._shelf.keep(ask.key, ask.headers, stored))
        if flight.is_outdated:  # perhaps while it was on its way to the store
            await _tried(self._shelf.forget(ask.key))
        return not flight.is_outdated

    async def _refresh(self, ask: _Ask, request: Request[S], handler: Handler[S]) -> None:
        """Makes anew what was used after its time, unless somebody else does, or has done so."""
        stored = await self._find(ask)
        if self._flights.first(ask.lane) is not None or (stored is not None and self._hit(ask, stored) is not None):
            return
        await _drop(await self._make(ask, request, handler))

    async def _miss_or_stale(self, stored: Stored, ask: _Ask, request: Request[S], handler: Handler[S]) -> Response:
        """In place of an error of ours, what is kept (RFC 5861, 4)."""
        try:
            response = await self._miss(ask, request, handler)
            if response.status < 500:
                return response
            await _drop(response)
            LOGGER.warning("%s is answered from the cache in place of a %s", request.connection, response.status)
        except Exception as error:
            if isinstance(error, ClientDisconnected) or (isinstance(error, HTTPError) and error.status < 500):
                raise
            LOGGER.exception("%s is answered from the cache", request.connection)
        return answered(ask.scope, ask.headers, from_store(stored, self._age(stored)))


async def _tried(work: Awaitable[T]) -> T | None:
    """None where the store fails: a cache is no reason not to answer."""
    try:
        return await work
    except Exception:  # noqa: BLE001  # whatever a store raises
        LOGGER.exception("the store of the cache failed")
        return None


async def _unconditional(ask: _Ask, request: Request[S], handler: Handler[S]) -> Response:
    """The whole response, of which we make what is asked for: a 304 is of no use to others."""
    if not any(name in ask.headers for name in ASKING):
        return await handler(request)
    scope = ask.scope.copy()
    scope["headers"] = [line for line in ask.headers.raw if line[0].lower().decode("latin-1") not in ASKING]
    request.connection.rescope(scope)
    try:
        return await handler(request)
    finally:
        request.connection.rescope(ask.scope)


async def _drop(response: Response) -> None:
    if isinstance(response.body, Stream):
        await close_chunks(response.body.chunks)


def caching(policy: CachePolicy, store: CacheStore) -> Middleware:
    """A cache by this policy, in this store: see `cache`."""
    if not has_methods(store, "get", "set", "delete"):
        raise CompositionError(f"{store!r} is no store: give one with get, set and delete, as MemoryCache() is")
    kept = _Cache(policy, store)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def cached(request: Request[S]) -> Response:
            return await kept.respond(request, handler)

        return cached

    return middleware


def cache(
    store: CacheStore | None = None,
    /,
    *,
    default_ttl: int | None = None,
    max_body: int = LARGEST,
    credentials: Iterable[str] = (),
    client_directives: bool = True,
) -> Middleware:
    """Keeps responses to GET that say how long they are fresh, and answers GET and HEAD with them, also conditions and ranges.

    What says nothing is kept for `default_ttl` seconds, if that is given. Of a request with Cookie, Authorization or another
    of the fields `credentials`, nothing is kept or answered that does not say `public` or `s-maxage`, or vary with them.
    Bodies over `max_body` bytes, streams and files pass. What a method that is not safe has changed is forgotten. Clients
    ask for fresh responses by Cache-Control, without `client_directives` in vain. The store is one of its own in memory by
    default. Raises ValueError for a policy that cannot be meant.
    """
    policy = CachePolicy(
        default_ttl=default_ttl,
        max_body=max_body,
        credentials=frozenset(listed(credentials, "credentials")),
        client_directives=client_directives,
    )
    return caching(policy, MemoryCache() if store is None else store)
