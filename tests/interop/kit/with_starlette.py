"""The application in Starlette."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.interop.kit.notes import endless, events, noted, pieces


async def show(request: Request) -> Response:
    return JSONResponse({"hello": "wörld"})


async def echo(request: Request) -> Response:
    return JSONResponse(await request.json())


async def form(request: Request) -> Response:
    fields = await request.form()
    return PlainTextResponse(str(fields["name"]))


async def upload(request: Request) -> Response:
    async with request.form() as fields:
        file = fields["file"]
        assert not isinstance(file, str)
        content = await file.read()
        return PlainTextResponse(f"{fields['name']}: {file.filename}, {content.decode()}")


async def count(request: Request) -> Response:
    return PlainTextResponse(str(sum([len(piece) async for piece in request.stream()])))


async def sign_in(request: Request) -> Response:
    response = RedirectResponse("/cookie", 303)
    response.set_cookie("who", "ada")
    return response


async def cookie(request: Request) -> Response:
    return PlainTextResponse(request.cookies.get("who", "nobody"))


async def stream(request: Request) -> Response:
    return StreamingResponse(pieces())


async def forever(request: Request) -> Response:
    return StreamingResponse(endless())


async def feed(request: Request) -> Response:
    return StreamingResponse(events(), media_type="text/event-stream")


async def later(request: Request) -> Response:
    return PlainTextResponse("accepted", 202, background=BackgroundTask(noted, "done"))


async def state(request: Request) -> Response:
    return PlainTextResponse(request.state.db)


async def boom(request: Request) -> Response:
    raise ValueError("boom")


async def empty(request: Request) -> Response:
    return Response(status_code=204)


async def unchanged(request: Request) -> Response:
    return Response(status_code=304, headers={"etag": '"1"'})


async def visit(request: Request) -> Response:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(str(request.session["visits"]))


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, str]]:
    yield {"db": "database"}
    noted("stopped")


app = Starlette(
    routes=[
        Route("/json", show),
        Route("/json", echo, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/count", count, methods=["POST"]),
        Route("/sign-in", sign_in),
        Route("/cookie", cookie),
        Route("/stream", stream),
        Route("/endless", forever),
        Route("/events", feed),
        Route("/later", later),
        Route("/state", state),
        Route("/boom", boom),
        Route("/empty", empty),
        Route("/unchanged", unchanged),
        Route("/visit", visit),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key="for tests only")],
    lifespan=lifespan,
)
