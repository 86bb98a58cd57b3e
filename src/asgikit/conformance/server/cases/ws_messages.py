"""Messages both ways: whole, in fragments, empty, large, with pings between, and broken ones (www, Receive and Send)."""

from __future__ import annotations

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.dialogue import ACCEPT, CONVERSE, Dialogue, begun, close, missing, opened, say
from asgikit.conformance.server.encoding import Fill
from asgikit.conformance.server.frames import Close, Frame, Message, Opcode, binary, fragments, text
from asgikit.conformance.server.script import flood, pause, receive, send, until_gone
from asgikit.conformance.server.wsclient import Ended, Event, Pong

SIZES = (1, 125, 126, 127, 65_535, 65_536, 500_000)
"""On both sides of where the form of a frame's length changes, and one that takes many reads."""

PHRASE = "Aé€😀z"
"""Characters of one to four bytes in UTF-8."""

NOT_UTF8: tuple[tuple[bytes, str], ...] = (
    (b"\xff", "a byte that UTF-8 has not"),
    (b"ab\x80", "a continuation byte alone"),
    (b"\xc0\xaf", "an overlong form"),
    (b"\xed\xa0\x80", "a surrogate"),
    (b"\xf4\x90\x80\x80", "more than U+10FFFF"),
    (b"ab\xe2\x82", "a character that is cut off"),
)


def _shown(event: Event) -> str:
    shown = repr(event)
    return shown if len(shown) <= 100 else f"{shown[:80]}... ({len(shown)} characters)"


def _echoes(dialogue: Dialogue, message: Message, rule: str, what: str) -> bool:
    """Whether the message that was sent comes back; one that the application has received is lost on its way out."""
    got = dialogue.client.next()
    if got == message:
        return True
    seen = dialogue.events("websocket.receive")
    if not _is_piece(got, message) and seen and message in {seen[-1].get("text"), seen[-1].get("bytes")}:
        # An empty message that is not sent is for ws-empty to report.
        return dialogue.expect(not message, "WS-SEND-008", f"the application sent {what}, and {_shown(got)} came")
    came = f"the application received {seen[-1]!r:.100}" if seen else "the application received nothing"
    return dialogue.expect(holds=False, rule=rule, message=f"{what} came back as {_shown(got)}; {came}")


def _is_piece(got: Event, message: Message) -> bool:
    """Whether a fragment came back for the whole: the application has received it as a message of its own."""
    if isinstance(got, str) and isinstance(message, str):
        return got in message
    return isinstance(got, bytes) and isinstance(message, bytes) and got in message


def echo(context: Context) -> None:
    """Text and bytes of many sizes arrive whole, and go out as what they are."""
    with opened(context, *CONVERSE) as dialogue:
        for size in SIZES:
            for message in ("é" * (size // 2) + "x" * (size % 2), b"\xff\x00" * (size // 2) + b"x" * (size % 2)):
                frame = text(message) if isinstance(message, str) else binary(message)
                dialogue.client.send(frame)
                kind = "text" if isinstance(message, str) else "binary"
                if not _echoes(dialogue, message, "WS-RECV-006", f"a {kind} message of {size} bytes"):
                    return


def in_order(context: Context) -> None:
    """Many small messages in one write come back in their order, each by itself."""
    with opened(context, *CONVERSE) as dialogue:
        messages = [f"message {number}" for number in range(100)]
        dialogue.client.send(*(text(message) for message in messages))
        for message in messages:
            if not _echoes(dialogue, message, "WS-RECV-006", f"{message!r}, one of a hundred in one write,"):
                return


def empty(context: Context) -> None:
    """Empty text and empty bytes are messages."""
    with opened(context, *CONVERSE) as dialogue:
        dialogue.client.send(text(""), binary(b""), text("end"))
        dialogue.awaits("receive", 4)
        got = [event.get("text") if event.get("text") is not None else event.get("bytes") for event in _received(dialogue)]
        message = f"of the messages '', b'' and 'end' the application received {got!r}"
        if dialogue.expect(got == ["", b"", "end"], "WS-RECV-010", message):
            out = [dialogue.client.next() for _ in range(3)]
            dialogue.expect(out == ["", b"", "end"], "WS-SEND-006", f"the application sent '', b'' and 'end'; {out!r} came")


def _received(dialogue: Dialogue) -> list[dict[object, object]]:
    return [dict(event) for event in dialogue.events("websocket.receive")]


def one_none(context: Context) -> None:
    """A send() whose other key is None is as one without it."""
    ways = (say(text="a", bytes=None), say(text=None, bytes=b"b"), say(text="", bytes=None), say(text=None, bytes=b""))
    with opened(context, *ACCEPT, *ways, until_gone()) as dialogue:
        for message in ("a", b"b", "", b""):
            got = dialogue.client.next()
            rule = "WS-SEND-008" if message else "WS-SEND-006"
            if not dialogue.expect(got == message, rule, f"{message!r} was sent with the other key None; {_shown(got)} came"):
                return


def extra_keys(context: Context) -> None:
    """Keys that the server does not know are passed over."""
    accepted = send({"type": "websocket.accept", "unknown": 1})
    with begun(context, receive(), accepted, say(text="a", unknown=1), close()) as dialogue:
        answer = dialogue.wire.answer()
        missing(context, dialogue, answer)
        got = dialogue.client.next() if answer.status == 101 else None
        dialogue.awaits("send", 2)
        errors = dialogue.errors()[:2]
        told = f"messages with an unknown key: send() raised {errors}, and {got!r:.80} came"
        dialogue.expect(got == "a" and errors == [None, None], "CORE-MSG-010", told)


def fragmented(context: Context) -> None:
    """A message in fragments is one message, wherever it is cut: inside a character, into empty frames, with a ping between."""
    data = PHRASE.encode()
    ways = [fragments(Opcode.TEXT, data, cut) for cut in range(len(data) + 1)]
    ways += [fragments(Opcode.TEXT, data, *range(1, len(data))), fragments(Opcode.TEXT, data, 0, 0, 3, 3, len(data))]
    with opened(context, *CONVERSE) as dialogue:
        for way in ways:
            dialogue.client.send(*way)
            lengths = [len(frame.payload) for frame in way]
            if not _echoes(dialogue, PHRASE, "WS-RECV-006", f"{PHRASE!r} in fragments of {lengths} bytes"):
                return
        dialogue.client.send(*fragments(Opcode.BINARY, b"\xff\xfe", 1), *fragments(Opcode.BINARY, b"", 0))
        _echoes(dialogue, b"\xff\xfe", "WS-RECV-006", "b'\\xff\\xfe' in two fragments")
        _echoes(dialogue, b"", "WS-RECV-006", "b'' in two fragments")
        first, *rest = fragments(Opcode.TEXT, data, 3, 6)
        dialogue.client.send(first, Frame(Opcode.PING, b"between"), *rest)
        got = {_shown(dialogue.client.next()), _shown(dialogue.client.next())}
        wanted = {_shown(PHRASE), _shown(Pong(b"between"))}
        dialogue.expect(
            got == wanted, "WS-RECV-006", f"{PHRASE!r} in fragments with a PING between was answered with {sorted(got)}"
        )


def trickled(context: Context) -> None:
    """Frames may come one byte at a time."""
    frames = text(PHRASE).encode() + Frame(Opcode.PING, b"p").encode() + binary(b"x" * 130).encode()
    with opened(context, *CONVERSE) as dialogue:
        dialogue.wire.send_pieces((frames[index : index + 1] for index in range(len(frames))), pause=0.001)
        got = [dialogue.client.next() for _ in range(3)]
        fine = set(got) == {PHRASE, Pong(b"p"), b"x" * 130}
        dialogue.expect(
            fine, "WS-RECV-006", f"frames that came a byte at a time were answered with {[_shown(item) for item in got]}"
        )


def ping(context: Context) -> None:
    """The server answers a PING with its payload; neither PING nor PONG is given to the application."""
    with opened(context, *CONVERSE) as dialogue:
        for payload in (b"", b"abc", bytes(range(125))):
            dialogue.client.send(Frame(Opcode.PING, payload))
            got = dialogue.client.next()
            if not dialogue.expect(got == Pong(payload), "WS-RECV-007", f"PING {payload[:9]!r} was answered with {_shown(got)}"):
                return
        dialogue.client.send(Frame(Opcode.PONG, b"unasked"), text("after"))
        dialogue.client.next()
        given = _received(dialogue)
        fine = len(given) == 1 and given[0].get("text") == "after"
        dialogue.expect(fine, "WS-RECV-007", f"after PINGs, a PONG and the message 'after' the application had {given!r:.200}")


def not_utf8(context: Context) -> None:
    """Text that is not UTF-8 fails the connection and is not given to the application, in one frame or in two."""
    for payload, what in NOT_UTF8:
        for frames in ((Frame(Opcode.TEXT, payload),), fragments(Opcode.TEXT, payload, len(payload) - 1)):
            with opened(context, *ACCEPT, until_gone()) as dialogue:
                dialogue.client.send(*frames)
                last = _failed(dialogue, "WS-RECV-008", f"text with {what} ({payload!r}, {len(frames)} frames)")
                if last is None:
                    return
                # A close frame need not be sent, nor hold a code (RFC 6455, 7.1.7); one that is there has to be the right one.
                code = last.code if isinstance(last, Close) else None
                message = f"text with {what} ({payload!r}) was answered with the close code {code}, not 1007"
                if not dialogue.expect(code in {None, 1007}, "WS-RECV-008", message):
                    return


def unmasked(context: Context) -> None:
    """A frame of a client that is not masked fails the connection and is not given to the application."""
    for frame in (text("a"), binary(b"a"), text("")):
        with opened(context, *ACCEPT, until_gone()) as dialogue:
            dialogue.client.send(frame, mask=None)
            if _failed(dialogue, "WS-RECV-009", f"an unmasked frame ({frame})") is None:
                return


def _failed(dialogue: Dialogue, rule: str, what: str) -> Close | Ended | None:
    """How the server has failed the connection; None if it has not, or has told the application of the message."""
    last = dialogue.last()
    dialogue.end(1.0)
    given = _received(dialogue)
    fine = dialogue.expect(not given, rule, f"{what} was given to the application: {given!r:.200}")
    ended = isinstance(last, Close) or last.how in {"closed", "reset"}
    fine &= dialogue.expect(ended, rule, f"{what} did not end the connection: the client got {last}")
    return last if fine else None


def large(context: Context) -> None:
    """A large message of the application goes out whole, unless send() raises: a server may have a limit."""
    size = 4_000_000
    with opened(context, *ACCEPT, say(bytes=Fill(size)), close()) as dialogue:
        got = dialogue.client.next(20.0)
        fine = isinstance(got, bytes) and got == b"x" * size
        refused = any(error is not None for error in dialogue.errors())
        dialogue.expect(fine or refused, "WS-SEND-008", f"{size} bytes of the application came as {_shown(got)}")


FLOOD = 64 * 1024 * 1024
"""Bytes that one side tries to send to another that does not read."""

READ_NOTHING = 8.0
"""Seconds that the application does not read, longer than a server takes to read so much."""


def slow_application(context: Context) -> None:
    """While the application does not read, a server that is flooded stops reading at some point."""
    with context.fresh() as server, opened(context, *ACCEPT, pause(READ_NOTHING), server=server) as dialogue:
        chunk = b"".join(binary(b"x" * 65_000).encode() for _ in range(8))
        taken = 0
        while taken < FLOOD and dialogue.wire.send(chunk, 2.0):
            taken += len(chunk)
        message = f"the application does not read, and the server has taken {taken} bytes of messages from the client"
        dialogue.expect(taken < FLOOD or bool(dialogue.records("end")), "HTTP-REQ-015", message)


def slow_client(context: Context) -> None:
    """While the client does not read, send() waits at some point."""
    size = 65_536
    times = FLOOD // size
    actions = (*ACCEPT, flood({"type": "websocket.send", "bytes": Fill(size)}, times))
    with context.fresh() as server, opened(context, *actions, server=server) as dialogue:
        count = -1
        while count < (now := len(dialogue.records("flood"))) < times:
            count = now
            dialogue.awaits("flood", times, 2.0)
        message = f"the client does not read, and send() has taken {now} messages of {size} bytes"
        dialogue.expect(now < times, "HTTP-RESP-026", message)


CASES: tuple[ServerCase, ...] = (
    ServerCase("ws-echo", ("WS-SEND-008", "WS-RECV-006"), "websocket", echo),
    ServerCase("ws-in-order", ("WS-RECV-006", "WS-SEND-008"), "websocket", in_order),
    ServerCase("ws-empty", ("WS-RECV-010", "WS-SEND-006"), "websocket", empty),
    ServerCase("ws-one-none", ("WS-SEND-006", "WS-SEND-008"), "websocket", one_none),
    ServerCase("ws-extra-keys", ("CORE-MSG-010",), "websocket", extra_keys),
    ServerCase("ws-fragments", ("WS-RECV-006", "WS-SEND-008"), "websocket", fragmented),
    ServerCase("ws-trickled", ("WS-RECV-006",), "websocket", trickled),
    ServerCase("ws-ping", ("WS-RECV-007",), "websocket", ping),
    ServerCase("ws-not-utf8", ("WS-RECV-008",), "websocket", not_utf8),
    ServerCase("ws-unmasked", ("WS-RECV-009",), "websocket", unmasked),
    ServerCase("ws-large", ("WS-SEND-008",), "websocket", large),
    ServerCase("ws-slow-application", ("HTTP-REQ-015",), "websocket", slow_application, alone=True),
    ServerCase("ws-slow-client", ("HTTP-RESP-026",), "websocket", slow_client, alone=True),
)
