"""multipart/form-data as events."""

import pytest

from asgikit.http.formpart import MultipartError, PartHead, format_head
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.multipart import (
    END,
    PADDING,
    MultipartDecoder,
    MultipartLimits,
    MultipartTooLarge,
    boundary_of,
    encode_multipart,
)

A = b'Content-Disposition: form-data; name="a"'
F = b'Content-Disposition: form-data; name="f"; filename="x"'


def body(*parts, end=b"--\r\n"):
    """A form of heads with their contents, between boundaries "b"."""
    return b"".join(b"--b\r\n%b\r\n\r\n%b\r\n" % part for part in parts) + b"--b" + end


def decode(*chunks, limits=None):
    """What comes out: names with contents, pieces joined, an unfinished part too; and the error with its text."""
    decoder, parts, error = MultipartDecoder(b"b", limits), [], None
    try:
        for chunk in chunks:
            for event in decoder.feed(chunk):
                if isinstance(event, PartHead):
                    parts.append([event.name, b"", "open"])
                elif event is END:
                    parts[-1][2] = "done"
                else:
                    assert event
                    parts[-1][1] += event
        decoder.finish()
    except MultipartError as raised:
        error = (type(raised), str(raised))
    return parts, error


def part(name, content, state="done"):
    return [name, content, state]


LEGAL = [
    (body(), []),
    (body(end=b"--"), []),
    (body((A, b"")), [part("a", b"")]),
    (body((A, b"v")), [part("a", b"v")]),
    (body((A, b"v"), (F, b"\x00\r\n--\r\nzz")), [part("a", b"v"), part("f", b"\x00\r\n--\r\nzz")]),
    (body((A, b"v\r")), [part("a", b"v\r")]),
    (body((A, b"v\r\n")), [part("a", b"v\r\n")]),
    (body((A, b"\r\r\r\n\r\n--\r\n--")), [part("a", b"\r\r\r\n\r\n--\r\n--")]),
    (body((A, b"\r\n")), [part("a", b"\r\n")]),
    (body((A, b"x--b\n--b\r--b")), [part("a", b"x--b\n--b\r--b")]),
    (b"--b\r\n%b\r\n\r\n--b--" % A, [part("a", b"")]),
    (body((A, b"v"), (A, b"w")).replace(b"--b\r\n", b"--b \t\r\n"), [part("a", b"v"), part("a", b"w")]),
    (body((A, b"v")).replace(b"--b\r\n", b"--b" + b" " * PADDING + b"\r\n"), [part("a", b"v")]),
    (body((A, b"v"), end=b"-- \r\n"), [part("a", b"v")]),
    (b"\r\n" + body((A, b"v")), [part("a", b"v")]),
    (b"hello\r\nthere\r\n" + body((A, b"v")), [part("a", b"v")]),
    (body((A, b"v")) + b"the end\r\n" + body((F, b"w")), [part("a", b"v")]),
]

UNFINISHED = "the body ends before its last boundary"
NO_END = "a line begins with the boundary but does not end there"
BLANKS = f"over {PADDING} blanks behind a boundary"
MALFORMED = [
    (b"", [], UNFINISHED),
    (b"\r\n", [], UNFINISHED),
    (b"--b", [], UNFINISHED),
    (b"--b-", [], UNFINISHED),
    (b"--b" + b" " * PADDING, [], UNFINISHED),
    (body((A, b"v"))[:-4], [part("a", b"v", "open")], UNFINISHED),
    (body((A, b"v"))[:-6], [part("a", b"v", "open")], UNFINISHED),
    (body((A, b"v"), end=b"\r\n"), [part("a", b"v")], UNFINISHED),
    (body((A, b"v"), end=b"-\r\n"), [part("a", b"v", "open")], NO_END),
    (body((A, b"v"), end=b"\r\r\n"), [part("a", b"v", "open")], NO_END),
    (body((A, b"v"), end=b"\n"), [part("a", b"v", "open")], NO_END),
    (body((A, b"v"), end=b" x"), [part("a", b"v", "open")], NO_END),
    (body((A, b"v\r\n--bX\r\nw")), [part("a", b"v", "open")], NO_END),
    (b"--bX\r\n" + body((A, b"v")), [], NO_END),
    (b"--b" + b" " * PADDING + b"x", [], NO_END),
    (b"--b" + b" " * (PADDING + 1) + b"x", [], BLANKS),
    (b"--b" + b" " * (PADDING + 1) + b"\r\n", [], BLANKS),
    (b"--b" + b" " * (PADDING + 2) + b"\r\n", [], BLANKS),
    (body((A, b"v")).replace(b"\r\n", b"\n"), [], NO_END),
    (b"--b\r\n%b\r\nno blank line\r\n--b--\r\n" % A, [], UNFINISHED),
    (b"--b\r\n\r\nv\r\n--b--\r\n", [], "a part has 0 Content-Disposition fields: it needs one"),
    (b"--b\r\n\r\n\r\n--b--\r\n", [], "a part has 0 Content-Disposition fields: it needs one"),
]


def ways(data):
    """The body whole, byte by byte, by threes with empty chunks between, and in two pieces at every place."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    yield [piece for at in range(0, len(data), 3) for piece in (data[at : at + 3], b"")]
    yield from ([data[:at], data[at:]] for at in range(1, len(data)))


@pytest.mark.parametrize(("data", "parts"), LEGAL)
def test_a_body_is_read_wherever_it_is_cut(data, parts):
    """Its parts, each with the bytes between the blank line and the line break before the boundary (RFC 2046, 5.1.1)."""
    for chunks in ways(data):
        assert decode(*chunks) == (parts, None), chunks


@pytest.mark.parametrize(("data", "parts", "text"), MALFORMED)
def test_a_malformed_body_fails_alike_wherever_it_is_cut(data, parts, text):
    """With the same text, and behind the same content."""
    for chunks in ways(data):
        assert decode(*chunks) == (parts, (MultipartError, text)), chunks


LIMITS = MultipartLimits(parts=2, head=len(F), preamble=5)
PAST = [
    (body((A, b""), (A, b""), (A, b"")), 2, "over 2 parts"),
    (body((F + b"x", b"")), 0, f"a part with a head over {len(F)} bytes"),
    (body((A, b""), (F + b"\r\nno: end", b"")), 1, f"a part with a head over {len(F)} bytes"),
    (b"--b\r\n" + b"x" * (len(F) + 3), 0, UNFINISHED),
    (b"--b\r\n" + b"x" * (len(F) + 4), 0, f"a part with a head over {len(F)} bytes"),
    (b"12345\r\n--b", 0, UNFINISHED),
    (b"123456\r\n--b", 0, "over 5 bytes before the first boundary"),
    (b"--bb" * 10, 0, NO_END),
    (b"x" * 100, 0, "over 5 bytes before the first boundary"),
]


@pytest.mark.parametrize(("data", "parts", "text"), PAST)
def test_past_a_limit_the_error_names_it(data, parts, text):
    """Wherever the body is cut."""
    for chunks in ways(data):
        found, error = decode(*chunks, limits=LIMITS)
        assert error is not None
        assert (len(found), error[1]) == (parts, text), chunks
        assert (error[0] is MultipartTooLarge) == ("over" in text)


def test_up_to_a_limit_nothing_is_refused():
    """As many parts, a head and a preamble as long as allowed."""
    assert decode(b"123\r\n" + body((F, b"1"), (A, b"2")), limits=LIMITS) == ([part("f", b"1"), part("a", b"2")], None)


@pytest.mark.parametrize("name", ["parts", "head", "preamble"])
def test_a_limit_is_not_negative(name):
    """0 is one."""
    with pytest.raises(ValueError, match="at least 0"):
        MultipartLimits(**{name: -1})
    assert decode(body(), limits=MultipartLimits(parts=0, head=0, preamble=0)) == ([], None)


def test_content_comes_while_it_comes():
    """No piece waits for the end of its part, unless it may be the beginning of a boundary."""
    decoder = MultipartDecoder(b"b")
    head, first = list(decoder.feed(b"--b\r\n%b\r\n\r\nabc" % F))
    assert isinstance(head, PartHead)
    assert first == b"abc"
    assert list(decoder.feed(b"def\r\n--")) == [b"def"]
    assert list(decoder.feed(b"ghi\r")) == [b"\r\n--ghi"]
    assert list(decoder.feed(b"\n--b--")) == [END]
    assert list(decoder.feed(b"more")) == []


def test_a_chunk_of_content_is_not_copied():
    """The piece is the chunk, unless a boundary may be in it."""
    decoder = MultipartDecoder(b"b")
    list(decoder.feed(b"--b\r\n%b\r\n\r\nabc" % F))
    chunk = b"x" * 1000
    assert [piece is chunk for piece in decoder.feed(chunk)] == [True]


def test_little_is_kept_between_chunks():
    """Not the content: at most a line that may be a boundary, or a head."""
    decoder = MultipartDecoder(b"b" * 70, MultipartLimits(head=500))
    chunks = [b"--" + b"b" * 70 + b"\r\n" + F + b"\r\n\r\n"]
    for chunk in [*chunks, *[b"\r\n--" + b"b" * 69] * 500, *[b"\r"] * 500, *[b"x" * 9999 + b"\r\n--bbb"] * 50]:
        for _ in decoder.feed(chunk):
            pass
        assert len(decoder._kept) <= 74 + PADDING + 2
    for chunk in [b"\r\n--" + b"b" * 70 + b"--", *[b"behind the end"] * 50]:
        list(decoder.feed(chunk))
        assert decoder._kept == b""


@pytest.mark.parametrize(
    "text",
    [
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        'multipart/form-data; boundary="a b:c=?/\'()+_,-."',
        f"multipart/form-data; boundary={'B' * 70}",
        "multipart/form-data; charset=utf-8; Boundary=x",
    ],
)
def test_a_boundary_is_what_the_content_type_says(text):
    """With its case, quoted or not."""
    media = MediaType.parse(text)
    assert boundary_of(media).decode() == media.param("boundary")


@pytest.mark.parametrize("value", ['""', '"a "', '" "', f'"{"B" * 71}"', '"a;b"', '"é"', '"a\\"b"', '"a\tb"', '"<a>"'])
def test_a_boundary_that_is_not_one_is_refused(value):
    """Empty, too long, with a blank at its end, or with other characters (RFC 2046, 5.1.1)."""
    with pytest.raises(MultipartError, match="the boundary is not one"):
        boundary_of(MediaType.parse(f"multipart/form-data; boundary={value}"))


def test_a_missing_boundary_is_told():
    """The text says so."""
    with pytest.raises(MultipartError, match="has no boundary"):
        boundary_of(MediaType.parse("multipart/form-data"))


def test_what_is_written_is_read():
    """Whatever the content; equal forms are equal bytes."""
    head = format_head("a", None, Headers())
    for contents in ([], [b""], [b"x", b"\r\n--b--\r\n"], [b"--" * 99]):
        data, boundary = encode_multipart([(head, content) for content in contents])
        assert encode_multipart([(head, content) for content in contents]) == (data, boundary)
        decoder = MultipartDecoder(boundary)
        events = list(decoder.feed(data))
        decoder.finish()
        assert [event for event in events if isinstance(event, bytes)] == [content for content in contents if content]
        assert events.count(END) == len(contents)


def test_no_content_holds_the_boundary(monkeypatch):
    """Should one ever, another boundary is taken."""
    head = format_head("a", None, Headers())
    _, first = encode_multipart([(head, b"x")])

    class Digest:
        def __init__(self):
            self.given = b""

        def update(self, data):
            self.given += data

        def hexdigest(self):
            return first.decode() if not self.given.endswith(b"again") else "f" * 64

    monkeypatch.setattr("asgikit.http.multipart.sha256", Digest)
    assert encode_multipart([(head, b"the boundary " + first)])[1] == b"f" * 32
