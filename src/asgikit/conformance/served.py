"""The lifespan of an application around what is done with it, as a server runs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.connection import Connection
from asgikit.conformance.copies import is_message
from asgikit.conformance.place import Place
from asgikit.conformance.transcript import Message


@asynccontextmanager
async def served(app: ForeignApp, grace: float = 10.0) -> AsyncGenerator[Message | None]:
    """Starts the application, gives the state that its lifespan has filled, and shuts it down behind the block.

    None if it has no lifespan, or did not start within `grace` seconds: what is wrong with that is found elsewhere.
    """
    connection = Connection(app, Place(type="lifespan").scope())
    async with anyio.create_task_group() as group:
        connection.start(group)
        answer = connection.peer.answer
        with anyio.move_on_after(grace):
            while not (connection.has_ended or answer.ready or answer.failed):
                await connection.settle(grace)
                await anyio.sleep(0.001)
        try:
            state = connection.given.get("state")
            yield state if answer.ready and is_message(state) else None
        finally:
            with anyio.CancelScope(shield=True):
                await connection.finish(grace / 5)
