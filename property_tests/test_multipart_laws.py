"""Laws of multipart/form-data: what others write is read, what others read too, and where a body is cut says nothing."""

from email.parser import BytesParser
from urllib.parse import quote_from_bytes

import httpx
from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit.http.formpart import MultipartError, PartHead, parse_head
from asgikit.http.multipart import END, MultipartDecoder, MultipartLimits
from property_tests.strategies import scalar_text

HEAD = b'Content-Disposition: form-data; name="a"'
FILE = b'Content-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: text/plain'

crumbs = st.one_of(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"b", b"--b", b"\r\n--b", b"x", b" ", b"\t", b"--b--", b"\r\n\r\n"]),
    st.sampled_from(
        [b" " * 30, b"\t" * 33, b" " * 64, b"\r\n--b\r\n" + HEAD + b"\r\n\r\n", HEAD, FILE, b"\r\n--bX", b"\x00\xff"]
    ),
)
contents = st.one_of(st.lists(crumbs, max_size=8).map(b"".join), st.binary(max_size=20))
legal_contents = contents.filter(lambda content: b"\r\n--b" not in b"\r\n" + content)
heads = st.sampled_from([HEAD, FILE])
cuts = st.lists(st.integers(0, 500), max_size=6)


def write(parts: list[tuple[bytes, bytes]]) -> bytes:
    """A form of these parts."""
    return b"".join(b"--b\r\n%b\r\n\r\n%b\r\n" % part for part in parts) + b"--b--\r\n"


legal = st.lists(st.tuples(heads, legal_contents), max_size=4).map(write)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A body of which a piece is another."""
    body = draw(legal)
    start = draw(st.integers(0, len(body)))
    return body[:start] + draw(contents) + body[start + draw(st.integers(0, 10)) :]


bodies = st.one_of(legal, mutated(), contents, contents.map((b"--b\r\n" + HEAD + b"\r\n\r\n").__add__))
limits = st.one_of(
    st.none(),
    st.builds(MultipartLimits, parts=st.integers(0, 3), head=st.integers(30, 80), preamble=st.integers(0, 10)),
)


def chunks(body: bytes, places: list[int]) -> list[bytes]:
    """The body in pieces, some of them empty."""
    ends = sorted(place % (len(body) + 1) for place in places)
    return [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]


def read(pieces, limits=None, boundary=b"b"):
    """Heads, contents with their pieces joined, ends; and the error with its text."""
    decoder, events = MultipartDecoder(boundary, limits), []
    try:
        for piece in pieces:
            for event in decoder.feed(piece):
                if isinstance(event, bytes) and events and isinstance(events[-1], bytes):
                    events[-1] += event
                else:
                    events.append(event)
        decoder.finish()
    except MultipartError as error:
        return events, (type(error), str(error))
    return events, None


def parts_of(events):
    """Heads with contents."""
    found = []
    for event in events:
        if isinstance(event, PartHead):
            found.append((event, b""))
        elif event is not END:
            found[-1] = (found[-1][0], found[-1][1] + event)
    return found


@given(bodies, cuts, limits)
def test_where_a_body_is_cut_says_nothing(body, places, limits):
    """Neither for what comes out nor for the error, byte by byte or anywhere."""
    whole = read([body], limits)
    assert read(chunks(body, places), limits) == whole
    assert read([body[at : at + 1] for at in range(len(body))], limits) == whole


@given(st.lists(st.tuples(heads, legal_contents), max_size=4), st.sampled_from([b"", b"\r\n", b"x\r\n"]), contents)
def test_what_is_written_is_read(parts, preamble, epilogue):
    """To the byte, with anything behind."""
    events, error = read([preamble + write(parts) + epilogue])
    assert error is None
    assert [(head, content) for head, content in parts_of(events)] == [(parse_head(head), content) for head, content in parts]


# httpx leaves "%" as it is, so that a name with "%22" in it is not to be told from one with a quote; what is written for
# other controls than line breaks no standard has.
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f", "%"]), max_size=10)
broken_names = st.one_of(names, names.map('"\r\n\\é'.__add__), names.map("\\".__add__))


@given(
    st.lists(st.tuples(broken_names, scalar_text), max_size=4),
    st.lists(st.tuples(broken_names, broken_names.filter(bool), st.binary(max_size=50)), min_size=1, max_size=4),
)
def test_what_httpx_writes_is_read(fields, files):
    """Fields and files, names in any script, with quotes, line breaks and backslashes."""
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    request = httpx.Request(
        "POST",
        "http://test",
        data=data,
        files=[(name, (filename, content)) for name, filename, content in files],
        headers={"content-type": "multipart/form-data; boundary=0Zz"},
    )
    body = request.read()
    assume(body.count(b"\r\n--0Zz") == len(fields) + len(files))
    events, error = read([body], boundary=b"0Zz")
    assert error is None
    expected = [(name, None, value.encode()) for name, values in data.items() for value in values] + files
    assert [(head.name, head.filename, content) for head, content in parts_of(events)] == expected


browser_names = names.filter(lambda name: "\\\\" not in name and not name.endswith("\\"))


@given(browser_names.map("\r\n".__add__), st.none() | browser_names.map('"'.__add__))
def test_what_browsers_write_is_read(name, filename):
    """Quotes and line breaks as they escape them, anything else as it is (WHATWG HTML, 4.10.21.8)."""

    def escaped(text):
        return text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")

    block = f'Content-Disposition: form-data; name="{escaped(name)}"'
    block += "" if filename is None else f'; filename="{escaped(filename)}"'
    for more in ("", "\r\nContent-Type: text/plain", "\r\nX-More: 1"):
        head = parse_head((block + more).encode())
        assert (head.name, head.filename) == (name, filename)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from(["UTF-8''", "utf-8'en'"]))
def test_an_extended_file_name_is_read(filename, prefix):
    """Any text, percent-encoded (RFC 8187, 3.2)."""
    value = prefix + quote_from_bytes(filename.encode(), safe="!#$&+-.^_`|~")
    assert parse_head(f'Content-Disposition: form-data; name="a"; filename*={value}'.encode()).filename == filename


def peer(body: bytes) -> list[tuple[str, bytes]]:
    """What the parser for mail finds."""
    message = BytesParser().parsebytes(b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + body)
    found = message.get_payload() if message.is_multipart() else []
    return [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in found]


lines = st.sampled_from([b"", b"x", b"-", b"--", b"--bX", b"--b \t", b"--b", b"--b--", b"--b-- ", HEAD, FILE, b"b--b", b" --b"])
line_bodies = st.lists(lines | st.sampled_from([b"--b", b"", HEAD]), max_size=14).map(b"\r\n".join)
almost_legal = st.builds(
    lambda parts, more: write([(HEAD, b"\r\n".join(content)) for content in parts]) + b"\r\n".join(more),
    st.lists(st.lists(lines, max_size=4), max_size=3),
    st.lists(lines, max_size=3),
)


@given(line_bodies | almost_legal)
def test_the_parser_for_mail_agrees(body):
    """On every body that we read: it takes more, and never other parts or other contents."""
    events, error = read([body])
    if error is None:
        assert peer(body) == [(head.name, content) for head, content in parts_of(events)]


@given(st.one_of(contents, st.binary(max_size=60), st.lists(crumbs | st.binary(max_size=3)).map(b"".join)))
def test_any_bytes_are_read_or_refused(data):
    """With MultipartError and nothing else, as a body and as the head of a part."""
    read([data])
    for block in (data, HEAD + data, b"Content-Disposition: form-data; " + data, HEAD + b"; filename*=UTF-8''" + data):
        try:
            head = parse_head(block)
        except MultipartError:
            continue
        assert all(isinstance(text, str) for text in (head.name, head.filename or ""))
        assert list(head.headers)


@given(bodies, st.integers(1, 40), st.builds(MultipartLimits, parts=st.integers(0, 2), head=st.integers(0, 80)))
def test_nothing_is_past_its_limit(body, size, limits):
    """Parts, heads, and what is kept between two chunks."""
    decoder, parts = MultipartDecoder(b"b", limits), 0
    try:
        for at in range(0, len(body), size):
            for event in decoder.feed(body[at : at + size]):
                if isinstance(event, PartHead):
                    parts += 1
                    assert sum(len(name) + len(value) for name, value in event.raw) <= limits.head
            assert len(decoder._kept) <= max(limits.head + 6, 75)
    except MultipartError:
        pass
    assert parts <= limits.parts
