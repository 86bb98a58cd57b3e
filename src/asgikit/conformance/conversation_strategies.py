"""Conversations on a WebSocket, and lifespans, as a client and a server lead them."""

from __future__ import annotations

from typing import Final

from asgikit.conformance.client_strategies import Course, Event, with_more
from asgikit.conformance.drawing import Choose
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Resume, Stall

MESSAGES: Final = 4
"""Messages of a client in one conversation."""

TEXTS: Final = (
    *("hello", '{"type": "ping"}', "{", "null", "0", " ", "\x00", "é日本😀", "\ufeff", "a" * 3000),
    *('{"type": "connection_init"}', '{"id": 99999999999999999999}', "[" * 3000, '"\\ud800"'),
)
"""Messages that applications look into, whole ones and broken ones."""

CODES: Final = (1000, 1001, 1005, 1006, 1002, 1007, 1011, 1012, 1013, 3000, 3999, 4000, 4999)
"""What a disconnect event can say (RFC 6455, 7.4): 1005 and 1006 too, as they stand for a code that was missing."""

REASONS: Final = ("", "bye", "é" * 61, "a" * 123)


def message(choose: Choose) -> tuple[Event, tuple[str, ...]]:
    """One message of a client, as legal servers write it in several ways, and the rules that it tries."""
    empty = choose.once_in(6)
    if choose.below(2) == 0:
        key, other, data = "text", "bytes", _text(choose, empty=empty)
    else:
        key, other, data = "bytes", "text", _octets(choose, empty=empty)
    event: Event = {"type": "websocket.receive", key: data}
    marks = ["WS-RECV-004"] if empty else []
    if choose.once_in(4):
        event[other] = None
        marks.append("WS-RECV-004")
    if choose.once_in(8):
        event = with_more(choose, event)
        marks.append("CORE-MSG-010")
    return event, tuple(marks)


def _text(choose: Choose, *, empty: bool) -> object:
    if empty:
        return ""
    return choose.words(40) or "a" if choose.once_in(4) else choose.one_of(TEXTS)


def _octets(choose: Choose, *, empty: bool) -> object:
    return b"" if empty else choose.octets(200) or b"a"


def conversation(choose: Choose) -> Course:
    """A client that connects, says something or nothing, reads or not, and goes away in some way."""
    actions: list[Action] = []
    marks: list[str] = []
    if choose.once_in(10):
        actions.append(Deliver(with_more(choose, {"type": "websocket.connect"})))
        marks.append("CORE-MSG-010")
    for _ in range(choose.below(MESSAGES + 1)):
        event, tried = message(choose)
        actions.append(Deliver(event))
        marks += tried
    stalled = choose.once_in(8)
    if stalled:
        at = choose.below(len(actions) + 1)
        actions[at:at] = [Stall()]
    if stalled and choose.below(2) == 0:
        actions.append(Resume())
    ending, tried = _ending(choose)
    return Course((*actions, ending), (*marks, *tried))


def _ending(choose: Choose) -> tuple[Action, tuple[str, ...]]:
    """Most clients leave, with a code or without; some connections are cancelled."""
    way = choose.below(8)
    if way == 0:  # with no choice more, as examples shrink to the fewest choices
        return Leave("raise", 1000), ()
    if way < 3:
        return Leave("raise", choose.one_of(CODES)), ()
    if way < 5:
        return Leave("ignore", choose.one_of(CODES)), ("WS-DISC-009",)
    if way == 5:
        return Cancel(), ("CANCEL-001",)
    event: Event = {"type": "websocket.disconnect", "code": choose.one_of(CODES)}
    if way == 6:
        return Deliver({**event, "reason": choose.one_of(REASONS)}), ()
    return Deliver({**event, "reason": None} if choose.below(2) else event), ("WS-DISC-008",)


def lifespan(choose: Choose) -> Course:
    """A server that starts an application and stops it, or cancels it in between."""
    way = choose.below(6)
    if way == 1:
        return Course((Deliver({"type": "lifespan.shutdown"}),), ())
    if way == 2:
        starting = Deliver(with_more(choose, {"type": "lifespan.startup"}))
        return Course((starting, Deliver(with_more(choose, {"type": "lifespan.shutdown"}))), ("CORE-MSG-010",))
    return Course((Cancel(),), ("CANCEL-001",)) if way == 3 else Course((), ())
