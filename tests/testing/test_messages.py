"""Messages without a codec, and how a WebSocket has ended."""

from __future__ import annotations

from asgikit.testing.messages import AS_THEY_ARE, Closed


def test_messages_are_as_they_are() -> None:
    """Both kinds, both ways."""
    for message in ("a", b"b"):
        assert AS_THEY_ARE.decode_message(message) == AS_THEY_ARE.encode_message(message) == message


def test_an_end_has_a_code_and_a_reason() -> None:
    """Which is empty where there was none."""
    assert Closed(1000) == (1000, "")
