"""JSON values on the standard library."""

from __future__ import annotations

from collections import UserDict
from typing import Any

import pytest

from asgikit.codec import JSONValues, decode_json, is_mapping
from asgikit.errors import BadRequest


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "é", [], {}, {"a": [{"b": (1, 2)}]}])
def test_json_values_are_written_and_read(value: Any) -> None:
    """Tuples come back as lists."""
    read = decode_json(JSONValues().encode(value))
    assert read == (value if value != {"a": [{"b": (1, 2)}]} else {"a": [{"b": [1, 2]}]})


def test_any_mapping_is_an_object() -> None:
    """Not only dict."""
    assert JSONValues().encode(UserDict({"a": 1})) == b'{"a":1}'
    assert is_mapping(UserDict())
    assert not is_mapping([])


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"{", "line 1, column 2"),
        (b'{"a":}', "column 6"),
        (b"\xff", "not UTF-8: byte 0"),
        (b"[" * 100_000, "nested too deeply"),
        (b"Infinity", "infinity"),
        (b"-NaN", "malformed"),
        (b"9" * 5000, "too long"),
        (b"1e400", "infinity"),
    ],
)
def test_anything_else_is_a_bad_request(data: bytes, hint: str) -> None:
    """With a text that helps."""
    with pytest.raises(BadRequest, match=hint):
        decode_json(data)


def test_what_is_read_can_be_written_deeper_in_the_stack() -> None:
    """So nesting ends well before Python's own limit; brackets in strings, and wide values, do not count."""

    def write(value: Any, frames: int) -> bytes:
        return write(value, frames - 1) if frames else JSONValues().encode(value)

    for data in (b"[" * 500 + b"]" * 500, b"[" + b"[]," * 5000 + b"[]]", b'["' + b"[" * 5000 + b'\\"]"]'):
        assert write(decode_json(data), 100) == data
    with pytest.raises(BadRequest, match="deeply"):
        decode_json(b"[" * 501 + b"]" * 501)


def test_an_object_without_codec_is_refused() -> None:
    """The text says what to give."""
    untyped: Any = [object()]
    with pytest.raises(TypeError, match=r"give its codec"):
        JSONValues().encode(untyped)


def test_an_unclosed_string_is_looked_at_once() -> None:
    """Quotes that are escaped begin no string each: this would take hours otherwise."""
    with pytest.raises(BadRequest):
        decode_json(b"[]" * 501 + b'"' + b'\\"' * 500_000)
    with pytest.raises(BadRequest, match="nested too deeply"):
        decode_json(b'["' + b'\\"[' * 2000 + b'",' + b"[" * 501)
