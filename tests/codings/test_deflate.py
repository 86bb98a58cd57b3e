"""gzip and deflate."""

from __future__ import annotations

import gzip
import zlib

import pytest

from asgikit.codings.deflate import Gzip, Inflating


def test_gzip_has_no_time_stamp() -> None:
    """So the same content gives the same bytes, at any time."""
    assert Gzip().encode(b"x")[4:8] == bytes(4)
    assert gzip.decompress(Gzip(9).encode(b"x")) == b"x"


@pytest.mark.parametrize("level", [0, 10, -1])
def test_levels_are_from_1_to_9(level: int) -> None:
    """Zero would encode nothing."""
    with pytest.raises(ValueError, match="from 1 to 9"):
        Gzip(level)


def test_deflate_is_the_zlib_format() -> None:
    """And gzip is not (RFC 9110, 8.4.1.2)."""
    assert Inflating(gzip=False).decode(zlib.compress(b"x")) == b"x"
    with pytest.raises(ValueError):
        Inflating(gzip=True).decode(zlib.compress(b"x"))


def test_what_is_behind_the_end_is_given_back() -> None:
    """For the next member."""
    member = Inflating(gzip=True)
    assert (member.decode(gzip.compress(b"x") + b"rest"), member.ended, member.rest) == (b"x", True, b"rest")
