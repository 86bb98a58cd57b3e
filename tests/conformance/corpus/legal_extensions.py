"""Applications that are unusual but legal: push, hints, trailers, files, debugging, and extensions that nobody knows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from asgikit.conformance.scenario import Once, Scenario
from tests.conformance.corpus.model import PLAIN, STATED, Legal, Made, body, event, exchange, http, script, start
from tests.conformance.corpus.wrong_extensions import (
    HERE,
    NAMES,
    SIZE,
    SUM,
    TRAILED,
    Descriptor,
    copied,
    debug,
    hint,
    opened,
    path,
    push,
    trailers,
)

OFFERING = exchange(http(http_version="2", extensions=NAMES, headers=[[b"host", b"a"], [b"te", b"trailers"]]))
OWN = exchange(http(extensions={"org.corpus.sparkle": {"colour": "red"}}))
OWN_NAMED = exchange(http(extensions={"http.response.sparkle": {}}))


def case(name: str, *steps: Any, scenario: Scenario = OFFERING) -> Legal:
    """An application that follows a script where all extensions are offered."""
    return Legal(f"extension: {name}", script(*steps), scenario)


HINTS = [
    case("a hint", hint(b"</a.css>; rel=preload"), start(), body()),
    case("two hints", hint(b"<a>"), hint(b"<b>", b"<c>"), start(), body()),
    case("a hint of nothing", hint(), start(), body()),
    case("a hint, once", event("http.response.early_hint", links=Once((b"<a>", b"<b>"))), start(), body()),
    case("a hint, in a tuple", event("http.response.early_hint", links=(b"<a>",)), start(), body()),
    case("a hint, then an error", hint(b"<a>"), start(500), body()),
    case("a hint, then it raises", hint(b"<a>"), ValueError("bug")),
]

PUSHES = [
    case("a push", start(), push(), body()),
    case("a push with headers", start(), push(headers=[[b"accept", b"text/css"]]), body()),
    case("a push with headers, once", start(), push(headers=Once(([b"accept", b"text/css"],))), body()),
    case("a push, path beyond ASCII", start(), push(path="/café/日本"), body()),
    case("a push with a query", start(), push(path="/a?b=c"), body()),
    case("a push between pieces", start(), body(b"a", True), push(), push(path="/b"), body()),
]

TRAILING = [
    case("trailers", TRAILED, body(b"a"), trailers(SUM)),
    case("trailers of nothing", TRAILED, body(b"a"), trailers()),
    case("trailers in parts", TRAILED, body(b"a"), trailers(SUM, more_trailers=True), trailers(SUM, more_trailers=False)),
    case("trailers, once", TRAILED, body(b"a"), event("http.response.trailers", headers=Once((SUM,)))),
    case("trailers in tuples", TRAILED, body(b"a"), event("http.response.trailers", headers=((b"x-sum", b"1"),))),
    case("trailers after an empty body", TRAILED, body(), trailers(SUM)),
    case("trailers after pieces", TRAILED, body(b"a", True), body(b"", True), body(b"b", False), trailers(SUM)),
    case("trailers without a Trailer field", start(trailers=True), body(), trailers(SUM)),
    case("trailers behind a length", start(200, [[b"content-length", b"1"]], trailers=True), body(b"a"), trailers(SUM)),
    case("trailers announced, then it raises", TRAILED, body(b"a"), ValueError("bug")),
    case("trailers behind a file", TRAILED, copied(), trailers(SUM)),
    case("trailers behind a path", start(200, STATED, trailers=True), path(), trailers(SUM)),
]


def partly() -> Any:
    """A file whose position is not its beginning."""
    file = opened()
    file.seek(4)
    return file


def bare() -> Any:
    """A file without a buffer."""
    return open(HERE, "rb", buffering=0)  # closed by who sends it


def named() -> Any:
    """An object of tempfile, which is no io.FileIO but has a descriptor."""
    return tempfile.NamedTemporaryFile()  # the same


def shut(file: Any) -> None:
    """Closes a file that was sent."""
    file.close()


LENGTH = start(200, [[b"content-length", b"10"]])
FILES = [
    case("a file", start(), copied()),
    case("a part of a file", start(), copied(offset=2, count=3)),
    case("nothing of a file", start(), copied(offset=0, count=0)),
    case("a file in parts", LENGTH, copied(offset=0, count=4, more_body=True), copied(offset=4, count=6)),
    case("a file with its length", LENGTH, copied()),
    case("a file with its length, after an offset", start(200, [[b"content-length", b"8"]]), copied(offset=2)),
    case("a file from where it stands", start(200, [[b"content-length", b"6"]]), copied(Made(partly, shut))),
    case("a file between pieces", start(), body(b"a", True), copied(more_body=True), body(b"b")),
    case("a file, then an empty end", start(), copied(more_body=True), body()),
    case("a file without a buffer", start(), copied(Made(bare, shut))),
    case("a temporary file", start(), copied(Made(named, shut))),
    case("an object with a descriptor", start(), copied(Made(Descriptor, shut))),
    case("a path", start(200, STATED), path()),
    case("a path with its length", start(200, [*STATED, [b"content-length", b"%d" % SIZE]]), path()),
    case(
        "a path with its length, once", start(200, Once(([b"content-length", b"%d" % SIZE], [b"content-type", b"a/b"]))), path()
    ),
    case("a path of an error page", start(404, STATED), path()),
    case(
        "a path beyond ASCII",
        start(200, STATED),
        path(str(Path(HERE).parent / "café.txt")),
        scenario=exchange(http(extensions=NAMES)),
    ),
    case(
        "a length for HEAD",
        start(200, [*STATED, [b"content-length", b"7"]]),
        body(),
        scenario=exchange(http("HEAD", extensions=NAMES)),
    ),
]

OTHERS = [
    case("debug", debug({"template": object(), "context": {1: {2}}}), start(), body()),
    case("debug of nothing", debug({}), start(), body()),
    case("debug, then a hint", debug({"a": 1}), hint(b"<a>"), start(), body()),
    case("a hint, then debug", hint(b"<a>"), debug({"a": 1}), start(), body()),
    case("none used", start(), body()),
    case("all at once", debug({}), hint(b"<a>"), TRAILED, push(), body(b"a", True), copied(), trailers(SUM)),
    case("one that nobody knows", start(), body(), scenario=OWN),
    case("one that nobody knows, used", event("http.response.sparkle", colour="red"), start(), body(), scenario=OWN_NAMED),
    case("extensions None", start(), body(), scenario=exchange(http(extensions=None))),
    case("extensions empty", start(), body(), scenario=exchange(http(extensions={}))),
]

CASES = [*HINTS, *PUSHES, *TRAILING, *FILES, *OTHERS]
_ = PLAIN
