"""A WebSocket client reads strictly and says why no more comes."""

import base64
import hashlib
import socket

import pytest

from asgikit.conformance.server import frames
from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.frames import Close, Frame, Opcode
from asgikit.conformance.server.wire import Wire
from asgikit.conformance.server.wsclient import KEY, Ended, Pong, WebSocketClient, opening, opening_faults

ACCEPT = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
GOOD = {b"Upgrade": b"WebSocket", b"Connection": b"keep-alive, Upgrade", b"Sec-WebSocket-Accept": ACCEPT}


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    with Wire(ours) as wire, theirs:
        yield WebSocketClient(wire), theirs


def test_a_handshake_is_a_request():
    """With a line for each list of subprotocols, and the fields that are added last."""
    lines = opening(b"/x", subprotocols=(b"a, b", b"c"), fields=((b"X-Y", b"z"),)).split(b"\r\n")
    assert lines[0] == b"GET /x HTTP/1.1"
    assert lines[-5:] == [b"Sec-WebSocket-Protocol: a, b", b"Sec-WebSocket-Protocol: c", b"X-Y: z", b"", b""]
    assert len(base64.b64decode(KEY)) == 16


def answer(status=101, **changed):
    fields = {name: changed.pop(name.decode().replace("-", "_").lower(), value) for name, value in GOOD.items()}
    more = [(name.replace("_", "-").encode(), value) for name, value in changed.items()]
    return Answer(status=status, fields=(*((n, v) for n, v in fields.items() if v is not None), *more))


def test_a_right_handshake_has_no_faults():
    """Values in any case; one of the subprotocols that were offered, or none."""
    assert opening_faults(answer()) == ()
    assert opening_faults(answer(sec_websocket_protocol=b"b"), (b"a, b", b"c")) == ()


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (answer(status=200), "status is 200"),
        (answer(upgrade=None), "upgrade is"),
        (answer(upgrade=b"h2c"), "upgrade is"),
        (answer(connection=b"close"), "connection is"),
        (answer(sec_websocket_accept=ACCEPT.lower()), "accept key"),
        (answer(sec_websocket_extensions=b"permessage-deflate"), "extension"),
        (answer(sec_websocket_protocol=b"other"), "subprotocol"),
    ],
)
def test_a_wrong_handshake_is_told(wrong, fault):
    """Each fault in a sentence of its own, and nothing else."""
    faults = opening_faults(wrong, (b"a",))
    assert len(faults) == 1
    assert fault in faults[0]


def test_what_comes_is_given_in_order(ends):
    """Messages put together, pongs, and a close; a ping is answered and not given."""
    client, server = ends
    sent = (
        *frames.fragments(Opcode.TEXT, "é".encode(), 1),
        Frame(Opcode.PING, b"p"),
        frames.binary(b""),
        Frame(Opcode.PONG, b"q"),
    )
    server.sendall(b"".join(frame.encode(None) for frame in (*sent, frames.close(3000, "bye"))))
    assert client.ending() == ("é", b"", Pong(b"q"), Close(3000, "bye"))
    assert server.recv(99) == Frame(Opcode.PONG, b"p").encode()


def test_frames_go_out_masked_or_not(ends):
    """In one write, masked unless told otherwise."""
    client, server = ends
    assert client.send(frames.text("a"), frames.text("b"))
    assert client.send(frames.text("c"), mask=None)
    assert server.recv(99) == frames.text("a").encode() + frames.text("b").encode() + b"\x81\x01c"


def test_silence_is_no_end(ends):
    """What comes later is still given."""
    client, server = ends
    assert client.next(0.05) == Ended("silent")
    server.sendall(frames.text("late").encode(None))
    assert client.next() == "late"


def test_the_end_of_the_connection_is_told(ends):
    """Inside a frame it is a fault."""
    client, server = ends
    server.sendall(frames.text("a").encode(None) + b"\x81\x05ab")
    server.shutdown(socket.SHUT_WR)
    assert client.next() == "a"
    last = client.next()
    assert (last.how, "inside a frame" in last.text) == ("fault", True)


def test_a_closed_connection_is_told(ends):
    """Between frames it is an end."""
    client, server = ends
    server.close()
    assert client.next() == Ended("closed")


@pytest.mark.parametrize("data", [b"\x81\x80\x00\x00\x00\x00", b"\x88\x02\x03\xed", b"\x81\x01\xff", b"\x80\x00"])
def test_what_no_server_may_send_is_a_fault(ends, data):
    """A mask, a code that is never sent, text that is not UTF-8, a continuation of nothing."""
    client, server = ends
    server.sendall(data)
    assert client.next().how == "fault"


def test_leaving_waits_for_the_server(ends):
    """The close frame is sent, what still comes is given, and the connection closed once the server has closed it."""
    client, server = ends
    server.sendall(frames.text("last").encode(None) + frames.close(1001).encode(None))
    server.shutdown(socket.SHUT_WR)
    assert client.leave(1001, "x") == ("last", Close(1001))
    assert server.recv(99) == frames.close(1001, "x").encode()
    assert client.wire.socket.fileno() == -1
