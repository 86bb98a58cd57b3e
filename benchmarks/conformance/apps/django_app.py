"""Django, without a database; it has no WebSockets and no lifespan of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, PAUSE, TICK, TICKS

settings.configure(
    DEBUG=False,
    SECRET_KEY="for tests only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
)
django.setup()


@require_GET
async def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(HELLO, content_type="text/plain")


@require_GET
async def item(request: HttpRequest, id: int) -> HttpResponse:
    return JsonResponse({"id": id, "name": "tea"})


@require_POST
async def add(request: HttpRequest) -> HttpResponse:
    try:
        sent = json.loads(request.body)
    except ValueError:
        return JsonResponse({"error": "not JSON"}, status=400)
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
        return JsonResponse({"error": "an item has a name"}, status=422)
    return JsonResponse({"name": sent["name"]})


@require_POST
async def form(request: HttpRequest) -> HttpResponse:
    upload = request.FILES.get("upload")
    return JsonResponse({"name": request.POST.get("name"), "size": 0 if upload is None else len(upload.read())})


@require_GET
async def stream(request: HttpRequest) -> HttpResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(CHUNKS):
            yield CHUNK
            await asyncio.sleep(PAUSE)

    return StreamingHttpResponse(chunks(), content_type="text/plain")


@require_GET
async def endless(request: HttpRequest) -> HttpResponse:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(TICKS):
            yield CHUNK
            await asyncio.sleep(TICK)

    return StreamingHttpResponse(chunks(), content_type="text/plain")


@require_GET
async def events(request: HttpRequest) -> HttpResponse:
    async def ticks() -> AsyncIterator[str]:
        for number in range(TICKS):
            yield f"data: {number}\n\n"
            await asyncio.sleep(TICK)

    return StreamingHttpResponse(ticks(), content_type="text/event-stream")


@require_GET
def file(request: HttpRequest) -> HttpResponse:
    return FileResponse(FILE.open("rb"))


urlpatterns = [
    path("", home),
    path("items/<int:id>", item),
    path("items", add),
    path("form", form),
    path("stream", stream),
    path("endless", endless),
    path("events", events),
    path("file", file),
]
app = get_asgi_application()
