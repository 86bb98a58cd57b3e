"""The extensions of a response on HTTP/1.1, each where the server advertises it: early hints, trailers, files (extensions)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.encoding import is_mapping
from asgikit.conformance.server.exchange import Seen, ask, out_of_step, request
from asgikit.conformance.server.script import Action, pause, piece, receive_body, respond, send, start

FILE = b"0123456789" * 1000


def _needs(context: Context, seen: Seen, name: str) -> None:
    """Raises Skipped if the server does not advertise the extension."""
    extensions = seen.scope.get("extensions")
    if not is_mapping(extensions) or name not in extensions:
        context.skip(f"the server does not advertise {name}")


def early_hints(context: Context) -> None:
    """An early hint before the start is a 103 with its Link fields, or nothing; the response behind it is whole."""
    hint = send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]})
    script = context.script(receive_body(), hint, *respond(b"body"))
    seen = ask(context, script)
    _needs(context, seen, "http.response.early_hint")
    seen.expect(seen.error_of(0) is None, "CORE-EXT-005", f"send() of an early hint before the start raised {seen.error_of(0)}")
    hints = [answer for answer in seen.answer.interim if answer.status == 103]
    for answer in hints[:1]:
        links = b", ".join(answer.all(b"link")).split(b", ")
        right = links == [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]
        seen.expect(right, "EXT-HINT-003", f"the 103 has the links {links}")
    told = f"behind an early hint the response is {seen.answer.status} {seen.answer.body!r:.60} {seen.answer.faults}"
    seen.expect(seen.answer.status == 200 and seen.answer.body == b"body", "EXT-HINT-003", told)


def trailers(context: Context) -> None:
    """With trailers=True the response ends behind them; they go out if the request has te: trailers."""
    sent: tuple[Action, ...] = (
        start(200, (b"trailer", b"x-sum"), trailers=True),
        piece(b"body"),
        pause(0.1),
        send({"type": "http.response.trailers", "headers": [[b"x-sum", b"1"]], "more_trailers": False}),
    )
    for wanted in (True, False):
        script = context.script(receive_body(), sent)
        extra = ((b"TE", b"trailers"), (b"Connection", b"TE")) if wanted else ()
        seen = ask(context, script, request(script, fields=extra))
        _needs(context, seen, "http.response.trailers")
        got = seen.answer.trailers
        if wanted:
            right = [(name.lower(), value) for name, value in got] == [(b"x-sum", b"1")]
            seen.expect(right, "EXT-TRAIL-006", f"the application sent the trailer x-sum: 1; the client got {got}")
        else:
            seen.expect(not got, "EXT-TRAIL-007", f"the request has no te: trailers, and the client got {got}")
        told = f"the response with trailers is {seen.answer.ended} with the body {seen.answer.body!r:.60}"
        seen.expect(seen.answer.is_complete and seen.answer.body == b"body", "EXT-TRAIL-006", told)


def _path_send(path: str) -> Action:
    return send({"type": "http.response.pathsend", "path": path})


def files(context: Context) -> None:
    """A file goes out whole and the connection stays in step; a file that is not there is an end that the client can see."""
    with tempfile.TemporaryDirectory(prefix="asgikit-") as directory:
        path = Path(directory) / "file"
        path.write_bytes(FILE)
        length = (b"content-length", str(len(FILE)).encode())
        for headers in ((length,), ()):
            script = context.script(receive_body(), start(200, *headers), _path_send(str(path)))
            with context.connect() as wire:
                wire.send(request(script))
                answer = wire.answer()
                context.log.ended(script.token)
                seen = Seen(context, script, answer, context.log.of(script.token), wire.text())
                _needs(context, seen, "http.response.pathsend")
                told = f"a file of {len(FILE)} bytes came as {answer.status} with {len(answer.body)}, {answer.ended}"
                seen.expect(answer.body == FILE and answer.is_complete, "CORE-EXT-005", told)
                fault = out_of_step(context, wire, answer)
                seen.expect(not fault, "CORE-EXT-005", f"behind a file the connection is out of step: {fault}")
        script = context.script(receive_body(), start(200, length), _path_send(str(path.with_name("none"))))
        seen = ask(context, script)
        visible = seen.answer.is_visibly_cut or seen.answer.status >= 400
        told = f"a file that is not there came as {seen.answer.status} with {len(seen.answer.body)} bytes, {seen.answer.ended}"
        seen.expect(visible, "EXT-PATH-004", told)
        after = context.script(receive_body(), *respond(b"after"))
        seen = ask(context, after)
        seen.expect(seen.answer.body == b"after", "EXT-PATH-004", "after a file that is not there the server does not answer")


def zero_copy(context: Context) -> None:
    """Says whether the server advertises it: a script cannot open a file, so nothing is sent. Raises Skipped."""
    script = context.script(receive_body(), *respond())
    _needs(context, ask(context, script), "http.response.zerocopysend")
    context.skip("the probe cannot send http.response.zerocopysend yet")


CASES: tuple[ServerCase, ...] = (
    ServerCase("ext-early-hints", ("EXT-HINT-003", "CORE-EXT-005"), "http/1.1", early_hints),
    ServerCase("ext-trailers", ("EXT-TRAIL-006", "EXT-TRAIL-007"), "http/1.1", trailers),
    ServerCase("ext-files", ("EXT-PATH-004", "CORE-EXT-005"), "http/1.1", files),
    ServerCase("ext-zero-copy", ("EXT-ZCS-004",), "http/1.1", zero_copy),
)
