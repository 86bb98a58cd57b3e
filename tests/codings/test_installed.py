"""Which codings there are."""

from __future__ import annotations

from asgikit.codings.brotli import Brotli
from asgikit.codings.deflate import Gzip
from asgikit.codings.installed import codings, decoders
from asgikit.codings.zstandard import Zstandard


def test_the_best_comes_first() -> None:
    """To encode, and to name to clients."""
    assert codings() == (Zstandard(), Brotli(), Gzip())
    assert list(decoders()) == ["zstd", "br", "gzip", "x-gzip", "deflate"]
