"""Server-sent events, read from a response as they come."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Generic, NoReturn, Unpack, final

import anyio

from asgikit.detached import spawn
from asgikit.http.sse import EventReader, ServerSentEvent
from asgikit.testing.adapter import EXCHANGE
from asgikit.testing.exchange import Exchange
from asgikit.testing.failures import AppFailure, NoAnswer
from asgikit.testing.library import HTTPResponse, R
from asgikit.testing.signal import Bell, Patience
from asgikit.testing.task import ROUNDS
from asgikit.testing.waiting import Wait, limit_of


class UnexpectedResponse(AppFailure):
    """The response is none of the kind that was asked for."""


@final
class EventStream(Generic[R]):
    """The events of one response: `async for event in events`, or `await events.receive()` for the next one."""

    def __init__(self, response: R, limit: float = 5.0) -> None:
        """limit: seconds that a wait for one event has. Raises UnexpectedResponse unless it is a text/event-stream.

        (WHATWG HTML, 9.2.5)
        """
        kind = b"".join(value for name, value in response.headers.raw if name.lower() == b"content-type").decode("latin-1")
        if response.status_code != 200 or kind.partition(";")[0].strip().lower() != "text/event-stream":
            raise UnexpectedResponse(f"no event stream, but a response {response.status_code} of {kind or 'no type'}")
        self.response: R = response
        """The response that they are the body of."""
        self._limit = limit
        self._waited = 0.0
        self._exchange = _unlimited(response)
        self._chunks: AsyncIterator[bytes] = response.aiter_bytes()
        self._reader = EventReader()
        self._events: deque[ServerSentEvent] = deque()
        self._news = Bell()
        self._reading: anyio.CancelScope | None = None
        self._task: object = None
        self._end: Exception | None = None
        self._is_told = False

    @property
    def last_event_id(self) -> str:
        """What a client that comes back sends as Last-Event-ID."""
        return self._reader.last_event_id

    def __aiter__(self) -> AsyncIterator[ServerSentEvent]:
        """The events until the stream ends."""
        return self

    async def __anext__(self) -> ServerSentEvent:
        """The next one, when it comes. Raises NoAnswer when none does for as long as the client waits."""
        return await self._next(self._limit)

    async def _next(self, limit: float) -> ServerSentEvent:
        patience = Patience(limit)
        while not self._events:
            if self._end is not None:
                self._is_told = True
                raise self._end
            if self._reading is None:
                self._reading = scope = anyio.CancelScope()
                self._task = spawn(partial(self._read, scope))
            if not await patience.wait(self._news):
                self._give_up("has sent no event", limit)
        self._waited += patience.spent
        if self._waited >= ROUNDS * max(limit, self._limit):
            self._give_up("sends events without an end,", ROUNDS * self._limit)
        return self._events.popleft()

    def _give_up(self, what: str, limit: float) -> NoReturn:
        if self._exchange is not None:
            self._exchange.give_up(what, limit)
        raise NoAnswer(f"the server {what} for {limit:g} seconds")

    async def _read(self, scope: anyio.CancelScope) -> None:
        """Reads once, in a task of its own: who gives up waiting for an event must not lose it."""
        with scope:
            try:
                self._events.extend(self._reader.feed(await anext(self._chunks)))
            except Exception as error:  # noqa: BLE001  # StopAsyncIteration above all
                self._end = error
        self._reading = None
        self._news.ring()

    def judge(self) -> None:
        """Raises what went wrong while nobody waited for an event; that none came is no such thing."""
        if self._end is not None and not self._is_told and not isinstance(self._end, StopAsyncIteration | TimeoutError):
            raise self._end

    async def aclose(self) -> None:
        """Stops reading; the response is still to be closed."""
        if self._exchange is not None:
            self._exchange.timeout = self._limit
        with anyio.CancelScope(shield=True):
            while self._reading is not None:
                self._reading.cancel()
                await self._news.wait()
        if EXCHANGE in self.response.extensions:
            return  # in process the response ends its iterators itself, and the application is still to be judged
        # Cancelled where it waits, the library's generators end one by one; closed from outside, the inner ones would stay.
        with anyio.CancelScope() as scope:
            scope.cancel()
            while self._end is None:
                await self._read(anyio.CancelScope())

    async def receive(self, **wait: Unpack[Wait]) -> ServerSentEvent:
        """The next event. Raises NoAnswer when none comes for `timeout` seconds, UnexpectedResponse behind the last."""
        try:
            return await self._next(limit_of(wait, self._limit))
        except StopAsyncIteration:
            raise UnexpectedResponse("the stream has ended, and there is no event more") from None


def _unlimited(response: HTTPResponse) -> Exchange | None:
    """Who waits for an event has a limit; what reads meanwhile, has none."""
    exchange = response.extensions.get(EXCHANGE)
    if isinstance(exchange, Exchange):
        exchange.timeout = math.inf
        return exchange
    timeouts: Any = response.request.extensions.get("timeout")
    if isinstance(timeouts, dict):
        timeouts["read"] = None
    return None
