"""Laws of byte ranges (RFC 9110, 14), and the same requests to another implementation."""

import email.policy
import os
import re
import tempfile
from datetime import UTC, datetime
from email.parser import BytesParser
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import FileResponse

from asgikit import App, Response
from asgikit.body import File, Stream
from asgikit.conditional import settle
from asgikit.files import Reader, look_at
from asgikit.http.headers import Headers
from asgikit.http.ranges import MAX_RANGES, Span, framed, length_of, requested
from asgikit.testing import call, http_scope, play
from property_tests.strategies import hostile, work

NOW = datetime(2020, 1, 1, tzinfo=UTC)

positions = st.integers(0, 40) | st.sampled_from([10**18, 10**19, 2**63, 10**25])
specs = (
    st.builds("{}-{}".format, positions, positions)
    | st.builds("{}-".format, positions)
    | st.builds("-{}".format, positions)
    | st.sampled_from(["", "-", "x", "1", "0-1-2", "+1-2", "1 -2"])
)
fields = st.lists(specs, max_size=6).map(lambda parts: "bytes=" + ",".join(parts))
sound_specs = (
    st.builds(lambda first, more: f"{first}-{first + more}", positions, st.integers(0, 40))
    | st.builds("{}-".format, positions)
    | st.builds("-{}".format, positions)
)
sound_fields = st.lists(sound_specs, min_size=1, max_size=6).map(lambda parts: "bytes=" + ", ".join(parts))
contents = st.binary(max_size=40)
inner_specs = (
    st.builds(lambda first, more: f"{first}-{first + more}", st.integers(0, 29), st.integers(0, 6))
    | st.builds("{}-".format, st.integers(25, 29))
    | st.builds("-{}".format, st.integers(1, 6))
)
inner_fields = st.lists(inner_specs, min_size=1, max_size=6).map(lambda parts: "bytes=" + ",".join(parts))


def selected(value, size):
    """Which bytes a field selects, as sets, one for each range; None if it says nothing: read from RFC 9110, 14.1.2."""
    if re.fullmatch(r"bytes=(?:[ \t]*(?:[0-9]+-[0-9]*|-[0-9]+)?[ \t]*(?:,|\Z))+", value) is None:
        return None
    sets = []
    for spec in filter(None, (part.strip(" \t") for part in value.removeprefix("bytes=").split(","))):
        first, _, last = spec.partition("-")
        if first and last and int(last) < int(first):
            return None
        if not first and int(last) and not size:
            return None  # all of nothing, which no Content-Range can say
        start = int(first) if first else max(size - int(last), 0)
        stop = min(int(last) + 1, size) if first and last else size
        sets.append(set(range(min(start, size), stop)))
    return sets or None


def parts_of(content_type, data):
    """The parts of multipart/byteranges as another parser reads them: their places, types and contents."""
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + data
    )
    assert message.get_content_type() == "multipart/byteranges"
    assert not message.defects
    return message.get_payload()


def cut(data, spans, size):
    """What the spans are framed as, put together."""
    partial = framed(spans, size, "application/octet-stream")
    body = b"".join(data[s.start : s.stop] if isinstance(s, Span) else s for s in partial.segments)
    assert len(body) == length_of(partial.segments)
    return partial, body


@given(fields | sound_fields | hostile.map(lambda text: f"bytes={text}") | hostile, st.integers(0, 45))
def test_a_range_selects_the_bytes_that_it_names(value, size):
    """Each once, none else; in the order of the request; what overlaps or touches is one."""
    spans, sets = requested(value, size), selected(value, size)
    if sets is None:
        assert spans is None
        return
    wanted = set().union(*sets)
    if not wanted:
        assert spans == "unsatisfiable"
        return
    covered = [index for span in spans for index in range(span.start, span.stop)]
    assert (sorted(covered), len(covered)) == (sorted(wanted), len(wanted))
    ordered = sorted(spans)
    assert all(one.stop < two.start for one, two in pairwise(ordered))
    firsts = [min(n for n, found in enumerate(sets) if found & set(range(*span))) for span in spans]
    assert firsts == sorted(firsts)


@given(hostile, st.integers(0, 10**20))
def test_any_text_has_an_answer(text, size):
    """Spans inside of the content, or none."""
    for value in (text, f"bytes={text}"):
        spans = requested(value, size)
        assert spans is None or spans == "unsatisfiable" or all(0 <= span.start < span.stop <= size for span in spans)


@given(st.integers(MAX_RANGES - 2, MAX_RANGES + 2), st.integers(0, 3))
def test_there_are_never_more_ranges_than_that(count, gap):
    """However they are put."""
    value = "bytes=" + ",".join(f"{n * (gap + 1)}-{n * (gap + 1)}" for n in range(count))
    spans = requested(value, 1000)
    assert (spans is None) == (count > MAX_RANGES)


@given(st.sampled_from(["0-1,", ",", "-", "0", "9", "\t", '"', "0-1", "-1,", "bytes=", "1-0,"]))
def test_reading_ranges_is_linear(unit):
    """Ten times the text is about ten times the work, at most."""

    def parse(value):
        requested(f"bytes={value}", 10)

    assert work(parse, unit * 2000) <= 11 * work(parse, unit * 200) + 200


def spread(first, pairs):
    """Spans that do not touch, from gaps and lengths."""
    spans, at = [], first
    for gap, length in pairs:
        spans.append(Span(at + gap, at + gap + length))
        at += gap + length
    return spans


@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 10)), min_size=2, max_size=6),
    st.randoms(use_true_random=False),
    st.binary(min_size=95, max_size=95) | st.text("\r\n-:", min_size=95, max_size=95).map(str.encode),
)
def test_several_parts_are_read_back(first, pairs, random, data):
    """By another parser: places, types and bytes, in order, whatever is in the content."""
    spans = spread(first, pairs)
    random.shuffle(spans)
    partial, body = cut(data, spans, len(data))
    parts = parts_of(partial.content_type, body)
    assert [part["content-range"] for part in parts] == [f"bytes {span.start}-{span.stop - 1}/95" for span in spans]
    assert {part.get_content_type() for part in parts} == {"application/octet-stream"}
    # Apart from the parser, which has its own mind about line breaks: each part is its head and its bytes.
    boundary = b"\r\n--" + partial.content_type.partition("boundary=")[2].encode()
    raw = body.split(boundary)
    assert [part.partition(b"\r\n\r\n")[2] for part in raw[1:-1]] == [data[span.start : span.stop] for span in spans]
    assert (raw[0], raw[-1]) == (b"", b"--\r\n")


class Pieces:
    """A stream of these bytes in pieces."""

    def __init__(self, data, size):
        self.pieces = [data[n : n + size] for n in range(0, len(data), size)]

    def __aiter__(self):
        """A new iterator."""
        return self.each()

    async def each(self):
        for piece in self.pieces:
            yield piece


def read(response):
    """The content that would be sent."""
    body = response.body
    if isinstance(body, File):
        reader = Reader(body)
        chunks = []
        while not reader.done:
            chunks.append(reader.read())
        return b"".join(chunks)
    if isinstance(body, Stream):

        async def collect():
            return b"".join([chunk async for chunk in body.chunks])

        return anyio.run(collect)
    return body


@pytest.fixture(scope="module")
def path():
    """A file that each example writes."""
    handle, name = tempfile.mkstemp()
    os.close(handle)
    yield name
    Path(name).unlink()


def written(path, data):
    """The file with this content, old enough to have a strong tag."""
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, (0, 1_000_000_000))
    return look_at(path)


@given(contents | st.binary(min_size=30, max_size=40), sound_fields | fields | inner_fields, st.integers(1, 9))
def test_every_kind_of_body_gives_the_same_answer(path, data, value, piece):
    """The status, the fields and the bytes; but a stream, which cannot go back, gives the whole in place of several parts."""
    headers = {"content-type": "text/x", "etag": '"x"'}
    asked = Headers({"range": value})
    of_bytes = settle("GET", asked, Response(data, headers=headers), NOW)
    of_file = settle("GET", asked, Response(written(path, data), headers=headers), NOW)
    length = {"content-length": str(len(data))}
    of_stream = settle("GET", asked, Response(Stream(Pieces(data, piece)), headers=headers | length), NOW)
    several = of_bytes.status == 206 and "content-range" not in of_bytes.headers
    for other in (of_file, of_stream):
        sent = read(other)
        if several and other is of_stream:
            assert (other.status, sent) == (200, data)
            continue
        assert other.status == of_bytes.status
        assert other.headers["content-length"] == str(len(sent))
        if several:  # their boundaries differ
            assert [part.get_payload() for part in parts_of(other.headers["content-type"], sent)] == [
                part.get_payload() for part in parts_of(of_bytes.headers["content-type"], read(of_bytes))
            ]
        else:
            assert sent == read(of_bytes)
            assert sorted(other.headers) == sorted(of_bytes.headers)


@given(contents, sound_fields)
def test_what_a_client_puts_together_is_the_content(data, value):
    """A 206 says where each of its bytes belongs, truly."""
    response = settle("GET", Headers({"range": value}), Response(data), NOW)
    if response.status != 206 or "content-range" not in response.headers:
        return
    first, last, size = map(int, re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", response.headers["content-range"]).groups())
    assert (read(response), size) == (data[first : last + 1], len(data))


def answer_of(app, value):
    """What an application answers to a range."""

    async def run():
        return await play(app, http_scope(headers={"range": value}))

    return anyio.run(run)


def slices(answer):
    """The parts that were sent, with their places."""
    if "content-range" in answer.headers:
        return [(answer.headers["content-range"], answer.body)]
    boundary = re.search(r"boundary=\"?([^\";]+)", answer.headers["content-type"])[1].encode()
    raw = re.split(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?:--)?\r?\n?", answer.body)
    parts = [part.partition(b"\r\n\r\n") for part in raw if b"\r\n\r\n" in part]
    return [(re.search(rb"(?i)content-range: *([^\r]+)", head)[1].decode(), body) for head, _, body in parts]


@given(st.binary(min_size=30, max_size=40), inner_fields)
def test_another_implementation_sends_the_same_bytes(path, data, value):
    """Asked where it agrees with the standard: sound ranges of bytes, each of which is there, in content that is not empty."""
    file = written(path, data)

    async def ours(request):
        return Response.of_file(file)

    mine, theirs = answer_of(App(ours), value), answer_of(FileResponse(path), value)
    assert (mine.status, theirs.status) == (206, 206)
    assert mine.headers["content-length"] == str(len(mine.body))

    def covered(answer):
        found = {}
        for place, body in slices(answer):
            first, last, size = map(int, re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", place).groups())
            assert (size, last - first + 1) == (len(data), len(body))
            found |= dict(zip(range(first, last + 1), body, strict=True))
        return found

    assert covered(mine) == covered(theirs)


@given(contents, fields | sound_fields | inner_fields)
def test_what_goes_over_the_wire_has_the_length_it_announces(path, data, value):
    """Through the whole application, whatever the range."""
    file = written(path, data)

    async def ours(request):
        return Response.of_file(file)

    async def run():
        return await call(App(ours), headers={"range": value})

    answer = anyio.run(run)
    assert answer.error is None
    assert answer.headers["content-length"] == str(len(answer.body))
    sets = selected(value, len(data))
    assert answer.status == (200 if sets is None else 206 if any(sets) else 416)
