"""The application whose memory is measured: a gigabyte out, a gigabyte in, as a body and as a file of a form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from asgikit import App, Request, Response, Router, get, post, root
from asgikit.parts import FormLimits

SIZE: Final = 1024 * 1024 * 1024
CHUNK: Final = 64 * 1024
_LIMITS: Final = FormLimits(file_size=2 * SIZE, total_size=2 * SIZE)


async def _chunks() -> AsyncIterator[bytes]:
    for number in range(SIZE // CHUNK):
        yield number.to_bytes(8) * (CHUNK // 8)  # a new one each time: what is kept has to show


@get(root)
async def _home(request: Request[object]) -> Response:
    return Response.text("ready")


@get(root / "out")
async def _out(request: Request[object]) -> Response:
    return Response.stream(_chunks(), headers={"content-length": str(SIZE)})


@post(root / "in")
async def _in(request: Request[object]) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return Response.text(str(size))


@post(root / "parts")
async def _parts(request: Request[object]) -> Response:
    size = 0
    async for part in request.parts(_LIMITS):
        async for chunk in part:
            size += len(chunk)
    return Response.text(str(size))


app = App(Router(_home, _out, _in, _parts))
