"""How a WebSocket ends: by the client, the application, an exception or a loss, and what is told (www, Close and Disconnect)."""

from __future__ import annotations

import re

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.cases.ws_handshake import QUIET
from asgikit.conformance.server.dialogue import ACCEPT, Dialogue, as_number, close, opened, say
from asgikit.conformance.server.encoding import is_mapping
from asgikit.conformance.server.frames import Close, text
from asgikit.conformance.server.script import fail, mark, pause, receive, send, until_gone

CODES: tuple[tuple[int | None, str], ...] = ((1000, ""), (1001, "bye"), (3000, "é€"), (4999, "x" * 123), (None, ""))
"""What a client may say at the end (RFC 6455, 7.4); the longest reason is 123 bytes."""


def client_close(context: Context) -> None:
    """Code and reason of the client's close frame are told; without a code that is 1005."""
    for code, reason in CODES:
        with opened(context, *ACCEPT, until_gone()) as dialogue:
            dialogue.client.leave(code, reason)
            dialogue.end()
            if not _told(dialogue, code, reason):
                return


def _told(dialogue: Dialogue, code: int | None, reason: str) -> bool:
    what = f"the client closed with {'no code' if code is None else f'the code {code}'} and the reason {reason[:10]!r}"
    events = dialogue.events("websocket.disconnect")
    if not dialogue.expect(bool(events), "WS-DISC-001", f"{what}; receive() gave no websocket.disconnect"):
        return False
    rule, expected = ("WS-DISC-005", 1005) if code is None else ("WS-DISC-003", code)
    given = as_number(events[0].get("code"))
    if not dialogue.expect(given == expected, rule, f"{what}; websocket.disconnect has the code {given!r}, not {expected}"):
        return False
    if dialogue.spec_version < (2, 5) or not reason:
        return True
    said = events[0].get("reason")
    message = f"{what}; the server declares 2.5, and websocket.disconnect has the reason {said!r:.60}"
    return dialogue.expect(said == reason, "VER-005", message)


def lost(context: Context) -> None:
    """A connection that is lost without a close frame is told; its code is 1006 by RFC 6455, 7.1.5, and 1005 to some (A-10)."""
    for how in ("FIN", "RST"):
        with opened(context, *ACCEPT, until_gone()) as dialogue:
            dialogue.awaits("send")
            if how == "FIN":
                dialogue.wire.close()
            else:
                dialogue.wire.reset()
            end = dialogue.end()
            events = dialogue.events("websocket.disconnect")
            told = bool(events) or (end is not None and end.get("how") == "cancelled")
            dialogue.expect(told, "WS-DISC-001", f"the connection was lost by {how}; receive() gave no websocket.disconnect")
            if events:
                code = as_number(events[0].get("code"))
                message = f"the connection was lost by {how}; the code of the disconnect is {code!r}"
                dialogue.notice(code == 1006, "WS-DISC-006", message)


def app_close(context: Context) -> None:
    """The application's close goes out with its code, 1000 without one, and its reason; then the disconnect is told."""
    ways: tuple[tuple[int | None, str], ...] = ((None, ""), (1001, ""), (3001, "bye é"), (4999, "x" * 123))
    for code, reason in ways:
        more = {"reason": reason} if reason else {}
        with opened(context, *ACCEPT, close(code, **more), mark("behind"), receive(5.0)) as dialogue:
            last = dialogue.last()
            what = f"the application closed with the code {code} and the reason {reason[:10]!r}"
            got = last.code if isinstance(last, Close) else None
            if not dialogue.expect(got == (code or 1000), "WS-CLOSE-007", f"{what}; the client got {last}"):
                continue
            if reason and isinstance(last, Close) and dialogue.spec_version >= (2, 3):
                dialogue.expect(last.reason == reason, "WS-CLOSE-007", f"{what}; the client got the reason {last.reason!r:.60}")
            end = dialogue.end(8.0)
            _goes_on(dialogue, what)
            told = bool(dialogue.events("websocket.disconnect")) or (end is not None and end.get("how") == "cancelled")
            dialogue.expect(told, "WS-DISC-001", f"{what}, the client agreed, and receive() gave no websocket.disconnect")


def _goes_on(dialogue: Dialogue, what: str) -> None:
    error = dialogue.errors()[1:]
    how = f"raised {error[0]}" if error else "did not return"
    if dialogue.expect(error == [None], "WS-CLOSE-008", f"{what}; send() {how}"):
        dialogue.expect(bool(dialogue.records("mark")), "WS-CLOSE-008", f"{what}; the code behind it did not run")


def raises_open(context: Context) -> None:
    """An application that raises with its socket open: the server closes it. One that returns is an ambiguity (A-19)."""
    for actions in ((*ACCEPT, fail()), (*ACCEPT, say(text="a"), fail("ExceptionGroup"))):
        with opened(context, *actions) as dialogue:
            last = dialogue.last()
            ended = isinstance(last, Close) or last.how in {"closed", "reset"}
            dialogue.expect(ended, "WS-CLOSE-009", f"the application raised with its socket open, and the client got {last}")


def last_words(context: Context) -> None:
    """What was sent before the close comes before it."""
    with opened(context, *ACCEPT, say(text="a"), say(bytes=b"b"), close(1000)) as dialogue:
        got = dialogue.client.ending()
        fine = got == ("a", b"b", Close(1000))
        dialogue.expect(fine, "WS-CLOSE-007", f"the application sent 'a' and b'b' and closed; the client got {got}")


def send_after(context: Context) -> None:
    """A server that declares 2.4 raises an OSError from send() on a socket that the client has closed, or that is lost."""
    for how in ("close frame", "FIN", "RST"):
        late = (say(text="late"), pause(0.2), say(text="later"), pause(0.2), say(text="last"))
        with opened(context, *ACCEPT, until_gone(), *late) as dialogue:
            dialogue.awaits("send")
            _leave(dialogue, how)
            dialogue.end()
            errors = dialogue.errors()[1:]
            if dialogue.spec_version < (2, 4) or len(errors) < 3:
                continue
            fine = all(error is not None and error.get("oserror") is True for error in errors)
            kinds = [None if error is None else error.get("class") for error in errors]
            message = f"the client left ({how}), the disconnect was told, and send() raised {kinds}; the server declares 2.4"
            dialogue.expect(fine, "WS-DISC-010", message)


def _leave(dialogue: Dialogue, how: str) -> None:
    if how == "close frame":
        dialogue.client.leave()
    elif how == "RST":
        dialogue.wire.reset()
    else:
        dialogue.wire.close()


def repeated(context: Context) -> None:
    """After the disconnect, receive() waits, or gives the same again."""
    for how in ("close frame", "FIN"):
        with opened(context, *ACCEPT, until_gone(), receive(QUIET), receive(QUIET)) as dialogue:
            dialogue.awaits("send")
            dialogue.client.send(text("before"))
            _leave(dialogue, how)
            dialogue.end()
            events = dialogue.events()
            kinds = [event.get("type") for event in events]
            first = kinds.index("websocket.disconnect") if "websocket.disconnect" in kinds else len(kinds)
            more = [dict(event) | {"code": as_number(event.get("code"))} for event in events[first:]]
            alike = all(event.get("code") == more[0].get("code") and event.get("type") == more[0].get("type") for event in more)
            dialogue.expect(alike, "WS-DISC-007", f"the client left ({how}); receive() gave {more}")


def unread(context: Context) -> None:
    """What a client said before it closed is delivered before the disconnect."""
    with opened(context, *ACCEPT, pause(0.3), until_gone()) as dialogue:
        dialogue.client.send(text("one"), text("two"))
        dialogue.client.leave()
        dialogue.end()
        got = [event.get("text") or event.get("type") for event in dialogue.events()[1:]]
        told = "the client said 'one' and 'two' and closed, before the application received"
        dialogue.expect(got == ["one", "two", "websocket.disconnect"], "WS-DISC-001", f"{told}; then receive() gave {got}")


def own_exception(context: Context) -> None:
    """What the server's send() raises after the disconnect is not logged as an error when it leaves the application."""
    escaping = send({"type": "websocket.send", "text": "late"}, escape=True)
    with context.fresh() as server:
        with opened(context, *ACCEPT, until_gone(), escaping, server=server) as dialogue:
            dialogue.awaits("send")
            _leave(dialogue, "close frame")
            end = dialogue.end()
        error = end.get("error") if end is not None else None
        if not is_mapping(error):
            context.skip("send() raises nothing after the disconnect")
            return
        server.stop()
        logged = [line for line in server.output().splitlines() if _ERROR.search(line)]
        # Of an error that is no OSError the specification says less: a class that the server ignores (asgi, Error Handling).
        rule = "WS-DISC-011" if error.get("oserror") else "CORE-ERR-006"
        told = f"the {error.get('class')} of send() after the disconnect left the application, and the server logged {logged[:2]}"
        dialogue.expect(not logged, rule, told)


_ERROR = re.compile(r"Traceback|\b(ERROR|CRITICAL|error|critical)\b")


CASES: tuple[ServerCase, ...] = (
    ServerCase("ws-client-close", ("WS-DISC-001", "WS-DISC-003", "WS-DISC-005", "VER-005"), "websocket", client_close),
    ServerCase("ws-lost", ("WS-DISC-001", "WS-DISC-006"), "websocket", lost),
    ServerCase("ws-app-close", ("WS-CLOSE-007", "WS-CLOSE-008", "WS-DISC-001"), "websocket", app_close),
    ServerCase("ws-raises-open", ("WS-CLOSE-009",), "websocket", raises_open),
    ServerCase("ws-last-words", ("WS-CLOSE-007",), "websocket", last_words),
    ServerCase("ws-send-after", ("WS-DISC-010",), "websocket", send_after),
    ServerCase("ws-repeated", ("WS-DISC-007",), "websocket", repeated),
    ServerCase("ws-unread", ("WS-DISC-001",), "websocket", unread),
    ServerCase("ws-own-exception", ("WS-DISC-011", "CORE-ERR-006"), "websocket", own_exception, alone=True),
)
