"""Which content codings there are where we run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from asgikit.codings import brotli, zstandard
from asgikit.codings.brotli import Brotli, BrotliDecoding
from asgikit.codings.coding import Coding, Member
from asgikit.codings.deflate import Gzip, Inflating
from asgikit.codings.zstandard import Zstandard, ZstandardDecoding


def codings() -> tuple[Coding, ...]:
    """Those to encode with, the best first: zstd, br and gzip, as far as they are installed."""
    found: list[Coding] = []
    if zstandard.INSTALLED:
        found.append(Zstandard())
    if brotli.INSTALLED:
        found.append(Brotli())
    return (*found, Gzip())


def decoders() -> Mapping[str, Callable[[], Member]]:
    """Those to decode, by name, the best first; x-gzip is gzip (RFC 9110, 8.4.1.3)."""
    found: dict[str, Callable[[], Member]] = {}
    if zstandard.INSTALLED:
        found["zstd"] = ZstandardDecoding
    if brotli.INSTALLED:
        found["br"] = BrotliDecoding
    gzip = partial(Inflating, gzip=True)
    return MappingProxyType({**found, "gzip": gzip, "x-gzip": gzip, "deflate": partial(Inflating, gzip=False)})
