"""Where a page comes from."""

from __future__ import annotations

import pytest

from asgikit.http.origin import check_origin, is_own_origin


@pytest.mark.parametrize(
    "origin", ["https://example.com", "http://[::1]:8000", "chrome-extension://abc", "https://example.com:444"]
)
def test_origins_as_browsers_send_them(origin: str) -> None:
    """Scheme, host, and a port that is not the default."""
    check_origin(origin)


@pytest.mark.parametrize(
    "wrong", ["example.com", "https://example.com/", "https://Example.com", "https://example.com:443", "null", "*", ""]
)
def test_what_no_browser_sends(wrong: str) -> None:
    """And so never matches."""
    with pytest.raises(ValueError, match="origin"):
        check_origin(wrong)


@pytest.mark.parametrize(
    ("origin", "host", "secure"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com", "example.com:443", True),
        ("https://example.com", "EXAMPLE.com", False),
        ("http://example.com", "example.com", False),
        ("http://localhost:8000", "localhost:8000", False),
        ("https://example.com:8443", "example.com:8443", True),
        ("http://[::1]:8000", "[::1]:8000", False),
    ],
)
def test_a_page_of_the_same_host(origin: str, host: str, secure: bool) -> None:
    """With or without TLS before us, the default port named or not."""
    assert is_own_origin(origin, host, secure=secure)


@pytest.mark.parametrize(
    ("origin", "host", "secure"),
    [
        ("https://evil.com", "example.com", False),
        ("https://example.com.evil.com", "example.com", False),
        ("https://sub.example.com", "example.com", True),
        ("http://example.com", "example.com", True),  # whoever is on the line can write such a page
        ("https://example.com:8443", "example.com", True),
        ("http://localhost:3000", "localhost:8000", False),
        ("http://example.com", "example.com:443", False),
        ("http://example.com:0", "example.com", False),
        ("null", "example.com", False),
        ("", "example.com", False),
        ("https://", "", False),
        ("ftp://example.com", "example.com", False),
        ("https://example.com/", "example.com", True),
        ("https://user@example.com", "example.com", True),
        ("https://example.com", "user@example.com", True),
        ("https://example.com, https://evil.com", "example.com", True),
    ],
)
def test_a_page_of_another(origin: str, host: str, secure: bool) -> None:
    """Another host, port or scheme, no origin at all, or no Host that could be compared."""
    assert not is_own_origin(origin, host, secure=secure)
