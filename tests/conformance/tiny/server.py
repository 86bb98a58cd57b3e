"""A small server that keeps every rule, unless it is told to break one."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import SocketStream, TaskGroup
from anyio.streams.stapled import MultiListener

from tests.conformance.tiny.calling import App, log
from tests.conformance.tiny.exchange import Exchange, refuse
from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.head import BadRequest, Reader
from tests.conformance.tiny.lifespan import Lifespan
from tests.conformance.tiny.net import ClientGone, Wire
from tests.conformance.tiny.websocket import WebSocket

GRACE = 4.0
"""Seconds that applications have to end after SIGTERM, before they are cancelled."""

IMPATIENT = 1.0
"""The same of a server that breaks a rule: some of them leave applications behind on purpose."""


class Server:
    """One application on one port."""

    def __init__(self, app: App, habits: Habits, root_path: str = "") -> None:
        self.app = app
        self.habits = habits
        self.root_path = root_path
        self.namespace: dict[str, Any] | None = None
        self.shared: dict[str, Any] = {}
        self.is_stopping = False
        self.is_cancelling = False
        self._wires: set[Wire] = set()
        self._sockets: set[WebSocket] = set()
        self._idle = anyio.Event()
        self._deaf = anyio.Event()
        self._group: TaskGroup | None = None

    def spawn(self, function: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Runs something beside."""
        assert self._group is not None
        self._group.start_soon(function, *arguments)

    async def close_all(self) -> None:
        """Closes every connection."""
        for wire in list(self._wires):
            await wire.abort()

    async def serve(self, port: int) -> int:
        """Runs until SIGTERM or SIGINT; gives the exit code."""
        lifespan = Lifespan(self.app, self.habits)
        code = 0
        async with anyio.create_task_group() as group:
            if not self.habits.has("no-lifespan"):
                group.start_soon(lifespan.run)
                early = self.habits.breaks("LIFE-SRV-001")
                if not early and not await lifespan.started():
                    os._exit(3) if self.habits.breaks("LIFE-SRV-002") else group.cancel_scope.cancel()
                    return 3
                self.namespace = lifespan.state
            await self._listen(port)
            await lifespan.stop()
            self.is_cancelling = True
            group.cancel_scope.cancel()
        return code

    async def _listen(self, port: int) -> None:
        """Serves connections until a signal comes, then lets them end."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, reuse_port=False)
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async with anyio.create_task_group() as group:
                self._group = group
                accepting = anyio.CancelScope()
                group.start_soon(self._accept, listener, group, accepting)
                log(f"tiny serves on port {port}")
                async for _ in signals:
                    break
                self.is_stopping = True
                accepting.cancel()
                await self._deaf.wait()
                await listener.aclose()
                for wire in self._wires:
                    wire.changed.notify()
                for socket in self._sockets:
                    socket.go_away()
                grace = IMPATIENT if self.habits.broken else GRACE
                with anyio.move_on_after(None if self.habits.breaks("CANCEL-007") else grace):
                    while self._wires:
                        await self._idle.wait()
                        self._idle = anyio.Event()
                self.is_cancelling = True
                group.cancel_scope.cancel()

    async def _accept(self, listener: MultiListener[SocketStream], group: TaskGroup, scope: anyio.CancelScope) -> None:
        with scope:
            await listener.serve(self._connection, group)
        self._deaf.set()

    async def _connection(self, stream: SocketStream) -> None:
        wire = Wire(stream, self.habits)
        self._wires.add(wire)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(wire.pump)
                try:
                    await self._requests(wire)
                except ClientGone:
                    pass
                except Exception:
                    log(f"ERROR: in the server itself\n{traceback.format_exc()}")
                if not wire.lost:
                    await wire.finish()
                group.cancel_scope.cancel()
        finally:
            self._wires.discard(wire)
            self._idle.set()
            with anyio.CancelScope(shield=True):
                await wire.abort()

    async def _requests(self, wire: Wire) -> None:
        """One request after the other."""
        while not wire.lost:
            reader = Reader(wire, self.habits)
            try:
                head = await reader.head(self)
            except BadRequest as error:
                await refuse(wire, error.status)
                return
            if head is None:
                return
            if head.is_websocket or (self.habits.breaks("HTTP-SCOPE-030") and head.all(b"upgrade")):
                socket = WebSocket(self, wire, head, reader)
                self._sockets.add(socket)
                try:
                    await socket.run()
                finally:
                    self._sockets.discard(socket)
                return
            if not await Exchange(self, wire, head, reader).run():
                return


def load(name: str) -> App:
    """The application, "module:attribute"."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, "")
    found: App = getattr(importlib.import_module(module), attribute)
    return found
