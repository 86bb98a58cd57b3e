"""A conversation with the probe: both sides of it, and what is reported."""

import pytest

from asgikit.conformance.server.case import Context, ServerCase, Skipped
from asgikit.conformance.server.dialogue import ACCEPT, CONVERSE, as_number, begun, close, opened, say
from asgikit.conformance.server.encoding import Opaque
from asgikit.conformance.server.frames import Close, text
from asgikit.conformance.server.launch import LOG_VARIABLE, ServerTarget
from asgikit.conformance.server.script import receive, send
from tests.conformance.server.wsattempt import MiniServer


@pytest.fixture
def context(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG_VARIABLE, str(tmp_path / "probe.log"))
    with MiniServer(tmp_path / "probe.log", frozenset()) as server:
        case = ServerCase("a-case", ("WS-DISC-006",), "websocket", lambda context: None)
        yield Context(case, ServerTarget(name="mini", command=()), server)


def test_both_sides_are_seen(context):
    """What the client got, and what the application was given, sent, and how it ended."""
    with opened(context, *CONVERSE) as dialogue:
        dialogue.client.send(text("a"))
        assert dialogue.client.next() == "a"
        dialogue.client.leave(3000, "bye")
        assert dialogue.end().get("how") == "returned"
    assert dialogue.events("websocket.receive") == [{"type": "websocket.receive", "text": "a"}]
    assert dialogue.events()[-1] == {"type": "websocket.disconnect", "code": 3000, "reason": "bye"}
    assert dialogue.errors() == [None, None]
    assert dialogue.scope["type"] == "websocket"
    assert dialogue.spec_version == (2, 5)
    assert "websocket.http.response" in dialogue.extensions


def test_what_send_raises_is_seen(context):
    """In its place among the messages."""
    with opened(context, *ACCEPT, say(), close(1001)) as dialogue:
        assert dialogue.last() == Close(1001)
        dialogue.end()
    assert [error and error["class"] for error in dialogue.errors()] == [None, "ValueError", None]


def test_a_refused_handshake_leaves_the_case(context):
    """As skipped: another case reports it."""
    with pytest.raises(Skipped, match="status is 403"), opened(context, receive(), close()):
        pass


def test_a_broken_rule_is_reported_with_both_sides(context):
    """The bytes, the exchange, and the sentence; what holds is not reported."""
    with begun(context, receive(), send({"type": "websocket.close"})) as dialogue:
        dialogue.wire.answer()
        dialogue.end()
        assert dialogue.expect(True, "WS-CONN-007", "fine")
        assert not dialogue.expect(False, "WS-CONN-007", "wrong")
    (finding,) = context.findings
    assert (finding.violation.rule, finding.violation.message, finding.violation.blame) == ("WS-CONN-007", "wrong", "server")
    assert "Sec-WebSocket-Key" in finding.wire
    assert [step.kind for step in finding.violation.exchange] == ["call", "receive", "send", "return"]


def test_what_is_ambiguous_is_reported_as_a_note_or_not_at_all(context):
    """A rule that is a must stays unreported."""
    with opened(context, *ACCEPT, close()) as dialogue:
        dialogue.notice(False, "WS-DISC-006", "a note")
        dialogue.notice(False, "WS-DISC-001", "a must")
        dialogue.notice(True, "WS-DISC-006", "fine")
        dialogue.last()
    assert [finding.violation.message for finding in context.findings] == ["a note"]


def test_a_code_of_an_enumeration_is_a_number():
    """Though the probe could only describe it."""
    assert as_number(Opaque("<CloseCode.ABNORMAL_CLOSURE: 1006>")) == 1006
    assert as_number(Opaque("something")) == Opaque("something")
    assert as_number(1000) == 1000
    assert as_number("1000") == "1000"
