"""Whether an application took a variant as it took the plain request."""

import re

import pytest

from asgikit.conformance.driver import Drive
from asgikit.conformance.judging import Plain, alike, failure, judged
from asgikit.conformance.peer import ClientGone
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.transcript import Step
from asgikit.conformance.variant import UNKNOWN, Variant

SCENARIO = Scenario(scope={"type": "http"})


def drive(**changes):
    usual = {
        "violations": (),
        "steps": (),
        "outcome": "returned",
        "error": None,
        "status": 200,
        "sent": (),
        "size": 1,
        "digest": "a",
        "complete": True,
        "accepted": False,
        "late_status": None,
        "left": False,
        "stopped_by": "itself",
        "seconds": 0.0,
    }
    if "error" in changes:
        changes.setdefault("outcome", "raised")
    return Drive(**{**usual, **changes})


def verdict(expects="same answer", tried=None, plain=None, rule="HTTP-REQ-006", **known):
    variant = Variant(name="x", rule=rule, scenario=SCENARIO, expects=expects)
    before = Plain(scenario=SCENARIO, drive=plain or drive(), **{"steady": True, **known})
    return judged(variant, tried or drive(), before)


def test_how_much_there_is_of_a_stream_is_chance():
    """Where its client has left before the end; a conversation on a WebSocket is none."""
    for status, same in [(200, True), (None, False)]:
        one, other = drive(status=status, complete=False, digest="a"), drive(status=status, complete=False, digest="b", size=2)
        assert alike(one, other) is same
        assert (verdict(tried=other, plain=one) is None) is same
    assert not alike(drive(digest="a"), drive(digest="b"))
    assert not alike(drive(), drive(complete=False))


def test_the_same_answer_is_no_fault():
    """Whatever is expected."""
    for expects in ("no failure", "same status", "same answer", "refusal", "no success", "nothing"):
        assert verdict(expects) is None


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        (drive(error=KeyError("client")), r"raised KeyError\('client'\)"),
        (drive(status=500), "answered with 500"),
        (drive(outcome="hung"), "did not end"),
        (drive(complete=False), "gave no whole answer"),
        (drive(sent=({"type": "lifespan.startup.failed"},)), "sent lifespan.startup.failed"),
    ],
)
def test_a_failure_is_one_for_every_expectation(tried, words):
    """But for those that are judged otherwise."""
    for expects in ("no failure", "same status", "same answer"):
        assert re.fullmatch(words, verdict(expects, tried))
    assert verdict("nothing", tried) is None


def test_who_fails_the_plain_request_is_not_judged():
    """Its failing of a variant says nothing."""
    assert verdict(tried=drive(error=KeyError()), plain=drive(status=500)) is None
    assert verdict(tried=drive(status=500), plain=drive(error=KeyError())) is None


def test_an_exception_behind_the_clients_leaving_is_no_failure():
    """But a new one is, where the plain request raises another."""
    gone = drive(error=ValueError(), left=True)
    assert failure(gone) is None
    assert failure(gone, gone) is None
    assert verdict(tried=drive(error=TypeError(), left=True), plain=gone) == "raised TypeError()"


def test_the_exception_of_send_is_no_failure():
    """The client has left: it may come out (www, Disconnected Client)."""
    assert verdict(tried=drive(error=ClientGone(), left=True), plain=drive(error=ValueError(), left=True)) is None


@pytest.mark.parametrize(("status", "words"), [(201, "answered with 201 instead of 200"), (411, None), (429, None), (503, None)])
def test_the_status_is_the_same(status, words):
    """But for what servers say for reasons of their own."""
    assert verdict("same status", drive(status=status)) == words
    assert verdict("no failure", drive(status=status)) is None


def test_the_body_is_the_same_where_that_is_expected():
    """And the application answers alike in general."""
    other = drive(digest="b")
    assert "another answer" in verdict("same answer", other)
    assert verdict("same status", other) is None
    assert verdict("same answer", other, steady=False) is None


def test_who_echoes_fields_may_answer_otherwise_to_other_fields():
    """The body shows what was sent; the status still counts."""
    other = drive(digest="b")
    assert verdict("same answer", other, rule="HTTP-SCOPE-017", echoes=True) is None
    assert verdict("same answer", other, rule="HTTP-SCOPE-017") is not None
    assert verdict("same answer", drive(status=404), rule="HTTP-SCOPE-017", echoes=True) is not None


@pytest.mark.parametrize(
    "event",
    [
        {"type": f"http.{UNKNOWN}"},
        {"type": "http.request", "body": "text"},
        {"type": "websocket.receive", "text": None, "bytes": None},
    ],
)
def test_an_event_that_is_none_is_refused(event):
    """By raising, or by an answer that says so; who never received it has nothing to refuse (asgi, Error Handling)."""
    taken = (Step("receive", event), Step("send", {"type": "websocket.send", "text": ""}))
    assert "without raising" in verdict("refusal", drive(steps=taken, digest="b"))
    assert verdict("refusal", drive(steps=taken, digest="b", error=ValueError())) is None
    assert verdict("refusal", drive(steps=taken, digest="b", status=400)) is None
    assert verdict("refusal", drive(steps=(Step("receive", {"type": "http.request", "body": b""}),))) is None


@pytest.mark.parametrize(
    ("event", "more"), [({"type": f"http.{UNKNOWN}"}, {}), ({"type": f"websocket.{UNKNOWN}"}, {"digest": "b"})]
)
def test_an_event_that_is_none_may_be_overlooked(event, more):
    """The answer is that to the rest, or there is none to this one."""
    assert verdict("refusal", drive(steps=(Step("receive", event),), **more)) is None


@pytest.mark.parametrize(("late", "is_wrong"), [(200, True), (None, False), (400, False), (201, False)])
def test_a_body_that_broke_off_is_not_taken_for_whole(late, is_wrong):
    """The same success as with the whole one says that it was."""
    assert (verdict("no success", drive(late_status=late, status=None)) is not None) is is_wrong


def test_a_failed_startup_is_an_answer_to_a_missing_state():
    """The application says so (lifespan, Lifespan State)."""
    failed = drive(sent=({"type": "lifespan.startup.failed"},), error=RuntimeError(), status=None)
    plain = drive(status=None)
    assert verdict("no failure", failed, plain, rule="LIFE-STATE-006") is None
    assert verdict("no failure", failed, plain, rule="CORE-SCOPE-006") is not None


def test_answers_are_alike_by_status_body_and_end():
    """Nothing else is compared."""
    assert alike(drive(seconds=1.0), drive())
    for change in ({"status": 201}, {"digest": "b"}, {"complete": False}):
        assert not alike(drive(), drive(**change))
