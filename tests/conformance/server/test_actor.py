"""Scripts as they are performed."""

import anyio
import pytest

from asgikit.conformance.server.actor import Actor, Interrupted, ScriptError, described
from asgikit.conformance.server.script import (
    ECHO,
    converse,
    fail,
    flood,
    keep_state,
    mark,
    pause,
    receive,
    receive_body,
    send,
    tell_state,
    together,
    until_gone,
)


class Stage:
    """A server that gives events in order, then waits; and what was noted and sent."""

    def __init__(self, *events, scope=None, refuses=None):
        self.events, self.refuses = list(events), refuses
        self.noted, self.sent = [], []
        self.actor = Actor({} if scope is None else scope, self.receive, self.send, self.note)

    async def receive(self):
        await anyio.lowlevel.checkpoint()
        if not self.events:
            await anyio.sleep_forever()
        return self.events.pop(0)

    async def send(self, message):
        await anyio.lowlevel.checkpoint()
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(message)

    def note(self, what, **values):
        self.noted.append((what, values))

    def of(self, what):
        return [values for name, values in self.noted if name == what]


def body(data, more=False):
    return {"type": "http.request", "body": data, "more_body": more}


async def test_a_body_is_summed_up():
    """Its length, whether it is complete, and the events."""
    stage = Stage(body(b"ab", more=True), {"type": "http.request", "more_body": True}, body(b"c"))
    await stage.actor.perform([receive_body()])
    [summary] = stage.of("body")
    assert (summary["length"], summary["events"], summary["complete"]) == (3, 3, True)


async def test_a_body_that_ends_with_the_client_is_not_complete():
    """http.disconnect is no end of a body."""
    stage = Stage(body(b"ab", more=True), {"type": "http.disconnect"})
    await stage.actor.perform([receive_body()])
    assert stage.of("body")[0]["complete"] is False


async def test_echo_answers_with_the_body():
    """What a request without a script gets."""
    stage = Stage(body(b"ab", more=True), body(b"c"))
    await stage.actor.perform(ECHO)
    assert [message.get("body") for message in stage.sent] == [None, b"abc"]


async def test_a_websocket_is_answered_in_kind():
    """Text by text and bytes by bytes, until the client leaves."""
    events = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "a", "bytes": None}]
    events += [{"type": "websocket.receive", "bytes": b""}, {"type": "websocket.disconnect", "code": 1000}]
    stage = Stage(*events)
    await stage.actor.perform([converse()])
    assert stage.sent[1:] == [{"type": "websocket.send", "text": "a"}, {"type": "websocket.send", "bytes": b""}]


async def test_a_receive_ends_in_time():
    """It is cancelled, and that is noted."""
    stage = Stage()
    await stage.actor.perform([receive(0.01), mark("after")])
    assert stage.noted == [("receive", {"cancelled": True}), ("mark", {"text": "after"})]


async def test_what_send_raises_is_noted():
    """It leaves the script only where that says so."""
    stage = Stage(refuses=ConnectionResetError("gone"))
    await stage.actor.perform([send({"type": "x"}), pause(0)])
    assert stage.of("send")[0]["error"]["oserror"] is True
    with pytest.raises(ConnectionResetError):
        await stage.actor.perform([send({"type": "x"}, escape=True)])


async def test_a_flood_counts_what_was_taken():
    """Up to the one that raised."""
    stage = Stage()
    await stage.actor.perform([flood({"type": "x"}, 3)])
    assert [values["count"] for values in stage.of("flood")] == [1, 2, 3]
    stage.refuses = OSError()
    with pytest.raises(OSError):
        await stage.actor.perform([flood({"type": "x"}, 3)])
    assert stage.of("flood")[-1]["count"] == 0


@pytest.mark.parametrize(
    ("name", "kind"), [("RuntimeError", RuntimeError), ("BaseException", Interrupted), ("SystemExit", SystemExit)]
)
async def test_an_exception_is_raised_by_name(name, kind):
    """Also those that are no Exception."""
    with pytest.raises(kind, match="the script says so"):
        await Stage().actor.perform([fail(name)])


async def test_branches_run_beside_each_other():
    """One may wait while the other sends."""
    stage = Stage(body(b"a", more=True))
    await stage.actor.perform([together([receive(), receive(0.05)], [send({"type": "x"})])])
    assert len(stage.sent) == 1
    assert len(stage.of("receive")) == 2


async def test_the_end_of_a_client_is_waited_for():
    """For a while."""
    stage = Stage(body(b""), {"type": "http.disconnect"})
    await stage.actor.perform([until_gone(5.0), until_gone(0.01)])
    assert [values["found"] for values in stage.of("gone")] == [True, False]


async def test_state_is_kept_and_told():
    """With the identity of each value."""
    state = {}
    stage = Stage(scope={"state": state})
    value = [1]
    await stage.actor.perform([keep_state("a", value), tell_state()])
    assert state == {"a": [1]}
    assert stage.of("state") == [{"state": state, "identities": {"a": id(value)}}]


@pytest.mark.parametrize("action", [(), ("nothing",), "send", None, 5])
async def test_what_is_no_action_is_refused(action):
    """A slip in a case must not pass for a server's fault."""
    with pytest.raises(ScriptError):
        await Stage().actor.perform([action])


def test_an_exception_is_described():
    """With all its classes, for a server's own may have any name."""
    error = described(ConnectionResetError("x"))
    assert (error["class"], error["oserror"], error["text"]) == ("ConnectionResetError", True, "x")
    assert "OSError" in error["bases"]
