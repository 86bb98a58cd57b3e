"""The variants of a conversation on a WebSocket."""

from __future__ import annotations

from collections.abc import Iterator

from asgikit.conformance.place import Place
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Scenario, Stall
from asgikit.conformance.transcript import Message
from asgikit.conformance.variant import UNKNOWN, Expects, Maker, Variant, scope_variants

GREETINGS: tuple[Message, ...] = (
    {"type": "websocket.receive", "text": "hello"},
    {"type": "websocket.receive", "text": "{}"},
    {"type": "websocket.receive", "bytes": b"hello"},
    {"type": "websocket.receive", "bytes": b"{}"},
)
"""Messages of which one will do: an application may take text or bytes alone, and JSON alone."""

CLOSE = Leave(code=1000)


def conversation(*messages: Message) -> tuple[Action, ...]:
    """What a client does that says this, and closes."""
    return (*(Deliver(message) for message in messages), CLOSE)


def websocket_variants(place: Place, greeting: Message) -> Iterator[Variant]:
    """All variants of a conversation in which one message is sent."""
    make = Maker(place, conversation(greeting))
    yield from scope_variants(make)
    yield from _messages(make, greeting)
    yield from _disconnects(make, greeting)
    for name, actions in (
        ("cancel-when-open", (Cancel(),)),
        ("cancel-after-message", (Deliver(greeting), Cancel())),
        ("cancel-while-accepting", (Stall(), Cancel())),
    ):
        yield make.acting(name, "CANCEL-001", "nothing", *actions)


def _messages(make: Maker, greeting: Message) -> Iterator[Variant]:
    yield make.acting("unknown-key-in-message", "CORE-MSG-010", "same status", *conversation({**greeting, UNKNOWN: 1}))
    data = greeting.get("text", greeting.get("bytes"))
    text = data if isinstance(data, str) else "hello"
    yield from _data(make, "text", "bytes", (text, "x", ""))
    yield from _data(make, "bytes", "text", (text.encode(), b"x", b""))
    neither: Message = {"type": "websocket.receive", "text": None, "bytes": None}
    for name, event in (("message-without-data", neither), ("unknown-event", {"type": f"websocket.{UNKNOWN}"})):
        yield make.acting(name, "CORE-ERR-002", "refusal", *conversation(event))


def _data(make: Maker, key: str, other: str, values: tuple[str | bytes, str | bytes, str | bytes]) -> Iterator[Variant]:
    """Messages of one kind: any data, a little, none at all; each is compared with the same of which nobody could complain."""
    usual, little, empty = ({"type": "websocket.receive", key: value} for value in values)
    for name, event, like in (
        (f"{key}-with-{other}-none", {**usual, other: None}, usual),
        (f"empty-{key}", empty, little),
        (f"empty-{key}-with-{other}-none", {**empty, other: None}, {**little, other: None}),
    ):
        scenario = Scenario(scope=make.place.scope(), actions=conversation(event), marks=("WS-RECV-004",), name=name)
        against = Scenario(scope=make.place.scope(), actions=conversation(like))
        expects: Expects = "same answer" if like is usual else "no failure"
        yield Variant(name=name, rule="WS-RECV-004", scenario=scenario, expects=expects, against=against)


def _disconnects(make: Maker, greeting: Message) -> Iterator[Variant]:
    plain: Message = {"type": "websocket.disconnect", "code": 1000, "reason": ""}
    against = Scenario(scope=make.place.scope(), actions=(Deliver(greeting), Deliver(plain)))
    for name, event in (
        ("no-reason", {"type": "websocket.disconnect", "code": 1000}),
        ("reason-none", {**plain, "reason": None}),
        ("reason", {**plain, "reason": "bye"}),
    ):
        actions = (Deliver(greeting), Deliver(event))
        scenario = Scenario(scope=make.place.scope(), actions=actions, marks=("WS-DISC-008",), name=name)
        yield Variant(name=name, rule="WS-DISC-008", scenario=scenario, against=against)
    nothing: Expects = "nothing"
    for leave in (Leave("raise", 1006), Leave("ignore", 1006), Leave("raise", 1001)):
        of = f"{leave.sends}-{leave.code}"
        yield make.acting(f"disconnect-before-accept-{of}", "WS-DISC-009", nothing, Stall(), leave)
        yield make.acting(f"disconnect-at-once-{of}", "WS-DISC-009", nothing, leave)
        yield make.acting(f"disconnect-when-open-{of}", "WS-DISC-009", nothing, Deliver(greeting), leave)
    for leave in (Leave("raise", 1006), Leave("ignore", 1006)):
        sending = (Deliver(greeting), Stall(), Deliver(greeting), leave)
        yield make.acting(f"disconnect-while-sending-{leave.sends}", "WS-DISC-009", nothing, *sending)
