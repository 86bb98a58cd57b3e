"""Connections, byte by byte."""

import socket
import struct
import time

import pytest

from asgikit.conformance.server.patience import FIRST
from asgikit.conformance.server.wire import KEPT, Wire, connected


@pytest.fixture
def ends():
    """A wire, and the socket of the server at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = connected(listener.getsockname()[1])
        other, _ = listener.accept()
        other.settimeout(5)
        with wire, other:
            yield wire, other


def test_bytes_go_as_they_are_given(ends):
    """In pieces as well."""
    wire, other = ends
    assert wire.send(b"\x00GET\n")
    assert wire.send_pieces((b"a", b"b"))
    data = b""
    while len(data) < 7:
        data += other.recv(100)
    assert data == b"\x00GET\nab"


def test_a_response_leaves_what_is_behind_it(ends):
    """For the next one."""
    wire, other = ends
    other.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 201 OK\r\ncontent-length: 1\r\n\r\nb")
    assert [wire.answer().body, wire.answer().body] == [b"a", b"b"]
    assert wire.more(0.01) == b""
    assert not wire.ended


def test_an_end_is_told_from_silence(ends):
    """FIN and RST from each other, too."""
    wire, other = ends
    assert not wire.closes(0.05)
    other.close()
    assert wire.closes()
    assert wire.ended == "closed"


def test_a_reset_is_an_end(ends):
    """And no exception, for reading or for sending."""
    wire, other = ends
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    assert wire.more() == b""
    assert wire.ended == "reset"
    assert not (wire.send(b"x") and wire.send(b"x"))


@pytest.mark.parametrize(("how", "ended"), [("FIN", "complete"), ("RST", "cut")])
def test_a_body_without_a_frame_is_whole_at_an_orderly_end_only(ends, how, ended):
    """A reset shows that something is missing, though all that came was read."""
    wire, other = ends
    other.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    if how == "RST":
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    answer = wire.answer()
    assert (answer.body, answer.framing, answer.ended) == (b"half", "close", ended)


def test_a_reset_behind_a_framed_body_does_it_no_harm(ends):
    """Its length has said where it ends."""
    wire, other = ends
    other.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhalf")
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    other.close()
    assert wire.answer().is_complete
    assert wire.closes()


def test_nobody_waits_long_for_an_application_that_has_ended(ends):
    """What it has left is still read; a silent server is given up early, and told from one that has closed."""
    wire, other = ends
    wire.follow(lambda: True)
    other.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha")
    began = time.monotonic()
    answer = wire.answer(within=60.0)
    assert time.monotonic() - began < 30.0
    assert (answer.status, answer.body, answer.ended, wire.ended) == (200, b"ha", "silent", "")


def test_an_application_that_runs_is_waited_for(ends):
    """However often it was looked at."""
    wire, other = ends
    looks = []

    def is_over():
        looks.append(len(looks))
        if len(looks) == 3:
            other.sendall(b"late")
        return False

    wire.follow(is_over)
    assert wire.more(30.0) == b"late"
    assert len(looks) == 3


def test_patience_makes_waits_longer_or_shorter(ends):
    """The first look at a server is brief."""
    wire = Wire(ends[0].socket, FIRST)
    began = time.monotonic()
    assert wire.more(60.0) == b""
    assert time.monotonic() - began < 30.0


def test_our_reset_is_one(ends):
    """The server sees no orderly end."""
    wire, other = ends
    wire.reset()
    with pytest.raises(ConnectionResetError):
        other.recv(1)


def test_a_half_closed_connection_still_reads(ends):
    """The server has seen the end of what we send."""
    wire, other = ends
    wire.half_close()
    assert other.recv(1) == b""
    other.sendall(b"late")
    assert wire.more() == b"late"


def test_a_server_that_takes_nothing_is_given_up(ends):
    """After the time limit."""
    wire, _ = ends
    assert not wire.send(b"x" * (1 << 25), within=0.2)
    assert "the server takes no more" in wire.text()


def test_the_text_shows_both_directions(ends):
    """Line by line, with what else happened; long ones are cut."""
    wire, other = ends
    wire.send(b"GET / HTTP/1.1\r\n\r\n")
    other.sendall(b"HTTP/1.1 200 OK\r\n")
    wire.more()
    wire.note("half a second later")
    assert wire.text().splitlines() == [
        r"> b'GET / HTTP/1.1\r\n'",
        r"> b'\r\n'",
        r"< b'HTTP/1.1 200 OK\r\n'",
        "-- half a second later",
    ]
    wire.send(b"x" * 2 * KEPT)
    assert len(wire.text()) < 2 * KEPT


def test_the_rest_ends_with_the_connection_or_the_limit(ends):
    """Whatever comes first."""
    wire, other = ends
    other.sendall(b"abc")
    assert wire.rest(0.1, limit=1) == b"abc"
    other.sendall(b"de")
    other.close()
    assert wire.rest(5.0) == b"de"


def test_a_wire_can_be_made_of_any_socket():
    """It closes what it was given."""
    one, other = socket.socketpair()
    with other:
        with Wire(one):
            pass
        assert other.recv(1) == b""
        assert one.fileno() == -1
