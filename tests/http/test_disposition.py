"""Content-Disposition of responses (RFC 6266, RFC 8187)."""

import re
from urllib.parse import unquote

import pytest

from asgikit.http.disposition import content_disposition
from asgikit.http.headers import Headers


@pytest.mark.parametrize(
    ("filename", "value"),
    [
        (None, "attachment"),
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("my report (1).pdf", 'attachment; filename="my report (1).pdf"'),
        ("a;b=c,d.txt", 'attachment; filename="a;b=c,d.txt"'),
        ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ("€ rates", "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates"),
        ('say "hi"', "attachment; filename=\"say _hi_\"; filename*=UTF-8''say%20%22hi%22"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("it's*é", "attachment; filename=\"it's*_\"; filename*=UTF-8''it%27s%2A%C3%A9"),
        ("😀", "attachment; filename=\"_\"; filename*=UTF-8''%F0%9F%98%80"),
    ],
)
def test_a_name_is_said_so_that_every_client_understands_it(filename, value):
    """In ASCII, and in UTF-8 where that loses something; the second is for who knows it (RFC 6266, 4.3)."""
    assert content_disposition("attachment", filename) == value


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "..\\x", "a\r\nset-cookie: b=c", "a\x00b", "a\x7fb", "a\x85b", "a\ud800", "/"]
)
def test_what_is_no_part_of_a_name_becomes_an_underscore(filename):
    """No directory, no other field, nothing that cannot be encoded."""
    value = content_disposition("attachment", filename)
    assert Headers({"content-disposition": value})["content-disposition"] == value
    assert not set(unquote(value)) & set("/\\\r\n\x00\x7f\x85\ud800")


def test_what_is_left_of_an_attack():
    """Only underscores for what was cut out."""
    assert content_disposition("attachment", "../a\r\nb") == 'attachment; filename=".._a__b"'


def test_a_page_can_have_a_name_too():
    """For when it is saved."""
    assert content_disposition("inline", "a.html") == 'inline; filename="a.html"'
    assert content_disposition("inline") == "inline"


def test_the_extended_value_is_of_the_characters_it_may_have():
    """RFC 8187, 3.2.1: attr-char, and everything else encoded."""
    every = "".join(map(chr, range(0x20, 0x180)))
    extended = content_disposition("attachment", every).partition("filename*=UTF-8''")[2]
    assert re.fullmatch(r"(?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-F]{2})+", extended)
    assert unquote(extended) == re.sub(r"[/\\\x7f-\x9f]", "_", every)
