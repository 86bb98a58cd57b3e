"""The messages of a WebSocket as a test has them: as they are, or through codecs, such as what endpoints are made with."""

from __future__ import annotations

import json
from typing import Final, NamedTuple, Protocol, final

from typing_extensions import TypeVar

In_co = TypeVar("In_co", covariant=True)
Out_contra = TypeVar("Out_contra", contravariant=True)


class Closed(NamedTuple):
    """How a WebSocket has ended (RFC 6455, 7.4): 1006 stands for the end of a connection without a close frame."""

    code: int
    reason: str = ""


class MessageDecoder(Protocol[In_co]):
    """Reads a message: `json(Said)` is one."""

    def decode_message(self, data: str | bytes, /) -> In_co:
        """The value. Raises an exception of its own for a message that is none."""
        ...


class MessageEncoder(Protocol[Out_contra]):
    """Writes a message: `json(Said)` is one."""

    def encode_message(self, value: Out_contra, /) -> str | bytes:
        """The message: text for str, binary for bytes."""
        ...


class Decoder(Protocol[In_co]):
    """Reads bytes: `json(Said)` is one."""

    def decode(self, data: bytes, /) -> In_co:
        """The value. Raises an exception of its own for bytes that are none."""
        ...


@final
class AnyJSON:
    """JSON as the standard library reads it: nobody knows of what type."""

    __slots__ = ()

    def decode(self, data: bytes, /) -> object:
        """The value. Raises ValueError for bytes that are none."""
        value: object = json.loads(data)
        return value


@final
class AsTheyAre:
    """Messages as text and bytes."""

    __slots__ = ()

    def decode_message(self, data: str | bytes, /) -> str | bytes:
        """The message itself."""
        return data

    def encode_message(self, value: str | bytes, /) -> str | bytes:
        """The message itself."""
        return value


ANY_JSON: Final = AnyJSON()

AS_THEY_ARE: Final = AsTheyAre()
