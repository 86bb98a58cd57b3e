"""Conversations on a WebSocket, and lifespans."""

from asgikit.conformance.conversation_strategies import conversation, lifespan, message
from asgikit.conformance.drawing import drawn
from asgikit.conformance.scenario import Cancel, Deliver, Leave
from tests.conformance.sampling import samples


def test_a_message_is_text_or_bytes():
    """Exactly one of the two is not None, and what is unusual in that is marked."""
    found = samples(drawn(message), 300)
    for event, marks in found:
        given = [event[key] for key in ("text", "bytes") if event.get(key) is not None]
        assert len(given) == 1
        assert ("WS-RECV-004" in marks) == (not given[0] or None in event.values())
    assert {tuple(sorted(event.keys() & {"text", "bytes"})) for event, _ in found} == {("text",), ("bytes",), ("bytes", "text")}


def test_every_conversation_ends():
    """By the client or the server, so that nobody waits for more."""
    found = samples(drawn(conversation), 300)
    for actions, marks in found:
        last = actions[-1]
        assert isinstance(last, Leave | Cancel) or last.event["type"] == "websocket.disconnect"
        if isinstance(last, Deliver):
            assert ("WS-DISC-008" in marks) == (last.event.get("reason") is None)
        assert ("CANCEL-001" in marks) == isinstance(last, Cancel)
    assert {
        len([a for a in actions if isinstance(a, Deliver) and a.event["type"] == "websocket.receive"]) for actions, _ in found
    } == set(range(5))


def test_a_lifespan_is_stopped_or_cancelled():
    """With the shutdown left to the driver, spelt out, or with unknown keys."""
    found = {tuple(type(action).__name__ for action in actions) for actions, _ in samples(drawn(lifespan))}
    assert found == {(), ("Deliver",), ("Deliver", "Deliver"), ("Cancel",)}
