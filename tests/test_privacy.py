"""Which responses a shared cache may give to others."""

from __future__ import annotations

import pytest

from asgikit import Response
from asgikit.privacy import closed


@pytest.mark.parametrize(
    ("given", "made", "to_all"),
    [
        (None, "private, no-cache", "private, no-cache"),
        ("", "private, no-cache", "private, no-cache"),
        ("max-age=60", "max-age=60, private", "private, no-cache"),
        ("no-cache", "no-cache, private", "private, no-cache"),
        ('private="x-a", max-age=60', 'private="x-a", max-age=60, private', "private, no-cache"),
        ("public, max-age=60", "public, max-age=60", "private, no-cache"),
        ("s-maxage=60", "s-maxage=60", "private, no-cache"),
        ("private, max-age=60", "private, max-age=60", "private, max-age=60"),
        ("no-store", "no-store", "no-store"),
    ],
)
def test_shared_caches_keep_only_what_is_for_everybody(given: str | None, made: str, to_all: str) -> None:
    """In so many words: a time alone does not say it."""
    response = Response.text("x", headers={} if given is None else {"cache-control": given})
    assert closed(response, "private, no-cache").headers.get_all("cache-control") == (made,)
    assert closed(response, "private, no-cache", to_all=True).headers.get_all("cache-control") == (to_all,)


def test_what_two_lines_say_counts_together() -> None:
    """As for who reads them (RFC 9110, 5.3)."""
    response = Response.text("x", headers=[("cache-control", "max-age=60"), ("cache-control", "no-store")])
    assert closed(response, "private") is response
