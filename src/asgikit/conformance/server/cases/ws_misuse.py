"""What a server makes of a WebSocket application's wrong messages: send() raises, nothing wrong goes out, the server lives."""

from __future__ import annotations

from collections.abc import Mapping

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.dialogue import ACCEPT, CONVERSE, Dialogue, begun, close, missing, opened, say
from asgikit.conformance.server.frames import Close, text
from asgikit.conformance.server.script import Action, fail, receive, send, until_gone
from asgikit.conformance.server.wsclient import Ended, Event

WRONG_DATA: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("neither text nor bytes", {}),
    ("text and bytes, both None", {"text": None, "bytes": None}),
    ("both text and bytes", {"text": "a", "bytes": b"b"}),
    ("text that is bytes", {"text": b"a"}),
    ("bytes that are a str", {"bytes": "a"}),
    ("text that is a number", {"text": 1}),
)

UNSENDABLE: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("the code 999", {"code": 999}),
    ("the code 1005", {"code": 1005}),
    ("the code 1006", {"code": 1006}),
    ("the code 1015", {"code": 1015}),
    ("the code 5000", {"code": 5000}),
    ("the code 70000", {"code": 70000}),
    ("the code -1", {"code": -1}),
    ("a reason of 124 bytes", {"code": 1000, "reason": "x" * 124}),
    ("a reason of 62 characters that are 124 bytes", {"code": 1000, "reason": "é" * 62}),
)

WRONG_TYPES: tuple[tuple[str, object], ...] = (
    ("an unknown type", {"type": "websocket.bogus"}),
    ("no type", {"text": "a"}),
    ("a message of HTTP", {"type": "http.response.start", "status": 200}),
    ("a message that is no dict", ["websocket.send"]),
    ("a code that is a str", {"type": "websocket.close", "code": "1000"}),
)


def wrong_data(context: Context) -> None:
    """send() raises for a websocket.send that says nothing, two things, or something of a wrong type; none of it goes out."""
    for what, data in WRONG_DATA:
        with opened(context, *ACCEPT, say(**data), say(text="after"), until_gone()) as dialogue:
            got = dialogue.client.next()
            dialogue.awaits("send", 3)
            _raised(dialogue, "WS-SEND-007", f"websocket.send with {what}", got)


def _raised(dialogue: Dialogue, rule: str, what: str, got: Event) -> None:
    """That the second send() has raised; the first was the accept."""
    errors = dialogue.errors()
    if len(errors) < 2:
        end = dialogue.end(1.0)
        how = "it never returned" if end is None else f"the application was {end.get('how')}"
        dialogue.expect(end is not None, rule, f"{what}: send() did not raise; {how}")
        return
    dialogue.expect(errors[1] is not None, rule, f"{what}: send() did not raise, and the client got {got!r:.80}")


def wrong_types(context: Context) -> None:
    """send() raises for messages that no WebSocket has, before and after the application has accepted."""
    for what, message in WRONG_TYPES:
        with opened(context, *ACCEPT, send(message), until_gone()) as dialogue:
            dialogue.awaits("send", 2)
            _raised(dialogue, "CORE-ERR-001", what, dialogue.client.next(0.2))
    for what, message in WRONG_TYPES[:4]:
        with begun(context, receive(), send(message), close()) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            error = next(iter(dialogue.errors()), None)
            said = answer.status or "nothing"
            dialogue.expect(error is not None, "CORE-ERR-001", f"{what}: send() did not raise; the handshake got {said}")


def out_of_order(context: Context) -> None:
    """send() raises for data before the accept, and for a second accept."""
    with opened(context, *ACCEPT, send({"type": "websocket.accept"}), until_gone()) as dialogue:
        dialogue.awaits("send", 2)
        _raised(dialogue, "WS-ACC-011", "a second websocket.accept", dialogue.client.next(0.2))
    with begun(context, receive(), send({"type": "websocket.send", "text": "a"}), close()) as dialogue:
        answer = dialogue.wire.answer()
        missing(context, dialogue, answer)
        error = next(iter(dialogue.errors()), None)
        said = answer.status or "nothing"
        dialogue.expect(error is not None, "WS-ACC-011", f"websocket.send before accept did not raise; the handshake got {said}")


def unsendable(context: Context) -> None:
    """A close that no close frame can carry is refused: send() raises, or at least the socket is closed legally."""
    for what, more in UNSENDABLE:
        with opened(context, *ACCEPT, send({"type": "websocket.close", **more}), close(4000)) as dialogue:
            last = dialogue.last()
            dialogue.awaits("send", 2)
            tried = f"websocket.close with {what}"
            illegal = isinstance(last, Ended) and last.how == "fault"
            dialogue.expect(not illegal, "WS-CLOSE-011", f"{tried}: the client got no legal end: {last}")
            left_open = last == Close(4000) or (isinstance(last, Ended) and last.how == "silent")
            passed_over = dialogue.errors()[1:2] == [None] and left_open
            dialogue.expect(not passed_over, "WS-CLOSE-011", f"{tried}: send() did not raise, and the socket was not closed")


def wrong_accept(context: Context) -> None:
    """A subprotocol among the headers, one that was not offered, or of a wrong type: send() raises, and none is agreed."""
    ways: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("sec-websocket-protocol in its headers", {"headers": [[b"sec-websocket-protocol", b"one"]]}),
        ("a subprotocol that was not offered", {"subprotocol": "other"}),
        ("a subprotocol that is bytes", {"subprotocol": b"one"}),
    )
    for what, more in ways:
        accepted = send({"type": "websocket.accept", **more})
        with begun(context, receive(), accepted, close(), subprotocols=(b"one, two",)) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            dialogue.awaits("send")
            error = next(iter(dialogue.errors()), None)
            agreed = answer.all(b"sec-websocket-protocol")
            got = f"{answer.status} with the subprotocol {agreed}"
            message = f"websocket.accept with {what}: send() did not raise; the handshake got {got}"
            dialogue.expect(error is not None, "WS-ACC-010", message)


def repeated_accept(context: Context) -> None:
    """A second accept, and a message behind the application's own close, leave nothing on the wire that is no frame."""
    ways: tuple[tuple[str, tuple[Action, ...]], ...] = (
        ("a second websocket.accept", (send({"type": "websocket.accept"}), say(text="after"), close())),
        ("messages behind websocket.close", (close(), say(text="late"), close(), send({"type": "websocket.accept"}))),
    )
    for what, actions in ways:
        with opened(context, *ACCEPT, *actions) as dialogue:
            last = dialogue.last()
            fine = isinstance(last, Close) or last.how != "fault"
            dialogue.expect(fine, "CORE-ERR-001", f"{what}: the client got what is no frame: {last}")
            dialogue.expect(dialogue.end() is not None, "CORE-APP-004", f"{what}: send() did not return")


def escapes(context: Context) -> None:
    """An error of send() that leaves the application ends that socket, and nothing else."""
    wrong = send({"type": "websocket.send"}, escape=True)
    for actions in (
        (*ACCEPT, wrong, fail()),
        (receive(), wrong, fail()),
        (receive(), send({"type": "bogus"}, escape=True), fail()),
    ):
        with begun(context, *actions) as dialogue:
            answer = dialogue.wire.answer()
            missing(context, dialogue, answer)
            if answer.status == 101:
                last = dialogue.last()
                ended = isinstance(last, Close) or last.how in {"closed", "reset"}
                dialogue.expect(ended, "CORE-ERR-003", f"an error left the application, and the client got {last}")
    with opened(context, *CONVERSE) as dialogue:
        dialogue.client.send(text("next"))
        got = dialogue.client.next()
        dialogue.expect(
            got == "next", "CORE-ERR-004", f"after errors in other applications a message was answered with {got!r:.80}"
        )


CASES: tuple[ServerCase, ...] = (
    ServerCase("ws-wrong-data", ("WS-SEND-007",), "websocket", wrong_data),
    ServerCase("ws-wrong-types", ("CORE-ERR-001",), "websocket", wrong_types),
    ServerCase("ws-out-of-order", ("WS-ACC-011",), "websocket", out_of_order),
    ServerCase("ws-unsendable-close", ("WS-CLOSE-011",), "websocket", unsendable),
    ServerCase("ws-wrong-accept", ("WS-ACC-010",), "websocket", wrong_accept),
    ServerCase("ws-repeated-accept", ("CORE-ERR-001", "CORE-APP-004"), "websocket", repeated_accept),
    ServerCase("ws-errors-escape", ("CORE-ERR-003", "CORE-ERR-004"), "websocket", escapes),
)
