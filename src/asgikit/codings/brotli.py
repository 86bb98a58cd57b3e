"""Brotli: the extra `compression`, imported in this file alone (RFC 7932)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from asgikit.errors import MissingExtra

if TYPE_CHECKING:
    import brotli

    INSTALLED: bool
else:
    try:
        import brotli
    except ImportError:
        brotli = None
    INSTALLED = hasattr(getattr(brotli, "Decompressor", None), "can_accept_more_data")
    """Whether there is Brotli, of a version that can decode in bounded memory."""

_LONGEST: Final = 32752  # bytes: of what brotli gives at once this is the least, whatever limit it is told
_WINDOW: Final = 18  # 256 KiB: of what is behind it a stream has mostly nothing to say, and twice that is held
_DEFAULT_WINDOW: Final = 22


@final
@dataclass(frozen=True, slots=True)
class Brotli:
    """Brotli. Raises ValueError for a quality outside 0 (fast) to 11 (small), MissingExtra where it is not installed."""

    quality: int = 4

    def __post_init__(self) -> None:
        """Checks both."""
        if not 0 <= self.quality <= 11:
            raise ValueError(f"the quality of Brotli is from 0 to 11, not {self.quality}")
        if not INSTALLED:
            raise MissingExtra("Brotli()", "compression")

    @property
    def name(self) -> str:
        """Its short name."""
        return "br"

    def encode(self, data: bytes, /) -> bytes:
        """The whole content, encoded."""
        packer = brotli.Compressor(quality=self.quality)
        return packer.process(data) + packer.finish()

    def encoder(self, *, flushed: bool) -> BrotliEncoder:
        """For content in pieces: two thirds of a megabyte each, if flushed."""
        return BrotliEncoder(self.quality, flushed)


@final
class BrotliEncoder:
    """Brotli, piece by piece."""

    __slots__ = ("_flushed", "_packer")

    def __init__(self, quality: int, flushed: bool) -> None:
        """Whether each piece can be read when it comes."""
        self._packer = brotli.Compressor(quality=quality, lgwin=_WINDOW if flushed else _DEFAULT_WINDOW)
        self._flushed = flushed

    def encode(self, data: bytes, /) -> bytes:
        """What there is to send of it."""
        packed = self._packer.process(data)
        return packed + self._packer.flush() if self._flushed else packed

    def finish(self) -> bytes:
        """The end."""
        return self._packer.finish()


@final
class BrotliDecoding:
    """All there is of Brotli. Raises MissingExtra where it is not installed."""

    __slots__ = ("_more", "_packed")

    def __init__(self) -> None:
        """From its beginning."""
        if not INSTALLED:
            raise MissingExtra("decoding Brotli", "compression")
        self._packed = brotli.Decompressor()
        self._more = False

    def decode(self, data: bytes, /) -> bytes:
        """A piece of it. Raises ValueError for malformed data, and for anything behind its end."""
        try:
            piece = self._packed.process(data, output_buffer_limit=_LONGEST)
        except brotli.error as error:
            raise ValueError(str(error)) from None
        self._more = len(piece) >= _LONGEST  # it may hold some back, though it has taken all of the data
        return piece

    @property
    def hungry(self) -> bool:
        """Whether it needs more data."""
        return not self._more and self._packed.can_accept_more_data()

    @property
    def ended(self) -> bool:
        """Whether this was its end."""
        return self._packed.is_finished()

    @property
    def rest(self) -> bytes:
        """Nothing: what is behind its end is an error at once."""
        return b""
