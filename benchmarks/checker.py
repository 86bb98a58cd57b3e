"""`python -m benchmarks.checker`: what a checker costs a request, as the best of several rounds of the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgikit.conformance.check import Checker

LIMIT: Final = 15.0
"""Microseconds that a plain request may cost more under a checker."""

LINES: Final = [
    (b"host", b"localhost:8000"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64)"),
    (b"accept", b"text/html,application/xhtml+xml"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"en"),
    (b"cookie", b"a=b; c=d"),
    (b"connection", b"keep-alive"),
    (b"referer", b"http://localhost/"),
]
REQUEST: Final = {"type": "http.request", "body": b"", "more_body": False}


def scope() -> dict[str, Any]:
    """As uvicorn makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a/b",
        "raw_path": b"/a/b",
        "query_string": b"x=1",
        "root_path": "",
        "headers": [*LINES],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def receive() -> Any:
    return REQUEST


async def send(message: Any) -> None:
    pass


async def plain(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def streaming(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100):
        await send({"type": "http.response.body", "body": b"x" * 100, "more_body": True})
    await send({"type": "http.response.body"})


async def timed(app: Callable[..., Awaitable[None]], times: int) -> float:
    """Microseconds of this thread for one call: other programs on the machine do not count."""
    began = time.thread_time()
    for _ in range(times):
        await app(scope(), receive, send)
    return (time.thread_time() - began) / times * 1e6


async def cost(app: Any, times: int, rounds: int = 15) -> tuple[float, float]:
    """The best times without and with a checker, measured in turns."""
    checker = Checker(app)
    pairs = [(await timed(app, times), await timed(checker, times)) for _ in range(rounds)]
    return min(bare for bare, _ in pairs), min(checked for _, checked in pairs)


async def main() -> None:
    bare, checked = await cost(plain, 5000)
    more = checked - bare
    verdict = "held" if more < LIMIT else "MISSED"
    print(f"a plain request: {bare:.1f} us bare, {checked:.1f} us checked: {more:.1f} us more (target {LIMIT:g}: {verdict})")
    bare, checked = await cost(streaming, 200)
    print(f"a piece of a stream: {(checked - bare) / 101:.2f} us more")


if __name__ == "__main__":
    asyncio.run(main())
