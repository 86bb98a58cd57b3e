"""The denial response: an HTTP response instead of the handshake (extensions, Websocket Denial Response)."""

from __future__ import annotations

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.dialogue import Dialogue, begun, close, missing
from asgikit.conformance.server.script import Action, mark, receive, send

EXTENSION = "websocket.http.response"
FIELDS = ((b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"x-middle", b"m"), (b"set-cookie", b"b=2"))


def _start(status: int, *more: tuple[bytes, bytes]) -> Action:
    headers = [list(pair) for pair in (*FIELDS, *more)]
    return send({"type": "websocket.http.response.start", "status": status, "headers": headers})


def _body(data: bytes, *, more: bool = False) -> Action:
    return send({"type": "websocket.http.response.body", "body": data, "more_body": more})


def _answer(context: Context, dialogue: Dialogue) -> Answer:
    """The response. Raises Skipped if the server does not advertise the extension."""
    answer = dialogue.wire.answer()
    missing(context, dialogue, answer)
    dialogue.end()
    if EXTENSION not in dialogue.extensions:
        context.skip(f"the server does not advertise {EXTENSION}")
    return answer


def denial(context: Context) -> None:
    """Status, fields in their order, and the body in all its pieces go out; then send() returns."""
    ways: tuple[tuple[tuple[Action, ...], int, bytes], ...] = (
        ((_start(401), _body(b"one ", more=True), _body(b"", more=True), _body(b"two")), 401, b"one two"),
        ((_start(503, (b"content-length", b"3")), _body(b"abc")), 503, b"abc"),
        ((_start(404, (b"content-length", b"0")), _body(b"")), 404, b""),
        ((_start(302, (b"location", b"/x")), _body(b"")), 302, b""),
        ((_start(200), _body(b"fine")), 200, b"fine"),
    )
    for actions, status, body in ways:
        with begun(context, receive(), *actions, mark("behind")) as dialogue:
            answer = _answer(context, dialogue)
            what = f"a denial with the status {status} and the body {body!r}"
            fine = answer.status == status and answer.body == body and answer.is_complete and not answer.faults
            got = f"{answer.status}, {answer.body!r:.60}, {answer.ended} {', '.join(answer.faults)}"
            if not dialogue.expect(fine, "EXT-DENY-006", f"{what}: the client got {got}"):
                continue
            names = {name for name, _ in FIELDS}
            found = tuple((name.lower(), value) for name, value in answer.fields if name.lower() in names)
            dialogue.expect(found == FIELDS, "EXT-DENY-006", f"{what}: the fields {FIELDS} came as {found}")
            errors = [error for error in dialogue.errors() if error is not None]
            dialogue.expect(not errors, "CORE-EXT-005", f"{what}: send() raised {errors[:1]}")


def disconnect(context: Context) -> None:
    """After a denial receive() gives websocket.disconnect, says a maintainer; servers differ (A-20)."""
    with begun(context, receive(), _start(403), _body(b"no"), receive(1.0)) as dialogue:
        _answer(context, dialogue)
        told = bool(dialogue.events("websocket.disconnect"))
        dialogue.notice(told, "EXT-DENY-008", "after the denial response receive() gave no websocket.disconnect in a second")


def other_messages(context: Context) -> None:
    """Behind the start of a denial, accept and close raise; so does a denial behind the accept."""
    for message in ({"type": "websocket.accept"}, {"type": "websocket.close"}):
        with begun(context, receive(), _start(401), send(message), _body(b"no")) as dialogue:
            answer = _answer(context, dialogue)
            error = dialogue.errors()[1:2]
            text = f"{message['type']} behind the start of a denial: send() did not raise; the client got {answer.status}"
            dialogue.expect(error != [None], "EXT-DENY-007", text)
    with begun(context, receive(), send({"type": "websocket.accept"}), _start(401), close()) as dialogue:
        answer = _answer(context, dialogue)
        error = dialogue.errors()[1:2]
        dialogue.expect(error != [None], "EXT-DENY-007", "a denial behind websocket.accept: send() did not raise")


def unfinished(context: Context) -> None:
    """An application that ends in the middle of a denial: the client sees the end of the connection, not silence."""
    with begun(
        context, receive(), _start(401, (b"content-length", b"9")), _body(b"part", more=True), ("fail", "RuntimeError")
    ) as dialogue:
        answer = _answer(context, dialogue)
        dialogue.expect(
            answer.ended != "silent" or answer.status >= 500, "CORE-ERR-003", "the application raised in a denial; nothing came"
        )
        sound = not answer.is_complete or answer.status >= 500
        dialogue.expect(
            sound, "EXT-DENY-006", f"the application raised in a denial, and the client got a whole response {answer.body!r}"
        )


CASES: tuple[ServerCase, ...] = (
    ServerCase("ws-denial", ("EXT-DENY-006", "CORE-EXT-005"), "websocket", denial),
    ServerCase("ws-denial-disconnect", ("EXT-DENY-008",), "websocket", disconnect),
    ServerCase("ws-denial-other-messages", ("EXT-DENY-007",), "websocket", other_messages),
    ServerCase("ws-denial-unfinished", ("EXT-DENY-006", "CORE-ERR-003"), "websocket", unfinished),
)
