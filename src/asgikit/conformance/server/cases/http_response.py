"""How a server writes the responses of applications that do nothing wrong."""

from __future__ import annotations

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.encoding import Fill
from asgikit.conformance.server.exchange import Fields, Seen, follow, out_of_step, request, seen
from asgikit.conformance.server.script import Action, piece, receive_body, respond, send, start, together, until_gone

TEXT = (b"content-type", b"text/plain")


def _kept(context: Context, rule: str, what: str, *actions: Action, method: str = "GET", within: float = 5.0) -> Seen:
    """One response, and whether the connection is in step behind it."""
    script = context.script(receive_body(), actions)
    with context.connect() as wire:
        follow(context, wire, script)
        wire.send(request(script, method=method.encode()))
        answer = wire.answer(method, within)
        found = seen(context, script, answer, wire)
        trouble = out_of_step(context, wire, answer) if answer.status else f"no answer came: {answer.ended}"
        late = Seen(context, script, answer, found.records, wire.text())
        late.expect(not trouble, rule, f"{what}: {trouble}")
        return late


def head_order(context: Context) -> None:
    """Fields come in the application's order, repeated ones too."""
    sent = ((b"x-b", b"1"), (b"set-cookie", b"a=1"), (b"x-a", b"2"), (b"set-cookie", b"b=2"), (b"x-b", b"3"), (b"x-c", b"\xe9"))
    found = _kept(context, "HTTP-RESP-008", "a response with repeated fields", *respond(b"ok", 200, *sent))
    names = {name for name, _ in sent}
    given = tuple((name.lower(), value) for name, value in found.answer.fields if name.lower() in names)
    found.expect(given == sent, "HTTP-RESP-008", f"the fields {sent!r} came as {given!r}")


def no_headers(context: Context) -> None:
    """A start without headers is one with none."""
    begin = send({"type": "http.response.start", "status": 202})
    found = _kept(context, "HTTP-RESP-007", "a start without headers", begin, send({"type": "http.response.body", "body": b"ok"}))
    found.expect(
        found.answer.status == 202, "HTTP-RESP-007", f"a start without headers came as {found.answer.status or 'nothing'}"
    )
    found.expect(found.answer.body == b"ok", "HTTP-RESP-016", f"its body came as {found.answer.body!r}")


def bare_body(context: Context) -> None:
    """A body event may have neither key: it is the empty end."""
    found = _kept(context, "HTTP-RESP-016", "a body event without keys", start(), send({"type": "http.response.body"}))
    found.expect(
        found.answer.is_complete and not found.answer.body,
        "HTTP-RESP-016",
        f"it came as {found.answer.body!r}, {found.answer.ended}",
    )


def pieces(context: Context) -> None:
    """Pieces are joined in order, and empty ones among them change nothing, with and without a length."""
    full: tuple[bytes | Fill, ...] = (b"one ", b"two ", Fill(70000), b" three")
    mixed: tuple[bytes | Fill, ...] = (b"", b"one ", b"", b"two ", Fill(70000), b"", b" three", b"")
    length = (b"content-length", b"%d" % len(WHOLE))
    for name, fields in (("chunked or until close", ()), ("with a length", (length,))):
        if _joined(context, "HTTP-RESP-016", f"a response in pieces, {name}", fields, full):
            _joined(context, "HTTP-RESP-025", f"a response in pieces, empty ones among them, {name}", fields, mixed)


WHOLE = b"one two " + b"x" * 70000 + b" three"


def _joined(context: Context, rule: str, what: str, fields: Fields, bodies: tuple[bytes | Fill, ...]) -> bool:
    actions = [piece(body, more=number < len(bodies) - 1) for number, body in enumerate(bodies)]
    found = _kept(context, rule, what, start(200, TEXT, *fields), *actions)
    error = next((found.error_of(number) for number in range(len(found.of("send"))) if found.error_of(number)), None)
    accepted = found.expect(error is None, rule, f"{what}: a piece was refused: {error}")
    came = f"{what}: {len(found.answer.body)} of {len(WHOLE)} bytes came"
    return found.expect(found.answer.body == WHOLE, rule, came) and accepted


def transfer_encoding(context: Context) -> None:
    """An application's transfer-encoding is ignored: the server frames by itself."""
    for value in (b"chunked", b"gzip, chunked", b"identity"):
        for length in ((), ((b"content-length", b"2"),)):
            fields = ((b"transfer-encoding", value), *length)
            what = f"the application sent transfer-encoding: {value.decode()}{' and a length' if length else ''}"
            found = _kept(context, "HTTP-RESP-009", what, start(200, *fields), piece(b"ok"), within=1.5)
            both = found.answer.all(b"transfer-encoding") and found.answer.all(b"content-length")
            found.expect(not both, "HTTP-SEM-016", f"{what}, and both fields are on the wire")
            found.expect(found.answer.body == b"ok", "HTTP-RESP-009", f"{what}; the body came as {found.answer.body!r}")


def head_method(context: Context) -> None:
    """No body goes out in reply to HEAD, and its length may."""
    for name, fields, bodies in (
        ("with a length and a body", ((b"content-length", b"5"),), (b"hello",)),
        ("with a length and no body", ((b"content-length", b"5"),), (b"",)),
        ("with a body and no length", (), (b"hello",)),
        ("with a body in pieces", (), (b"hel", b"lo", b"")),
    ):
        actions = [piece(body, more=number < len(bodies) - 1) for number, body in enumerate(bodies)]
        found = _kept(context, "HTTP-SEM-012", f"HEAD {name}", start(200, *fields), *actions, method="HEAD")
        found.expect(found.answer.status == 200, "HTTP-SEM-019", f"HEAD {name} got {found.answer.status or 'no answer'}")
        if fields and not found.answer.all(b"transfer-encoding"):
            given = found.answer.all(b"content-length")
            found.expect(given in {(b"5",), ()}, "HTTP-SEM-019", f"HEAD {name} got the length {given!r}")


def bodiless(context: Context) -> None:
    """204 and 304 end with their head, and 304 may name the length of what was not sent."""
    for status, fields in ((204, ()), (304, ()), (304, ((b"content-length", b"5"), (b"etag", b'"a"')))):
        what = f"{status}{' with a length' if fields else ''}"
        found = _kept(context, "HTTP-SEM-013", what, start(status, *fields), piece(b""))
        found.expect(found.answer.status == status, "HTTP-SEM-019", f"{what} came as {found.answer.status or 'nothing'}")
        coded = found.answer.all(b"transfer-encoding")
        found.expect(not (coded and status == 204), "HTTP-SEM-013", f"{what} came with transfer-encoding (RFC 9112, 6.1)")


def flushed(context: Context) -> None:
    """A piece is on its way when send() returns: a client gets it while the application waits."""
    script = context.script(receive_body(), start(200, TEXT), piece(b"first", more=True), until_gone(8.0))
    with context.connect() as wire:
        wire.send(request(script))
        came = b""
        while b"first" not in came and (data := wire.more(4.0)):
            came += data
        records = context.log.until(script.token, lambda seen: len([1 for record in seen if record.what == "send"]) >= 2, 1.0)
        if len([1 for record in records if record.what == "send"]) < 2:
            context.broke("CORE-APP-004", "send() of the first piece did not return", wire=wire.text(), exchange=records)
        elif b"first" not in came:
            context.broke("HTTP-RESP-015", "send() returned, and nothing came in 4 seconds", wire=wire.text(), exchange=records)


def both_ways(context: Context) -> None:
    """A response may begin before the request has ended, with receive() waiting in one task and send() in another."""
    answer = (start(200, (b"content-length", b"4")), piece(b"ok", more=True))
    script = context.script(together([receive_body()], answer), piece(b"ok"))
    with context.connect() as wire:
        wire.send(request(script, method=b"POST", fields=((b"Content-Length", b"4"),)) + b"ab")
        came = wire.more(3.0)
        wire.unread(came)
        wire.send(b"cd")
        found = seen(context, script, wire.answer("POST"), wire)
        found.expect(
            found.answer.body == b"okok", "CORE-APP-004", f"the answer that was sent meanwhile came as {found.answer.body!r}"
        )
        bodies = [record for record in found.of("body") if record.get("length") == 4 and record.get("complete")]
        found.expect(bodies, "HTTP-REQ-011", "the rest of the body was not delivered after the response had begun")


def extra_keys(context: Context) -> None:
    """Keys that a server does not know do not raise."""
    begin = send(
        {"type": "http.response.start", "status": 200, "headers": [[b"content-length", b"2"]], "x.unknown": {"a": [1, None]}}
    )
    end = send({"type": "http.response.body", "body": b"ok", "more_body": False, "unknown": b"x"})
    found = _kept(context, "CORE-MSG-010", "events with unknown keys", begin, end)
    errors = [found.error_of(0), found.error_of(1)]
    found.expect(errors == [None, None], "CORE-MSG-010", f"unknown keys raised {[error for error in errors if error]}")
    found.expect(found.answer.body == b"ok", "CORE-MSG-010", f"events with unknown keys were answered by {found.answer.status}")


CASES = (
    ServerCase("http-response-fields", ("HTTP-RESP-008",), "http/1.1", head_order),
    ServerCase("http-response-no-headers", ("HTTP-RESP-007", "HTTP-RESP-016"), "http/1.1", no_headers),
    ServerCase("http-response-bare-body", ("HTTP-RESP-016",), "http/1.1", bare_body),
    ServerCase("http-response-pieces", ("HTTP-RESP-016", "HTTP-RESP-025"), "http/1.1", pieces),
    ServerCase("http-response-transfer-encoding", ("HTTP-RESP-009", "HTTP-SEM-016"), "http/1.1", transfer_encoding),
    ServerCase("http-response-to-head", ("HTTP-SEM-012", "HTTP-SEM-019"), "http/1.1", head_method),
    ServerCase("http-response-bodiless", ("HTTP-SEM-013", "HTTP-SEM-019"), "http/1.1", bodiless),
    ServerCase("http-response-flushed", ("HTTP-RESP-015", "CORE-APP-004"), "http/1.1", flushed),
    ServerCase("http-response-both-ways", ("CORE-APP-004", "HTTP-REQ-011"), "http/1.1", both_ways),
    ServerCase("http-response-extra-keys", ("CORE-MSG-010",), "http/1.1", extra_keys),
)
