"""WebSocket messages as values: the protocols of their codecs, and the codecs that need no model."""

from __future__ import annotations

from typing import Final, Protocol, final

from typing_extensions import TypeVar

from asgikit.errors import UnacceptableKind

In_co = TypeVar("In_co", covariant=True)
Out_contra = TypeVar("Out_contra", contravariant=True)


class MessageDecoder(Protocol[In_co]):
    """Reads a message of its own type."""

    def decode_message(self, data: str | bytes, /) -> In_co:
        """The value. Raises UndecodableMessage for a message that is none, UnacceptableKind for text or bytes alike."""
        ...


class MessageEncoder(Protocol[Out_contra]):
    """Writes a message of its own type."""

    def encode_message(self, value: Out_contra, /) -> str | bytes:
        """The message: text for str, binary for bytes."""
        ...


@final
class RawMessages:
    """Messages as they are: text as str, binary as bytes."""

    __slots__ = ()

    def decode_message(self, data: str | bytes, /) -> str | bytes:
        """The message itself."""
        return data

    def encode_message(self, value: str | bytes, /) -> str | bytes:
        """The message itself."""
        return value


@final
class TextMessages:
    """Text alone; a binary message closes with 1003."""

    __slots__ = ()

    def decode_message(self, data: str | bytes, /) -> str:
        """The text. Raises UnacceptableKind for a binary message."""
        return data if isinstance(data, str) else require_text(data)

    def encode_message(self, value: str, /) -> str:
        """The text."""
        return value


@final
class BinaryMessages:
    """Bytes alone; a text message closes with 1003."""

    __slots__ = ()

    def decode_message(self, data: str | bytes, /) -> bytes:
        """The bytes. Raises UnacceptableKind for a text message."""
        if isinstance(data, str):
            raise UnacceptableKind("binary messages are taken here, no text")
        return data

    def encode_message(self, value: bytes, /) -> bytes:
        """The bytes."""
        return value


def require_text(data: str | bytes) -> str:
    """The text of a message. Raises UnacceptableKind for a binary one."""
    if isinstance(data, str):
        return data
    raise UnacceptableKind("text messages are taken here, no binary ones")


RAW: Final = RawMessages()
TEXT: Final = TextMessages()
BINARY: Final = BinaryMessages()
