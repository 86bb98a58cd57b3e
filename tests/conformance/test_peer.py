"""The server's half of one connection."""

import anyio
import pytest

from asgikit.conformance.peer import DISCONNECTS, ClientGone, Peer
from asgikit.conformance.transcript import Transcript
from tests.conformance.sample_apps import END, PIECE, START

pytestmark = pytest.mark.virtual_time

GONE = {"type": "http.disconnect"}


def peer(type_="http", *events):
    made = Peer(type_, Transcript())
    for event in events:
        made.put(event)
    return made


async def blocks(coroutine) -> bool:
    with anyio.move_on_after(0.02):
        await coroutine
        return False
    return True


async def test_events_come_in_order_and_then_none():
    """receive() blocks when there is nothing."""
    one, two = {"type": "http.request", "body": b"1"}, {"type": "http.request", "body": b"2"}
    here = peer("http", one, two)
    assert [await here.receive(), await here.receive()] == [one, two]
    assert await blocks(here.receive())
    assert not here.is_waited_for


async def test_a_cancelled_receive_loses_no_event():
    """The event is there for the next call."""
    here = peer()
    assert await blocks(here.receive())
    here.put({"type": "http.request"})
    assert await here.receive() == {"type": "http.request"}


async def test_the_disconnect_comes_behind_the_rest_and_is_repeated():
    """In order, on every call (www, Disconnect)."""
    here = peer("http", {"type": "http.request"})
    here.leave("raise", GONE)
    here.put({"type": "http.request", "body": b"late"})
    assert [(await here.receive())["type"] for _ in range(3)] == ["http.request", "http.disconnect", "http.disconnect"]


async def test_who_never_looks_at_the_disconnect_is_blocked_in_the_end():
    """A loop around receive() does not spin for ever."""
    here = peer()
    here.leave("raise", GONE)
    for _ in range(DISCONNECTS):
        await here.receive()
    assert here.has_spun
    assert await blocks(here.receive())


async def test_a_complete_response_is_followed_by_the_disconnect():
    """Also in a receive() that waits since before (www, Disconnect)."""
    here = peer()
    got = []

    async def waits():
        got.append(await here.receive())

    with anyio.fail_after(2):
        async with anyio.create_task_group() as group:
            group.start_soon(waits)
            await anyio.sleep(0.01)
            await here.send(START)
            await here.send(END)
    assert got == [GONE]


async def test_send_raises_or_does_nothing_when_the_client_is_gone():
    """Both are legal (www, Disconnected Client)."""
    raising, silent = peer(), peer()
    raising.leave("raise", GONE)
    silent.leave("ignore", GONE)
    with pytest.raises(ClientGone):
        await raising.send(START)
    await silent.send(START)
    assert raising.answer.sent == silent.answer.sent == []
    assert raising.late.raised is not None
    assert silent.late.raised is None


async def test_what_is_sent_after_the_end_is_taken_and_ignored():
    """The connection may still be open (www, Response Body)."""
    here = peer()
    for message in (START, END, END):
        await here.send(message)
    here.leave("raise", GONE)
    await here.send(END)
    assert here.late.raised is None


async def test_a_stalled_client_takes_the_start_but_no_body():
    """A server need not write the start before the body (www, Response Start)."""
    here = peer()
    here.stall(stalled=True)
    await here.send(START)
    assert await blocks(here.send(PIECE))
    here.stall(stalled=False)
    await here.send(PIECE)
    assert len(here.answer.sent) == 2


@pytest.mark.parametrize("message", [{"type": ["list"]}, {"type": None}, {}, 3, None])
async def test_a_message_of_no_type_is_taken(message):
    """The checker says what is wrong with it."""
    here = peer()
    await here.send(message)
    here.stall(stalled=True)
    assert await blocks(here.send(message))
    here.leave("ignore", GONE)
    await here.send(message)


async def test_a_stalled_send_ends_when_the_client_leaves():
    """It does not hang."""
    here = peer()
    here.stall(stalled=True)
    here.leave("raise", GONE)
    with pytest.raises(ClientGone):
        await here.send(PIECE)


async def test_messages_of_a_websocket_wait_for_its_acceptance():
    """websocket.receive comes after the handshake (www, Connect)."""
    message = {"type": "websocket.receive", "text": "x"}
    here = peer("websocket", {"type": "websocket.connect"}, message)
    assert await here.receive() == {"type": "websocket.connect"}
    assert await blocks(here.receive())
    await here.send({"type": "websocket.accept"})
    assert await here.receive() == message


async def test_messages_of_a_websocket_that_is_never_accepted_are_dropped():
    """The disconnect follows at once."""
    here = peer("websocket", {"type": "websocket.receive", "text": "x"})
    here.leave("raise", {"type": "websocket.disconnect", "code": 1006})
    assert await here.receive() == {"type": "websocket.disconnect", "code": 1006}


@pytest.mark.parametrize(
    ("messages", "code"),
    [([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 3001}], 3001), ([{"type": "websocket.close"}], 1006)],
)
async def test_a_close_of_the_application_is_followed_by_its_disconnect(messages, code):
    """With the code that it sent, or 1006 where there was no socket; what the client had sent is dropped."""
    here = peer("websocket", {"type": "websocket.receive", "text": "x"})
    for message in messages:
        await here.send(message)
    assert await here.receive() == {"type": "websocket.disconnect", "code": code}


async def test_the_shutdown_waits_for_the_startup():
    """lifespan.shutdown only after startup.complete (lifespan, Startup)."""
    here = peer("lifespan", {"type": "lifespan.shutdown"})
    assert await blocks(here.receive())
    await here.send({"type": "lifespan.startup.complete"})
    assert await here.receive() == {"type": "lifespan.shutdown"}
    assert await blocks(here.receive())


async def test_what_is_sent_in_spite_of_the_exception_is_counted():
    """For the task that had it; another one may not know yet."""
    here = peer()
    here.leave("raise", GONE)

    async def sends():
        for _ in range(3):
            with pytest.raises(ClientGone):
                await here.send(PIECE)

    await sends()
    assert here.late.further == 2
    async with anyio.create_task_group() as group:
        group.start_soon(sends)
    assert here.late.further == 4


async def test_a_response_that_begins_after_the_disconnect_is_noted():
    """By the task that was told; its status is kept."""
    here = peer()
    here.leave("ignore", GONE)
    await here.send(START)
    assert not here.late.started
    assert here.late.began
    await here.receive()
    await here.send({**START, "status": 201})
    assert (here.late.started, here.late.status) == (True, 201)


async def test_events_that_were_changed_are_found():
    """With what they were."""
    here = peer("http", {"type": "http.request", "body": b"x"}, {"type": "http.request"})
    event = await here.receive()
    await here.receive()
    assert here.changed() == []
    event["body"] = b""
    assert here.changed() == [({"type": "http.request", "body": b"x"}, {"type": "http.request", "body": b""})]
