"""Events that no application may send: the server raises, or refuses, and goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.cases.http_wrong import HANG, STREAMED, ends, wrong
from asgikit.conformance.server.encoding import Fill, Opaque
from asgikit.conformance.server.exchange import Seen
from asgikit.conformance.server.script import Action, piece, send, start

START: dict[str, object] = {"type": "http.response.start", "status": 200, "headers": []}
BODY: dict[str, object] = {"type": "http.response.body", "body": b"ok"}

INVALID_STARTS: tuple[tuple[str, object], ...] = (
    ("an event without a type", {"status": 200}),
    ("an event of an unknown type", {"type": "http.response.nothing"}),
    ("an event of another protocol", {"type": "websocket.accept"}),
    ("an event whose type is no str", {"type": b"http.response.start", "status": 200}),
    ("a start without a status", {"type": "http.response.start", "headers": []}),
    ("a status that is a str", {**START, "status": "200"}),
    ("a status that is None", {**START, "status": None}),
    ("a status that is a float", {**START, "status": 200.5}),
    ("field names and values that are str", {**START, "headers": [["x-a", "b"]]}),
    ("a field value that is None", {**START, "headers": [[b"x-a", None]]}),
    ("a field value that is an int", {**START, "headers": [[b"content-length", 2]]}),
    ("a field with three parts", {**START, "headers": [[b"x-a", b"b", b"c"]]}),
    ("headers that are an int", {**START, "headers": 5}),
    ("headers that are a dict of str", {**START, "headers": {"x-a": "b"}}),
    ("an event that is None", None),
    ("an event that is a list", ["http.response.start"]),
    ("an event that is an object", Opaque()),
)

INVALID_BODIES: tuple[tuple[str, object], ...] = (
    ("a body that is a str", {**BODY, "body": "ok"}),
    ("a body that is None", {**BODY, "body": None}),
    ("a body that is a list", {**BODY, "body": [b"ok"]}),
    ("a body that is an int", {**BODY, "body": 5}),
    ("a body that is a float", {**BODY, "body": math.nan}),
    ("an unknown type after the start", {"type": "http.response.nothing"}),
)


def _raises(context: Context, rule: str, tried: Sequence[tuple[str, tuple[Action, ...], object]]) -> None:
    """One finding for all events that do not raise, with the first of them."""
    silent: dict[str, Seen] = {}
    hangs = False
    for name, before, message in tried:
        # Once one is known to hang, nothing is learnt from waiting for the others: what send() did is in the log.
        found = wrong(context, before, send(message), within=0.1 if hangs else HANG)
        sends = found.of("send")
        if not found.expect(len(sends) > len(before), "CORE-APP-004", f"{name}: send() neither returned nor raised"):
            continue
        error = found.error_of(len(before))
        hangs = hangs or not ends(found, "CORE-ERR-006" if error else "HTTP-RESP-023", name)
        if error is None:
            silent[name] = found
    for found in list(silent.values())[:1]:
        found.expect(False, rule, f"send() has raised nothing for {', '.join(silent)}")


def invalid(context: Context) -> None:
    """An invalid event raises out of send(), and the client is not left waiting."""
    started = (start(200, *STREAMED),)
    tried: list[tuple[str, tuple[Action, ...], object]] = [(name, (), message) for name, message in INVALID_STARTS]
    tried += [(name, started, message) for name, message in INVALID_BODIES]
    _raises(context, "CORE-ERR-001", tried)


def out_of_order(context: Context) -> None:
    """A body before the start, and a second start, raise too."""
    started = (start(200, *STREAMED),)
    within = (*started, piece(b"some", more=True))
    _raises(
        context,
        "HTTP-RESP-027",
        (
            ("a body before the start", (), BODY),
            ("a second start", started, START),
            ("a second start within a body", within, START),
        ),
    )


def _refused_or_sent(context: Context, *tried: tuple[str, Action]) -> None:
    for name, begin in tried:
        answer = (found := wrong(context, begin, piece(b"ok"))).answer
        stuck = answer.ended == "silent" and not answer.status and not answer.interim
        found.expect(not stuck, "CORE-ERR-006", f"{name}: nothing comes, and the connection stays open")


def huge(context: Context) -> None:
    """A field of a megabyte is refused or sent, and the server goes on."""
    _refused_or_sent(context, ("a field of a megabyte", send({**START, "headers": [[b"x-a", Fill(1 << 20)]]})))


def statuses(context: Context) -> None:
    """A status that is none is refused or sent, and the server goes on."""
    _refused_or_sent(context, *((f"the status {status}", start(status)) for status in (799, 99, 1000, -1, 2**70)))


def interim(context: Context) -> None:
    """A status of 1xx as that of the response is refused or sent, and the server goes on."""
    _refused_or_sent(context, *((f"the status {status}", start(status)) for status in (100, 103, 101)))


CASES = (
    ServerCase("http-wrong-events", ("CORE-ERR-001", "CORE-ERR-006", "CORE-APP-004", "HTTP-RESP-023"), "http/1.1", invalid),
    ServerCase("http-wrong-order", ("HTTP-RESP-027", "CORE-ERR-006", "CORE-APP-004", "HTTP-RESP-023"), "http/1.1", out_of_order),
    ServerCase("http-wrong-huge", ("CORE-ERR-006", "CORE-ERR-007"), "http/1.1", huge),
    ServerCase("http-wrong-status", ("CORE-ERR-006", "CORE-ERR-007"), "http/1.1", statuses),
    ServerCase("http-wrong-interim-status", ("CORE-ERR-006", "CORE-ERR-007"), "http/1.1", interim),
)
