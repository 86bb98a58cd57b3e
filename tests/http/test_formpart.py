"""The heads of parts."""

from urllib.parse import quote

import pytest

from asgikit.http.formpart import MultipartError, format_head, parse_head
from asgikit.http.headers import Headers

LINE = b"Content-Disposition: form-data; "

NAMES = [
    (b'name="a"', "a", None),
    (b'name=""', "", None),
    (b"name=a", "a", None),
    (b'name="a;b=c"', "a;b=c", None),
    ('name="é€"'.encode(), "é€", None),
    (b'NAME="a"; FileName="x"', "a", "x"),
    (b'name="a"; filename=""', "a", ""),
    (b'filename="x"; name="a"', "a", "x"),
    (b'name="a" ;\tfilename=x.txt \t', "a", "x.txt"),
    (b'name="a"; other="1"; filename="x"', "a", "x"),
    # What browsers escape, and what they do not (WHATWG HTML, 4.10.21.8).
    (b'name="a%22b%0D%0Ac"', 'a"b\r\nc', None),
    (b'name="a"; filename="%22%0d%0a"', "a", '"\r\n'),
    (b'name="a"; filename="100%25%41%.txt"', "a", "100%25%41%.txt"),
    (rb'name="a"; filename="C:\dir\x.txt"', "a", r"C:\dir\x.txt"),
    (rb'name="a\"; filename="b\"', "a\\", "b\\"),
    (rb'name="a"; filename="b\"; x="y"', "a", "b\\"),
    # What others do (RFC 9110, 5.6.4).
    (rb'name="a\"b"; filename="c\\d"', 'a"b', r"c\d"),
    (rb'name="a"; filename="\\\""', "a", '\\"'),
    # RFC 8187, which forms have no need of (RFC 7578, 4.2).
    (b"name=\"a\"; filename*=UTF-8''na%C3%AFve.txt", "a", "naïve.txt"),
    (b"name=\"a\"; filename*=utf-8'en'x%2Fy", "a", "x/y"),
    (b'name="a"; filename="safe.txt"; filename*=UTF-8\'\'evil.php', "a", "safe.txt"),
    (b'name="a"; filename*=UTF-8\'\'evil.php; filename="safe.txt"', "a", "safe.txt"),
    (b"name=\"a\"; filename*=UTF-8''", "a", ""),
]


@pytest.mark.parametrize(("params", "name", "filename"), NAMES)
def test_a_part_has_a_name_and_perhaps_a_file_name(params, name, filename):
    """What its sender meant, however it is written."""
    for head in (parse_head(LINE + params), parse_head(b"X-More: 1\r\n" + LINE + params)):
        assert (head.name, head.filename) == (name, filename)


DISPOSITIONS = [
    (b'form-data; filename="x"', "a part has no name"),
    (b"form-data", "a part has no name"),
    (b"form-data; name*=UTF-8''b", "a part has no name"),
    (b'form-data; name="a"; name="b"', "two of 'name'"),
    (b'form-data; name="a"; filename="b"; FILENAME="b"', "two of 'filename'"),
    (b'attachment; name="a"', "not form-data"),
    (b"", "not form-data"),
    (b'form-data name="a"', "not form-data"),
    (b'form-data; name="a"b', "malformed"),
    (b'form-data; name="a', "malformed"),
    (b"form-data; name=", "malformed"),
    (b'form-data; name="a";', "malformed"),
    (b'form-data; name = "a"', "malformed"),
    (b'form-data; name="\xff"', "not UTF-8"),
    (b'form-data; name="a"; filename="\xe9"', "not UTF-8"),
    (b"form-data; name=\"a\"; filename*=UTF-8''%FF", "not UTF-8"),
    (b"form-data; name=\"a\"; filename*=iso-8859-1''%E9", "RFC 8187"),
    (b"form-data; name=\"a\"; filename*=UTF-8''%E", "RFC 8187"),
    (b'form-data; name="a"; filename*="x"', "RFC 8187"),
]


@pytest.mark.parametrize(("value", "reason"), DISPOSITIONS)
def test_a_disposition_that_says_nothing_is_refused(value, reason):
    """The text says what is wrong."""
    with pytest.raises(MultipartError, match=reason):
        parse_head(b"Content-Disposition: " + value)


GOOD = LINE + b'name="a"'
LINES = [
    b"",
    b"Content-Type: text/plain",
    GOOD + b"\r\n" + GOOD,
    GOOD + b"\r\nno colon",
    GOOD + b"\r\nX : 1",
    GOOD + b"\r\n: 1",
    GOOD + b"\r\n folded",
    GOOD + b"\r\n",
    b"\r\n" + GOOD,
    GOOD + b"\nX: 1",
    GOOD + b"\rX: 1",
    GOOD + b"\r\nX: \x00",
    GOOD + b"\r\nX: \x7f",
    LINE + b'name="a\x00"',
    LINE + b'name="a\tb\x0b"',
    b"Content-Disposition : form-data; name=a",
    GOOD + b"\r\nContent-Transfer-Encoding: base64",
    GOOD + b"\r\ncontent-transfer-encoding: Quoted-Printable",
]


@pytest.mark.parametrize("block", LINES)
def test_a_head_that_is_malformed_is_refused(block):
    """Lines that are no fields, two dispositions or none, controls, codings (RFC 7578, 4.7)."""
    with pytest.raises(MultipartError):
        parse_head(block)


@pytest.mark.parametrize("coding", [b"7bit", b"8bit", b"BINARY"])
def test_codings_that_code_nothing_are_accepted(coding):
    """Some clients send them."""
    assert parse_head(GOOD + b"\r\nContent-Transfer-Encoding: " + coding).name == "a"


@pytest.mark.parametrize(
    "block",
    [
        b'Content-Disposition: form-data; name="a"; filename="x"\r\nContent-Type: text/plain; charset=utf-8',
        b'content-disposition: form-data; name="a"; filename="x"\r\ncontent-type: text/plain; charset=utf-8',
        b'CONTENT-DISPOSITION:form-data; name="a"; filename="x" \r\nContent-Type:\ttext/plain; charset=utf-8\t',
    ],
)
def test_the_fields_of_a_part_are_kept(block):
    """Their names in lower case, their values without blanks around; the common form and any other alike."""
    head = parse_head(block)
    assert head.raw == (
        (b"content-disposition", b'form-data; name="a"; filename="x"'),
        (b"content-type", b"text/plain; charset=utf-8"),
    )
    assert head.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_length_that_a_part_gives_is_ignored():
    """Only the boundary ends a part (RFC 7578, 4.8)."""
    assert parse_head(GOOD + b"\r\nContent-Length: 1\r\nX-More: \xff").raw[1:] == (
        (b"content-length", b"1"),
        (b"x-more", b"\xff"),
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["X: 1\r\n", " ", '\\"', '"', ";", "; a=b", "%22", "\t", "a ", "'", "%41", "\r\n"], ids=quote)
@pytest.mark.parametrize(
    "start", ["X:", 'Content-Disposition: form-data; name="', "Content-Disposition: form-data; filename*=UTF-8''"]
)
def test_a_head_is_read_in_linear_time(start, piece):
    """In milliseconds for a head that would take minutes in quadratic time, which nothing but a clock sees in a pattern."""
    with pytest.raises(MultipartError):
        parse_head((start + piece * 200_000 + "\x00").encode())


WRITTEN = [
    ("a", None, b'form-data; name="a"'),
    ("é", "", 'form-data; name="é"; filename=""'.encode()),
    ('a"\r\n', '"\\', b'form-data; name="a%22%0D%0A"; filename="%22\\\\"'),
    ("a", "100%.txt", b'form-data; name="a"; filename="100%.txt"'),
    ("a", "%22.txt", b"form-data; name=\"a\"; filename*=UTF-8''%2522.txt"),
    ("a", 'x"; y="\\', b'form-data; name="a"; filename="x%22; y=%22\\\\"'),
]


@pytest.mark.parametrize(("name", "filename", "disposition"), WRITTEN)
def test_a_head_is_written_as_browsers_do(name, filename, disposition):
    """And reads back; a file name that would not is written as RFC 8187 does."""
    block = format_head(name, filename, Headers({"Content-Type": "a/b", "content-disposition": "inline"}))
    assert block == b"content-disposition: " + disposition + b"\r\ncontent-type: a/b\r\n\r\n"
    assert parse_head(block[:-4])[:2] == (name, filename)


@pytest.mark.parametrize(
    ("name", "filename", "fields"),
    [
        ("%22", None, {}),
        ("a\ud800", None, {}),
        ("a", "\ud800", {}),
        ("a\x00", None, {}),
        ("a", "x", {"content-transfer-encoding": "base64"}),
    ],
)
def test_what_no_head_can_say_is_not_written(name, filename, fields):
    """A name that would be read as another, half a character, what forms do not have."""
    with pytest.raises(ValueError):  # of several kinds
        format_head(name, filename, Headers(fields))
