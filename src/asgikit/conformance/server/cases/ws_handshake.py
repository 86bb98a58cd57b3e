"""From the WebSocket handshake to its answer: accepted, refused, or left alone (www, Connect and Accept)."""

from __future__ import annotations

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.dialogue import ACCEPT, CONVERSE, Dialogue, begun, close, faults_of, missing, opened
from asgikit.conformance.server.encoding import is_sequence
from asgikit.conformance.server.frames import text
from asgikit.conformance.server.script import fail, mark, receive, send, until_gone

QUIET = 0.5
"""Seconds in which nothing must come. A slow machine hides a fault then, and never makes one up."""

NAMES = ["one", "two", "three"]
ADDED = ((b"x-first", b"1"), (b"set-cookie", b"a=1"), (b"x-middle", b""), (b"set-cookie", b"b=2"), (b"x-last", b"z"))


def wait_for_answer(context: Context) -> None:
    """The application never answers: no 101 comes, and it hears that the client has left, by FIN or by RST."""
    for leave in ("closed", "reset"):
        with begun(context, receive(), until_gone()) as dialogue:
            if not dialogue.awaits("receive"):
                missing(context, dialogue, dialogue.wire.answer())
                continue
            early = dialogue.wire.more(QUIET)
            dialogue.expect(not early, "WS-CONN-004", f"before the application had answered, {early[:80]!r} came")
            if dialogue.wire.ended:
                continue
            if leave == "reset":
                dialogue.wire.reset()
            else:
                dialogue.wire.close()
            dialogue.end()
            _told(dialogue, "WS-CONN-008", f"the client left ({leave}) before the application had answered")


def _told(dialogue: Dialogue, rule: str, what: str) -> None:
    """That receive() has given a disconnect, or the server has cancelled the application, which is not forbidden (A-06)."""
    end = dialogue.end(0.01)
    told = bool(dialogue.events("websocket.disconnect")) or (end is not None and end.get("how") == "cancelled")
    dialogue.expect(told, rule, f"{what}, and receive() gave no websocket.disconnect")


def eager_client(context: Context) -> None:
    """A message that comes right behind the handshake waits until the application has accepted."""
    with begun(context, receive(), receive(QUIET), send({"type": "websocket.accept"}), receive(QUIET)) as dialogue:
        dialogue.client.send(text("early"))
        dialogue.end()
        order = [str(record.get("message") or record.get("event")) for record in dialogue.records() if record.what in _ORDER]
        accepted = next((index for index, item in enumerate(order) if "websocket.accept" in item), len(order))
        early = [item for item in order[:accepted] if "websocket.receive" in item]
        dialogue.expect(not early, "WS-CONN-003", f"before the application had accepted, receive() gave {early[:1]}")


_ORDER = frozenset({"receive", "send"})


def accept(context: Context) -> None:
    """The answer to the handshake is right, and carries the fields of the application in their order."""
    accepted = send({"type": "websocket.accept", "headers": [list(pair) for pair in ADDED]})
    with begun(context, receive(), accepted, until_gone()) as dialogue:
        answer = dialogue.wire.answer()
        missing(context, dialogue, answer)
        error = next(iter(dialogue.awaits("send")), None)
        raised = error is not None and error.get("error") is not None
        if dialogue.spec_version < (2, 1) and (raised or answer.status != 101):
            context.skip("the server declares no version in which websocket.accept has headers")
        faults = faults_of(answer)
        if not dialogue.expect(not faults, "WS-CONN-004", f"the application accepted, and {faults}"):
            return
        rule = "WS-ACC-008" if dialogue.spec_version < (2, 1) else "VER-007"
        names = {name for name, _ in ADDED}
        found = [(name.lower(), value) for name, value in answer.fields if name.lower() in names]
        missed = [pair for pair in ADDED if pair not in found]
        if dialogue.expect(not missed, rule, f"the answer to the handshake lacks the fields {missed}"):
            dialogue.expect(found == list(ADDED), "WS-ACC-008", f"the fields {list(ADDED)} came as {found}")


def subprotocols(context: Context) -> None:
    """The client's list comes in its order, in one field line or two; the chosen one goes out once, and no choice sends none."""
    for lines in ((b"one, two, three",), (b"one, two", b"three")):
        with opened(context, *ACCEPT, until_gone(), subprotocols=lines) as dialogue:
            given = dialogue.scope.get("subprotocols")
            listed = list(given) if is_sequence(given) else given
            message = f"the client offers {NAMES} in {len(lines)} field lines, scope['subprotocols'] is {given!r}"
            dialogue.expect(listed == NAMES, "WS-SCOPE-008", message)
    for chosen, expected in (("two", (b"two",)), (None, ())):
        accepted = send({"type": "websocket.accept", "subprotocol": chosen})
        with begun(context, receive(), accepted, until_gone(), subprotocols=(b"one, two, three",)) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            got = answer.all(b"sec-websocket-protocol")
            fine = answer.status == 101 and got == expected
            dialogue.expect(fine, "WS-ACC-008", f"subprotocol={chosen!r} went out as {got!r}, with the status {answer.status}")


def refuse(context: Context) -> None:
    """websocket.close before accept is a 403, send() returns, and the application goes on."""
    for refusal in (close(), close(3000, reason="no")):
        with begun(context, receive(), refusal, mark("behind"), receive(QUIET)) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            dialogue.expect(answer.status != 101, "WS-CLOSE-006", "websocket.close before accept completed the handshake")
            dialogue.expect(
                answer.status == 403, "WS-CONN-007", f"websocket.close before accept is answered with {_said(answer)}"
            )
            dialogue.end()
            error = next(iter(dialogue.errors()), None)
            dialogue.expect(error is None, "WS-CLOSE-008", f"send() of websocket.close before accept raised {error}")
            if error is None:
                behind = bool(dialogue.records("mark"))
                dialogue.expect(behind, "WS-CLOSE-008", "code behind send() of websocket.close did not run")


def _said(answer: Answer) -> str:
    if not answer.status:
        return "the end of the connection" if answer.ended == "cut" else "nothing"
    return str(answer.status)


def unanswered(context: Context) -> None:
    """An application that raises before it has answered ends the handshake with an error; of one that returns see A-19."""
    for actions in ((receive(), fail()), (fail(),)):
        with begun(context, *actions) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            fine = answer.status >= 400 or bool(dialogue.wire.ended)
            message = f"the application raised before it had answered, and the client got {_said(answer)}"
            dialogue.expect(fine, "WS-CONN-009", message)


def one_call(context: Context) -> None:
    """One socket is one call, which lasts as long as the socket does."""
    with opened(context, *CONVERSE) as dialogue:
        for number in range(3):
            dialogue.client.send(text(f"message {number}"))
            dialogue.client.next()
        calls, end = dialogue.records("call"), dialogue.records("end")
        if dialogue.expect(len(calls) == 1, "CORE-APP-002", f"one WebSocket was {len(calls)} calls of the application"):
            dialogue.expect(not end, "WS-SCOPE-011", "the call of the application has ended, and the socket is open")


def neighbours(context: Context) -> None:
    """An application that raises with its socket open leaves other sockets alone."""
    with opened(context, *CONVERSE) as dialogue:
        with opened(context, *ACCEPT, fail()) as other:
            other.last()
        dialogue.client.send(text("still there"))
        got = dialogue.client.next()
        dialogue.expect(
            got == "still there", "CORE-ERR-004", f"while another application raised, a message was answered with {got!r}"
        )


CASES: tuple[ServerCase, ...] = (
    ServerCase("ws-wait-for-answer", ("WS-CONN-004", "WS-CONN-008", "WS-DISC-001"), "websocket", wait_for_answer),
    ServerCase("ws-eager-client", ("WS-CONN-003",), "websocket", eager_client),
    ServerCase("ws-accept", ("WS-CONN-004", "WS-ACC-008", "VER-007"), "websocket", accept),
    ServerCase("ws-subprotocols", ("WS-SCOPE-008", "WS-ACC-008"), "websocket", subprotocols),
    ServerCase("ws-refuse", ("WS-CONN-007", "WS-CLOSE-006", "WS-CLOSE-008"), "websocket", refuse),
    ServerCase("ws-unanswered", ("WS-CONN-009",), "websocket", unanswered),
    ServerCase("ws-one-call", ("CORE-APP-002", "WS-SCOPE-011"), "websocket", one_call),
    ServerCase("ws-neighbours", ("CORE-ERR-004",), "websocket", neighbours),
)
