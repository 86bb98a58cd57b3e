"""The files that an application has its server send, read as a server reads them."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

import anyio

_CHUNK: Final = 65_536


async def pieces_of(event: Mapping[str, object]) -> AsyncGenerator[bytes]:
    """The bytes that `http.response.pathsend` or `http.response.zerocopysend` stands for. Raises OSError for no such file."""
    message: Any = event
    if message["type"] == "http.response.pathsend":
        async with await anyio.open_file(message["path"], "rb") as file:
            while piece := await file.read(_CHUNK):
                yield piece
        return
    descriptor: int = message["file"].fileno()
    if "offset" in message:
        os.lseek(descriptor, message["offset"], os.SEEK_SET)
    left: int | None = message.get("count")
    while left is None or left > 0:
        piece = await anyio.to_thread.run_sync(os.read, descriptor, _CHUNK if left is None else min(left, _CHUNK))
        if not piece:
            return
        left = None if left is None else left - len(piece)
        yield piece
