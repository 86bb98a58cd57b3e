"""The receiving half of a server, for what is below an application; applications are called by the testing kit."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, TypeAlias

import anyio
import anyio.lowlevel

Turn: TypeAlias = Mapping[str, object] | Callable[[], Awaitable[object] | None]
"""An event, or what is called, and awaited, before the next one comes."""


class Events:
    """A `receive` that gives these events to one who asks at a time, and loses none; then its client is silent."""

    def __init__(self, *turns: Turn) -> None:
        self.taken = 0
        self._turns = deque(turns)
        self._busy = False

    async def __call__(self) -> Any:
        assert not self._busy, "two receives at a time"
        self._busy = True
        try:
            while self._turns and callable(turn := self._turns[0]):
                waits = turn()
                if waits is not None:
                    await waits
                self._turns.popleft()
            await anyio.lowlevel.checkpoint()
            if not self._turns:
                await anyio.sleep_forever()
            self.taken += 1
            return self._turns.popleft()
        finally:
            self._busy = False


OPTIONAL = ["http_version", "scheme", "raw_path", "query_string", "root_path", "client", "server", "subprotocols"]
"""Keys that the scope of a WebSocket need not have (www, Websocket Connection Scope)."""


async def nothing() -> NoReturn:
    """A `receive` for who has no reason to ask."""
    raise AssertionError("nothing to receive")


async def ignored(event: object) -> None:
    """A `send` that nobody listens to."""
