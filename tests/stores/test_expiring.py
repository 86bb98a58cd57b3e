"""A bounded mapping whose entries end."""

from __future__ import annotations

import pytest

from asgikit.stores.expiring import Expiring


def test_an_entry_is_there_until_its_time() -> None:
    """And not a moment longer."""
    entries: Expiring[str] = Expiring(2)
    entries.put("a", "first", 10)
    assert (entries.get("a", 9), entries.get("a", 10), entries.get("b", 0)) == ("first", None, None)


def test_a_later_value_lives_longer() -> None:
    """Though the first time comes."""
    entries: Expiring[int] = Expiring(1)
    entries.put("a", 1, 10)
    entries.put("a", 2, 20)
    assert (entries.has_room(15), entries.get("a", 15)) == (False, 2)
    assert (entries.has_room(20), len(entries)) == (True, 0)


def test_what_has_ended_makes_room() -> None:
    """What has not, does not."""
    entries: Expiring[int] = Expiring(3)
    for number in range(3):
        entries.put(str(number), number, 10 * (number + 1))
    assert [entries.has_room(now) for now in (0, 9, 10)] == [False, False, True]
    assert [entries.get(str(number), 10) for number in range(3)] == [None, 1, 2]


def test_an_entry_can_be_forgotten_and_made_again() -> None:
    """As often as anybody likes: nothing is left of it."""
    entries: Expiring[int] = Expiring(2)
    for number in range(1000):
        entries.put("a", number, 10**9)
        entries.discard("a")
    entries.discard("never")
    assert len(entries) == 0
    assert len(entries._ends) < 200  # pyright: ignore[reportPrivateUsage]  # the memory that it is about
    entries.put("a", 1, 5)
    assert entries.get("a", 4) == 1


def test_nobody_pays_for_everything_that_has_ended() -> None:
    """Some of it makes room for one, the next for the next."""
    entries: Expiring[int] = Expiring(1000)
    for number in range(1000):
        entries.put(str(number), number, 1)
    assert entries.has_room(2)
    assert 900 < len(entries) < 1000


def test_a_limit_below_one_is_refused() -> None:
    """It would hold nothing."""
    with pytest.raises(ValueError, match="from 1"):
        Expiring(0)
