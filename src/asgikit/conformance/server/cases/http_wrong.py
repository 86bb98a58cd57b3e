"""What a server makes of applications whose responses are wrong: the client can tell, and nobody else suffers."""

from __future__ import annotations

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.exchange import Seen, follow, out_of_step, request, seen
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.script import Action, Script, fail, piece, receive_body, respond, start

HANG = 4.0
"""Seconds without a byte after which an answer is taken never to come, while the application runs."""

STREAMED = ((b"content-type", b"text/plain"),)
LENGTH = ((b"content-length", b"10"),)


def wrong(
    context: Context, *actions: Action | tuple[Action, ...], method: str = "GET", escape: bool = True, within: float = HANG
) -> Seen:
    """One exchange with an application that misbehaves; a second request on the connection must not be confused by it.

    What send() raises leaves the application, as it does in most, unless it is told to catch it.
    """
    script = context.script(receive_body(), *actions)
    loud = tuple((*action[:2], escape) if action[0] == "send" else action for action in script.actions)
    script = Script(script.token, loud)
    with context.connect() as wire:
        follow(context, wire, script)
        wire.send(request(script, method=method.encode()))
        answer = wire.answer(method, within)
        if answer.status == 0 and not wire.ended:
            wire.note("nothing more came")
        found = seen(context, script, answer, wire)
        trouble = out_of_step(context, wire, answer) if answer.is_complete and answer.status not in {0, 101} else ""
        found = Seen(context, script, answer, found.records, wire.text())
        found.expect(not trouble, "HTTP-SEM-017", trouble)
        return found


def ends(found: Seen, rule: str, what: str) -> bool:
    """Whether the client has got an end of any kind; a finding if not."""
    return found.expect(found.answer.ended != "silent", rule, f"{what}: the client gets nothing, and the connection stays open")


def raised_before(context: Context) -> None:
    """An application that raises before it has answered: the client gets a 5xx."""
    for error in ("RuntimeError", "OSError", "ExceptionGroup"):
        for name, begin in (("", ()), (" after http.response.start, of which nothing was sent", (start(200),))):
            found = wrong(context, begin, fail(error))
            what = f"the application raised {error}{name}"
            if not ends(found, "HTTP-RESP-021", what):
                return
            if not begin:
                status = found.answer.status
                found.expect(500 <= status < 600, "HTTP-RESP-021", f"{what}: the client got {status or 'no answer'}")
            else:
                whole = found.answer.is_complete and found.answer.status == 200
                found.expect(not whole, "HTTP-RESP-022", f"{what}: the client got a complete 200")


def raised_within(context: Context) -> None:
    """An application that raises within its response: the client can tell that something is missing."""
    for name, fields in (("with a length", LENGTH), ("without a length", STREAMED)):
        found = wrong(context, start(200, *fields), piece(b"some", more=True), fail())
        what = f"the application raised within a body {name}"
        if not ends(found, "CORE-ERR-003", what):
            return
        cut = found.answer.is_visibly_cut or found.answer.status >= 500
        found.expect(cut, "HTTP-RESP-022", f"{what}: the client got it as a complete response, framed by {found.answer.framing}")


def raised_after(context: Context) -> None:
    """An application that raises behind its response: the response stands, and the error is shown."""
    found = wrong(context, respond(b"ok"), fail())
    found.expect(
        found.answer.body == b"ok",
        "HTTP-RESP-016",
        f"the application raised after its response, which came as {found.answer.status}",
    )
    shown = "the script says so" in context.server.output()
    found.expect(shown, "HTTP-RESP-024", "the application raised after its response, and the server has logged nothing of it")


def no_response(context: Context) -> None:
    """An application that returns without a response, or within it: an error or the end of the connection, and no waiting."""
    for name, actions in (
        ("without a response", ()),
        ("after http.response.start", (start(200),)),
        ("within a body with a length", (start(200, *LENGTH), piece(b"some", more=True))),
        ("within a body without a length", (start(200, *STREAMED), piece(b"some", more=True))),
    ):
        found = wrong(context, actions)
        what = f"the application returned {name}"
        if not ends(found, "HTTP-RESP-023", what):
            return
        whole = found.answer.is_complete and found.answer.status < 500
        found.expect(not whole, "HTTP-RESP-023", f"{what}: the client got a complete {found.answer.status}")


def short(context: Context) -> None:
    """Too few bytes for the length: the connection ends, and is not used again."""
    found = wrong(context, start(200, *LENGTH), piece(b"some"))
    if ends(found, "HTTP-SEM-018", "4 bytes for a length of 10"):
        cut = found.answer.is_visibly_cut or found.answer.status >= 500
        text = f"4 bytes for a length of 10: the client got {found.answer.body!r} as a complete {found.answer.status}"
        found.expect(cut, "HTTP-SEM-018", text)


def long(context: Context) -> None:
    """Too many bytes for the length never go out on a connection that is kept."""
    for name, bodies in (
        ("in one piece", (b"0123456789HTTP/1.1 200 OK\r\n\r\n",)),
        ("in two", (b"0123456789", b"HTTP/1.1 200 OK\r\n\r\n")),
    ):
        actions = [piece(body, more=number < len(bodies) - 1) for number, body in enumerate(bodies)]
        found = wrong(context, start(200, *LENGTH), tuple(actions))
        ends(found, "HTTP-SEM-017", f"28 bytes for a length of 10, {name}")


def bodiless(context: Context) -> None:
    """A body for 204, 304 or HEAD does not go out."""
    for status, method in ((204, "GET"), (304, "GET"), (204, "HEAD")):
        for length in ((), ((b"content-length", b"5"),)):
            found = wrong(context, start(status, *length), piece(b"hello"), method=method)
            what = f"{status} with a body{' and a length' if length else ''}, to {method}"
            ends(found, "HTTP-SEM-013", what)
            found.expect("hello" not in _came(found), "HTTP-SEM-013", f"{what}: the body went out")


def _came(found: Seen) -> str:
    return "\n".join(line for line in found.wire.splitlines() if line.startswith("<"))


SPLIT = b"a\r\nx-injected: yes\r\n\r\n<p>injected</p>"


def splitting(context: Context) -> None:
    """Line breaks in a field never become lines on the wire."""
    for name, field in (
        ("CR LF in a value", (b"x-a", SPLIT)),
        ("LF in a value", (b"x-a", b"a\nx-injected: yes")),
        ("CR in a value", (b"x-a", b"a\rx-injected: yes")),
        ("NUL in a value", (b"x-a", b"a\x00b")),
        ("CR LF in a name", (b"x-a: b\r\nx-injected", b"yes")),
        ("LF in a name", (b"x-a: b\nx-injected", b"yes")),
        ("CR LF in a length", (b"content-length", b"2\r\nx-injected: yes")),
        ("CR LF in a cookie", (b"set-cookie", b"a=b\r\nx-injected: yes")),
    ):
        script = context.script(receive_body(), start(200, field), piece(b"ok"))
        with context.connect() as wire:
            follow(context, wire, script)
            wire.send(request(script))
            raw = wire.more(HANG)
            wire.unread(raw)
            found = seen(context, script, wire.answer(within=1.0), wire)
        injected = (
            any(key.lower() == b"x-injected" for key, _ in found.answer.fields)
            or b"\nx-injected" in raw
            or b"\rx-injected" in raw
        )
        found.expect(not injected and b"\x00" not in raw, "HTTP-SEM-023", f"{name} went out as it was")
        faulty = found.answer.status == 200 and any("field line" in fault for fault in found.answer.faults)
        found.expect(not faulty, "HTTP-SEM-023", f"{name}: the response holds {' '.join(found.answer.faults)}")
        refused = found.error_of(0) or found.error_of(1) or not found.was_called
        if not refused and not injected and found.answer.status == 200:
            continue  # neutralised
        ends(found, "HTTP-RESP-023", name)


def after_end(context: Context) -> None:
    """What is sent after the response is complete is ignored: nothing of it goes out. That it raises is an old dispute."""
    more = (piece(b"more"), start(500), piece(b"and more", more=True))
    found = wrong(context, respond(b"ok"), *more, escape=False)
    late = b"more" in found.answer.body or any(word in _came(found) for word in ("more", "HTTP/1.1 500"))
    found.expect(not late, "HTTP-RESP-018", "what the application sent after its response went out to the client")
    found.expect(found.answer.body == b"ok", "HTTP-RESP-018", f"a response with messages behind it came as {found.answer.body!r}")


STRANGE = ("CancelledError", "StopAsyncIteration", "BaseException")
"""SystemExit and KeyboardInterrupt are there to end the process: that they do so would be no finding."""


def strange_exits(context: Context) -> None:
    """Whatever leaves the application, the server goes on."""
    left = list(STRANGE)
    while left:
        with context.fresh() as server:
            while left and _goes_on(context, server, left.pop(0)):
                pass


def _goes_on(context: Context, server: Running, error: str) -> bool:
    script = context.script(receive_body(), fail(error))
    with context.connect(server) as wire:
        follow(context, wire, script, server=server)
        wire.send(request(script))
        found = seen(context, script, wire.answer(), wire, server=server)
    again = context.script(respond(b"alive"))
    try:
        with context.connect(server) as wire:
            wire.send(request(again))
            alive = wire.answer().body == b"alive" and server.is_alive and len(server.log.pids()) == 1
    except OSError:
        alive = False
    ends(found, "CORE-ERR-003", f"the application raised {error}")
    return found.expect(alive, "CORE-ERR-007", f"the application raised {error}, and the server no longer answers")


def others(context: Context) -> None:
    """An exception in one request does no harm to another that runs at the time."""
    good = context.script(
        receive_body(), start(200, (b"content-length", b"8")), piece(b"good", more=True), ("pause", 0.5), piece(b"good")
    )
    with context.connect() as wire:
        wire.send(request(good))
        for error in ("RuntimeError", "OSError"):
            wrong(context, fail(error))
        found = seen(context, good, wire.answer(), wire)
        found.expect(
            found.answer.body == b"goodgood", "CORE-ERR-004", f"while others raised, a response came as {found.answer.body!r}"
        )


CASES = (
    ServerCase("http-wrong-raises-before", ("HTTP-RESP-021", "HTTP-RESP-022"), "http/1.1", raised_before),
    ServerCase("http-wrong-raises-within", ("CORE-ERR-003", "HTTP-RESP-022"), "http/1.1", raised_within),
    ServerCase("http-wrong-raises-after", ("HTTP-RESP-016", "HTTP-RESP-024"), "http/1.1", raised_after),
    ServerCase("http-wrong-no-response", ("HTTP-RESP-023",), "http/1.1", no_response),
    ServerCase("http-wrong-too-short", ("HTTP-SEM-018",), "http/1.1", short),
    ServerCase("http-wrong-too-long", ("HTTP-SEM-017",), "http/1.1", long),
    ServerCase("http-wrong-bodiless", ("HTTP-SEM-013", "HTTP-SEM-017"), "http/1.1", bodiless),
    ServerCase("http-wrong-splitting", ("HTTP-SEM-023", "HTTP-RESP-023"), "http/1.1", splitting),
    ServerCase("http-wrong-after-end", ("HTTP-RESP-018", "HTTP-SEM-017"), "http/1.1", after_end),
    ServerCase("http-wrong-harms-none", ("CORE-ERR-004",), "http/1.1", others),
    ServerCase("process-strange-exits", ("CORE-ERR-003", "CORE-ERR-007"), "process", strange_exits, alone=True),
)
