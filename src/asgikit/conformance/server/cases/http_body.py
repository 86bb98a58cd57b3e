"""How a server delivers the body of a request, however it is cut and framed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.exchange import Seen, ask, out_of_step, plain, request, seen
from asgikit.conformance.server.script import Script, receive, receive_body, respond

CHUNKED = (b"Transfer-Encoding", b"chunked")
CHUNKS = b'6;a="b;c";d\r\nhello \r\n5;x\r\nworld\r\n01\r\n!\r\n000;e=f\r\nX-Trailer: t\r\n\r\n'
BODY = b"hello world!"


def no_body(context: Context) -> None:
    """A request without a body is one event with an empty one."""
    for method, framing in ((b"GET", None), (b"POST", b""), (b"DELETE", None)):
        script = context.script(receive(context.patience.of(5.0)), respond())
        found = ask(context, script, request(script, method=method, body=framing), method=method.decode())
        event = dict(found.events[0]) if found.events else dict[object, object]()
        whole = event.get("type") == "http.request" and not event.get("body") and not event.get("more_body")
        if not found.expect(whole, "HTTP-REQ-001", f"{method.decode()} without a body: receive() gave {event or 'nothing'}"):
            return


def _requests(script: Script) -> Iterator[bytes]:
    """Requests whose every byte matters, as short as may be."""
    yield request(script, target=b"/a%20b?c=d", fields=((b"X-A", b"b"),))
    yield request(script, method=b"POST", body=BODY)
    yield request(script, method=b"POST", fields=(CHUNKED,)) + CHUNKS


def _judge(found: Seen, wanted: bytes, how: str) -> bool:
    bodies = found.of("body")
    digest = hashlib.sha256(wanted).hexdigest()
    if not bodies:
        return found.expect(False, "HTTP-REQ-001", f"{how}: the application got no body; the answer was {found.answer.status}")
    whole = bodies[0].get("complete") and bodies[0].get("sha256") == digest
    text = f"{how}: the body came with {bodies[0].get('length')} of {len(wanted)} bytes, complete: {bodies[0].get('complete')}"
    return found.expect(whole, "HTTP-REQ-008" if "chunked" in how else "HTTP-REQ-011", text)


def cut(context: Context) -> None:
    """A request may be cut anywhere on its way: it is the same request."""
    names = ("a request without a body", "a request with a length", "a chunked request")
    for number, (name, wanted) in enumerate(zip(names, (b"", BODY, BODY), strict=True)):
        wire = context.connect()
        at = 1
        while True:
            script = context.script(plain())
            data = list(_requests(script))[number]
            if at >= len(data):
                break
            if wire.ended:
                wire.close()
                wire = context.connect()
            wire.send_pieces((data[:at], data[at:]), pause=0.002)
            answer = wire.answer("POST" if number else "GET")
            if not (answer.is_complete and answer.body == b"ok" and _judge(seen(context, script, answer, wire), wanted, name)):
                place = f"{name}, cut after byte {at} ({data[max(0, at - 12) : at]!r})"
                where = f"{place}, got {answer.status or answer.ended} {answer.body[:40]!r}"
                context.broke("HTTP-REQ-011", where, wire=wire.text(), exchange=context.log.of(script.token))
                break
            if not answer.keeps_alive:
                wire.more(0.5)
                wire.ended = wire.ended or "closed"
            # The script's own bytes are one long value: where it is cut makes no difference.
            inside = data.find(b'{"id"') <= at < data.find(b"\r\n", data.find(b'{"id"')) - 24
            at += 16 if inside else 1
        wire.close()


def drip(context: Context) -> None:
    """A request may come byte by byte."""
    for number, wanted in enumerate((b"", BODY, BODY)):
        script = context.script(plain())
        data = list(_requests(script))[number]
        with context.connect() as wire:
            wire.send_pieces((data[at : at + 1] for at in range(len(data))), pause=0.0005)
            found = seen(context, script, wire.answer("POST"), wire)
        _judge(found, wanted, "a chunked request byte by byte" if number == 2 else "a request byte by byte")


def large(context: Context) -> None:
    """A body of three megabytes comes whole, with a length or chunked."""
    body = bytes(range(256)) * 12288
    for chunked in (False, True):
        script = context.script(plain())
        data = request(script, method=b"POST", body=None if chunked else body, fields=(CHUNKED,) if chunked else ())
        if chunked:
            pieces = (body[at : at + 40000] for at in range(0, len(body), 40000))
            data += b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in pieces) + b"0\r\n\r\n"
        with context.connect() as wire:
            wire.send(data, within=15.0)
            found = seen(context, script, wire.answer("POST", within=15.0), wire)
            if _judge(found, body, "three megabytes, chunked" if chunked else "three megabytes"):
                trouble = out_of_step(context, wire, found.answer)
                found.expect(not trouble, "HTTP-REQ-014", f"after a large body: {trouble}")


def truncated(context: Context) -> None:
    """A client that leaves within its body leaves an incomplete one."""
    for name, framing, part in (
        ("4 of 10 bytes", (b"Content-Length", b"10"), b"abcd"),
        ("chunked, without the last chunk", CHUNKED, b"4\r\nabcd\r\n"),
        ("chunked, within a chunk", CHUNKED, b"8\r\nabcd"),
        ("chunked, without the last line", CHUNKED, b"4\r\nabcd\r\n0\r\n"),
    ):
        for reset in (False, True):
            script = context.script(receive_body())
            with context.connect() as wire:
                wire.send(request(script, method=b"POST", fields=(framing,)) + part)
                if not context.log.until(script.token, lambda records: any(record.what == "receive" for record in records), 1.0):
                    context.skip("the server calls the application once the body is complete")
                wire.reset() if reset else wire.close()
                context.log.until(script.token, lambda records: any(record.what in {"body", "end"} for record in records), 5.0)
                if not _ended(Seen(context, script, Answer(), context.log.of(script.token), wire.text()), name):
                    return


def _ended(found: Seen, name: str) -> bool:
    bodies = found.of("body")
    for body in bodies:
        found.expect(not body.get("complete"), "HTTP-REQ-011", f"a body that was cut ({name}) was delivered as a complete one")
    text = f"a client left within its body ({name}), and receive() did not return"
    return found.expect(bodies or found.end is not None, "HTTP-DISC-002", text)


def pipelined(context: Context) -> None:
    """Requests that come in one segment are answered one after the other, in their order."""
    scripts = [
        context.script(receive_body(), ("pause", 0.2 if number == 0 else 0.0), respond(b"%d" % number)) for number in range(4)
    ]
    bodies = (None, BODY, None, b"x" * 3)
    with context.connect() as wire:
        wire.send(
            b"".join(
                request(script, method=b"POST" if body else b"GET", body=body)
                for script, body in zip(scripts, bodies, strict=True)
            )
        )
        for number, script in enumerate(scripts):
            answer = wire.answer()
            if answer.status == 0 and wire.ended and number:
                return  # it need not keep a connection
            found = seen(context, script, answer, wire)
            right = answer.status == 200 and answer.body == b"%d" % number
            rule, got = "HTTP-REQ-014", f"{answer.status or answer.ended} {answer.body[:40]!r}"
            if not found.expect(right, rule, f"of four requests in one segment, the one of number {number + 1} got {got}"):
                return
            found.expect(len(found.of("call")) == 1, "CORE-APP-002", "a pipelined request called the application more than once")


def unread(context: Context) -> None:
    """A body that the application does not read is not taken for the next request."""
    trap = context.script(respond(b"smuggled"))
    hidden = request(trap)
    for name, size in (("that came with it", 1), ("that comes later", 2), ("of two megabytes", 3)):
        script = context.script(respond(b"early"))
        body = hidden if size < 3 else hidden + b"x" * (1 << 21)
        data = request(script, method=b"POST", body=body)
        at = len(data) - len(body)
        with context.connect() as wire:
            wire.send(data[:at] if size == 2 else data, within=2.0)
            answer = wire.answer("POST")
            if size == 2:
                wire.send(data[at:])
            found = seen(context, script, answer, wire)
            trouble = out_of_step(context, wire, answer) if answer.status else ""
            found.expect(not trouble, "HTTP-REQ-014", f"a body {name} was not read by the application; then {trouble}")
            found.expect(not context.log.of(trap.token), "HTTP-REQ-014", f"a body {name} was answered as a request of its own")


def expect_read(context: Context) -> None:
    """A client that waits for 100 (Continue) is told to go on, or goes on by itself; the application sees nothing of it."""
    script = context.script(plain())
    data = request(script, method=b"POST", fields=((b"Expect", b"100-continue"), (b"Content-Length", b"%d" % len(BODY))))
    with context.connect() as wire:
        wire.send(data)
        early = wire.more(2.0)
        wire.unread(early)
        if early and not early.startswith(b"HTTP/1.1 100"):
            answer = wire.answer("POST")
            text = f"a request that expects 100-continue got {answer.status} before its body"
            seen(context, script, answer, wire).expect(answer.status == 417, "HTTP-REQ-012", text)
            return
        wire.send(BODY)
        found = seen(context, script, wire.answer("POST"), wire)
        _judge(found, BODY, "a request that expects 100-continue")
        found.expect(found.answer.status == 200, "HTTP-REQ-012", f"a request that expects 100-continue got {found.answer.status}")
        trouble = out_of_step(context, wire, found.answer)
        found.expect(not trouble, "HTTP-REQ-012", f"after a request that expects 100-continue, {trouble}")


def expect_unread(context: Context) -> None:
    """An application that answers without reading: the client sends no body, or the connection ends."""
    script = context.script(respond(b"no", 403))
    fields = ((b"Expect", b"100-continue"), (b"Content-Length", b"%d" % len(BODY)))
    with context.connect() as wire:
        wire.send(request(script, method=b"POST", fields=fields))
        answer = wire.answer("POST", 2.0)
        if answer.status == 0 and answer.interim:
            wire.send(BODY)  # it has asked for the body, and may wait for it before it calls the application
            answer = wire.answer("POST")
        elif answer.keeps_alive:
            wire.send(BODY)  # a client that keeps the connection still owes the body (RFC 9110, 10.1.1)
        found = seen(context, script, answer, wire)
        found.expect(
            answer.status == 403,
            "HTTP-REQ-012",
            f"the application's 403 to a client that expects 100-continue came as {answer.status}",
        )
        trouble = out_of_step(context, wire, answer)
        found.expect(not trouble, "HTTP-REQ-014", f"after a final answer to a client that expects 100-continue, {trouble}")


CASES = (
    ServerCase("http-no-body", ("HTTP-REQ-001",), "http/1.1", no_body),
    ServerCase("http-cut-everywhere", ("HTTP-REQ-001", "HTTP-REQ-008", "HTTP-REQ-011"), "http/1.1", cut),
    ServerCase("http-byte-by-byte", ("HTTP-REQ-001", "HTTP-REQ-008", "HTTP-REQ-011"), "http/1.1", drip),
    ServerCase("http-large-body", ("HTTP-REQ-008", "HTTP-REQ-011", "HTTP-REQ-014"), "http/1.1", large),
    ServerCase("http-truncated-body", ("HTTP-REQ-011", "HTTP-DISC-002"), "http/1.1", truncated),
    ServerCase("http-pipelined", ("HTTP-REQ-014", "CORE-APP-002"), "http/1.1", pipelined),
    ServerCase("http-unread-body", ("HTTP-REQ-014",), "http/1.1", unread),
    ServerCase("http-expect-read", ("HTTP-REQ-012",), "http/1.1", expect_read),
    ServerCase("http-expect-unread", ("HTTP-REQ-012", "HTTP-REQ-014"), "http/1.1", expect_unread),
)
