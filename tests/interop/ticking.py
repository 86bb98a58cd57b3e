"""An application whose feed never ends by itself; run by the servers of test_stopping."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio

from asgikit import App, Request, Response, Router, get, root
from asgikit.http.sse import ServerSentEvent


@get(root / "ticks")
async def ticks(request: Request[object]) -> Response:
    """A tick now and then, for ever; says on the console that it was closed."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        try:
            number = 0
            while True:
                yield ServerSentEvent(str(number))
                number += 1
                await anyio.sleep(0.05)
        finally:
            print("the generator is closed", flush=True)

    return Response.sse(events())


@get(root / "silence")
async def silence(request: Request[object]) -> Response:
    """One event, and nothing after it."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent("only")
        await anyio.sleep_forever()

    return Response.sse(events(), keep_alive=None)


app = App(Router(ticks, silence))
deaf = App(Router(ticks, silence), signals=False)
