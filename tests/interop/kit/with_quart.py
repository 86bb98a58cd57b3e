"""The application in Quart."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from quart import Quart, Response, current_app, redirect, request, session
from werkzeug import Response as Either

from tests.interop.kit.notes import endless, events, noted, pieces

app = Quart(__name__)
app.secret_key = "for tests only"


@app.get("/json")
async def show() -> dict[str, str]:
    return {"hello": "wörld"}


@app.post("/json")
async def echo() -> dict[str, int]:
    value: dict[str, int] = await request.get_json()
    return value


@app.post("/form")
async def form() -> str:
    name: str = (await request.form)["name"]
    return name


@app.post("/upload")
async def upload() -> str:
    file = (await request.files)["file"]
    return f"{(await request.form)['name']}: {file.filename}, {file.read().decode()}"


@app.post("/count")
async def count() -> str:
    return str(sum([len(piece) async for piece in request.body]))


@app.get("/sign-in")
async def sign_in() -> Either:
    response = redirect("/cookie", 303)
    response.set_cookie("who", "ada")
    return response


@app.get("/cookie")
async def cookie() -> str:
    return request.cookies.get("who", "nobody")


@app.get("/stream")
async def stream() -> AsyncGenerator[bytes]:
    return pieces()


@app.get("/endless")
async def forever() -> AsyncGenerator[bytes]:
    return endless()


@app.get("/events")
async def feed() -> Response:
    response = Response(events(), content_type="text/event-stream")
    response.timeout = None
    return response


async def note_later(text: str) -> None:
    noted(text)


@app.get("/later")
async def later() -> tuple[str, int]:
    app.add_background_task(note_later, "done")
    return "accepted", 202


@app.get("/state")
async def state() -> str:
    db: str = current_app.config["DB"]
    return db


@app.get("/boom")
async def boom() -> str:
    raise ValueError("boom")


@app.get("/empty")
async def empty() -> tuple[str, int]:
    return "", 204


@app.get("/unchanged")
async def unchanged() -> Response:
    return Response(status=304, headers={"etag": '"1"'})


@app.get("/visit")
async def visit() -> str:
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.before_serving
async def start() -> None:
    app.config["DB"] = "database"


@app.after_serving
async def stop() -> None:
    noted("stopped")
