"""A session as bytes."""

from __future__ import annotations

import pytest

from asgikit.sessions.record import Record


@pytest.mark.parametrize("subject", [None, "", "ada", "a\nb é", "\ud800"])
@pytest.mark.parametrize("data", [b"", b"{}", b"\n", bytes(range(256))])
def test_a_record_comes_back(subject: str | None, data: bytes) -> None:
    """Whatever is in it, and whoever it belongs to: nobody is not the empty name."""
    record = Record(data, 1_700_000_000, 1_700_000_001, subject)
    assert Record.decode(record.encode()) == record


@pytest.mark.parametrize("raw", [b"", b"{}", b"2 1 1 -\n", b"1 1 1\n", b"1 g 1 -\n", b"1 1 1 =_\n", b"1 1 1 -", b"1 1 1 =/w\n"])
def test_anything_else_is_none(raw: bytes) -> None:
    """Other versions, other programs; names that are no text."""
    assert Record.decode(raw) is None


def test_the_envelope_is_small() -> None:
    """A cookie has 4096 bytes."""
    assert len(Record(b"", 1_700_000_000, 1_700_000_001).encode()) < 24
