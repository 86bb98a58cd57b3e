"""HTTP/2: fields of the request, streams beside each other, what goes out (www, HTTP; RFC 9113), and push and trailers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.case import Context
from asgikit.conformance.server.encoding import is_mapping
from asgikit.conformance.server.exchange import Seen
from asgikit.conformance.server.h2client import Fields, H2Client, H2Stream, h2_request
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.script import Action, Script, pause, piece, receive_body, respond, send, start
from asgikit.conformance.server.wire import Wire

FORBIDDEN = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})
"""Fields of one connection, which no message of HTTP/2 has (RFC 9113, 8.2.2)."""

STREAMS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One exchange, the response on its stream, and what was wrong with the connection."""

    seen: Seen
    stream: H2Stream
    fault: str


@dataclass(frozen=True, slots=True)
class Peer:
    """How a case reaches the server: by prior knowledge, or over TLS."""

    context: Context
    server: Running
    connect: Callable[[], Wire]

    def client(self, *, push: bool = False) -> H2Client:
        """A new connection. Raises H2Unavailable."""
        return H2Client(self.connect(), push=push)

    def ask(self, script: Script, method: str = "GET", *, authority: str = "localhost", fields: Fields = ()) -> Asked:
        """One request on a connection of its own, and its whole exchange. Raises H2Unavailable."""
        with self.client() as client:
            number = client.request(self.request(script, method, authority=authority, fields=fields))
            stream = client.finish(number)[0]
        return Asked(self.seen(script, stream), stream, client.fault)

    def request(self, script: Script, method: str = "GET", *, authority: str | None = "localhost", fields: Fields = ()) -> Fields:
        """The fields of a request with its script."""
        return h2_request(method, authority=authority, fields=(*fields, (b"x-script", script.value)))

    def seen(self, script: Script, stream: H2Stream | None = None) -> Seen:
        """The exchange of a request, with the response of HTTP/2 as text."""
        self.server.log.ended(script.token)
        wire = "" if stream is None else "\n".join(_lines(script, stream))
        return Seen(self.context, script, Answer(), self.server.log.of(script.token), wire)


def _lines(script: Script, stream: H2Stream) -> list[str]:
    lines = [f"> HEADERS with x-script: {script.value.decode()}", f"< :status {stream.status}"]
    lines += [f"< {name!r}: {value!r}" for name, value in stream.fields]
    lines += [f"< DATA {stream.body[:60]!r} ({len(stream.body)} bytes, {stream.data_frames} frames)"]
    lines += [f"< trailers {stream.trailers!r}"] if stream.trailers is not None else []
    return [*lines, f"-- ended: {stream.is_ended}, reset: {stream.reset}"]


Check: TypeAlias = Callable[[Peer], None]


def scope(peer: Peer) -> None:
    """Pseudo-header fields are removed, and :authority comes first as host."""
    ways: tuple[Fields, ...] = ((), ((b"x-before", b"1"),), ((b"x-before", b"1"), (b"host", b"example.test")))
    for extra in ways:
        script = peer.context.script(receive_body(), *respond())
        seen = peer.ask(script, authority="example.test", fields=extra).seen
        if not seen.was_called:
            continue  # what it makes of a host beside an :authority is its own affair (RFC 9113, 8.3.1)
        hosts = [value for name, value in seen.fields if name == b"host"]
        first = seen.fields[:1] == [(b"host", b"example.test")] or b"host" in [name for name, _ in extra]
        told = f":authority is example.test, with the fields {list(extra)}; scope['headers'] is {seen.fields}"
        seen.expect(hosts == [b"example.test"] and first, "HTTP-SCOPE-020", told)
        pseudo = [name for name, _ in seen.fields if name.startswith(b":")]
        seen.expect(not pseudo, "HTTP-SCOPE-019", f"scope['headers'] holds {pseudo}")


def streams(peer: Peer) -> None:
    """Requests on one connection are calls of their own, and each response comes on its stream, whichever is ready first."""
    pauses = [0.02 * (STREAMS - number) for number in range(STREAMS)]
    scripts = [peer.context.script(receive_body(), pause(pauses[n]), *respond(b"%d" % n)) for n in range(STREAMS)]
    with peer.client() as client:
        numbers = [client.request(peer.request(script), body=b"x" * 100) for script in scripts]
        answers = client.finish(*numbers, within=10.0)
    for index, (script, stream) in enumerate(zip(scripts, answers, strict=True)):
        seen = peer.seen(script, stream)
        right = stream.status == 200 and stream.body == b"%d" % index
        told = f"the stream of request {index} got {stream.status} {stream.body!r:.60} {client.fault}"
        calls = len(seen.of("call"))
        if not seen.expect(right, "HTTP-SCOPE-027", told):
            return
        seen.expect(calls == 1, "HTTP-SCOPE-027", f"one of {STREAMS} requests on one connection was {calls} calls")


def head(peer: Peer) -> None:
    """No body goes out in reply to HEAD, whether the application declares its length or streams it."""
    bodies = (
        (start(200, (b"content-length", b"4")), piece(b"body")),
        (start(200), piece(b"bo", more=True), piece(b"dy")),
        (start(200), piece(b"body")),
    )
    for actions in bodies:
        script = peer.context.script(receive_body(), actions)
        after = peer.context.script(receive_body(), *respond(b"after"))
        with peer.client() as client:
            stream = client.finish(client.request(peer.request(script, "HEAD")))[0]
            told = f"DATA came in reply to HEAD: {stream.body!r} {client.fault}"
            if not peer.seen(script, stream).expect(not stream.body and not client.fault, "HTTP-SEM-012", told):
                continue
            second = client.finish(client.request(peer.request(after)))[0]
        told = f"after HEAD the connection answers with {second.status} {second.body!r} {client.fault}"
        peer.seen(after, second).expect(second.body == b"after", "HTTP-SCOPE-027", told)


WRONG: tuple[tuple[bytes, bytes], ...] = (
    (b"connection", b"close"),
    (b"transfer-encoding", b"chunked"),
    (b"keep-alive", b"timeout=5"),
    (b"upgrade", b"h2c"),
    (b"X-Upper", b"1"),
    (b"x-crlf", b"a\r\nx-smuggled: 1"),
    (b"x-nul", b"a\x00b"),
)


def fields(peer: Peer) -> None:
    """Fields that HTTP/2 has not, upper case and line breaks never go out, whatever the application sends."""
    for pair in WRONG:
        script = peer.context.script(receive_body(), start(200, pair), piece(b"ok"))
        asked = peer.ask(script)
        bad = [(name, value) for name, value in asked.stream.fields if _is_wrong(name, value)]
        told = f"the application sent the field {pair}; the server sends {bad}"
        asked.seen.expect(not bad, "HTTP-SEM-020", told)


def _is_wrong(name: bytes, value: bytes) -> bool:
    return name != name.lower() or name in FORBIDDEN or any(byte in value for byte in b"\r\n\x00")


def trailers(peer: Peer) -> None:
    """Trailers go out behind the body if the client takes them, and the response does not end before them."""
    sent: tuple[Action, ...] = (
        start(200, (b"trailer", b"x-sum"), trailers=True),
        piece(b"body"),
        pause(0.1),
        send({"type": "http.response.trailers", "headers": [[b"x-sum", b"1"]], "more_trailers": False}),
    )
    for wanted in (True, False):
        script = peer.context.script(receive_body(), sent)
        asked = peer.ask(script, fields=((b"te", b"trailers"),) if wanted else ())
        seen = asked.seen
        if "http.response.trailers" not in _extensions(seen):
            peer.context.skip("the server does not advertise http.response.trailers on HTTP/2")
        got = asked.stream.trailers
        if wanted:
            told = f"the application sent the trailer x-sum: 1; the client got {got} {asked.fault}"
            seen.expect(got == ((b"x-sum", b"1"),), "EXT-TRAIL-006", told)
        else:
            seen.expect(not got, "EXT-TRAIL-007", f"the request has no te: trailers, and the client got {got}")
        seen.expect(asked.stream.is_ended, "EXT-TRAIL-006", "the response with trailers does not end")


def early_hints(peer: Peer) -> None:
    """An early hint before the start is a 103 with its links, or nothing."""
    hint = send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]})
    script = peer.context.script(receive_body(), hint, *respond(b"body"))
    asked = peer.ask(script)
    seen, stream = asked.seen, asked.stream
    if "http.response.early_hint" not in _extensions(seen):
        peer.context.skip("the server does not advertise http.response.early_hint on HTTP/2")
    seen.expect(seen.error_of(0) is None, "CORE-EXT-005", f"send() of an early hint before the start raised {seen.error_of(0)}")
    for status, fields_ in stream.interim:
        links = b", ".join(value for name, value in fields_ if name == b"link").split(b", ")
        right = status != 103 or links == [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]
        seen.expect(right, "EXT-HINT-003", f"the 103 has the links {links}")
    told = f"behind an early hint the response is {stream.status} {stream.body!r:.60} {asked.fault}"
    seen.expect(stream.status == 200 and stream.body == b"body", "EXT-HINT-003", told)


def _extensions(seen: Seen) -> Sequence[str]:
    found = seen.scope.get("extensions")
    return [str(key) for key in found] if is_mapping(found) else []


def push(peer: Peer) -> None:
    """A push is a request of its own to the application, with the authority of the request that it belongs to."""
    pushed = send({"type": "http.response.push", "path": "/pushed", "headers": [[b"x-pushed", b"1"]]})
    script = peer.context.script(receive_body(), start(200), pushed, piece(b"main"))
    with peer.client(push=True) as client:
        number = client.request(peer.request(script, authority="example.test"))
        stream = client.finish(number)[0]
        promised = [(index, other) for index, other in client.streams.items() if index != number and other.request]
        client.finish(*(index for index, _ in promised))
    seen = peer.seen(script, stream)
    if "http.response.push" not in _extensions(seen):
        peer.context.skip("the server does not advertise http.response.push")
    told = f"the client takes pushes, and no promise came; send() raised {seen.error_of(1)}"
    if not seen.expect(promised, "EXT-PUSH-003", told):
        return
    other = promised[0][1]
    missed = {(b":path", b"/pushed"), (b":authority", b"example.test"), (b"x-pushed", b"1")} - set(other.request)
    seen.expect(not missed, "EXT-PUSH-003", f"the promise lacks {sorted(missed)}: {other.request}")
    seen.expect(other.status == 200, "EXT-PUSH-003", f"the pushed response is {other.status} {client.fault}")


CHECKS: tuple[tuple[str, tuple[str, ...], Check], ...] = (
    ("scope", ("HTTP-SCOPE-019", "HTTP-SCOPE-020"), scope),
    ("streams", ("HTTP-SCOPE-027",), streams),
    ("head", ("HTTP-SEM-012", "HTTP-SCOPE-027"), head),
    ("fields", ("HTTP-SEM-020",), fields),
    ("trailers", ("EXT-TRAIL-006", "EXT-TRAIL-007"), trailers),
    ("push", ("EXT-PUSH-003",), push),
    ("early-hints", ("EXT-HINT-003", "CORE-EXT-005"), early_hints),
)
