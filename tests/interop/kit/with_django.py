"""The application in Django, which has no lifespan and no work behind a response: it closes the response, and says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import (
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path

from tests.interop import django_settings  # noqa: F401  # before its handler
from tests.interop.kit.notes import EVENTS, PIECES, noted


async def value(request: ASGIRequest) -> HttpResponse:
    if request.method == "POST":
        return JsonResponse(json.loads(request.body))
    return JsonResponse({"hello": "wörld"})


async def form(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(request.POST["name"])


async def upload(request: ASGIRequest) -> HttpResponse:
    file = request.FILES["file"]
    assert isinstance(file, UploadedFile)
    return HttpResponse(f"{request.POST['name']}: {file.name}, {file.read().decode()}")


async def count(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


async def sign_in(request: ASGIRequest) -> HttpResponse:
    response = HttpResponseRedirect("/cookie")
    response.set_cookie("who", "ada")
    return response


async def cookie(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(request.COOKIES.get("who", "nobody"))


async def pieces() -> AsyncGenerator[bytes]:
    for piece in PIECES:
        noted(piece.decode())
        yield piece
        await asyncio.sleep(0)


async def endless() -> AsyncGenerator[bytes]:
    try:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)
    finally:
        noted("over")


async def events() -> AsyncGenerator[bytes]:
    yield EVENTS[:12]
    yield EVENTS[12:]


async def stream(request: ASGIRequest) -> HttpResponseBase:
    return StreamingHttpResponse(pieces())


async def forever(request: ASGIRequest) -> HttpResponseBase:
    return StreamingHttpResponse(endless())


async def feed(request: ASGIRequest) -> HttpResponseBase:
    return StreamingHttpResponse(events(), content_type="text/event-stream")


class Noted(HttpResponse):
    def close(self) -> None:
        super().close()
        noted("done")


async def later(request: ASGIRequest) -> HttpResponse:
    return Noted("accepted", status=202)


async def state(request: ASGIRequest) -> HttpResponse:
    return HttpResponse("database")


async def boom(request: ASGIRequest) -> HttpResponse:
    raise ValueError("boom")


async def empty(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(status=204)


async def unchanged(request: ASGIRequest) -> HttpResponse:
    return HttpResponseNotModified(headers={"etag": '"1"'})


async def visit(request: ASGIRequest) -> HttpResponse:
    session: Any = request.session
    visits = await session.aget("visits", 0) + 1
    await session.aset("visits", visits)
    return HttpResponse(str(visits))


urlpatterns = [
    path("json", value),
    path("form", form),
    path("upload", upload),
    path("count", count),
    path("sign-in", sign_in),
    path("cookie", cookie),
    path("stream", stream),
    path("endless", forever),
    path("events", feed),
    path("later", later),
    path("state", state),
    path("boom", boom),
    path("empty", empty),
    path("unchanged", unchanged),
    path("visit", visit),
]


class Handler(ASGIHandler):
    """With these URLs, whatever those of the process are."""

    def create_request(self, scope: Any, body_file: Any) -> Any:
        request, error = super().create_request(scope, body_file)
        if request is not None:
            request.urlconf = __name__
        return request, error


app: Callable[..., Any] = Handler()
