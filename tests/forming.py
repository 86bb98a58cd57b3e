"""Writes forms as clients do, and counts the files that a process has on disk without a name."""

from __future__ import annotations

from pathlib import Path

import pytest

URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
BIG = 1_200_000
"""Bytes of a file that does not stay in memory by default."""


def part(name: str, content: bytes | str, filename: str | None = None, kind: str | None = None) -> bytes:
    """One part, as browsers write it."""
    head = f'Content-Disposition: form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    head += "" if kind is None else f"\r\nContent-Type: {kind}"
    return f"--b\r\n{head}\r\n\r\n".encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    """A form of these parts."""
    return b"".join(parts) + b"--b--\r\n"


def pieces(data: bytes, size: int) -> list[bytes]:
    """The same in chunks."""
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


def on_disk() -> int:
    """How many open files of this process have no name: those that uploads are kept in."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("no /proc to count open files in")
    links: list[Path] = []
    for file in folder.iterdir():
        try:
            links.append(file.readlink())
        except FileNotFoundError:
            continue  # that of the listing itself
    return sum(str(link).endswith("(deleted)") for link in links)
