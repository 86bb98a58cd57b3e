"""What never gets into a log."""

from __future__ import annotations

import pytest

from asgikit.http.redaction import encoded, escaped, is_secret, redacted_query, redacted_url


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "X-Amz-Signature",
        "apiKey",
        "API-KEY",
        "client_secret",
        "password",
        "code",
        "state",
        "Sig",
        "authorization",
        "X-Auth-Token",
        "session_id",
        "PHPSESSION",
        "id_token_hint",
        "SAMLResponse",
        "csrf",
    ],
)
def test_a_name_that_looks_like_a_secret(name: str) -> None:
    """However it is written."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["q", "page", "author", "keyword", "monkey", "postcode", "estate", "design", "user-agent", ""])
def test_a_name_that_does_not(name: str) -> None:
    """Words that only contain a short one."""
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("a=1&b=2", "a=1&b=2"),
        ("a=1&token=abc", "a=1&token=REDACTED"),
        ("pass%77ord=x+y", "pass%77ord=REDACTED"),
        ("a=1;token=abc", "a=1;token=REDACTED"),
        ("token", "token"),
        ("token=&&=x", "token=&&=x"),
        ("token=a=b", "token=REDACTED"),
        ("Name=ada", "Name=REDACTED"),
    ],
)
def test_secrets_in_a_query(query: str, shown: str) -> None:
    """Their values go, the rest stays as it came, whichever parser will read it."""
    assert redacted_query(query, {"name"}) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.org/x?q=1&code=2#token=3", "https://a.org/x?q=1&code=REDACTED"),
        ("https://ada:pw@a.org/@x", "https://a.org/@x"),
        ("https://ada:p@w@a.org/?q=@", "https://a.org/?q=@"),
        ("/reset#t", "/reset"),
        ("?token=1\n2", "?token=REDACTED"),
        ("", ""),
    ],
)
def test_secrets_in_a_url(url: str, shown: str) -> None:
    """Of another page: its password and its fragment too."""
    assert redacted_url(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('plain "text"\'', 'plain "text"\''),
        ("a\r\nb", r"a\r\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\\n", r"\\n"),
        ("\u202e\ud800", r"\u202e\ud800"),
    ],
)
def test_text_on_one_line(text: str, shown: str) -> None:
    """Line breaks, terminal escapes, what turns the direction of writing; a backslash is never mistaken for one of them."""
    assert escaped(text) == shown


def test_a_target_in_the_log_is_a_target() -> None:
    """Whatever bytes came."""
    assert encoded(b"/a%20b?c=d") == "/a%20b?c=d"
    assert encoded(b'/"\n\x1b\xff') == "/%22%0A%1B%FF"
