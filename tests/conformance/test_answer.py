"""What an application has sent, and what state that puts the connection in."""

import pytest

from asgikit.conformance.answer import BYTES_KEPT, SENT_KEPT, Answer
from tests.conformance.sample_apps import END, PIECE, START


def taken(*messages):
    answer = Answer()
    for message in messages:
        answer.take(message)
    return answer


@pytest.mark.parametrize(
    ("messages", "over"),
    [
        ([START], False),
        ([START, PIECE], False),
        ([START, END], True),
        ([START, {"type": "http.response.body"}], True),
        ([{**START, "trailers": True}, END], False),
        ([{**START, "trailers": True}, END, {"type": "http.response.trailers", "headers": []}], True),
        ([{**START, "trailers": True}, END, {"type": "http.response.trailers", "more_trailers": True}], False),
        ([START, {"type": "http.response.pathsend", "path": "/x"}], True),
        ([START, {"type": "http.response.zerocopysend", "more_body": True}], False),
        ([START, {"type": "http.response.zerocopysend"}], True),
        ([{"type": "websocket.accept"}], False),
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], True),
        ([{"type": "websocket.close"}], True),
        ([{"type": "websocket.http.response.start", "status": 401}], False),
        ([{"type": "websocket.http.response.start"}, {"type": "websocket.http.response.body"}], True),
    ],
)
def test_an_answer_is_over_with_its_last_message(messages, over):
    """The end of the body, of the trailers, or of the socket (www, Response Body; extensions)."""
    assert taken(*messages).over is over


def test_the_first_start_has_the_status():
    """A second one changes nothing."""
    assert taken(START, {**START, "status": 500}).status == 200
    assert taken({**START, "status": "200"}).status is None


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 3000}], 3000),
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], 1000),
        ([{"type": "websocket.close", "code": 3000}], None),
    ],
)
def test_a_close_has_a_code_where_there_was_a_socket(messages, code):
    """Before the handshake is complete there is nothing to close with a code."""
    assert taken(*messages).code == code


def test_a_lifespan_is_ready_failed_or_finished():
    """By the messages of its own."""
    assert taken({"type": "lifespan.startup.complete"}).ready
    assert taken({"type": "lifespan.startup.failed"}).failed
    assert taken({"type": "lifespan.shutdown.failed"}).finished


def test_bodies_are_counted_and_digested_however_they_are_cut():
    """Two answers are compared by that."""
    whole = taken(START, {"type": "http.response.body", "body": b"xx"})
    cut = taken(START, PIECE, PIECE, {"type": "http.response.body"})
    assert (whole.size, whole.digest) == (cut.size, cut.digest)
    assert whole.digest != taken(START).digest
    assert taken({"type": "websocket.send", "text": "é"}).size == 2


def test_memory_is_bounded():
    """An endless response does not fill it."""
    answer = taken(*[{"type": "http.response.body", "body": b"x" * 4096, "more_body": True}] * (SENT_KEPT + 500))
    assert len(answer.sent) == SENT_KEPT
    assert answer.count == SENT_KEPT + 500
    assert sum(len(message["body"]) for message in answer.sent) < 2 * BYTES_KEPT


@pytest.mark.parametrize("message", [None, 3, {}, {"type": 3}, {"type": "x"}, {"type": "http.response.body", "body": "text"}])
def test_what_is_no_message_is_taken_too(message):
    """Saying that it is wrong is the checker's."""
    assert not taken(message).accepted


def test_iterators_are_read_as_a_server_reads_them():
    """Once, and bounded."""
    answer = taken({**START, "headers": iter([(b"a", b"b")])})
    assert answer.sent[0]["headers"] == [(b"a", b"b")]
