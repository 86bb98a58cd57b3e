"""What several ask for at once is made once."""

from __future__ import annotations

import anyio

from asgikit.flights import Flights, Outcome


async def test_those_who_wait_are_told_how_it_ended() -> None:
    """All of them, and whoever asks later."""
    flights, told = Flights(), list[Outcome]()
    flight = flights.start("a")

    async def wait() -> None:
        told.append(await flight.landed())

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert told == []
        flights.end("a", flight, "kept")
    assert (told, await flight.landed()) == (["kept"] * 3, "kept")


def test_the_first_that_is_under_way_is_waited_for() -> None:
    """Until it ends; then the next; nothing is left at the end."""
    flights = Flights()
    first, second = flights.start("a"), flights.start("a")
    assert (flights.first("a"), flights.first("b")) == (first, None)
    flights.end("a", first, "passed")
    assert flights.first("a") is second
    flights.end("a", second, "passed")
    assert (flights.first("a"), len(flights)) == (None, 0)


def test_what_is_outdated_is_all_that_is_under_way() -> None:
    """Of this key; not what starts later."""
    flights = Flights()
    early, other = flights.start("a"), flights.start("b")
    flights.outdate("a")
    late = flights.start("a")
    assert (early.is_outdated, other.is_outdated, late.is_outdated) == (True, False, False)
