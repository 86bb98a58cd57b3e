"""Zstandard."""

from __future__ import annotations

import subprocess
import sys

import pytest
from backports import zstd

from asgikit.codings.zstandard import Zstandard, ZstandardDecoding

WINDOW_LOG = zstd.CompressionParameter.window_log


def test_others_can_read_it() -> None:
    """Whole and in pieces."""
    assert zstd.decompress(Zstandard(19).encode(b"x" * 1000)) == b"x" * 1000
    encoder = Zstandard().encoder(flushed=False)
    assert zstd.decompress(encoder.encode(b"x") + encoder.finish()) == b"x"


@pytest.mark.parametrize("level", [0, 20, -5])
def test_levels_are_from_1_to_19(level: int) -> None:
    """Beyond, windows are larger than clients take."""
    with pytest.raises(ValueError, match="from 1 to 19"):
        Zstandard(level)


def test_windows_are_those_of_http() -> None:
    """8 MiB at most, whatever the level (RFC 9659, 3); a frame with a larger one is malformed."""
    limit = {zstd.DecompressionParameter.window_log_max: 23}
    for flushed in (True, False):
        encoder = Zstandard(19).encoder(flushed=flushed)
        assert zstd.decompress(encoder.encode(b"x") + encoder.finish(), options=limit) == b"x"
    large = zstd.ZstdCompressor(options={WINDOW_LOG: 24})
    with pytest.raises(ValueError):
        ZstandardDecoding().decode(large.compress(b"x") + large.flush())


def test_a_frame_ends_before_the_next() -> None:
    """Also one to skip, which holds nothing (RFC 8878, 3.1.2)."""
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip"
    member = ZstandardDecoding()
    assert (member.decode(skipped + zstd.compress(b"x")), member.ended) == (b"", True)
    member, rest = ZstandardDecoding(), member.rest
    assert (member.decode(rest), member.ended, member.rest) == (b"x", True, b"")


def test_without_zstandard_the_extra_is_named() -> None:
    """Compression goes on without it."""
    program = (
        "import sys; sys.modules['backports'] = sys.modules['compression'] = None\n"
        "from asgikit.codings.zstandard import Zstandard, ZstandardDecoding\n"
        "from asgikit.codings.installed import codings, decoders\n"
        "from asgikit.errors import MissingExtra\n"
        "for use in (Zstandard, ZstandardDecoding):\n"
        "    try: use()\n"
        "    except MissingExtra as error: print(error)\n"
        "print([coding.name for coding in codings()], 'zstd' in decoders())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count("install typed-asgikit[compression]") == 2
    assert done.stdout.splitlines()[-1] == "['br', 'gzip'] False"
