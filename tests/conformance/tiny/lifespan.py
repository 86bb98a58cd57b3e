"""The lifespan of the application."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Literal

import anyio

from tests.conformance.tiny.calling import App, log
from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.messages import kind_of


class Lifespan:
    """Startup, then shutdown, in a task of their own."""

    def __init__(self, app: App, habits: Habits) -> None:
        self._app = app
        self._habits = habits
        self._given: list[str] = []
        self._answers: list[str] = []
        self._changed = anyio.Event()
        self._stop = anyio.Event()
        self._ended = anyio.Event()
        self.message = ""
        self.state: dict[str, Any] = {"server": "tiny"} if habits.breaks("LIFE-STATE-001") else {}
        self.phase: Literal["starting", "running", "absent", "failed", "stopped"] = "starting"

    async def run(self) -> None:
        """Calls the application; whatever it raises is only remembered."""
        asgi = {"version": "3.0", "spec_version": "2.5" if self._habits.breaks("LIFE-SCOPE-002") else "2.0"}
        scope: dict[str, Any] = {"type": "lifespan", "asgi": asgi, "state": self.state}
        if self._habits.has("no-state"):
            del scope["state"]
        if self._habits.has("unknown-keys"):
            scope["tiny.number"] = 7
        try:
            if self._habits.breaks("LIFE-SCOPE-003"):
                await self._elsewhere(scope)
            else:
                await self._app(scope, self.receive, self.send)
        except Exception as error:
            log(f"the lifespan raised {error!r}")
            if self.phase == "starting":
                self.phase = "failed" if self._habits.breaks("LIFE-SRV-002") else "absent"
        finally:
            if self.phase == "starting":
                self.phase = "absent"
            if not (self._habits.breaks("LIFE-SRV-008") and self.phase == "running"):
                self._ended.set()
            self._changed.set()

    async def _elsewhere(self, scope: dict[str, Any]) -> None:
        """Runs it in another loop of another thread, which answers to this one."""

        async def receive() -> Any:
            return anyio.from_thread.run(self.receive)

        async def send(message: Any) -> None:
            anyio.from_thread.run(self.send, message)

        def run() -> None:
            assert threading.current_thread() is not threading.main_thread()
            asyncio.run(self._app(scope, receive, send))  # type: ignore[arg-type]

        await anyio.to_thread.run_sync(run)

    async def receive(self) -> dict[str, Any]:
        """lifespan.startup, then, when the server stops, lifespan.shutdown."""
        if not self._given:
            self._given.append("startup")
            return {"type": "lifespan.startup"}
        if self._habits.breaks("LIFE-ORD-001") and len(self._given) == 1:
            self._given.append("startup")
            return {"type": "lifespan.startup"}
        await self._stop.wait()
        if "shutdown" in self._given:
            await anyio.sleep_forever()
        self._given.append("shutdown")
        return {"type": "lifespan.shutdown"}

    async def send(self, message: Any) -> None:
        """An answer. Raises TypeError or ValueError for one that does not fit."""
        lenient = self._habits.breaks("LIFE-SRV-007")
        try:
            kind = kind_of(message, "lifespan", self._habits)
            stage, _, result = kind.removeprefix("lifespan.").partition(".")
            fits = stage == (self._given or [""])[-1] and stage not in self._answers
            if not fits:
                raise ValueError(f"{kind} is not expected")
        except (TypeError, ValueError):
            if lenient:
                return
            raise
        self._answers.append(stage)
        self.message = str(message.get("message", ""))
        if stage == "startup":
            failed = result == "failed" and not self._habits.breaks("LIFE-SRV-003")
            self.phase = "failed" if failed else "running"
        else:
            if result == "failed":
                if self._habits.breaks("LIFE-SRV-006"):
                    return
                log(f"shutdown failed: {self.message}")
            self.phase = "stopped"
            self._ended.set()
        self._changed.set()

    async def started(self) -> bool:
        """Whether the server may go on, once that is known."""
        await self._changed.wait()
        if self.phase == "failed":
            log(f"startup failed: {self.message}")
        return self.phase != "failed"

    async def stop(self) -> None:
        """Sends lifespan.shutdown, where it is due, and waits for the answer."""
        if self.phase != "running" or self._habits.breaks("LIFE-SRV-004"):
            return
        self._stop.set()
        if self._habits.breaks("LIFE-SRV-005"):
            await anyio.sleep(0.05)
            return
        await self._ended.wait()
