"""What an application is told when the client leaves, and what it may do then."""

from __future__ import annotations

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.encoding import is_mapping
from asgikit.conformance.server.exchange import Seen, request, seen
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import (
    Action,
    Script,
    flood,
    mark,
    pause,
    piece,
    receive,
    receive_body,
    respond,
    start,
    until_gone,
)

PIECE: dict[str, object] = {"type": "http.response.body", "body": b"x" * 1000, "more_body": True}
SOON = 5.0
"""Seconds in which a server that watches its connections knows that one has ended; far more than it needs."""


def _leave(
    context: Context, how: str, *actions: Action | tuple[Action, ...], server: Running | None = None
) -> tuple[Script, str]:
    """A client that leaves, by FIN or RST, once the script has come to its mark."""
    script = context.script(*actions)
    log = (server or context.server).log
    with context.connect(server) as wire:
        wire.send(request(script))
        log.until(script.token, lambda records: any(record.what in {"mark", "end"} for record in records), SOON)
        wire.more(0.05)
        if how == "RST":
            wire.reset()
        else:
            wire.close()
        return script, wire.text()


def _ended_in(context: Context, script: Script, seconds: float) -> bool:
    """Whether the application has ended, given the time that its own waits take, and a while."""
    return context.log.ended(script.token, context.patience.of(seconds) + 2) is not None


def _of(context: Context, script: Script, wire: str, server: Running | None = None) -> Seen:
    return Seen(context, script, Answer(), (server or context.server).log.of(script.token), wire)


def while_receiving(context: Context) -> None:
    """A client that leaves while receive() waits: it returns http.disconnect."""
    soon = context.patience.of(SOON)
    for how in ("FIN", "RST"):
        script, wire = _leave(context, how, receive_body(), mark("waiting"), until_gone(soon))
        _ended_in(context, script, SOON)
        found = _of(context, script, wire)
        told = any(event.get("type") == "http.disconnect" for event in found.events)
        text = f"the client left by {how}, and receive() gave no http.disconnect in {soon:.0f} seconds"
        found.expect(told, "HTTP-DISC-002", text)


def after_response(context: Context) -> None:
    """receive() after the response gives http.disconnect, at the latest when the client leaves."""
    waits = (receive(context.patience.of(SOON)), receive(context.patience.of(0.5)))
    script = context.script(receive_body(), respond(), mark("sent"), *waits)
    with context.connect() as wire:
        wire.send(request(script))
        answer = wire.answer()
        context.log.until(script.token, lambda records: len([1 for record in records if record.what == "receive"]) > 1, 0.5)
    _ended_in(context, script, SOON + 0.5)
    found = Seen(context, script, answer, context.log.of(script.token), wire.text())
    later = found.events[1:]
    right = later and all(event.get("type") == "http.disconnect" for event in later)
    found.expect(
        right, "HTTP-DISC-001", f"receive() after the response, and after the client had left, gave {later or 'nothing'}"
    )
    found.expect(len(later) > 1, "HTTP-DISC-003", "a second receive() after http.disconnect did not return")


def not_early(context: Context) -> None:
    """While the client is there and the response is not complete, receive() waits; a call that is cancelled harms nothing."""
    script = context.script(receive_body(), receive(0.7), start(200, (b"content-length", b"2")), receive(0.3), piece(b"ok"))
    with context.connect() as wire:
        wire.send(request(script))
        found = seen(context, script, wire.answer(), wire)
    early = any(event.get("type") == "http.disconnect" for event in found.events)
    found.expect(not early, "HTTP-DISC-004", "http.disconnect came while the client was there, before the response was complete")
    found.expect(
        found.answer.body == b"ok", "CANCEL-004", f"after a cancelled receive() the client got {found.answer.status or 'nothing'}"
    )


def cancelled_receive(context: Context) -> None:
    """A receive() that is cancelled loses nothing of the body."""
    script = context.script(receive(0.3), receive(0.3), receive_body(), respond())
    with context.connect() as wire:
        wire.send(request(script, method=b"POST", fields=((b"Content-Length", b"8"),)))
        cancelled = context.log.until(script.token, lambda records: len(_cancelled(records)) > 1, 2.0)
        wire.send(b"abcd")
        wire.more(0.05)
        wire.send(b"efgh")
        found = seen(context, script, wire.answer("POST"), wire)
    if not _cancelled(cancelled):
        return  # the server gave events of its own at once, or called the application late
    parts = [event.get("body") or b"" for event in found.events]
    whole = b"".join(part for part in parts if isinstance(part, bytes))
    found.expect(whole == b"abcdefgh", "CANCEL-004", f"after a cancelled receive() the body b'abcdefgh' came as {whole!r}")


def _cancelled(records: tuple[Record, ...]) -> list[Record]:
    return [record for record in records if record.what == "receive" and record.get("cancelled")]


def while_sending(context: Context) -> None:
    """A client that leaves within a stream: send() returns or raises, and by OSError if the server declares 2.4."""
    actions = (receive_body(), start(200), flood(PIECE, 5), mark("streaming"), flood(PIECE, 100, PACE))
    left = [(how, *_leave(context, how, actions)) for how in ("FIN", "RST")]
    # Counted from when we have left, so that a machine that is busy meanwhile leaves the server as many chances.
    sent = {script.token: _floods(context.log.of(script.token)) for _, script, _ in left}
    for how, script, wire in left:
        enough = sent[script.token] + CHANCES
        tried = _flooded(context.server, script, enough)
        found = _of(context, script, wire)
        text = f"the client left by {how}, and send() did not return"
        returns = found.expect(tried or found.end is not None, "CORE-APP-004", text)
        if returns and (tried or _error(found)):  # else it was all sent before the client left
            _judge(found, how)


PACE = 0.05
CHANCES = 20
"""So often send() is called once the client has left, with such a pause between: any of them may tell."""


def _flooded(server: Running, script: Script, enough: int) -> bool:
    """Whether send() was called so often, once it was, or the application has ended."""
    records = server.log.until(script.token, lambda seen: _is_over(seen) or _floods(seen) >= enough, 10.0)
    return _floods(records) >= enough


def _floods(records: tuple[Record, ...]) -> int:
    return sum(record.what == "flood" for record in records)


def _is_over(records: tuple[Record, ...]) -> bool:
    return any(record.what == "end" for record in records)


def _judge(found: Seen, how: str) -> None:
    """One finding for what send() has raised, or has not, given what the server declares."""
    error, version = _error(found), _spec_version(found)
    declares = f"the server declares spec_version {version[0]}.{version[1]}, and send() to a client that had left by {how} raised"
    if found.end is not None and found.end.get("how") == "cancelled":
        return  # it has ended the application, and need not tell it
    if error is None or not error.get("oserror"):
        text = f"{declares} {error.get('class') if error else 'nothing'}, no OSError"
        found.expect(version < (2, 4), "VER-004", text)
    elif version < (2, 4):
        found.expect(False, "VER-006", f"{declares} {error.get('class')}, an OSError, as servers of 2.4 do")
    else:
        own = "." in str(error.get("class"))
        found.expect(own, "HTTP-DISC-008", f"{declares} {error.get('class')}, which is no class of its own")


def _error(found: Seen) -> dict[object, object] | None:
    errors = [record.get("error") for record in (*found.of("flood"), *found.of("send"))]
    return next((dict(error) for error in errors if is_mapping(error)), None)


def _spec_version(found: Seen) -> tuple[int, int]:
    versions = found.scope.get("asgi")
    text = str(versions.get("spec_version", "2.0")) if is_mapping(versions) else "2.0"
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (2, 0)


def after_disconnect(context: Context) -> None:
    """Once the client has left, a response goes nowhere: send() does nothing, or raises an OSError."""
    actions = (receive_body(), mark("waiting"), until_gone(context.patience.of(SOON)), pause(0.1), *respond(), *respond())
    script, wire = _leave(context, "FIN", actions)
    _ended_in(context, script, SOON)
    found = _of(context, script, wire)
    errors = [found.error_of(number) for number in range(2)]
    wrong = [error.get("class") for error in errors if error is not None and not error.get("oserror")]
    found.expect(not wrong, "CORE-ERR-005", f"send() to a client that had left raised {wrong[:1]}, which is no OSError")
    sends = len(found.of("send"))
    found.expect(
        sends == 4 or not found.was_called, "CORE-APP-004", f"send() to a client that had left did not return ({sends} of 4)"
    )


def quietly(context: Context) -> None:
    """The exception that tells the application that the client has left is no error in the server's log."""
    with context.fresh() as server:
        actions = (receive_body(), start(200), flood(PIECE, 5), mark("streaming"), flood(PIECE, 100, PACE))
        script, wire = _leave(context, "RST", actions, server=server)
        _flooded(server, script, 5 + CHANCES)
        again = context.script(respond())
        with context.connect(server) as other:  # what the server logs, it has logged when the next request is through
            other.send(request(again))
            seen(context, again, other.answer(), other, server=server)
        found = _of(context, script, wire, server)
        error = _error(found) or {}
        if not error:
            context.skip("send() to a client that has left raises nothing")
        output = server.output()
        loud = "Traceback" in output or str(error.get("class")) in output
        rule = "HTTP-DISC-010" if error.get("oserror") else "CORE-ERR-006"
        found.expect(
            not loud, rule, f"the server logs the exception by which it says that the client has left: {error.get('class')}"
        )


def half_closed(context: Context) -> None:
    """A client that has only ended its sending side still gets its response, from servers that allow for such clients."""
    script = context.script(receive_body(), pause(0.3), respond())
    with context.connect() as wire:
        wire.send(request(script))
        wire.half_close()
        found = seen(context, script, wire.answer(), wire)
    text = f"a client that sends no more, and still reads, got {found.answer.status or 'nothing'}"
    found.expect(found.answer.body == b"ok", "HTTP-DISC-012", text)


CASES = (
    ServerCase("http-leaves-receiving", ("HTTP-DISC-002",), "http/1.1", while_receiving),
    ServerCase("http-leaves-after-response", ("HTTP-DISC-001", "HTTP-DISC-003"), "http/1.1", after_response),
    ServerCase("http-stays", ("HTTP-DISC-004", "CANCEL-004"), "http/1.1", not_early),
    ServerCase("http-receive-cancelled", ("CANCEL-004",), "http/1.1", cancelled_receive),
    ServerCase("http-leaves-sending", ("CORE-APP-004", "VER-004", "VER-006", "HTTP-DISC-008"), "http/1.1", while_sending),
    ServerCase("http-sends-after-leaving", ("CORE-ERR-005", "CORE-APP-004"), "http/1.1", after_disconnect),
    ServerCase("http-half-closed", ("HTTP-DISC-012",), "http/1.1", half_closed),
    ServerCase("process-leaves-quietly", ("HTTP-DISC-010", "CORE-ERR-006"), "process", quietly, alone=True),
)
