"""What becomes of a running request when the server is told to end."""

from __future__ import annotations

import signal

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.cases.process_lifespan import END
from asgikit.conformance.server.exchange import request
from asgikit.conformance.server.script import Action, mark, pause, piece, receive_body, start, until_gone


def _stopped(context: Context, name: str, number: signal.Signals, *actions: Action) -> None:
    with context.fresh() as server:
        script = context.script(
            receive_body(), start(200, (b"content-length", b"8")), piece(b"half", more=True), mark("half"), actions
        )
        with context.connect(server) as wire:
            wire.send(request(script))
            server.log.until(script.token, lambda records: any(record.what == "mark" for record in records), 5.0)
            server.signal(number)
            wire.note(number.name)
            ended = server.exit(END)
            answer = wire.answer()
        records = server.log.of(script.token)
        if ended is None:
            text = f"{END:.0f} seconds after {number.name} the server still ran: {name}"
            context.broke("CANCEL-007", text, wire=wire.text(), exchange=records)
        if answer.ended == "silent":
            text = f"{END:.0f} seconds after {number.name} a client still waited: {name}"
            context.broke("CANCEL-007", text, wire=wire.text(), exchange=records)
        over = [record.time for record in records if record.what == "end"]
        stopping = [record.time for record in server.log.of("lifespan", "receive")[1:] if record.get("event")]
        if stopping and answer.is_complete and (not over or stopping[0] < over[0]):
            text = "lifespan.shutdown came while a request still ran, which then was completed"
            context.broke("LIFE-SRV-004", text, wire=wire.text(), exchange=records)


def finishing(context: Context) -> None:
    """A request that ends soon is finished or ended, and then the server ends."""
    _stopped(context, "its application needed another second", signal.SIGTERM, pause(1.0), piece(b"half"))


def interrupted(context: Context) -> None:
    """The same by SIGINT."""
    _stopped(context, "its application needed another second", signal.SIGINT, pause(1.0), piece(b"half"))


def endless(context: Context) -> None:
    """A request that does not end does not keep the server from ending, where a grace period is known to be set."""
    if not context.target.version:
        context.skip("it is not known whether this server has a grace period")
    _stopped(context, "its application waited for the client to leave", signal.SIGTERM, until_gone(60.0))


CASES = (
    ServerCase("process-sigterm", ("CANCEL-007", "LIFE-SRV-004"), "process", finishing, alone=True),
    ServerCase("process-sigint", ("CANCEL-007", "LIFE-SRV-004"), "process", interrupted, alone=True),
    ServerCase("process-sigterm-endless", ("CANCEL-007",), "process", endless, alone=True),
)
