"""The fields that describe content: its type and its length (RFC 9110, 8.3 and 8.6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from asgikit.http.headers import Fields, encode_field

ContentFields: TypeAlias = Callable[[int], Fields]

BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose responses never have content (RFC 9110, 15.3.5, 15.3.6 and 15.4.5)."""


def content_fields(content_type: str) -> ContentFields:
    """Content-type and content-length for a body of this many bytes; the fields of common lengths are kept."""
    field = encode_field("content-type", content_type)

    @lru_cache(maxsize=1024)
    def fields(length: int) -> Fields:
        return field, (b"content-length", b"%d" % length)

    return fields


def check_status(status: int) -> None:
    """Raises ValueError for what is not the status of a final response (RFC 9110, 15)."""
    if not 200 <= status <= 599:
        raise ValueError(f"a final response has a status from 200 to 599, not {status}")


def measured(raw: Fields, length: int | None, status: int) -> Fields:
    """The fields with names in lower case, and a content-length that is true where the length is known.

    Raises ValueError for a content-length that is not.
    """
    fields = tuple([(name.lower(), value) for name, value in raw])
    if status in BODILESS and status != 304:
        return tuple([field for field in fields if field[0] != b"content-length"])
    lengths = [value for name, value in fields if name == b"content-length"]
    if length is None or status == 304:  # that one may describe the content that is not sent
        if len(lengths) > 1 or not all(value.isdigit() for value in lengths):
            raise ValueError(f"content-length is {lengths!r}: give one number of bytes, or leave it out")
        return fields
    true = b"%d" % length
    if not lengths:
        return (*fields, (b"content-length", true))
    if lengths != [true]:
        raise ValueError(f"content-length is {lengths!r}, but the body has {length} bytes: leave it out")
    return fields
