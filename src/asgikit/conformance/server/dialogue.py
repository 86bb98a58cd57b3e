"""One WebSocket conversation with the probe: what the client says is said here, what the application does is a script."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from asgikit.conformance.rules import rule as rule_of
from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context
from asgikit.conformance.server.encoding import Opaque, is_mapping
from asgikit.conformance.server.frames import Close
from asgikit.conformance.server.frames import close as close_frame
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import Action, Script, converse, receive, send
from asgikit.conformance.server.wire import Wire
from asgikit.conformance.server.wsclient import Ended, Fields, WebSocketClient, opening, opening_faults

ACCEPT: tuple[Action, ...] = (receive(), send({"type": "websocket.accept"}))
"""Receives websocket.connect and accepts."""

CONVERSE: tuple[Action, ...] = (converse(),)
"""Accepts, and answers every message with the same one."""


def close(code: int | None = None, **more: object) -> Action:
    """Sends websocket.close."""
    return send({"type": "websocket.close", **({} if code is None else {"code": code}), **more})


def say(**data: object) -> Action:
    """Sends websocket.send with `text`, `bytes`, or what else is given."""
    return send({"type": "websocket.send", **data})


def as_number(value: object) -> object:
    """A code that the probe could only describe, for it was of a subclass of int: its number. Other values as they are."""
    if isinstance(value, Opaque) and (number := re.search(r": (\d+)>", value.text)) is not None:
        return int(number[1])
    return value


class Dialogue:
    """A handshake that was sent, the answer to it if it was awaited, and the probe's records of the connection."""

    def __init__(self, context: Context, server: Running, wire: Wire, script: Script) -> None:
        """The handshake is on its way."""
        self._context = context
        self._server = server
        self._script = script
        self.wire = wire
        self.client: WebSocketClient = WebSocketClient(wire)

    def records(self, what: str | None = None) -> tuple[Record, ...]:
        """What the probe has seen so far."""
        return self._server.log.of(self._script.token, what)

    def awaits(self, what: str, count: int = 1, within: float = 5.0) -> tuple[Record, ...]:
        """The records of one kind, once there are so many, or after so many seconds what there is."""
        log, token = self._server.log, self._script.token
        records = log.until(token, lambda seen: sum(record.what == what for record in seen) >= count, within)
        return tuple(record for record in records if record.what == what)

    def end(self, within: float = 5.0) -> Record | None:
        """How the application ended; None if it has not in so many seconds."""
        return self._server.log.ended(self._script.token, within)

    @property
    def scope(self) -> Mapping[object, object]:
        """The scope that the application got; empty if it was not called."""
        calls = self.records("call")
        scope = calls[0].get("scope") if calls else None
        return scope if is_mapping(scope) else {}

    @property
    def spec_version(self) -> tuple[int, ...]:
        """The version of the sub-specification that the server declares, (2, 0) if none."""
        asgi = self.scope.get("asgi")
        version = asgi.get("spec_version") if is_mapping(asgi) else None
        parts = str(version or "2.0").split(".")
        return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else (2, 0)

    @property
    def extensions(self) -> Mapping[object, object]:
        """What the server advertises."""
        found = self.scope.get("extensions")
        return found if is_mapping(found) else {}

    def events(self, kind: str = "") -> list[Mapping[object, object]]:
        """The events that the application has received so far, of one type, or all."""
        found = [record.get("event") for record in self.records("receive")]
        return [event for event in found if is_mapping(event) and kind in {"", event.get("type")}]

    def errors(self) -> list[Mapping[object, object] | None]:
        """What each send() has raised, None for those that returned, in order."""
        found = [record.get("error") for record in self.records("send")]
        return [error if is_mapping(error) else None for error in found]

    def expect(self, holds: bool, rule: str, message: str) -> bool:  # reads as a sentence
        """Reports the rule as broken, with the bytes and the exchange, unless it holds; whether it does."""
        if not holds:
            self._context.broke(rule, message, wire=self.wire.text(), exchange=self.records())
        return holds

    def last(self, within: float = 5.0) -> Close | Ended:
        """How the server ends it; a close frame is answered, and the connection closed once the server has closed it."""
        event = self.client.ending(within)[-1]
        if isinstance(event, Close):
            self.client.send(close_frame(event.code, event.reason))
            self.client.finish()
        self.wire.close()
        return event if isinstance(event, Close | Ended) else Ended("fault", "messages without end")

    def notice(self, holds: bool, rule: str, message: str) -> bool:  # reads as a sentence
        """The same where the specification is ambiguous: nothing is reported unless the rule is a note."""
        return holds or rule_of(rule).level != "note" or self.expect(holds, rule, message)


@contextmanager
def begun(
    context: Context,
    *actions: Action,
    subprotocols: tuple[bytes, ...] = (),
    fields: Fields = (),
    server: Running | None = None,
) -> Generator[Dialogue]:
    """A handshake that was sent, and its connection, which is closed at the end; the answer is not awaited."""
    script = context.script(*actions)
    with context.connect(server) as wire:
        log = (server or context.server).log
        wire.follow(lambda: log.has_ended(script.token))
        wire.send(opening(subprotocols=subprotocols, fields=(*fields, (b"X-Script", script.value))))
        yield Dialogue(context, server or context.server, wire, script)


@contextmanager
def opened(
    context: Context,
    *actions: Action,
    subprotocols: tuple[bytes, ...] = (),
    fields: Fields = (),
    server: Running | None = None,
) -> Generator[Dialogue]:
    """A WebSocket that the application has accepted. Raises Skipped if the server does not complete the handshake."""
    with begun(context, *actions, subprotocols=subprotocols, fields=fields, server=server) as dialogue:
        answer = dialogue.wire.answer()
        if answer.status != 101:
            missing(context, dialogue, answer)
            context.skip(f"the handshake failed ({faults_of(answer, subprotocols)}), which ws-accept reports")
        yield dialogue


def faults_of(answer: Answer, offered: tuple[bytes, ...] = ()) -> str:
    """What is wrong with the answer to a handshake, in one sentence; empty if it is right."""
    return "; ".join(opening_faults(answer, offered))


def missing(context: Context, dialogue: Dialogue, answer: Answer) -> None:
    """Raises Skipped if the server has no WebSockets: it answered, and the application was not called for one."""
    if answer.status and dialogue.scope.get("type") != "websocket":
        context.skip(f"the server has no WebSockets: it answered the handshake with {answer.status}")
