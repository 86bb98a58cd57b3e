"""The application that servers run."""

import anyio
import pytest

from asgikit.conformance.server.launch import LIFESPAN_VARIABLE, LOG_VARIABLE
from asgikit.conformance.server.probe import LIFESPAN, PLAIN, Probe, task_of
from asgikit.conformance.server.probelog import ProbeLog
from asgikit.conformance.server.script import Script, fail, receive, respond


def scope(*headers, **more):
    asgi = {"version": "3.0", "spec_version": "2.3"}
    fields = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "headers": list(headers)}
    return {"type": "http", "asgi": asgi, **fields, **more}


async def called(probe, given):
    """The messages that the probe sends for a request without a body."""
    sent = []
    events = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

    async def give():
        await anyio.lowlevel.checkpoint()
        return events.pop(0) if len(events) > 1 else events[0]

    async def take(message):
        await anyio.lowlevel.checkpoint()
        sent.append(message)

    await probe(given, give, take)
    return sent


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG_VARIABLE, str(tmp_path / "log"))
    return ProbeLog(tmp_path / "log")


async def test_a_script_is_performed_and_recorded(log):
    """Under its token: the call, what was received and sent, and the end."""
    script = Script("a-1", (receive(), *respond(b"hi")))
    sent = await called(Probe(), scope((b"x-script", script.value)))
    assert sent[1]["body"] == b"hi"
    assert [record.what for record in log.of("a-1")] == ["call", "receive", "send", "send", "end"]
    assert log.of("a-1")[0].get("scope")["path"] == "/"
    assert log.ended("a-1").get("how") == "returned"
    assert len(log.pids()) == 1


async def test_a_request_without_a_script_is_echoed(log):
    """So that any client can try the probe."""
    assert (await called(Probe(), scope()))[0]["status"] == 200


async def test_an_exception_is_recorded_and_raised(log):
    """The server sees what the script says."""
    script = Script("a-1", (fail(),))
    with pytest.raises(RuntimeError, match="the script says so"):
        await called(Probe(), scope((b"x-script", script.value)))
    assert log.ended("a-1").get("error")["class"] == "RuntimeError"


async def test_what_the_checker_sees_is_recorded(log):
    """With the rule, the blame and the exchange."""
    script = Script("a-1", (receive(), *respond()))
    await called(Probe(), scope((b"x-script", script.value), query_string="a"))
    violations = [(record.get("rule"), record.get("blame")) for record in log.of("a-1", "violation")]
    assert ("HTTP-SCOPE-011", "server") in violations


async def test_without_a_log_nothing_is_recorded(tmp_path, monkeypatch):
    """The probe still answers."""
    monkeypatch.delenv(LOG_VARIABLE, raising=False)
    assert await called(Probe(), scope())


def test_the_lifespan_is_told_by_the_environment(monkeypatch):
    """There is no request that could say it."""
    monkeypatch.delenv(LIFESPAN_VARIABLE, raising=False)
    assert task_of({"type": "lifespan"}) == ("lifespan", LIFESPAN)
    monkeypatch.setenv(LIFESPAN_VARIABLE, '[["receive"],["fail"]]')
    assert task_of({"type": "lifespan"}) == ("lifespan", [["receive"], ["fail"]])


def test_an_unknown_type_is_refused():
    """By raising, as the specification has it for applications."""
    assert task_of({"type": "telnet"}) == ("?", [["fail", "RuntimeError"]])
    assert task_of({"type": "websocket", "headers": [("x-script", b"{}")]}) == ("?", PLAIN["websocket"])


@pytest.mark.parametrize("value", [b"{", b"[]", b"\xff", b"1"])
def test_a_script_that_is_none_is_an_error(value):
    """And not taken for something else."""
    with pytest.raises(ValueError, match=r"."):
        task_of(scope((b"x-script", value)))
