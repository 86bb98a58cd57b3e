"""One connection between an in-process server and an application, driven step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any, final

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from asgikit.asgi import ForeignApp
from asgikit.conformance.calling import Call
from asgikit.conformance.check import Checker
from asgikit.conformance.copies import fresh_message, kept
from asgikit.conformance.peer import Peer, Sends
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Resume, Stall
from asgikit.conformance.transcript import Message, Transcript

QUIET = 25
"""So many turns of the event loop without a sign of the application say that it waits for us."""

TURNS = 500
"""Turns that an application which goes on and on has before the next action."""

FLOOD = 5000
"""Messages after which the client of an endless response has had enough."""

AT_ONCE = 0.02
"""Seconds that an application which is at work has before it is cancelled in the middle of it."""

TASKS_END = 0.25
"""Seconds that the tasks of an application have to end behind it."""

OPENINGS: dict[str, tuple[Message, ...]] = {
    "websocket": ({"type": "websocket.connect"},),
    "lifespan": ({"type": "lifespan.startup"},),
}
"""The event that a server puts first, by scope type."""


@final
class Connection:
    """A connection: start it in a task group, act on it, and finish it.

    Every action waits until the application has settled: it waits for us, or has ended. The application is under a
    Checker that collects; `opening` are the events there from the beginning, by default those of the scope's type.
    """

    def __init__(
        self, app: ForeignApp, scope: Message, *, opening: Sequence[Message] | None = None, ignore: Collection[str] = ()
    ) -> None:
        """A connection to this application; the scope is copied."""
        type_ = scope.get("type")
        self.type: str = type_ if isinstance(type_, str) else ""
        self.scope = scope
        self.given: Message = {}
        """The copy of the scope that the application has."""
        self.checker: Checker = Checker(app, mode="collect", ignore=ignore)
        self.transcript: Transcript = Transcript()
        self.peer: Peer = Peer(self.type, self.transcript)
        self.call: Call = Call(self._called)
        self.is_hung: bool = False
        self.was_left: bool = False
        """Whether the client left before the application had ended."""
        self.left_tasks: tuple[str, ...] = ()
        """The tasks of the application that went on after it, and were cancelled then; asyncio only."""
        self.cancelled_at_rest: bool = False
        """Whether the server cancelled the application, rather than the end of our patience."""
        self._tasks: frozenset[asyncio.Task[Any]] = frozenset()
        for event in OPENINGS.get(self.type, ()) if opening is None else opening:
            self.peer.put(event)

    async def _called(self) -> None:
        self.given = fresh_message(self.scope)
        self.transcript.add("call", kept(self.scope))
        try:
            await self.checker(self.given, self.peer.receive, self.peer.send)
        except BaseException as error:
            self.transcript.add("raise", {"error": f"{type(error).__name__}: {error}"})
            raise
        self.transcript.add("return", {})

    def start(self, group: TaskGroup) -> None:
        """Calls the application, in a task of this group."""
        self._tasks = _tasks()
        group.start_soon(self._run)

    async def _run(self) -> None:
        await self.call.run()
        self.peer.stirred.give()

    @property
    def has_ended(self) -> bool:
        """Whether the application has returned or raised."""
        return self.call.ended.is_set()

    async def perform(self, action: Action, patience: float = 0.25) -> None:
        """One action of a scenario, when the application has settled."""
        await self.settle(min(patience, AT_ONCE) if isinstance(action, Cancel) else patience)
        self._do(action)

    def before(self, actions: Iterable[Action]) -> None:
        """What the client has done before the application is called."""
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Deliver(event):
                self._deliver(event)
            case Leave(sends, code):
                self._leave(sends, code)
            case Stall():
                self.peer.stall(stalled=True)
            case Resume():
                self.peer.stall(stalled=False)
            case Cancel():
                self._cancel()

    async def deliver(self, event: Message) -> None:
        """One more event for `receive()`; a disconnect event is the client's leaving, of which only `receive()` tells."""
        await self.perform(Deliver(event))

    async def leave(self, sends: Sends = "raise", code: int = 1006) -> None:
        """The client goes away; `code` for a WebSocket."""
        await self.perform(Leave(sends, code))

    async def stall(self) -> None:
        """The client reads no more: `send()` blocks."""
        await self.perform(Stall())

    async def resume(self) -> None:
        """The client reads again."""
        await self.perform(Resume())

    async def cancel(self) -> None:
        """The server cancels the application's task."""
        await self.perform(Cancel())

    def _deliver(self, event: Message) -> None:
        kind = event.get("type")
        if isinstance(kind, str) and kind == f"{self.type}.disconnect":
            self.was_left = self.was_left or not self.has_ended
            self.peer.leave("ignore", event)
        else:
            self.peer.put(event)

    def _leave(self, sends: Sends, code: int) -> None:
        event: dict[str, object] = {"type": f"{self.type}.disconnect"}
        if self.type == "websocket":
            event |= {"code": code, "reason": ""}
        self.was_left = self.was_left or not self.has_ended
        self.peer.leave(sends, event)

    def _cancel(self) -> None:
        if not self.has_ended:
            self.cancelled_at_rest = True
            self.call.cancel()

    async def settle(self, patience: float = 0.25) -> None:
        """Returns when the application waits for us, or has ended; after `patience` seconds in any case."""
        deadline = anyio.current_time() + patience
        while await self._becomes_quiet() and not (self.has_ended or self.peer.is_waited_for):
            if anyio.current_time() >= deadline:
                return
            await self._stirs(deadline)

    async def _becomes_quiet(self) -> bool:
        """Turns the event loop until the application does nothing for a while; False if it never stops."""
        quiet = 0
        seen = self.peer.activity
        for _ in range(TURNS):
            await checkpoint()
            if self.has_ended:
                return True
            quiet = quiet + 1 if self.peer.activity == seen else 0
            seen = self.peer.activity
            if quiet == QUIET:
                return True
        return False

    async def _stirs(self, deadline: float) -> None:
        """Returns with the next sign of the application."""
        with anyio.CancelScope(deadline=deadline):
            await self.peer.stirred.wait()

    async def finish(self, grace: float = 2.0, patience: float = 0.5) -> None:
        """Lets the client stay until it has its answer, then leave; and the application has `grace` seconds to end.

        One that has not ended then is hung: it is cancelled, and dropped if it does not end even so.
        """
        await self.settle(patience)
        if self.type == "lifespan":
            await self._shut_down(5 * grace, patience)
        elif not self.peer.has_left and not self.call.cancelling:
            await self._answers(patience)
            if not (self.has_ended or self.peer.answer.over):
                self._leave("raise", 1000)
        await self._ends(grace)
        if not self.has_ended:
            await self._stop(grace)
        await self._see_tasks_out()

    async def _answers(self, patience: float) -> None:
        """Waits until the answer is complete, as long as there are signs of it within our patience."""
        last = anyio.current_time() + 2 * patience
        while not (self.has_ended or self.peer.answer.over) and self.peer.answer.count < FLOOD:
            now, seen = anyio.current_time(), self.peer.activity
            await self._stirs(min(last, now + patience))
            if self.peer.activity == seen or anyio.current_time() >= last:
                return

    async def _shut_down(self, grace: float, patience: float) -> None:
        answer = self.peer.answer
        deadline = anyio.current_time() + grace
        while not (self.has_ended or self.call.cancelling or answer.ready or answer.failed):
            await self._stirs(deadline)
            if anyio.current_time() >= deadline:
                return
        if answer.failed and not answer.ready:
            await self._ends(patience)
            if not self.has_ended:
                self.call.cancel()  # as servers do then: the text says nothing
        elif answer.ready and not self.has_ended and not self.peer.was_told("lifespan.shutdown"):
            self.peer.put({"type": "lifespan.shutdown"})
            await self.settle(patience)

    async def _ends(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self.call.ended.wait()

    async def _stop(self, grace: float) -> None:
        self.is_hung = True
        if not self.call.cancelling:
            self.call.cancel()
            await self._ends(grace / 2)
        if not self.has_ended:
            self.call.abandon()
            await self._ends(grace)

    async def _see_tasks_out(self) -> None:
        """Finds the tasks that outlive the call, and cancels them, so that they disturb no later exchange."""
        self._leave("raise", 1006)
        left = _tasks() - self._tasks
        if not left:
            return
        await asyncio.wait(left, timeout=TASKS_END)
        left = frozenset(task for task in left if not task.done())
        self.left_tasks = tuple(sorted(_described(task) for task in left))
        for task in left:
            task.cancel()
        await self._becomes_quiet()
        await checkpoint()


def _tasks() -> frozenset[asyncio.Task[Any]]:
    try:
        return frozenset(asyncio.all_tasks())
    except RuntimeError:  # on Trio there is no loop
        return frozenset()


def _described(task: asyncio.Task[Any]) -> str:
    name = getattr(task.get_coro(), "__qualname__", "")
    return name if isinstance(name, str) and name else task.get_name()
