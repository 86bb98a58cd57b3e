"""An application of Starlette, mounted in the one behind nginx."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def seen(request: Request) -> JSONResponse:
    return JSONResponse({"client": request.client.host if request.client else None, "url": str(request.url)})


foreign = Starlette(routes=[Route("/seen", seen)])
