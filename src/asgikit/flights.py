"""Flights: what several ask for at once is made once."""

from __future__ import annotations

from typing import Literal, TypeAlias, final

import anyio

Outcome: TypeAlias = Literal["kept", "passed", "abandoned"]
"""Whether what was made is there for others, is not, or was never made."""


@final
class Flight:
    """Somebody who makes something. Others may wait for it; somebody else may say that it is out of date before it is made."""

    __slots__ = ("_news", "is_outdated", "outcome")

    def __init__(self) -> None:
        """Under way."""
        self._news: anyio.Event | None = None
        self.is_outdated: bool = False
        self.outcome: Outcome | None = None

    async def landed(self) -> Outcome:
        """Returns when it is over."""
        while self.outcome is None:
            self._news = self._news or anyio.Event()
            await self._news.wait()
        return self.outcome

    def land(self, outcome: Outcome) -> None:
        """It is over."""
        self.outcome = outcome
        if self._news is not None:
            self._news.set()


@final
class Flights:
    """All that are under way, by key."""

    __slots__ = ("_flights",)

    def __init__(self) -> None:
        """None."""
        self._flights: dict[str, dict[Flight, None]] = {}

    def __len__(self) -> int:
        """How many keys have one."""
        return len(self._flights)

    def first(self, key: str) -> Flight | None:
        """The one that has been under way longest."""
        return next(iter(self._flights.get(key, ())), None)

    def start(self, key: str) -> Flight:
        """One more. Whoever starts one has to end it."""
        flight = Flight()
        self._flights.setdefault(key, {})[flight] = None
        return flight

    def end(self, key: str, flight: Flight, outcome: Outcome) -> None:
        """It is over: who waits for it goes on."""
        del self._flights[key][flight]
        if not self._flights[key]:
            del self._flights[key]
        flight.land(outcome)

    def outdate(self, key: str) -> None:
        """What is under way is out of date."""
        for flight in self._flights.get(key, ()):
            flight.is_outdated = True
