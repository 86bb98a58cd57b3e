"""Byte ranges (RFC 9110, 14)."""

import pytest

from asgikit.http.ranges import MAX_RANGES, Partial, Span, content_range, framed, length_of, requested

SIZE = 10_000


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-999", [(500, 1000)]),
        ("bytes=-500", [(9500, 10_000)]),
        ("bytes=9500-", [(9500, 10_000)]),
        ("bytes=0-0,-1", [(0, 1), (9999, 10_000)]),
        ("bytes= 0-999, 4500-5499, -1000", [(0, 1000), (4500, 5500), (9000, 10_000)]),
        ("bytes=500-600,601-999", [(500, 1000)]),
        ("bytes=500-700,601-999", [(500, 1000)]),
    ],
)
def test_the_examples_of_the_standard(value, spans):
    """Those of RFC 9110, 14.1.2, of 10000 bytes; the two that overlap or touch are one."""
    assert requested(value, SIZE) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("bytes=0-", [(0, 10)]),
        ("bytes=9-", [(9, 10)]),
        ("bytes=0-9", [(0, 10)]),
        ("bytes=0-99", [(0, 10)]),
        ("bytes=-10", [(0, 10)]),
        ("bytes=-11", [(0, 10)]),
        ("BYTES=0-0", [(0, 1)]),
        ("bytes=000-001", [(0, 2)]),
        ("bytes=,0-0,,\t2-2,", [(0, 1), (2, 3)]),
        ("bytes=" + "9" * 5000 + "-,0-0", [(0, 1)]),
        ("bytes=5-" + "9" * 5000, [(5, 10)]),
        ("bytes=-" + "9" * 5000, [(0, 10)]),
    ],
)
def test_a_range_ends_with_the_content(value, spans):
    """However large its numbers are; the name of the unit has no case, empty elements are nothing."""
    assert requested(value, 10) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99-99,-0", "bytes=" + "9" * 5000 + "-"])
def test_what_lies_outside_cannot_be_satisfied(value):
    """Nor can the last zero bytes (RFC 9110, 14.1.2)."""
    assert requested(value, 10) == "unsatisfiable"


@pytest.mark.parametrize(
    ("value", "spans"), [("bytes=10-20,0-0", [(0, 1)]), ("bytes=-0,3-4", [(3, 5)]), ("bytes=0-1,999999-", [(0, 2)])]
)
def test_what_can_be_satisfied_is(value, spans):
    """D12: the rest is dropped."""
    assert requested(value, 10) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=abc",
        "bytes=0",
        "bytes=--1",
        "bytes=0-1-2",
        "bytes=1-0",
        "bytes=0-1,1-0",
        "bytes=0-1,x",
        "bytes=0 - 1",
        "bytes=0- 1",
        "bytes=+0-1",
        "bytes=0x0-1",
        "bytes=٠-١",
        "bytes=0-1;q=1",
        'bytes="0-1"',
        'bytes="0-1,2-3"',
        "bytes =0-1",
        " bytes=0-1",
        "bytes:0-1",
        "items=0-1",
        "bytes=bytes=0-1",
        "none=0-1",
        "0-1",
        "bytes=2" + "0" * 30 + "-1" + "0" * 30,
        "bytes=1" + "0" * 19 + "-" + "9" * 19,
        "bytes=" + "1" + "0" * 5000 + "-" + "9" * 5000,
    ],
)
def test_another_unit_or_a_malformed_range_is_ignored(value):
    """D11: neither is the client's error (RFC 9110, 14.2)."""
    assert requested(value, 10) is None


def test_too_many_ranges_are_ignored():
    """All of them."""
    many = ",".join(f"{n}-{n}" for n in range(0, 2 * MAX_RANGES, 2))
    spans = requested(f"bytes={many}", 1000)
    assert spans is not None
    assert len(spans) == MAX_RANGES
    assert requested(f"bytes={many},-1", 1000) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("bytes=0-", "unsatisfiable"), ("bytes=0-0", "unsatisfiable"), ("bytes=-0", "unsatisfiable"), ("bytes=-1", None)],
)
def test_no_content_has_no_ranges(value, expected):
    """The last bytes of nothing are all of it, which is what the client gets."""
    assert requested(value, 0) == expected


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("bytes=5-6,0-1", [(5, 7), (0, 2)]),
        ("bytes=5-6,0-1,7-8", [(5, 9), (0, 2)]),
        ("bytes=0-9,2-3", [(0, 10)]),
        ("bytes=2-3,0-9", [(0, 10)]),
        ("bytes=0-1,3-4", [(0, 2), (3, 5)]),
        ("bytes=0-1,0-1", [(0, 2)]),
        ("bytes=8-,0-0,-5", [(5, 10), (0, 1)]),
    ],
)
def test_spans_are_in_the_order_of_the_request(value, spans):
    """One made of several is where the first of them was (RFC 9110, 15.3.7.2)."""
    assert requested(value, 10) == tuple(Span(*span) for span in spans)


def test_content_range_names_the_last_byte():
    """Or none, for a 416 (RFC 9110, 14.4)."""
    assert content_range(Span(42, 1234), 1234) == "bytes 42-1233/1234"
    assert content_range(None, 1234) == "bytes */1234"


def test_one_span_is_framed_as_it_is():
    """With the type of the whole."""
    assert framed((Span(2, 5),), 10, "text/plain") == Partial("bytes 2-4/10", "text/plain", (Span(2, 5),))
    assert framed((Span(2, 5),), 10, None).content_type is None


def test_several_spans_are_parts():
    """Each with its own range, and the type of the whole if that has one (RFC 9110, 14.6)."""
    partial = framed((Span(0, 2), Span(8, 10)), 10, "text/plain")
    assert partial.content_range is None
    assert partial.content_type is not None
    boundary = partial.content_type.removeprefix("multipart/byteranges; boundary=").encode()
    head = b"\r\n--" + boundary + b"\r\nContent-Type: text/plain\r\nContent-Range: bytes %s/10\r\n\r\n"
    assert partial.segments == (head % b"0-1", Span(0, 2), head % b"8-9", Span(8, 10), b"\r\n--" + boundary + b"--\r\n")
    assert length_of(partial.segments) == 4 + 2 * len(head % b"0-1") + len(boundary) + 8
    assert b"Content-Type" not in b"".join(
        s for s in framed((Span(0, 2), Span(8, 10)), 10, None).segments if isinstance(s, bytes)
    )


def test_nobody_knows_the_boundary_beforehand():
    """It is another one each time, and short enough (RFC 2046, 5.1.1)."""
    kinds = [framed((Span(0, 1), Span(2, 3)), 10, None).content_type for _ in range(2)]
    assert kinds[0] != kinds[1]
    assert all(len(kind.partition("boundary=")[2]) <= 70 for kind in kinds if kind)


def test_the_length_of_segments():
    """Bytes and spans."""
    assert length_of(()) == 0
    assert length_of((b"abc", Span(5, 10))) == 8
