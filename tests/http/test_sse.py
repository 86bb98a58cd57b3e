"""Server-sent events as text (WHATWG HTML, 9.2)."""

import pytest

from asgikit.http.sse import EVENT_LIMIT, MAX_RETRY, EventReader, ServerSentEvent


@pytest.mark.parametrize(
    ("event", "encoded"),
    [
        (ServerSentEvent("a"), b"data: a\n\n"),
        (ServerSentEvent(""), b"data: \n\n"),
        (ServerSentEvent(" é\t"), b"data:  \xc3\xa9\t\n\n"),
        (ServerSentEvent("a\u2028b\x0bc\x85"), "data: a\u2028b\x0bc\x85\n\n".encode()),
        (ServerSentEvent("a\nb\r\nc\rd"), b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (ServerSentEvent("\n"), b"data: \ndata: \n\n"),
        (ServerSentEvent("\r"), b"data: \ndata: \n\n"),
        (ServerSentEvent("\nid: 1"), b"data: \ndata: id: 1\n\n"),
        (ServerSentEvent(comment=""), b": \n\n"),
        (ServerSentEvent(comment="a\r\n\ndata: b"), b": a\n: \n: data: b\n\n"),
        (ServerSentEvent(id="7"), b"id: 7\n\n"),
        (ServerSentEvent(id=""), b"id: \n\n"),
        (ServerSentEvent(retry=0), b"retry: 0\n\n"),
        (ServerSentEvent("", event="e"), b"event: e\ndata: \n\n"),
        (ServerSentEvent("x", id="7"), b"id: 7\ndata: x\n\n"),
        (ServerSentEvent("x", retry=5), b"retry: 5\ndata: x\n\n"),
        (ServerSentEvent("x", comment="c"), b": c\ndata: x\n\n"),
        (
            ServerSentEvent("a\nb", event="news", id="é", retry=MAX_RETRY, comment="c"),
            ": c\nevent: news\nid: é\nretry: 2147483647\ndata: a\ndata: b\n\n".encode(),
        ),
    ],
)
def test_an_event_is_lines_and_a_blank_line(event, encoded):
    """Each line of data and of a comment begins anew, so nothing in them is a field (WHATWG HTML, 9.2.5)."""
    assert event.encode() == encoded


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\r\n", "\n", "a\n"])
@pytest.mark.parametrize("name", ["event", "id"])
def test_a_name_and_an_id_are_one_line(name, text):
    """No field is injected through them."""
    with pytest.raises(ValueError, match=f"the {name} of an event is one line"):
        ServerSentEvent("", **{name: text})


@pytest.mark.parametrize("name", ["data", "event", "id", "comment"])
def test_lone_surrogates_are_refused_at_once(name):
    """When the event is made, not when it is sent."""
    with pytest.raises(ValueError, match=f"the {name} of an event cannot hold lone surrogates"):
        ServerSentEvent(**{"data": "", name: "a\ud800"})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "has data, an id, a retry time or a comment"),
        ({"event": "e"}, "drop an event without data"),
        ({"event": "e", "id": "1", "retry": 1, "comment": ""}, "drop an event without data"),
        ({"data": "", "event": ""}, "cannot be empty"),
        ({"id": "a\0"}, "NUL"),
        ({"retry": -1}, "from 0 to 2147483647"),
        ({"retry": MAX_RETRY + 1}, "from 0 to 2147483647"),
    ],
)
def test_what_readers_would_drop_or_misread_is_refused(fields, reason):
    """The text says what is wrong."""
    with pytest.raises(ValueError, match=reason):
        ServerSentEvent(**fields)


def test_an_event_is_a_frozen_value():
    """It compares by what it holds."""
    event = ServerSentEvent("a", id="1")
    assert event == ServerSentEvent("a", id="1")
    assert len({event, ServerSentEvent("a")}) == 2
    with pytest.raises(AttributeError):
        event.data = "b"


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"", []),
        (b"data: a\n\n", [ServerSentEvent("a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [ServerSentEvent("a")]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
        (b"\n\xef\xbb\xbfdata: a\n\n", []),
        (b"data\n\ndata\ndata\n\ndata:", [ServerSentEvent(""), ServerSentEvent("\n")]),
        (b"data:test\n\ndata: test\n\ndata:  test\n\n", [ServerSentEvent("test")] * 2 + [ServerSentEvent(" test")]),
        (b": test stream\n\ndata: YHOO\ndata: +2\ndata: 10\n\n", [ServerSentEvent("YHOO\n+2\n10")]),
        (b"data: a\rdata: b\r\rdata: c\r\n\r\n", [ServerSentEvent("a\nb"), ServerSentEvent("c")]),
        (b"data: a\n\r\ndata: b\r\n\n", [ServerSentEvent("a"), ServerSentEvent("b")]),
        (b"data: a\xc2\x85b\xe2\x80\xa8c\x0c\n\n", [ServerSentEvent("a\x85b\u2028c\x0c")]),
        (b"data: \xff\xe2\x82\n\n", [ServerSentEvent("\ufffd\ufffd")]),
        (b"event: e\n\ndata: a\n\n", [ServerSentEvent("a")]),
        (b"event: e\nevent\ndata: a\n\n", [ServerSentEvent("a")]),
        (b"event: e\nevent: f\ndata: a\n\ndata: b\n\n", [ServerSentEvent("a", event="f"), ServerSentEvent("b")]),
        (b"Data: a\n data: b\ndata : c\nother: d\n\xff: e\n\n", []),
        (b"data: a:b: c\n\n", [ServerSentEvent("a:b: c")]),
        (b"data: a\nretry: 1\nretry: x\n\ndata: b\n\n", [ServerSentEvent("a", retry=1), ServerSentEvent("b")]),
        (b"data: \0\nevent: \0\n\n", [ServerSentEvent("\0", event="\0")]),
        (b"data: a\n", []),
    ],
)
def test_a_stream_is_read_as_browsers_do(stream, events):
    """An event without data is none, one that no blank line ends is none (WHATWG HTML, 9.2.6)."""
    assert EventReader().feed(stream) == events


def test_an_id_stays_until_the_next_one():
    """Also one that comes without data; an empty one forgets it, one with NUL plays no part."""
    reader = EventReader()
    assert reader.last_event_id == ""
    events = reader.feed(b"data: a\n\nid: 1\n\ndata: b\n\nid: 2\0\ndata: c\n\nid: 2\ndata: d\n\nid\ndata: e\n\n")
    assert [event.id for event in events] == [None, "1", "1", "2", ""]
    assert reader.last_event_id == ""
    reader.feed(b"id: 3\n")
    assert reader.last_event_id == "3"


@pytest.mark.parametrize(
    ("text", "retry"),
    [
        ("0", 0),
        ("007", 7),
        ("3000", 3000),
        ("2147483647", MAX_RETRY),
        ("2147483648", MAX_RETRY),
        ("9" * 10_000, MAX_RETRY),
        ("0" * 10_000 + "5", 5),
        ("", None),
        (" 1", None),
        ("-1", None),
        ("1.0", None),
        ("1_0", None),
        ("٣", None),
        ("1e3", None),
    ],
)
def test_a_retry_time_is_ascii_digits(text, retry):
    """Anything else plays no part, too large a time is the largest (WHATWG HTML, 9.2.6)."""
    reader = EventReader()
    assert reader.feed(f"retry: {text}\ndata\n\n".encode()) == [ServerSentEvent("", retry=retry)]
    assert reader.retry == retry


def test_a_retry_time_needs_no_event():
    """It counts as soon as its line has ended."""
    reader = EventReader()
    assert reader.feed(b"retry: 10\n") == []
    assert reader.retry == 10


def test_a_carriage_return_ends_a_line_at_once():
    """A line feed in the next chunk belongs to it; an empty chunk in between changes nothing."""
    reader = EventReader()
    assert reader.feed(b"data: a\r") == []
    assert reader.feed(b"\r") == [ServerSentEvent("a")]
    assert reader.feed(b"\ndata: b\r") == []
    assert reader.feed(b"") == []
    assert reader.feed(b"\ndata: c\r") == []
    assert reader.feed(b"\n") == []
    assert reader.feed(b"\n") == [ServerSentEvent("b\nc")]


@pytest.mark.parametrize(
    "stream",
    [b"data: " + b"a" * 95, b"data: aaaa\n" * 11, b": " + b"a" * 99, b"x" * 50 + b"\n" + b"y" * 51, b"id: 12345678\n" * 9],
)
def test_an_event_over_the_limit_is_refused(stream):
    """Whether its blank line comes or not; nothing is read after that."""
    for chunks in ([stream], [stream + b"\n\n"], [stream[i : i + 1] for i in range(len(stream))]):
        reader = EventReader(limit=100)
        with pytest.raises(ValueError, match="over the limit"):
            list(map(reader.feed, chunks))
        with pytest.raises(ValueError, match="over the limit"):
            reader.feed(b"data\n\n")


def test_what_fits_the_limit_is_read():
    """For each event anew, and comments that keep a connection alive are forgotten."""
    reader = EventReader(limit=100)
    assert reader.feed((b"data: " + b"a" * 94 + b"\n\n") * 3) == [ServerSentEvent("a" * 94)] * 3
    assert reader.feed(b":\n: ping\n" * 1000 + b"data\n\n") == [ServerSentEvent("")]
    assert reader.feed((b"data: " + b"a" * 40 + b"\n") * 2 + b"\n") == [ServerSentEvent("\n".join(["a" * 40] * 2))]


def test_an_endless_line_is_not_kept():
    """By default an event may have a mebibyte."""
    reader = EventReader()
    with pytest.raises(ValueError, match="over the limit"):
        for _ in range(EVENT_LIMIT // 1000 + 1):
            reader.feed(b"x" * 1000)
