"""Rooms behind channels: who is in them, and which of them there are."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.channels import Joined, Left, Message
from asgikit.stores.rooms import Room, Rooms


class Heard:
    """Somebody to whom things are told."""

    def __init__(self, member: str = "ada") -> None:
        self.member = member
        self.heard: list[Any] = []

    def put(self, message: Any) -> None:
        self.heard.append(message)

    def tell(self, change: Any) -> None:
        self.heard.append(change)

    def end(self) -> None:
        self.heard.append("end")


def test_a_message_goes_to_all() -> None:
    """To members as an event; to nobody who has left."""
    room, subscriber, left, member = Room[str, str](2), Heard(), Heard(), Heard()
    room.add(subscriber)
    room.add(left)
    room.join(member)
    room.remove(left)
    room.publish("hello")
    assert (subscriber.heard, left.heard, member.heard) == (["hello"], [], [Message("hello")])


def test_the_last_messages_are_remembered() -> None:
    """Up to so many of them, the oldest first."""
    room = Room[int, str](3)
    for number in range(5):
        room.publish(number)
    assert [room.last(number) for number in (0, 1, 3, 9)] == [(), (4,), (2, 3, 4), (2, 3, 4)]


def test_others_are_told_of_a_member_once() -> None:
    """When the first of its places is taken, and when the last is given up; never itself of its own coming."""
    room, ada, bob, again = Room[str, str](0), Heard("ada"), Heard("bob"), Heard("bob")
    room.join(ada)
    room.join(bob)
    room.join(again)
    room.leave(bob)
    assert room.members == {"ada", "bob"}
    room.leave(again)
    assert room.members == {"ada"}
    assert ada.heard == [Joined("bob"), Left("bob")]
    assert bob.heard == again.heard == []


def test_a_room_disappears_with_its_last_subscriber() -> None:
    """Whatever it remembers, unless it is to be retained."""
    rooms, somebody = Rooms[str, str](5, 0), Heard()
    rooms.open("a").add(somebody)
    rooms.publish("a", "hello")
    assert (len(rooms), rooms.find("a").last(9)) == (1, ("hello",))
    rooms.open("a").remove(somebody)
    rooms.left("a")
    assert (len(rooms), rooms.find("a").last(9)) == (0, ())


def test_what_is_retained_is_bounded() -> None:
    """Those that were used last, by publishing or by subscribing."""
    rooms, somebody = Rooms[str, str](5, 2), Heard()
    for name in "abac":
        rooms.publish(name, name.upper())
    assert [rooms.find(name).last(9) for name in "abc"] == [("A", "A"), (), ("C",)]
    rooms.open("a").add(somebody)
    for name in "def":
        rooms.publish(name, name)
    assert (len(rooms), rooms.find("a").last(9)) == (3, ("A", "A"))
    rooms.open("a").remove(somebody)
    rooms.left("a")
    assert [bool(rooms.find(name).last(1)) for name in "acdef"] == [True, False, False, False, True]


def test_a_room_with_nothing_to_remember_is_not_retained() -> None:
    """However many come and go."""
    rooms, somebody = Rooms[str, str](5, 5), Heard()
    rooms.open("a").add(somebody)
    rooms.open("a").remove(somebody)
    rooms.left("a")
    rooms.publish("b", "hello")
    assert len(rooms) == 1
    without = Rooms[str, str](0, 5)
    without.publish("b", "hello")
    assert len(without) == 0


def test_closing_ends_all_that_is_and_all_that_comes() -> None:
    """And nothing is remembered any more."""
    rooms, early, member, late = Rooms[str, str](5, 5), Heard(), Heard(), Heard()
    rooms.open("a").add(early)
    rooms.open("b").join(member)
    rooms.publish("c", "hello")
    rooms.close()
    rooms.open("d").add(late)
    rooms.publish("c", "hello")
    assert early.heard == member.heard == late.heard == ["end"]
    assert rooms.find("c").last(9) == ()
    rooms.open("a").remove(early)
    rooms.left("a")
    assert len(rooms) == 2


@pytest.mark.parametrize(("history", "retain"), [(-1, 0), (0, -1)])
def test_numbers_below_zero_are_refused(history: int, retain: int) -> None:
    """Either of them."""
    with pytest.raises(ValueError, match="from zero"):
        Rooms(history, retain)
