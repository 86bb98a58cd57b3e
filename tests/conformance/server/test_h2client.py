"""A client of HTTP/2 gives fields as they come, each stream by itself."""

import socket
import threading

import h2.config
import h2.connection
import h2.events
import pytest

from asgikit.conformance.server.h2client import H2Client, H2Unavailable, h2_request
from asgikit.conformance.server.wire import Wire


def talk(serve):
    """A client whose server calls serve(connection, number of the stream) for each request that is complete."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)

    def run():
        lax = {"validate_outbound_headers": False, "normalize_outbound_headers": False}
        peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None, **lax))
        peer.initiate_connection()
        with theirs:
            theirs.sendall(peer.data_to_send())
            while data := theirs.recv(65536):
                for event in peer.receive_data(data):
                    if isinstance(event, h2.events.StreamEnded):
                        serve(peer, event.stream_id)
                theirs.sendall(peer.data_to_send())

    thread = threading.Thread(target=run)
    thread.start()
    return H2Client(Wire(ours), push=True), thread


def asked(serve, count=1):
    client, thread = talk(serve)
    with client:
        numbers = [client.request(h2_request(path=f"/{index}"), b"body" if index else None) for index in range(count)]
        streams = client.finish(*numbers)
    thread.join(10)
    return client, streams


def test_a_response_is_given_as_it_came():
    """Interim ones, fields in any case, body, trailers."""

    def serve(peer, number):
        peer.send_headers(number, [(b":status", b"103"), (b"link", b"</a>")])
        peer.send_headers(number, [(b":status", b"200"), (b"X-Upper", b"a\r\nb"), (b"x", b"1"), (b"x", b"2")])
        peer.send_data(number, b"one")
        peer.send_data(number, b"two")
        peer.send_headers(number, [(b"sum", b"1")], end_stream=True)

    client, (stream,) = asked(serve)
    assert (client.fault, stream.status, stream.body, stream.data_frames) == ("", 200, b"onetwo", 2)
    assert stream.interim == [(103, ((b"link", b"</a>"),))]
    assert stream.fields == ((b"X-Upper", b"a\r\nb"), (b"x", b"1"), (b"x", b"2"))
    assert stream.trailers == ((b"sum", b"1"),)
    assert stream.is_ended


def test_streams_are_kept_apart():
    """Whichever is answered first; a reset ends one alone."""
    waiting = []

    def serve(peer, number):
        waiting.append(number)
        if len(waiting) == 3:
            for other in reversed(waiting[1:]):
                peer.send_headers(other, [(b":status", b"200")])
                peer.send_data(other, b"%d" % other, end_stream=True)
            peer.reset_stream(waiting[0], 2)

    _, streams = asked(serve, 3)
    assert [(stream.body, stream.is_ended, stream.reset) for stream in streams] == [
        (b"", False, 2),
        (b"3", True, None),
        (b"5", True, None),
    ]


def test_a_promise_is_seen():
    """With its request, and its response on a stream of its own."""

    def serve(peer, number):
        fields = [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/p")]
        peer.push_stream(number, 2, fields)
        peer.send_headers(2, [(b":status", b"204")], end_stream=True)
        peer.send_headers(number, [(b":status", b"200")], end_stream=True)

    client, _ = asked(serve)
    assert client.streams[2].status == 204
    assert (b":path", b"/p") in client.streams[2].request


def test_the_end_of_the_connection_is_a_fault():
    """The streams stay as they are, and nothing more is sent."""
    client, _ = asked(lambda peer, number: peer.close_connection(11))
    assert client.fault == "GOAWAY with the code 11"
    assert client.finish(client.request(h2_request()))[0].status == 0


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_server_without_http_2_is_told(answer):
    """With the beginning of what it answered; the connection is closed."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(H2Unavailable, match=r"answered with b'"):
            H2Client(Wire(ours))
    assert ours.fileno() == -1


def test_a_request_may_have_no_authority():
    """Then :authority is left out."""
    assert b":authority" not in dict(h2_request(authority=None))
    assert h2_request("POST", "/x", fields=((b"a", b"b"),))[0] == (b":method", b"POST")
