"""What a response can hold."""

from __future__ import annotations

from dataclasses import replace

from asgikit.body import File
from asgikit.http.ranges import Span


def test_a_file_is_as_long_as_what_is_sent_of_it() -> None:
    """All of it, or spans with bytes between them."""
    file = File("/x", 10, 0, (1, 2), (Span(0, 10),))
    assert len(file) == 10
    assert len(replace(file, segments=(b"abc", Span(2, 4), b"", Span(9, 10)))) == 6
    assert len(replace(file, segments=())) == 0
