"""An exchange as it was recorded."""

from __future__ import annotations

import gc
import weakref
from itertools import count

from asgikit.asgi import HTTPScope, Receive, Send
from asgikit.conformance.values import Finding
from asgikit.testing import call, record
from asgikit.testing.recorded import Recording

BROKEN = Finding("HTTP-RESP-005", "in upper case")


def recording() -> Recording:
    ticks = count()
    return Recording(lambda: float(next(ticks)))


def test_steps_have_the_seconds_since_the_call() -> None:
    """By the clock that is given."""
    log = recording()
    log.add("call", {"type": "http", "method": "GET", "path": "/"})
    log.add("return", {})
    exchange = log.exchange()
    assert [(each.number, each.step.kind, each.at) for each in exchange.steps] == [(1, "call", 1.0), (2, "return", 2.0)]
    assert exchange.is_over
    assert exchange.status is None
    assert exchange.scope["path"] == "/"


def test_a_rule_is_marked_at_the_latest_step() -> None:
    """Also where the step itself was not kept."""
    log = recording()
    for number in range(100):
        log.add("send", {"type": "http.response.body", "body": b"%d" % number})
        if number in {0, 50, 99}:
            log.mark(BROKEN)
    exchange = log.exchange()
    assert [each.number for each in exchange.steps] == [*range(1, 25), 76, *range(77, 101)]
    assert [each.number for each in exchange.steps if each.broken] == [1, 76, 100]
    assert exchange.broken == (BROKEN,) * 3
    assert [each.at for each in exchange.steps[-2:]] == [99.0, 100.0]


def test_marks_are_bounded() -> None:
    """An application can break a rule with each of a million messages."""
    log = recording()
    log.add("send", {})
    for _ in range(1000):
        log.mark(BROKEN)
    assert len(log.exchange().broken) == 100


def test_what_goes_on_says_so() -> None:
    """Its table ends with it."""
    log = recording()
    assert not log.exchange().is_over
    assert log.exchange().scope == {}
    log.add("call", {"type": "lifespan"})
    assert str(log.exchange()).endswith("(it has not returned)")
    log.add("raise", {"error": "OSError: gone"})
    assert str(log.exchange()).endswith("raises  OSError: gone")


def test_no_object_of_the_application_is_kept() -> None:
    """Neither its state nor what it sends."""

    class Thing:
        pass

    thing = Thing()
    log = recording()
    log.add("call", {"type": "http", "method": "GET", "path": "/", "state": {"thing": thing}})
    log.add("send", {"type": "http.response.zerocopysend", "file": thing})
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None
    assert "Thing" in repr(log.exchange())


async def test_more_is_kept_of_the_body_of_an_error() -> None:
    """Of all its pieces together a KiB; of other bodies 256 bytes each."""

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": int(scope["path"][1:]), "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x" * 700, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    kept = {}
    for status in (200, 404, 401):
        recorder = record(app)
        await call(recorder, target=f"/{status}", check=None)
        bodies = [each.step.message.get("body", b"") for each in recorder.exchanges[0].steps if each.step.kind == "send"]
        kept[status] = [body.count(b"x") for body in bodies if isinstance(body, bytes)][1:]
    assert kept == {200: [256, 256, 256, 0], 404: [700, 324, 256, 0], 401: [700, 324, 256, 0]}


def test_fields_are_bounded() -> None:
    """In number and in length."""
    log = recording()
    log.add("send", {"type": "http.response.start", "status": 200, "headers": [[b"x-many", b"y"]] * 1000})
    log.add("send", {"type": "http.response.start", "status": 200, "headers": [[b"x-long", b"y" * 10**6]]})
    many, long = (each.step.message["headers"] for each in log.exchange().steps)
    assert isinstance(many, list)
    assert len(many) == 200
    assert long == [[b"x-long", b"y" * 256 + b"... (1000000 bytes)"]]
