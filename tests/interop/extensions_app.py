"""What a server with extensions can send beside the response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

from asgikit import App, Request, Response, Router, get, root
from asgikit.http.links import Link


@get(root / "page")
async def page(request: Request[object]) -> Response:
    """A hint before it, a push beside it, trailers behind it."""
    digest = sha256()

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"one ", b"two"):
            digest.update(chunk)
            yield chunk

    hinted = await request.early_hints(Link("/style.css", rel="preload", as_="style"))
    return (
        Response.stream(chunks(), content_type="text/plain", headers={"x-hinted": str(hinted)})
        .with_trailers(lambda: {"x-digest": digest.hexdigest()}, "x-digest")
        .with_push("/style.css", {"accept": "text/css"})
    )


@get(root / "style.css")
async def style(request: Request[object]) -> Response:
    return Response.text("p {}", headers={"content-type": "text/css"})


@get(root / "file")
async def file(request: Request[object]) -> Response:
    return await Response.file(__file__)


app = App(Router(page, style, file))
