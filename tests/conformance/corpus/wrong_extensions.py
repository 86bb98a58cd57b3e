"""Applications that are wrong in their use of extensions: push, hints, trailers, files, debugging."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

from asgikit.conformance.scenario import Once
from tests.conformance.corpus.model import STATED, Made, Wrong, body, event, exchange, http, ids, script, start

HERE = str(Path(__file__).resolve())
SIZE = Path(__file__).stat().st_size

NAMES = (
    "http.response.push http.response.early_hint http.response.trailers http.response.pathsend"
    " http.response.zerocopysend http.response.debug"
)
OFFERING = exchange(http(http_version="2", extensions=NAMES, headers=[[b"host", b"a"], [b"te", b"trailers"]]))


def case(name: str, rule: str, *steps: Any, also: str = "") -> Wrong:
    """An application that follows a script where all extensions are offered."""
    return Wrong(name, rule, script(*steps), OFFERING, also=ids(also))


def push(**keys: Any) -> dict[str, Any]:
    """A push, with these keys otherwise."""
    return event("http.response.push", **({"path": "/a.css", "headers": []} | keys))


def hint(*links: Any) -> dict[str, Any]:
    """A hint of these links."""
    return event("http.response.early_hint", links=list(links))


def trailers(*fields: Any, **keys: Any) -> dict[str, Any]:
    """Trailers of these fields."""
    return event("http.response.trailers", headers=list(fields), **keys)


SUM = [b"x-sum", b"1"]
TRAILED = start(200, [[b"trailer", b"x-sum"]], trailers=True)

PUSHES = [
    case("push: before start", "EXT-PUSH-001", push(), start(), body(), also="HTTP-RESP-001"),
    case("push: after the end", "EXT-PUSH-001", start(), body(), push(), also="HTTP-RESP-017"),
    case("push: after the end in pieces", "EXT-PUSH-001", start(), body(b"a", True), body(b"b"), push(), also="HTTP-RESP-017"),
    case("push: path bytes", "EXT-PUSH-002", start(), push(path=b"/a"), body()),
    case("push: path None", "EXT-PUSH-002", start(), push(path=None), body()),
    case("push: no path", "EXT-PUSH-002", start(), event("http.response.push", headers=[]), body()),
    case("push: headers of str", "EXT-PUSH-002", start(), push(headers=[["a", "b"]]), body()),
    case("push: headers a dict", "EXT-PUSH-002", start(), push(headers={"a": "b"}), body()),
    case("push: headers None", "EXT-PUSH-002", start(), push(headers=None), body()),
    case("push: name in upper case", "EXT-PUSH-002", start(), push(headers=[[b"Accept", b"a/b"]]), body()),
    case("push: pseudo", "EXT-PUSH-002", start(), push(headers=[[b":authority", b"a"]]), body(), also="HTTP-SEM-003"),
    case("push: a line break", "HTTP-SEM-004", start(), push(headers=[[b"a", b"b\nc"]]), body()),
]

HINTS = [
    case("hint: after start", "EXT-HINT-001", start(), hint(b"<a>"), body()),
    case("hint: between pieces", "EXT-HINT-001", start(), body(b"a", True), hint(b"<a>"), body()),
    case("hint: after the end", "EXT-HINT-001", start(), body(), hint(b"<a>"), also="HTTP-RESP-017"),
    case("hint: links of str", "EXT-HINT-002", hint("<a>"), start(), body()),
    case("hint: links of pairs", "EXT-HINT-002", hint([b"link", b"<a>"]), start(), body()),
    case("hint: links of str, once", "EXT-HINT-002", event("http.response.early_hint", links=Once(("<a>",))), start(), body()),
    *(
        case(f"hint: links {name}", "EXT-HINT-002", event("http.response.early_hint", links=value), start(), body())
        for name, value in {"bytes": b"<a>", "a str": "<a>", "None": None, "an int": 1}.items()
    ),
    case("hint: no links", "EXT-HINT-002", event("http.response.early_hint"), start(), body()),
    case("hint: a line break", "HTTP-SEM-004", hint(b"<a>\r\nx: y"), start(), body()),
]

TRAILING = [
    case("trailers: not announced", "EXT-TRAIL-001", start(), body(), trailers(SUM), also="HTTP-RESP-017"),
    case(
        "trailers: announced False", "EXT-TRAIL-001", start(200, [], trailers=False), body(), trailers(SUM), also="HTTP-RESP-017"
    ),
    Wrong(
        "trailers: not offered",
        "EXT-TRAIL-001",
        script(TRAILED, body(), trailers(SUM)),
        exchange(),
        also=ids("CORE-EXT-004"),
    ),
    case("trailers: never", "EXT-TRAIL-002", TRAILED, body(b"a")),
    case("trailers: never, and no end", "HTTP-RESP-019", TRAILED, body(b"a", True), also="EXT-TRAIL-002"),
    case("trailers: more, and no more", "EXT-TRAIL-002", TRAILED, body(), trailers(SUM, more_trailers=True)),
    case("trailers: before the end", "EXT-TRAIL-003", TRAILED, body(b"a", True), trailers(SUM), body()),
    case("trailers: before the body", "EXT-TRAIL-003", TRAILED, trailers(SUM), body(), also="HTTP-RESP-010"),
    case("trailers: after the last", "EXT-TRAIL-003", TRAILED, body(), trailers(SUM), trailers(SUM), also="HTTP-RESP-017"),
    case("trailers: more_trailers 1", "EXT-TRAIL-003", TRAILED, body(), trailers(SUM, more_trailers=1), trailers()),
    case("trailers: more_trailers None", "EXT-TRAIL-003", TRAILED, body(), trailers(SUM, more_trailers=None)),
    case("trailers: body after them", "HTTP-RESP-017", TRAILED, body(), trailers(SUM), body(b"a"), also="EXT-TRAIL-003"),
    case(
        "trailers: body between end and them", "HTTP-RESP-017", TRAILED, body(), body(b"a"), trailers(SUM), also="EXT-TRAIL-003"
    ),
    case("trailers: first of all", "HTTP-RESP-001", trailers(SUM), start(), body(), also="EXT-TRAIL-001 EXT-TRAIL-003"),
    case("trailers: of str", "EXT-TRAIL-004", TRAILED, body(), trailers(["x-sum", "1"])),
    case(
        "trailers: of str, once",
        "EXT-TRAIL-004",
        TRAILED,
        body(),
        event("http.response.trailers", headers=Once((["x-sum", "1"],))),
    ),
    case("trailers: a dict", "EXT-TRAIL-004", TRAILED, body(), event("http.response.trailers", headers={"x-sum": "1"})),
    case("trailers: headers None", "EXT-TRAIL-004", TRAILED, body(), event("http.response.trailers", headers=None)),
    case("trailers: in upper case", "EXT-TRAIL-004", TRAILED, body(), trailers([b"X-Sum", b"1"])),
    case("trailers: pseudo", "EXT-TRAIL-004", TRAILED, body(), trailers([b":status", b"200"]), also="HTTP-SEM-003"),
    case("trailers: a line break", "HTTP-SEM-004", TRAILED, body(), trailers([b"x-sum", b"1\r\n2"])),
    case("trailers: no token", "HTTP-SEM-003", TRAILED, body(), trailers([b"x sum", b"1"])),
    case("trailers: no Trailer field", "EXT-TRAIL-005", start(200, [], trailers=True), body(), trailers(SUM)),
]


def opened() -> Any:
    """A file of the system with ten bytes in it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by who sends it, or that is the mistake
    file.write(b"0123456789")
    file.seek(0)
    return file


def closed() -> Any:
    """The same, closed."""
    file = opened()
    file.close()
    return file


FILE = Made(opened, lambda file: file.close())


def copied(file: Any = FILE, **keys: Any) -> dict[str, Any]:
    """A zero-copy send of a file that is closed afterwards."""
    return event("http.response.zerocopysend", file=file, **keys)


class Descriptor:
    """An object with a descriptor, and nothing else."""

    def __init__(self) -> None:
        """Opens this file."""
        self._number: int | None = os.open(HERE, os.O_RDONLY)

    def fileno(self) -> int:
        """The descriptor, while there is one."""
        if self._number is None:
            raise ValueError("it is closed")
        return self._number

    @property
    def closed(self) -> bool:
        """Whether there is none any more."""
        return self._number is None

    def close(self) -> None:
        """Closes it."""
        if self._number is not None:
            os.close(self._number)
            self._number = None


async def leaks(scope: Any, receive: Any, send: Any) -> None:
    """Leaves its file open, for as long as the process lasts."""
    file = Descriptor()
    await send(start())
    await send(copied(file))


COPIED = [
    case("zero copy: of memory", "EXT-ZCS-001", start(), copied(io.BytesIO(b"a"))),
    case("zero copy: of a path", "EXT-ZCS-001", start(), copied(HERE)),
    case("zero copy: of bytes", "EXT-ZCS-001", start(), copied(b"hello")),
    case("zero copy: of None", "EXT-ZCS-001", start(), copied(None)),
    case("zero copy: of nothing", "EXT-ZCS-001", start(), event("http.response.zerocopysend")),
    case("zero copy: of a closed file", "EXT-ZCS-001", start(), copied(Made(closed))),
    case("zero copy: offset a str", "EXT-ZCS-002", start(), copied(offset="0")),
    case("zero copy: offset None", "EXT-ZCS-002", start(), copied(offset=None)),
    case("zero copy: offset True", "EXT-ZCS-002", start(), copied(offset=True)),
    case("zero copy: count a float", "EXT-ZCS-002", start(), copied(count=4.0)),
    case("zero copy: count None", "EXT-ZCS-002", start(), copied(count=None)),
    case("zero copy: more_body 1", "EXT-ZCS-002", start(), copied(more_body=1), body(), also="HTTP-RESP-014 HTTP-RESP-017"),
    case("zero copy: before start", "HTTP-RESP-001", copied(more_body=True), start(), body(), also="EXT-ZCS-002"),
    case("zero copy: after the end", "HTTP-RESP-017", start(), body(b"a"), copied(), also="EXT-ZCS-002"),
    case("zero copy: after its end", "HTTP-RESP-017", start(), copied(), copied(), also="EXT-ZCS-002"),
    case("zero copy: no end", "HTTP-RESP-019", start(), copied(more_body=True)),
    case("zero copy: more than its length", "HTTP-SEM-008", start(200, [[b"content-length", b"3"]]), copied(count=4)),
    case(
        "zero copy: less than its length",
        "HTTP-SEM-008",
        start(200, [[b"content-length", b"9"]]),
        copied(count=4, more_body=True),
        body(b"a"),
    ),
    Wrong("zero copy: left open", "EXT-ZCS-003", leaks, OFFERING),
]


def path(value: Any = HERE, **keys: Any) -> dict[str, Any]:
    """A path to send."""
    return event("http.response.pathsend", path=value, **keys)


SIZED = start(200, [*STATED, [b"content-length", b"%d" % SIZE]])
PATHS = [
    case("path: twice", "EXT-PATH-001", start(200, STATED), path(), path(), also="HTTP-RESP-017"),
    case("path: after a piece", "EXT-PATH-001", start(200, STATED), body(b"a", True), path()),
    case("path: before a piece", "EXT-PATH-001", SIZED, path(), body(b"a"), also="HTTP-RESP-017"),
    case("path: before an empty piece", "EXT-PATH-001", SIZED, path(), body(), also="HTTP-RESP-017"),
    case("path: before start", "HTTP-RESP-001", path(), SIZED, path(), also="EXT-PATH-001"),
    case("path: bytes", "EXT-PATH-002", start(200, STATED), path(HERE.encode())),
    case("path: an object", "EXT-PATH-002", start(200, STATED), path(Path(HERE)), also="CORE-MSG-004"),
    case("path: relative", "EXT-PATH-002", start(200, STATED), path("static/a.css")),
    case("path: empty", "EXT-PATH-002", start(200, STATED), path("")),
    case("path: none", "EXT-PATH-002", start(200, STATED), event("http.response.pathsend")),
    case("path: from home", "EXT-PATH-002", start(200, STATED), path("~/a.css")),
    case(
        "path: longer than it is",
        "EXT-PATH-003",
        start(200, [*STATED, [b"content-length", b"9999999"]]),
        path(),
        also="HTTP-SEM-008",
    ),
    case(
        "path: shorter than it is", "EXT-PATH-003", start(200, [*STATED, [b"content-length", b"1"]]), path(), also="HTTP-SEM-008"
    ),
]


def debug(info: Any) -> dict[str, Any]:
    """What a framework tells a test."""
    return event("http.response.debug", info=info)


DEBUGGED = [
    case("debug: twice", "EXT-DEBUG-001", debug({}), debug({}), start(), body()),
    case("debug: after start", "EXT-DEBUG-001", start(), debug({}), body()),
    case("debug: after the end", "EXT-DEBUG-001", start(), body(), debug({}), also="HTTP-RESP-017"),
    case("debug: a list", "EXT-DEBUG-002", debug([1]), start(), body()),
    case("debug: None", "EXT-DEBUG-002", debug(None), start(), body()),
    case("debug: keys of int", "EXT-DEBUG-002", debug({1: "a"}), start(), body(), also="CORE-MSG-007"),
    case("debug: keys of bytes", "EXT-DEBUG-002", debug({b"a": "a"}), start(), body(), also="CORE-MSG-007"),
    case("debug: nothing", "EXT-DEBUG-002", event("http.response.debug"), start(), body()),
]

CASES = [*PUSHES, *HINTS, *TRAILING, *COPIED, *PATHS, *DEBUGGED]
