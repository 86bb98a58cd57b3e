"""Codecs of WebSocket messages."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import WebSocket
from asgikit.errors import UnacceptableKind
from asgikit.messages import BINARY, RAW, TEXT
from tests.sockets import LEFT, binary, conversation, text


def test_raw_messages_are_themselves() -> None:
    """Both kinds, both ways."""
    for message in ("a", b"b"):
        assert RAW.decode_message(message) == RAW.encode_message(message) == message


def test_each_kind_refuses_the_other() -> None:
    """As a typed error, with what to send."""
    assert (TEXT.decode_message("a"), TEXT.encode_message("a")) == ("a", "a")
    assert (BINARY.decode_message(b"a"), BINARY.encode_message(b"a")) == (b"a", b"a")
    with pytest.raises(UnacceptableKind, match="text messages are taken"):
        TEXT.decode_message(b"a")
    with pytest.raises(UnacceptableKind, match="binary messages are taken"):
        BINARY.decode_message("a")


@pytest.mark.parametrize(("codec", "right", "wrong"), [(TEXT, text("a"), binary(b"a")), (BINARY, binary(b"a"), text("a"))])
async def test_the_wrong_kind_closes_with_1003(codec: Any, right: Any, wrong: Any) -> None:
    """RFC 6455, 7.4.1."""

    async def session(ws: WebSocket[Any, Any]) -> None:
        async for message in ws:
            await ws.send(message)

    assert len((await conversation(session, right, LEFT, receives=codec, sends=codec)).events) == 2
    assert (await conversation(session, wrong, receives=codec, sends=codec)).events[-1]["code"] == 1003
