"""The application in FastAPI."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import BackgroundTasks, Cookie, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.middleware.sessions import SessionMiddleware

from tests.interop.kit.notes import endless, events, noted, pieces


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, str]]:
    yield {"db": "database"}
    noted("stopped")


app = FastAPI(lifespan=lifespan)
app.add_middleware(SessionMiddleware, secret_key="for tests only")


@app.api_route("/json", methods=["GET", "HEAD"])
async def show() -> dict[str, str]:
    return {"hello": "wörld"}


@app.post("/json")
async def echo(value: dict[str, int]) -> dict[str, int]:
    return value


@app.post("/form")
async def form(name: Annotated[str, Form()]) -> PlainTextResponse:
    return PlainTextResponse(name)


@app.post("/upload")
async def upload(name: Annotated[str, Form()], file: Annotated[UploadFile, File()]) -> PlainTextResponse:
    content = await file.read()
    return PlainTextResponse(f"{name}: {file.filename}, {content.decode()}")


@app.post("/count")
async def count(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(sum([len(piece) async for piece in request.stream()])))


@app.get("/sign-in")
async def sign_in() -> RedirectResponse:
    response = RedirectResponse("/cookie", 303)
    response.set_cookie("who", "ada")
    return response


@app.get("/cookie")
async def cookie(who: Annotated[str, Cookie()] = "nobody") -> PlainTextResponse:
    return PlainTextResponse(who)


@app.get("/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(pieces())


@app.get("/endless")
async def forever() -> StreamingResponse:
    return StreamingResponse(endless())


@app.get("/events")
async def feed() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/later", status_code=202)
async def later(tasks: BackgroundTasks) -> str:
    tasks.add_task(noted, "done")
    return "accepted"


@app.get("/state")
async def state(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.db)


@app.get("/boom")
async def boom() -> None:
    raise ValueError("boom")


@app.get("/empty", status_code=204)
async def empty() -> None:
    return None


@app.get("/unchanged")
async def unchanged() -> Response:
    return Response(status_code=304, headers={"etag": '"1"'})


@app.get("/visit")
async def visit(request: Request) -> PlainTextResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(str(request.session["visits"]))
