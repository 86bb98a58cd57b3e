"""The methods of HTTP: a set with an end, where clients may send any token."""

from __future__ import annotations

from typing import Final

METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
"""Those that are registered for common use (RFC 9110, 9; RFC 5789; RFC 10008)."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Those that change nothing (RFC 9110, 9.2.1)."""


def known_method(method: str, other: str) -> str:
    """The method, or this word for one that is not known: so labels and names of spans stay few."""
    return method if method in METHODS else other
