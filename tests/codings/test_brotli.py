"""Brotli."""

from __future__ import annotations

import subprocess
import sys

import brotli
import pytest

from asgikit.codings.brotli import Brotli, BrotliDecoding


def test_others_can_read_it() -> None:
    """Whole and in pieces."""
    assert brotli.decompress(Brotli(11).encode(b"x" * 1000)) == b"x" * 1000
    encoder = Brotli().encoder(flushed=False)
    assert brotli.decompress(encoder.encode(b"x") + encoder.finish()) == b"x"


@pytest.mark.parametrize("quality", [-1, 12])
def test_qualities_are_from_0_to_11(quality: int) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="from 0 to 11"):
        Brotli(quality)


def test_nothing_is_behind_its_end() -> None:
    """In the same piece or the next."""
    for first, second in ((b"", b"rest"), (b"rest", b"")):
        member = BrotliDecoding()
        with pytest.raises(ValueError):
            member.decode(Brotli().encode(b"x") + first)
            member.decode(second)


def test_without_brotli_the_extra_is_named() -> None:
    """And so it is where brotli is too old to decode in bounded memory; compression goes on without it."""
    program = (
        "import sys, types\n"
        "sys.modules['brotli'] = {}\n"
        "from asgikit.codings.brotli import Brotli, BrotliDecoding\n"
        "from asgikit.codings.installed import codings, decoders\n"
        "from asgikit.errors import MissingExtra\n"
        "for use in (Brotli, BrotliDecoding):\n"
        "    try: use()\n"
        "    except MissingExtra as error: print(error)\n"
        "print([coding.name for coding in codings()], 'br' in decoders())\n"
    )
    for module in ("None", "types.SimpleNamespace(Decompressor=object)"):
        done = subprocess.run([sys.executable, "-c", program.format(module)], capture_output=True, text=True, check=True)
        assert done.stdout.count("install typed-asgikit[compression]") == 2
        assert done.stdout.splitlines()[-1] == "['zstd', 'gzip'] False"
