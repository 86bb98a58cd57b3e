"""Responses, read strictly."""

import pytest

from asgikit.conformance.server.answers import read_answer


def read(*parts, method="GET", silent=False):
    """The answer in these bytes, and what is left; then the connection ends, or nothing more comes."""
    given = [part for part in parts if part]

    def more(within):
        if given:
            return given.pop(0)
        return None if silent else b""

    return read_answer(more, method=method, within=5.0)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "body", "framing"),
    [
        (OK + b"Content-Length: 2\r\n\r\nok", b"ok", "length"),
        (OK + b"content-length: 0\r\n\r\n", b"", "length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok", "chunked"),
        (OK + b"transfer-encoding: chunked\r\n\r\n1;a=b\r\no\r\n1 ; c\r\nk\r\n0\r\nx-t: 1\r\n\r\n", b"ok", "chunked"),
        (OK + b"\r\nok", b"ok", "close"),
        (b"HTTP/1.1 204 \r\n\r\n", b"", "none"),
    ],
)
def test_a_response_is_whole_however_it_is_framed(data, body, framing):
    """And however it is cut."""
    for parts in ((data,), [data[at : at + 1] for at in range(len(data))]):
        answer, rest = read(*parts)
        assert (answer.status // 100, answer.body, answer.framing, answer.ended, answer.faults, rest) == (
            2,
            body,
            framing,
            "complete",
            (),
            b"",
        )


def test_what_is_behind_stays():
    """It belongs to the next response, or to none."""
    assert read(OK + b"content-length: 2\r\n\r\nokHTTP")[1] == b"HTTP"
    assert read(OK + b"content-length: 2\r\n\r\nok", method="HEAD")[1] == b"ok"
    assert read(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\nok")[1] == b"ok"


def test_interim_responses_come_before():
    """Any number of them; 101 is the last."""
    answer, _ = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nlink: a\r\n\r\n" + OK + b"content-length: 0\r\n\r\n")
    assert [one.status for one in (*answer.interim, answer)] == [100, 103, 200]
    assert read(b"HTTP/1.1 101 Switching Protocols\r\n\r\nraw")[0].status == 101


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP",
        OK,
        OK + b"content-length: 3\r\n\r\nok",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\no",
    ],
)
def test_a_part_is_no_whole(data):
    """The end of the connection tells from silence."""
    assert read(data)[0].ended == "cut"
    assert read(data, silent=True)[0].ended == "silent"


def test_without_a_frame_only_the_end_is_an_end():
    """A silent connection may still send more."""
    assert read(OK + b"\r\nok", silent=True)[0].ended == "silent"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        OK + b"x-a : b\r\ncontent-length: 0\r\n\r\n",
        OK + b": b\r\ncontent-length: 0\r\n\r\n",
        OK + b"x-a: b\x00\r\ncontent-length: 0\r\n\r\n",
        OK + b"x-a: b\r\n folded\r\ncontent-length: 0\r\n\r\n",
        OK + b"x-a: b\nx-c: d\r\ncontent-length: 0\r\n\r\n",
        OK + b"content-length: +2\r\n\r\nok",
        OK + b"content-length: 2\r\ncontent-length: 2\r\n\r\nok",
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\nokk\r\n0\r\n\r\n",
    ],
)
def test_an_irregularity_is_noted(data):
    """Nothing is repaired in silence (RFC 9112)."""
    assert read(data)[0].faults


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (OK + b"content-length: 0\r\n", True),
        (OK + b"content-length: 0\r\nConnection: x, Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n", True),
        (OK, False),
    ],
)
def test_a_connection_is_kept_or_not(head, keeps):
    """By version, options and framing (RFC 9112, 9.3)."""
    assert read(head + b"\r\n")[0].keeps_alive is keeps


def test_a_head_without_end_is_given_up():
    """Memory is bounded."""
    answer, _ = read(*[b"x" * 65536] * 4, OK + b"\r\n")
    assert answer.status == 0


def test_fields_are_found_by_name():
    """In any case, all or the first."""
    answer, _ = read(OK + b"X-A: 1\r\nx-a:2\r\ncontent-length: 0\r\n\r\n")
    assert (answer.all(b"x-a"), answer.get(b"x-a"), answer.get(b"x-b")) == ((b"1", b"2"), b"1", None)
