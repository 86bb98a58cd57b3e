"""Startup, shutdown and state, each on a server of its own."""

from __future__ import annotations

import contextlib
import time

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.encoding import is_mapping
from asgikit.conformance.server.exchange import ask
from asgikit.conformance.server.launch import STARTUP, Options, Running
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import (
    Action,
    fail,
    keep_state,
    mark,
    pause,
    receive,
    receive_body,
    respond,
    send,
    tell_state,
)

COMPLETE = send({"type": "lifespan.startup.complete"})
DONE = send({"type": "lifespan.shutdown.complete"})
REASON = "no database at 4711"

END = 12.0
"""Seconds that a server has to end after SIGTERM; its grace periods are set to 3."""


def _lifespan(context: Context, server: Running, what: str | None = None) -> tuple[Record, ...]:
    """The records of the lifespan, once it was called. Leaves the case if the server answers requests without: it need not."""
    deadline = time.monotonic() + STARTUP
    while not server.log.of("lifespan"):
        answered = False
        with contextlib.suppress(OSError):  # it does not listen yet
            answered = ask(context, context.script(receive_body(), respond()), server=server).answer.status != 0
        if server.log.of("lifespan"):
            break
        if answered or not server.is_alive or time.monotonic() > deadline:
            context.skip("the server has no lifespan")
        time.sleep(0.02)
    return server.log.of("lifespan", what)


def _types(records: tuple[Record, ...]) -> list[str]:
    events = [record.get("event") for record in records]
    return [str(event.get("type")) for event in events if is_mapping(event)]


def whole(context: Context) -> None:
    """Startup comes first, shutdown last and is waited for, all in the thread of the requests."""
    script = (receive(), COMPLETE, receive(), mark("stopping"), pause(1.0), DONE, mark("stopped"))
    with context.fresh(Options(lifespan=script)) as server:
        _lifespan(context, server)
        found = ask(context, context.script(receive_body(), respond()), server=server)
        server.signal()
        ended = server.exit(END)
        records = _lifespan(context, server)
        received = [record for record in records if record.what == "receive"]
        exchange, types = records, _types(tuple(received))
        calls = [record for record in records if record.what == "call"]
        broke = context.broke
        if len(calls) != 1 or {call.get("thread") for call in calls} != {call.get("thread") for call in found.of("call")}:
            broke(
                "LIFE-SCOPE-003", f"{len(calls)} lifespans were called, not one in the thread of the requests", exchange=exchange
            )
        if types != ["lifespan.startup", "lifespan.shutdown"]:
            rule = "LIFE-SRV-004" if types == ["lifespan.startup"] else "LIFE-ORD-001"
            broke(rule, f"from start to SIGTERM the lifespan received {types}", exchange=exchange)
        marks = [record.get("text") for record in records if record.what == "mark"]
        if "stopping" in marks and "stopped" not in marks:
            broke(
                "LIFE-SRV-005", "the server ended before the application had sent lifespan.shutdown.complete", exchange=exchange
            )
        if ended is None:
            broke("LIFE-SRV-008", f"{END:.0f} seconds after SIGTERM the server still ran", exchange=exchange)


def slow_startup(context: Context) -> None:
    """No request is processed before startup is complete."""
    script = (receive(), pause(1.5), COMPLETE, receive(), DONE)
    with context.fresh(Options(lifespan=script, wait=False)) as server:
        _lifespan(context, server)
        if server.log.of("lifespan", "send"):
            return
        early = context.script(respond())
        deadline = time.monotonic() + STARTUP
        while time.monotonic() < deadline:
            try:
                ask(context, early, server=server)
                break
            except OSError:
                time.sleep(0.1)
        completed = [record.time for record in server.log.of("lifespan", "send")]
        called = [record.time for record in server.log.of(early.token, "call")]
        if called and (not completed or called[0] < completed[0]):
            records = sorted((*server.log.of("lifespan"), *server.log.of(early.token)), key=lambda record: record.time)
            context.broke("LIFE-SRV-001", "a request was processed before lifespan.startup.complete was sent", exchange=records)


def unsupported(context: Context) -> None:
    """An application that raises on the lifespan is served all the same, and gets no more of it."""
    for name, script in (("at once", (fail(),)), ("after lifespan.startup", (receive(), fail()))):
        with context.fresh(Options(lifespan=script, wait=False)) as server:
            _lifespan(context, server)
            if not server.listens():
                text = (
                    f"the application raised {name} in the lifespan, and the server does not serve it: {server.output()[-300:]}"
                )
                context.broke("LIFE-SRV-002", text, exchange=server.log.of("lifespan"))
                continue
            found = ask(context, context.script(receive_body(), respond()), server=server)
            found.expect(
                found.answer.body == b"ok",
                "LIFE-SRV-002",
                f"the application raised {name}, and a request got {found.answer.status}",
            )
            server.signal()
            if server.exit(END) is None:
                context.broke(
                    "LIFE-SRV-008", f"the application raised {name} in the lifespan, and SIGTERM does not end the server"
                )
            calls = len(server.log.of("lifespan", "call"))
            found.expect(calls == 1, "LIFE-SRV-002", f"the application raised {name}, and its lifespan was called {calls} times")


def _says(context: Context, server: Running, rule: str, what: str) -> None:
    """That a server shows why, and ends; it has had the time for it."""
    records = server.log.of("lifespan")
    if server.is_alive:
        context.broke(rule, f"{what}, and {END:.0f} seconds later the server still ran", exchange=records)
    if REASON not in server.output():
        context.broke(rule, f"{what} with the message {REASON!r}, which the server does not show", exchange=records)


def failed_startup(context: Context) -> None:
    """startup.failed: the server shows the message and ends."""
    script = (receive(), send({"type": "lifespan.startup.failed", "message": REASON}, escape=True))
    with context.fresh(Options(lifespan=script, wait=False)) as server:
        _lifespan(context, server)
        server.exit(END)
        _says(context, server, "LIFE-SRV-003", "the application sent lifespan.startup.failed")


def failed_shutdown(context: Context) -> None:
    """shutdown.failed: the server shows the message and ends."""
    script = (receive(), COMPLETE, receive(), send({"type": "lifespan.shutdown.failed", "message": REASON}, escape=True))
    with context.fresh(Options(lifespan=script)) as server:
        _lifespan(context, server)
        ask(context, context.script(receive_body(), respond()), server=server)
        server.signal()
        server.exit(END)
        if len(_sends(server.log.of("lifespan"))) < 2:
            context.skip("lifespan.shutdown did not come, which lifespan-whole reports")
        _says(context, server, "LIFE-SRV-006", "the application sent lifespan.shutdown.failed")


def ended_early(context: Context) -> None:
    """A lifespan that ends after startup, or raises in its shutdown: serving goes on, and the server ends when it is told to."""
    for name, script in (
        ("returned after startup.complete", (receive(), COMPLETE)),
        ("raised after startup.complete", (receive(), COMPLETE, fail())),
        ("raised in its shutdown", (receive(), COMPLETE, receive(), fail())),
    ):
        with context.fresh(Options(lifespan=script)) as server:
            _lifespan(context, server)
            found = ask(context, context.script(receive_body(), respond()), server=server)
            text = f"the lifespan {name}; then a request got {found.answer.status or 'no answer'}"
            found.expect(found.answer.body == b"ok", "LIFE-SRV-008", text)
            server.signal()
            found.expect(
                server.exit(END), "LIFE-SRV-008", f"the lifespan {name}; SIGTERM does not end the server in {END:.0f} seconds"
            )


WRONG: tuple[tuple[str, dict[str, object]], ...] = (
    ("an unknown type", {"type": "lifespan.nothing"}),
    ("an event of HTTP", {"type": "http.response.start", "status": 200, "headers": []}),
    ("an event without a type", {}),
    ("startup.complete twice", {"type": "lifespan.startup.complete"}),
    ("shutdown.complete before the shutdown", {"type": "lifespan.shutdown.complete"}),
)


def invalid(context: Context) -> None:
    """Messages that the lifespan does not have, or not twice, raise."""
    left = list(WRONG)
    while left:
        script = (receive(), COMPLETE, *(send(message) for _, message in left), receive(), DONE)
        with context.fresh(Options(lifespan=script)) as server:
            _lifespan(context, server)
            records = _after_sends(server, len(left) + 1)
        results = _sends(records)[1:]
        for (name, _), result in zip(left, results, strict=False):
            if result.get("error") is None:
                context.broke("LIFE-SRV-007", f"{name}: send() has raised nothing", exchange=records)
        # Where one of them has ended the lifespan, the others are tried on another server.
        left = left[max(1, len(results)) :]


def _after_sends(server: Running, wanted: int) -> tuple[Record, ...]:
    """The records of the lifespan once it has called send() so often, or has ended."""
    return server.log.until("lifespan", lambda records: len(_sends(records)) >= wanted or _is_over(records), 3.0)


def _sends(records: tuple[Record, ...]) -> list[Record]:
    return [record for record in records if record.what == "send"]


def _is_over(records: tuple[Record, ...]) -> bool:
    return any(record.what == "end" for record in records)


def state(context: Context) -> None:
    """Each request gets a copy of the state: the same values, in a dict of its own."""
    script = (keep_state("shared", [1]), tell_state(), receive(), COMPLETE, receive(), tell_state(), DONE)
    with context.fresh(Options(lifespan=script)) as server:
        [first] = _lifespan(context, server, "state")[:1]
        if first.get("state") is None:
            context.skip("the server has no lifespan state")
        actions: tuple[Action, ...] = (receive_body(), tell_state(), keep_state("own", True), *respond())
        found = [ask(context, context.script(actions), server=server) for _ in range(2)]
        for number, one in enumerate(found):
            given = one.of("state")[0] if one.of("state") else first
            inside = given.get("state")
            if not one.expect(is_mapping(inside) and one.of("state"), "LIFE-STATE-004", "the scope of a request has no state"):
                return
            fresh = {record.get("state_id") for record in one.of("call")} & {
                record.get("state_id") for record in server.log.of("lifespan", "call")
            }
            one.expect(not fresh, "LIFE-STATE-002", "a request has the very dict of the lifespan as its state")
            kept = is_mapping(inside) and "own" in inside
            one.expect(
                number == 0 or not kept, "LIFE-STATE-003", "what one request has put into its state is in that of the next"
            )
            same = _identity(given) == _identity(first)
            one.expect(same, "LIFE-STATE-002", "the value in a request's state is not the object that the lifespan has put there")
            others = sorted({str(key) for key in inside} - {"shared", "own"}) if is_mapping(inside) else []
            one.expect(not others, "LIFE-STATE-005", f"the server has put {others!r} into the state")


def _identity(record: Record) -> object:
    identities = record.get("identities")
    return identities.get("shared") if is_mapping(identities) else None


CASES = (
    ServerCase(
        "lifespan-whole",
        ("LIFE-ORD-001", "LIFE-SCOPE-003", "LIFE-SRV-004", "LIFE-SRV-005", "LIFE-SRV-008"),
        "lifespan",
        whole,
        alone=True,
    ),
    ServerCase("lifespan-slow-startup", ("LIFE-SRV-001",), "lifespan", slow_startup, alone=True),
    ServerCase("lifespan-unsupported", ("LIFE-SRV-002", "LIFE-SRV-008"), "lifespan", unsupported, alone=True),
    ServerCase("lifespan-startup-failed", ("LIFE-SRV-003",), "lifespan", failed_startup, alone=True),
    ServerCase("lifespan-shutdown-failed", ("LIFE-SRV-006",), "lifespan", failed_shutdown, alone=True),
    ServerCase("lifespan-ends-early", ("LIFE-SRV-008",), "lifespan", ended_early, alone=True),
    ServerCase("lifespan-wrong-events", ("LIFE-SRV-007",), "lifespan", invalid, alone=True),
    ServerCase(
        "lifespan-state",
        ("LIFE-STATE-002", "LIFE-STATE-003", "LIFE-STATE-004", "LIFE-STATE-005"),
        "lifespan",
        state,
        alone=True,
    ),
)
