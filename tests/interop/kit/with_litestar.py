"""The application in Litestar."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from litestar import Litestar, Request, Response, get, head, post
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.middleware.session.client_side import CookieBackendConfig
from litestar.params import Body
from litestar.response import Redirect, Stream

from tests.interop.kit.notes import endless, events, noted, pieces

AnyRequest = Request[Any, Any, State]


@get("/json")
async def show() -> dict[str, str]:
    return {"hello": "wörld"}


@head("/json")
async def head_of_it() -> None:
    return None


@post("/json", status_code=200)
async def echo(request: AnyRequest) -> Any:
    return await request.json()


@post("/form", status_code=200, media_type="text/plain")
async def form(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> str:
    return data["name"]


@post("/upload", status_code=200, media_type="text/plain")
async def upload(data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]) -> str:
    file: UploadFile = data["file"]
    return f"{data['name']}: {file.filename}, {(await file.read()).decode()}"


@post("/count", status_code=200, media_type="text/plain")
async def count(request: AnyRequest) -> str:
    return str(sum([len(piece) async for piece in request.stream()]))


@get("/sign-in", status_code=303)
async def sign_in() -> Redirect:
    return Redirect("/cookie", status_code=303, cookies=[Cookie("who", value="ada")])


@get("/cookie", media_type="text/plain")
async def cookie(request: AnyRequest) -> str:
    return request.cookies.get("who", "nobody")


@get("/stream")
async def stream() -> Stream:
    return Stream(pieces())


@get("/endless")
async def forever() -> Stream:
    return Stream(endless())


@get("/events")
async def feed() -> Stream:
    return Stream(events(), media_type="text/event-stream")


async def note_later(text: str) -> None:
    noted(text)


@get("/later", status_code=202)
async def later() -> Response[str]:
    return Response("accepted", background=BackgroundTask(note_later, "done"))


@get("/state", media_type="text/plain")
async def state(state: State) -> str:
    db: str = state.db
    return db


@get("/boom")
async def boom() -> None:
    raise ValueError("boom")


@get("/empty", status_code=204)
async def empty() -> None:
    return None


@get("/unchanged", status_code=304)
async def unchanged() -> Response[None]:
    return Response(None, headers={"etag": '"1"'}, status_code=304)


@get("/visit", media_type="text/plain")
async def visit(request: AnyRequest) -> str:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return str(request.session["visits"])


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None]:
    app.state.db = "database"
    yield
    noted("stopped")


app = Litestar(
    [
        *(show, head_of_it, echo, form, upload, count, sign_in, cookie),
        *(stream, forever, feed, later, state, boom, empty, unchanged, visit),
    ],
    middleware=[CookieBackendConfig(secret=b"0123456789abcdef", secure=False).middleware],
    lifespan=[lifespan],
    openapi_config=None,
)
