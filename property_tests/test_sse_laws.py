"""Laws of server-sent events: any two readers agree on what was written (WHATWG HTML, 9.2)."""

import re
import sys
from dataclasses import replace

from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.sse import MAX_RETRY, EventReader, ServerSentEvent

texts = st.text(max_size=20) | st.text("\r\n :a\0\ufeffé\u2028\x85", max_size=12) | st.sampled_from(["data: x", "\n\nid: 1\n\n"])
lines = texts.map(lambda text: re.sub(r"[\r\n]", "", text))
names = lines.filter(bool)
ids = lines.map(lambda text: text.replace("\0", ""))


@st.composite
def events(draw: st.DrawFn) -> ServerSentEvent:
    """Any event that can be made."""
    data, id = draw(st.none() | texts), draw(st.none() | ids)
    retry = draw(st.none() | st.integers(0, MAX_RETRY))
    bare = data is None and id is None and retry is None
    return ServerSentEvent(
        data,
        event=None if data is None else draw(st.none() | names),
        id=id,
        retry=retry,
        comment=draw(texts if bare else st.none() | texts),
    )


pieces = st.one_of(
    st.sampled_from([b"data", b"event", b"id", b"retry", b":", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"1", b"a"]),
    st.sampled_from([b"data: a\n", b"data\r\r", b"id: 1\r\n", b"retry: 9\n", b"event: e\r"]),
    st.sampled_from([b"\0", b"\xef\xbb\xbf", b"\xc3", b"\xa9"]),
)
streams = st.lists(pieces | st.binary(max_size=3), max_size=30).map(b"".join)
cuts = st.lists(st.integers(0, 200), max_size=12).map(sorted)


def chunks(stream: bytes, at: list[int]) -> list[bytes]:
    """The stream in pieces, some of them empty."""
    return [stream[start:end] for start, end in zip([0, *at], [*at, len(stream)], strict=True)]


def browser(stream: bytes) -> list[ServerSentEvent]:
    """The steps of WHATWG HTML, 9.2.6, read aloud, with all of the stream at hand."""
    found, data, event, retry, last_id = [], "", "", None, None
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n")[:-1]:
        if line == "":
            if data != "":
                found.append(ServerSentEvent(data.removesuffix("\n"), event=event or None, id=last_id, retry=retry))
            data, event, retry = "", "", None
            continue
        field, colon, value = line.partition(":")
        value = value[1:] if colon and value[:1] == " " else value
        if field == "data":
            data += value + "\n"
        elif field == "event":
            event = value
        elif field == "id" and "\0" not in value:
            last_id = value
        elif field == "retry" and re.fullmatch("[0-9]+", value):
            retry = min(int(value), MAX_RETRY)
    return found


def peer(stream: bytes) -> list[ServerSentEvent]:
    """What httpx-sse reads; it also gives events without data, which browsers drop."""
    splitter, decoder, found, has_data = SSELineDecoder(), SSEDecoder(), [], False
    for line in splitter.decode(stream.decode()):
        event = decoder.decode(line)
        if event is not None and has_data:
            found.append(ServerSentEvent(event.data, event=event.event, id=event.id or None, retry=event.retry))
        has_data = line != "" and (has_data or line.partition(":")[0] == "data")
    return found


def normal(text: str) -> str:
    """With the line ends that readers get."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def dispatched(written: list[ServerSentEvent]) -> list[ServerSentEvent]:
    """What a reader is told of these events."""
    told, last_id = [], None
    for event in written:
        last_id = last_id if event.id is None else event.id
        if event.data is not None:
            told.append(replace(event, data=normal(event.data), id=last_id, comment=None))
    return told


@given(st.lists(events(), max_size=6))
def test_what_is_written_is_read(written):
    """By us, by a browser, and by another library: as many events as were given data, with that data."""
    stream = b"".join(event.encode() for event in written)
    expected = dispatched(written)
    assert EventReader().feed(stream) == browser(stream) == expected
    assert peer(stream) == [replace(event, event=event.event or "message", id=event.id or None) for event in expected]


@given(events())
def test_an_event_has_no_lines_but_its_own(event):
    """One for each line of data and of the comment, one for each other field, and the blank one at the end."""
    lines = event.encode().decode().split("\n")
    assert lines[-2:] == ["", ""]
    assert "" not in lines[:-2]
    assert "\r" not in "".join(lines)
    fields = [line.partition(":")[0] for line in lines[:-2]]
    for name, text in (("data", event.data), ("", event.comment)):
        assert fields.count(name) == (0 if text is None else normal(text).count("\n") + 1)
    for name, value in (("event", event.event), ("id", event.id), ("retry", event.retry)):
        assert fields.count(name) == (value is not None)


@given(streams)
def test_any_stream_is_read_as_in_a_browser(stream):
    """Whatever bytes come, nothing fails."""
    assert EventReader().feed(stream) == browser(stream)


@given(streams, cuts)
def test_it_plays_no_part_where_a_stream_is_cut(stream, at):
    """The events, the last id and the retry time are those of the stream in one piece."""
    whole, cut = EventReader(), EventReader()
    events = whole.feed(stream)
    assert [event for chunk in chunks(stream, at) for event in cut.feed(chunk)] == events
    assert (cut.last_event_id, cut.retry) == (whole.last_event_id, whole.retry)


@given(streams, cuts, st.integers(0, 20))
def test_it_plays_no_part_for_the_limit_either(stream, at, limit):
    """In any pieces a stream is refused, or in none."""

    def is_read(pieces: list[bytes]) -> bool:
        reader = EventReader(limit=limit)
        try:
            for piece in pieces:
                reader.feed(piece)
        except ValueError:
            return False
        return True

    assert is_read([stream]) == is_read(chunks(stream, at))


@given(st.lists(events(), min_size=1, max_size=4))
def test_an_event_comes_with_its_last_byte(written):
    """No reader waits for more than the blank line."""
    stream = b"".join(event.encode() for event in written)
    assert EventReader().feed(stream[:-1]) == dispatched(written[:-1])
    assert EventReader().feed(stream) == dispatched(written)


@given(st.sampled_from([b"\r", b"\n", b"data\n", b"data: a\n\n", b": a\r", b"x", b"id: \r\n"]))
def test_reading_byte_by_byte_is_linear(unit):
    """Ten times the stream is about ten times the work."""

    def work(stream: bytes) -> int:
        steps = 0

        def count(_frame, _event, _arg):
            nonlocal steps
            steps += 1
            return count

        reader, before = EventReader(), sys.gettrace()
        sys.settrace(count)
        try:
            for at in range(len(stream)):
                reader.feed(stream[at : at + 1])
        finally:
            sys.settrace(before)
        return steps

    assert work(unit * 200) <= 11 * work(unit * 20) + 100
