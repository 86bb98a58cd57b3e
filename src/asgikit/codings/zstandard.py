"""Zstandard: the extra `compression`, imported in this file alone; from Python 3.14 on in the standard library (RFC 8878)."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

from asgikit.codings.coding import PIECE, THREAD_SIZE
from asgikit.errors import MissingExtra

if TYPE_CHECKING:
    from backports import zstd

    INSTALLED: bool
else:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        zstd = None
    INSTALLED = zstd is not None
    """Whether there is Zstandard."""

_LARGEST_WINDOW: Final = 23  # 8 MiB, the most that a decoder of HTTP takes (RFC 9659, 3)
_WINDOW: Final = 17  # 128 KiB
_TABLES: Final = 15  # entries of the tables that find repetitions, as a power of 2


@final
@dataclass(frozen=True, slots=True)
class Zstandard:
    """Zstandard. Raises ValueError for a level outside 1 (fast) to 19 (small), MissingExtra where it is not installed."""

    level: int = 3
    _packer: zstd.ZstdCompressor = field(init=False, repr=False, compare=False)  # making one takes as long as a small body

    def __post_init__(self) -> None:
        """Checks both."""
        if not 1 <= self.level <= 19:  # from 20 on windows are larger than HTTP allows
            raise ValueError(f"the level of Zstandard is from 1 to 19, not {self.level}")
        if not INSTALLED:
            raise MissingExtra("Zstandard()", "compression")
        object.__setattr__(self, "_packer", zstd.ZstdCompressor(self.level))

    @property
    def name(self) -> str:
        """Its short name."""
        return "zstd"

    def encode(self, data: bytes, /) -> bytes:
        """The whole content, encoded."""
        if len(data) >= THREAD_SIZE:  # in a thread: another request must not wait for its turn with the one that is kept
            return zstd.compress(data, self.level)
        return self._packer.compress(data, self._packer.FLUSH_FRAME)

    def encoder(self, *, flushed: bool) -> ZstandardEncoder:
        """For content in pieces: a third of a megabyte each, if flushed."""
        return ZstandardEncoder(self.level, flushed)


@final
class ZstandardEncoder:
    """Zstandard, piece by piece."""

    __slots__ = ("_flushed", "_packer")

    def __init__(self, level: int, flushed: bool) -> None:
        """Whether each piece can be read when it comes."""
        options = {int(zstd.CompressionParameter.compression_level): level}
        if flushed:
            options[zstd.CompressionParameter.window_log] = _WINDOW
            options[zstd.CompressionParameter.hash_log] = _TABLES
            options[zstd.CompressionParameter.chain_log] = _TABLES
        self._packer = zstd.ZstdCompressor(options=options)
        self._flushed = flushed

    def encode(self, data: bytes, /) -> bytes:
        """What there is to send of it."""
        return self._packer.compress(data, self._packer.FLUSH_BLOCK if self._flushed else self._packer.CONTINUE)

    def finish(self) -> bytes:
        """The end."""
        return self._packer.flush()


@final
class ZstandardDecoding:
    """One frame of Zstandard. Raises MissingExtra where it is not installed."""

    __slots__ = ("_packed",)

    def __init__(self) -> None:
        """From its beginning; a frame that needs more memory than HTTP allows is malformed."""
        if not INSTALLED:
            raise MissingExtra("decoding Zstandard", "compression")
        self._packed = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW})

    def decode(self, data: bytes, /) -> bytes:
        """A piece of it. Raises ValueError for malformed data."""
        try:
            return self._packed.decompress(data, PIECE)
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from None

    @property
    def hungry(self) -> bool:
        """Whether it needs more data."""
        return self._packed.needs_input

    @property
    def ended(self) -> bool:
        """Whether this was its end."""
        return self._packed.eof

    @property
    def rest(self) -> bytes:
        """What came behind its end."""
        return self._packed.unused_data
