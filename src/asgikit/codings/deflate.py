"""gzip and deflate, on the standard library's zlib (RFC 1950, RFC 1952; RFC 9110, 8.4.1.2 and 8.4.1.3)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, final

from asgikit.codings.coding import PIECE

_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS


@final
@dataclass(frozen=True, slots=True)
class Gzip:
    """gzip, without a time stamp. Raises ValueError for a level outside 1 (fast) to 9 (small)."""

    level: int = 6

    def __post_init__(self) -> None:
        """Checks the level."""
        if not 1 <= self.level <= 9:
            raise ValueError(f"the level of gzip is from 1 to 9, not {self.level}")

    @property
    def name(self) -> str:
        """Gzip, as x-gzip is too."""
        return "gzip"

    def encode(self, data: bytes, /) -> bytes:
        """The whole content, encoded."""
        packer = zlib.compressobj(self.level, zlib.DEFLATED, _GZIP)
        return packer.compress(data) + packer.flush()

    def encoder(self, *, flushed: bool) -> Deflating:
        """For content in pieces: a fifth of a megabyte each."""
        return Deflating(self.level, zlib.Z_SYNC_FLUSH if flushed else zlib.Z_NO_FLUSH)


@final
class Deflating:
    """gzip, piece by piece."""

    __slots__ = ("_flush", "_packer")

    def __init__(self, level: int, flush: int) -> None:
        """With what follows each piece."""
        self._packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
        self._flush = flush

    def encode(self, data: bytes, /) -> bytes:
        """What there is to send of it."""
        packed = self._packer.compress(data)
        return packed if self._flush == zlib.Z_NO_FLUSH else packed + self._packer.flush(self._flush)

    def finish(self) -> bytes:
        """The end, with the checksum."""
        return self._packer.flush()


@final
class Inflating:
    """One member of gzip, or the whole of deflate, which is the zlib format."""

    __slots__ = ("_packed",)

    def __init__(self, *, gzip: bool) -> None:
        """For gzip or for deflate."""
        self._packed = zlib.decompressobj(_GZIP if gzip else _ZLIB)

    def decode(self, data: bytes, /) -> bytes:
        """A piece of it. Raises ValueError for malformed data."""
        try:
            return self._packed.decompress(self._packed.unconsumed_tail or data, PIECE)
        except zlib.error as error:
            raise ValueError(str(error)) from None

    @property
    def hungry(self) -> bool:
        """Whether it needs more data."""
        return not self._packed.unconsumed_tail

    @property
    def ended(self) -> bool:
        """Whether this was its end."""
        return self._packed.eof

    @property
    def rest(self) -> bytes:
        """What came behind its end."""
        return self._packed.unused_data
