"""An application that works in the background, has limits, and is stopped; run by the servers of test_background."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio

from asgikit import App, JobQueue, Request, Response, Router, Supervisor, get, post, root
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.timeouts import timeouts

DRAIN = 1.5
stopping = anyio.Event()


def say(what: str) -> None:
    print(what, flush=True)


async def note(what: str) -> None:
    await anyio.sleep(0.05)
    say(what)


async def fails() -> None:
    raise ValueError("of a task")


async def short_job() -> None:
    """Ends as soon as the server stops."""
    await stopping.wait()
    say("the short job is done")


async def long_job() -> None:
    """Never ends."""
    await anyio.sleep_forever()
    say("the long job is done")


@get(root)
async def index(request: Request[object]) -> Response:
    return Response.text("here")


@get(root / "then")
async def then(request: Request[object]) -> Response:
    return Response.text("sent").then(fails).then(note, "the work is done")


@post(root / "start")
async def start(request: Request[JobQueue]) -> Response:
    await request.state.start(short_job)
    await request.state.start(long_job)
    return Response.text("accepted", status=202)


@get(root / "wait")
async def wait(request: Request[object]) -> Response:
    say("somebody waits")
    await anyio.sleep(1)
    return Response.text("done")


@get(root / "slow")
async def slow(request: Request[object]) -> Response:
    await anyio.sleep(600)
    return Response.empty()


@post(root / "read")
async def read(request: Request[object]) -> Response:
    return Response.text(str(len(await request.body())))


@get(root / "stream")
async def stream(request: Request[object]) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await anyio.sleep(600)
        finally:
            say("the stream is closed")

    return Response.stream(chunks()).then(note, "the work after the stream is done")


@get(root / "flood")
async def flood(request: Request[object]) -> Response:
    async def events() -> AsyncIterator[ServerSentEvent]:
        try:
            say("the flood begins")
            while True:
                yield ServerSentEvent("x" * 65536)
        finally:
            say("the flood is over")

    return Response.sse(events())


@get(root / "tasks")
async def tasks(request: Request[object]) -> Response:
    gc.collect()  # a task that failed unseen says so when it goes
    try:
        return Response.text(str(len(asyncio.all_tasks())))
    except RuntimeError:  # under trio, which leaves no task behind
        return Response.text("0")


@post(root / "stop")
async def stop(request: Request[object]) -> Response:
    app.stop()
    return Response.text("stopping")


@asynccontextmanager
async def lifespan() -> AsyncGenerator[JobQueue]:
    async with Supervisor(drain=DRAIN) as jobs:
        yield jobs
        stopping.set()
    say(f"{jobs.tally.succeeded} done, {jobs.tally.lost} lost")


limited = Router(slow.wrap(timeouts(response=0.1)), read.wrap(timeouts(idle_body=0.2)))
streams = Router(stream)
timed = get(root / "timed")(stream.handler).wrap(timeouts(request=1))
app = App(Router(index, then, start, wait, limited, streams, timed, flood, tasks, stop), lifespan=lifespan)
