"""Performs a script inside the server: the application's side of a case. Everything that it sees is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

import anyio

from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance.server.encoding import is_mapping, is_sequence

Note: TypeAlias = Callable[..., None]
"""Records: what, then values by name."""

RECORDED = 16
"""Events of one body that are recorded each; behind them only the sums."""


class ScriptError(Exception):
    """A script that says what no probe can do."""


class Interrupted(BaseException):
    """What "BaseException" raises: nothing that `except Exception` catches."""


_ERRORS: Mapping[str, Callable[[str], BaseException]] = {
    "RuntimeError": RuntimeError,
    "OSError": OSError,
    "SystemExit": SystemExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    "BaseException": Interrupted,
    "StopAsyncIteration": StopAsyncIteration,
    "ExceptionGroup": lambda text: ExceptionGroup(text, [RuntimeError(text)]),
}


def described(error: BaseException) -> dict[str, object]:
    """An exception as a value: its class, those above it, whether it is an OSError, and its text."""
    kind = type(error)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."),
        "bases": [base.__name__ for base in kind.__mro__],
        "oserror": isinstance(error, OSError),
        "text": str(error)[:300],
    }


class Actor:
    """One connection's script, with what the server has given for it."""

    def __init__(
        self,
        scope: Mapping[str, object],
        receive: AnyReceive,
        send: AnySend,
        note: Note,
    ) -> None:
        """The callables are those of the server, or of a checker around it."""
        self._scope = scope
        self._receive = receive
        self._send = send
        self._note = note
        self._actions: Mapping[str, Callable[..., Awaitable[object]]] = {
            "send": self._do_send,
            "receive": self._do_receive,
            "body": self._read_body,
            "gone": self._do_gone,
            "pause": self._do_pause,
            "mark": self._do_mark,
            "fail": self._do_fail,
            "flood": self._do_flood,
            "together": self._do_together,
            "keep": self._do_keep,
            "state": self._do_state,
            "echo": self._do_echo,
            "converse": self._do_converse,
        }

    async def perform(self, actions: Iterable[object]) -> None:
        """One action after the other. Raises ScriptError for one that it does not know, and what `fail` says."""
        for action in actions:
            if not (is_sequence(action) and action and str(action[0]) in self._actions):
                raise ScriptError(f"{action!r} is no action")
            await self._actions[str(action[0])](*action[1:])

    async def _received(self, *, quiet: bool = False) -> Mapping[str, object]:
        try:
            event = await self._receive()
        except Exception as error:
            self._note("receive", error=described(error))
            raise
        except BaseException:
            self._note("receive", cancelled=True)
            raise
        if not quiet:
            self._note("receive", event=event)
        return event

    async def _do_send(self, message: object, escape: object = False) -> None:
        try:
            await self._send(message)
        except Exception as error:  # whatever the server raises is what we want to know
            self._note("send", message=message, error=described(error))
            if escape:
                raise
        except BaseException as error:
            self._note("send", message=message, error=described(error) | {"cancelled": True})
            raise
        else:
            self._note("send", message=message, error=None)

    async def _do_receive(self, within: float | None = None) -> None:
        with anyio.move_on_after(within):
            await self._received()

    async def _read_body(self, pause: float = 0.0) -> bytes:
        digest = hashlib.sha256()
        parts: list[bytes] = []
        length = events = 0
        while True:
            event = await self._received(quiet=events >= RECORDED)
            events += 1
            data: object = event.get("body") or b""
            if isinstance(data, bytes):
                digest.update(data)
                length += len(data)
                if length <= 1 << 20:
                    parts.append(data)
            if event.get("type") != "http.request" or not event.get("more_body"):
                break
            if events % 64 == 0 or pause:
                self._note("progress", length=length)
            await anyio.sleep(pause)
        complete = event.get("type") == "http.request"
        self._note("body", length=length, sha256=digest.hexdigest(), events=events, complete=complete)
        return b"".join(parts)

    async def _do_gone(self, within: float = 20.0) -> None:
        with anyio.move_on_after(within) as scope:
            while not str((await self._received()).get("type")).endswith(".disconnect"):
                pass
        self._note("gone", found=not scope.cancelled_caught)

    async def _do_pause(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def _do_mark(self, text: str) -> None:
        self._note("mark", text=text)

    async def _do_fail(self, error: str = "RuntimeError") -> None:
        text = "the script says so"
        if error == "CancelledError":
            raise anyio.get_cancelled_exc_class()(text)
        raise _ERRORS.get(error, RuntimeError)(text)

    async def _do_flood(self, message: Mapping[str, object], times: int, pause: float = 0.0) -> None:
        for number in range(1, times + 1):
            try:
                await self._send(message)
            except BaseException as error:
                self._note("flood", count=number - 1, error=described(error))
                raise
            self._note("flood", count=number)
            if pause:
                await anyio.sleep(pause)

    async def _do_together(self, branches: Iterable[Iterable[object]]) -> None:
        async with anyio.create_task_group() as group:
            for branch in branches:
                group.start_soon(self.perform, branch)

    async def _do_keep(self, key: str, value: object) -> None:
        state = self._scope.get("state")
        if isinstance(state, dict):
            state[key] = value
        self._note("kept", found=isinstance(state, dict))

    async def _do_state(self) -> None:
        state = self._scope.get("state")
        identities = {str(key): id(value) for key, value in state.items()} if is_mapping(state) else {}
        self._note("state", state=state, identities=identities)

    async def _do_echo(self) -> None:
        body = await self._read_body()
        length = str(len(body)).encode()
        headers = [[b"content-length", length], [b"content-type", b"application/octet-stream"]]
        await self._do_send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._do_send({"type": "http.response.body", "body": body})

    async def _do_converse(self) -> None:
        await self._received()
        await self._do_send({"type": "websocket.accept"})
        while (event := await self._received()).get("type") == "websocket.receive":
            data = {key: event[key] for key in ("text", "bytes") if event.get(key) is not None}
            await self._do_send({"type": "websocket.send", **data})
