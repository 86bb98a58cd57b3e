"""Back-pressure: a server that holds what nobody takes holds a bounded part of it. Judged by counts, not by time."""

from __future__ import annotations

import time

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.encoding import Fill
from asgikit.conformance.server.exchange import request
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import Script, flood, pause, receive_body, respond, start

PIECE = 1 << 16
PIECES = 1024
"""Of that size: 64 MiB, far more than the buffers of any system and server together."""


def _count(records: tuple[Record, ...]) -> int:
    counts = [record.get("count") for record in records if record.what == "flood"]
    return max((count for count in counts if isinstance(count, int)), default=0)


def _settled(context: Context, script: Script, within: float = 20.0) -> int:
    """How often send() has returned, once that stands still."""
    quiet = context.patience.of(0.8)
    last, since, deadline = -1, time.monotonic(), time.monotonic() + within
    while time.monotonic() - since < quiet and time.monotonic() < deadline:
        now = _count(context.log.of(script.token))
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return last


def slow_reader(context: Context) -> None:
    """send() waits for a client that does not read, goes on when it does, and ends when it leaves."""
    message = {"type": "http.response.body", "body": Fill(PIECE), "more_body": True}
    script = context.script(receive_body(), start(200), flood(message, PIECES))
    with context.connect(receive_buffer=1 << 14) as wire:
        wire.send(request(script))
        context.log.until(script.token, lambda records: _count(records) > 0)
        stopped = _settled(context, script)
        if stopped >= PIECES:
            text = f"the client read nothing, and {PIECES} pieces of {PIECE} bytes were taken from the application"
            context.broke("HTTP-RESP-026", text, wire=wire.text())
            return
        wire.rest(0.5, limit=(stopped + 64) * PIECE)
        if _settled(context, script) <= stopped:
            text = f"send() did not go on after the client had read {(stopped + 64) * PIECE} bytes"
            context.broke("CORE-APP-004", text, wire=wire.text())
        wire.reset()
    if context.log.ended(script.token, 10.0) is None:
        text = "the client left while send() waited for it, and send() did not return in 10 seconds"
        context.broke("CORE-APP-004", text, wire=wire.text(), exchange=context.log.of(script.token))


def slow_application(context: Context) -> None:
    """A server reads only so much of a body that its application does not receive."""
    script = context.script(pause(4.0), respond())
    size = PIECE * PIECES
    taken = 0
    with context.connect() as wire:
        wire.send(request(script, method=b"POST", fields=((b"Content-Length", b"%d" % size),)))
        if not context.log.until(script.token, bool, 1.5):
            context.skip("the server calls the application once the body is complete")
        wire.socket.settimeout(1.0)
        piece = b"x" * PIECE
        try:
            while taken < size:
                taken += wire.socket.send(piece)
        except OSError:
            pass
        # Once the application has answered, a server may well take the rest, and throw it away.
        if taken >= size and not context.log.has_ended(script.token):
            text = f"{size} bytes of a body were taken from the client while the application received none"
            context.broke("HTTP-REQ-015", text, wire=wire.text(), exchange=context.log.of(script.token))
        wire.reset()


CASES = (
    ServerCase("http-slow-reader", ("HTTP-RESP-026", "CORE-APP-004"), "http/1.1", slow_reader),
    ServerCase("http-slow-application", ("HTTP-REQ-015",), "http/1.1", slow_application),
)
