"""Files that an application has its server send."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from asgikit.testing.sendfile import pieces_of

SIZE = 150_000
DATA = bytes(number % 251 for number in range(SIZE))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(DATA)
    return path


async def sent(event: Mapping[str, object]) -> list[bytes]:
    return [piece async for piece in pieces_of(event)]


async def test_a_path_is_a_whole_file(file: Path) -> None:
    """In pieces, none of them large."""
    pieces = await sent({"type": "http.response.pathsend", "path": str(file)})
    assert b"".join(pieces) == DATA
    assert max(map(len, pieces)) <= 65_536


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({}, slice(10, None)),
        ({"offset": 5}, slice(5, None)),
        ({"count": 70_000}, slice(10, 70_010)),
        ({"offset": 0, "count": 0}, slice(0, 0)),
        ({"offset": SIZE - 3, "count": 100}, slice(SIZE - 3, None)),
        ({"offset": 100_000, "count": 20}, slice(100_000, 100_020)),
    ],
)
async def test_a_file_is_sent_from_where_it_stands(file: Path, more: dict[str, Any], part: slice) -> None:
    """Or from the offset, to its end, or as far as is said; never past its end."""
    with file.open("rb") as opened:
        opened.seek(10)
        pieces = await sent({"type": "http.response.zerocopysend", "file": opened, **more})
    assert b"".join(pieces) == DATA[part]


async def test_a_file_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    """Of the application."""
    with pytest.raises(FileNotFoundError):
        await sent({"type": "http.response.pathsend", "path": str(tmp_path / "none")})
