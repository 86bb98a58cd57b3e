"""Limits, for real servers: what is uploaded, how many streams there are, how often somebody comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio

from asgikit import App, Request, Response, Router, get, post, root
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.cache import cache
from asgikit.middleware.concurrency_limit import concurrency_limit
from asgikit.middleware.etag import etag
from asgikit.middleware.rate_limit import rate_limit
from asgikit.rates import per_day


@post(root / "upload")
async def upload(request: Request[object]) -> Response:
    return Response.text(str(sum([len(chunk) async for chunk in request.stream()])))


@get(root / "feed")
async def feed(request: Request[object]) -> Response:
    async def chunks() -> AsyncIterator[str]:
        while True:
            yield "tick\n"
            await anyio.sleep(0.01)

    return Response.stream(chunks(), content_type="text/plain")


@get(root / "page")
async def page(request: Request[object]) -> Response:
    return Response.text("page", headers={"cache-control": "max-age=600"})


@get(root / "rare")
async def rare(request: Request[object]) -> Response:
    return Response.text("rare")


@get(root)
async def home(request: Request[object]) -> Response:
    return Response.text("here")


app = App(
    Router(
        home,
        upload.wrap(body_limit(1000)),
        feed.wrap(concurrency_limit(1)),
        page.wrap(etag()).wrap(cache()),
        rare.wrap(rate_limit(per_day(1))),
    )
)
