"""What nearly every case does: a request with a script, its answer, what the probe saw, and whether the connection is in step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context
from asgikit.conformance.server.encoding import byte_pairs, is_mapping
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import FIELD, Action, Script, receive_body, respond
from asgikit.conformance.server.wire import Wire

Fields = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange, from both sides."""

    context: Context
    script: Script
    answer: Answer
    records: tuple[Record, ...]
    wire: str

    def expect(self, holds: object, rule: str, message: str) -> bool:
        """A finding with this exchange, unless it holds; whether it does."""
        if not holds:
            self.context.broke(rule, message, wire=self.wire, exchange=self.records)
        return bool(holds)

    @property
    def scope(self) -> Mapping[object, object]:
        """The scope; empty if the application was not called."""
        calls = [record.get("scope") for record in self.records if record.what == "call"]
        return calls[0] if calls and is_mapping(calls[0]) else {}

    @property
    def was_called(self) -> bool:
        """Whether the request has come to the application."""
        return any(record.what == "call" for record in self.records)

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The fields of the request as the application got them, names in lower case, without the script."""
        pairs = byte_pairs(self.scope.get("headers"))
        return [(name.lower(), value) for name, value in pairs if name.lower() != FIELD]

    def of(self, what: str) -> tuple[Record, ...]:
        """The records of one kind."""
        return tuple(record for record in self.records if record.what == what)

    @property
    def events(self) -> list[Mapping[object, object]]:
        """The events that the application received."""
        events = [record.get("event") for record in self.of("receive")]
        return [event for event in events if is_mapping(event)]

    @property
    def end(self) -> Record | None:
        """How the application ended."""
        return next(iter(self.of("end")), None)

    def error_of(self, number: int) -> Mapping[object, object] | None:
        """The exception that the send() of this number, from 0, has raised; None if it has returned."""
        sends = self.of("send")
        error = sends[number].get("error") if number < len(sends) else None
        return error if is_mapping(error) else None


def request(
    script: Script | None = None, *, method: bytes = b"GET", target: bytes = b"/", fields: Fields = (), body: bytes | None = None
) -> bytes:
    """A request of HTTP/1.1 with a host and its script; with a body, its content-length."""
    lines = [method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\n"]
    lines += [name + b": " + value + b"\r\n" for name, value in fields]
    if script is not None:
        lines.append(script.line)
    if body is not None:
        lines.append(b"Content-Length: %d\r\n" % len(body))
    return b"".join(lines) + b"\r\n" + (body or b"")


def ask(
    context: Context, script: Script, data: bytes | None = None, *, method: str = "GET", server: Running | None = None
) -> Seen:
    """One request on a connection of its own, `GET /` unless there are other bytes, and its whole exchange."""
    with context.connect(server) as wire:
        follow(context, wire, script, server=server)
        wire.send(request(script, method=method.encode()) if data is None else data)
        answer = wire.answer(method)
        return seen(context, script, answer, wire, server=server)


def follow(context: Context, wire: Wire, script: Script, *, server: Running | None = None) -> None:
    """Nothing is waited for in full on this connection once the application has ended that this script is for."""
    log = (server or context.server).log
    wire.follow(lambda: log.has_ended(script.token))


def seen(context: Context, script: Script, answer: Answer, wire: Wire, *, server: Running | None = None) -> Seen:
    """The exchange, once the application has ended, or after a while."""
    log = (server or context.server).log
    if not answer.status:  # it may still be called, unless the connection is over
        log.until(script.token, bool, 0.3 if wire.ended else 1.0)
    if log.of(script.token):  # the call comes before the answer: what has none was refused
        log.ended(script.token, 5.0 if answer.status else 1.0)
    return Seen(context, script, answer, log.of(script.token), wire.text())


def out_of_step(context: Context, wire: Wire, answer: Answer) -> str:
    """What shows that client and server no longer agree where a message ends, in words; "" if nothing does.

    A second request goes out on the connection if the answer says that it is kept; if not, nothing more must come.
    """
    if answer.faults:
        return f"the response holds {answer.faults[0]}"
    if answer.keeps_alive:
        return _follow_up(context, wire)
    left = wire.rest(0.5) if answer.is_complete and answer.framing != "close" else b""
    return f"{left[:80]!r} followed the response on a connection that is not kept" if left else ""


def _follow_up(context: Context, wire: Wire) -> str:
    early = wire.more(0.02)  # what comes later is found in front of the second answer
    if early:
        return f"{early[:80]!r} followed the response"
    script = context.script(receive_body(), respond(b"in step"))
    follow(context, wire, script)
    second = wire.answer() if wire.send(request(script)) else Answer(ended="cut")
    closed = second.status == 0 and second.ended == "cut" and not second.faults
    if closed:
        return ""  # a kept connection may be closed at any time (RFC 9112, 9.5)
    if second.status == 200 and second.body == b"in step":
        scopes = [record.get("scope") for record in context.log.of(script.token, "call")]
        methods = [scope.get("method") for scope in scopes if is_mapping(scope)]
        return "" if methods == ["GET"] else f"a second request on the connection came with the method {methods!r}"
    wire.note("this was the answer to the second request")
    return f"a second request on the connection got {second.status or 'no status'} {second.body[:60]!r} {' '.join(second.faults)}"


def plain(*actions: Action) -> tuple[Action, ...]:
    """Reads the body, performs the actions, and answers."""
    return (receive_body(), *actions, *respond())
