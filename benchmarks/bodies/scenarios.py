"""What is measured with bodies: uploads, forms, files, ranges, revalidation, server-sent events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from benchmarks.bodies.payloads import (
    CONTENT,
    EVENTS,
    FIELDS,
    FILE,
    MEGABYTE,
    MULTIPART,
    UPLOAD,
    URLENCODED,
    events_of,
    fields_multipart,
    fields_urlencoded,
    json_of,
    parts_of,
    range_field,
    spans,
    upload,
    value,
)
from benchmarks.scenarios import Answer, ASGIApp, Call, Scenario

RANGES: Final = (10, 20, 50, 100)
_PATH: Final = f"/static/{FILE}"


class BodyBuilder(Protocol):
    """The applications of one framework; a module of `benchmarks.bodies` is one. None for what it does not have."""

    def upload(self) -> ASGIApp | None:
        """Reads a form and answers POST on `/` with the size of its file, which is at hand then."""
        ...

    def parts(self) -> ASGIApp | None:
        """The same, but reads the file as it comes, and keeps nothing."""
        ...

    def form(self) -> ASGIApp | None:
        """Reads a form and answers POST on `/` with how many fields it has, and the text of the last."""
        ...

    def file(self, file: Path) -> ASGIApp | None:
        """Answers `/static/data.txt` with this file."""
        ...

    def static(self, directory: Path) -> ASGIApp | None:
        """Answers `/static/…` with the files of this directory, and 304 if the client has them."""
        ...

    def ranged(self, directory: Path) -> ASGIApp | None:
        """Answers `/static/…` with the files of this directory, or with any number of ranges of them."""
        ...

    def events(self) -> ASGIApp | None:
        """Answers `/` with events that have a name, an id and data."""
        ...

    def values(self) -> ASGIApp | None:
        """Answers `/` with events the data of which are values as JSON."""
        ...

    def chunks(self) -> ASGIApp | None:
        """Answers `/` with a stream of strings, which are events but nobody knows."""
        ...


def _posted(content_type: str, *chunks: bytes) -> Call:
    length = str(sum(map(len, chunks))).encode()
    headers = ((b"content-type", content_type.encode()), (b"content-length", length))
    return Call("/", "POST", headers, chunks, waits=True)


def _text(expected: str) -> Callable[[Answer], str | None]:
    def problem(answer: Answer) -> str | None:
        return None if (answer.status, answer.body.decode()) == (200, expected) else f"{answer.status} {answer.body!r}"

    return problem


def _whole(answer: Answer) -> str | None:
    if answer.status != 200 or answer.body != CONTENT:
        return f"{answer.status}, {len(answer.body)} bytes"
    length, kind = answer.headers.get("content-length"), answer.headers["content-type"]
    if length not in {None, str(MEGABYTE)} or not kind.startswith("text/plain"):
        return f"the headers are {answer.headers!r}"
    return None


def _with_tag(answer: Answer) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"if-none-match", answer.headers["etag"].encode()),)


def _unchanged(answer: Answer) -> str | None:
    if answer.status != 304 or answer.body or "etag" not in answer.headers:
        return f"{answer.status} with {answer.headers!r}"
    return None


def _ranges(count: int, directory: Path) -> Scenario[BodyBuilder]:
    def problem(answer: Answer) -> str | None:
        kind = answer.headers["content-type"]
        expected = [(f"bytes {start}-{stop - 1}/{MEGABYTE}", CONTENT[start:stop]) for start, stop in spans(count)]
        if answer.status != 206 or not kind.startswith("multipart/byteranges") or parts_of(answer.body, kind) != expected:
            return f"{answer.status} {kind}, {len(answer.body)} bytes"
        return None

    call = Call(_PATH, headers=((b"range", range_field(count)),), waits=True)
    return Scenario(f"ranges-{count}", f"{count} ranges of it", call, lambda builder: builder.ranged(directory), problem)


def _events(check: Callable[[int, dict[str, str]], bool]) -> Callable[[Answer], str | None]:
    def problem(answer: Answer) -> str | None:
        found = events_of(answer.body)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/event-stream"):
            return f"{answer.status} with {answer.headers!r}"
        wrong = [event for number, event in enumerate(found) if not check(number, event)]
        return f"{len(found)} events, of which are wrong: {wrong[:3]}" if wrong or len(found) != EVENTS else None

    return problem


def _named(number: int, event: dict[str, str]) -> bool:
    return event == {"event": "tick", "id": str(number), "data": f"this is event {number}"}


def _valued(number: int, event: dict[str, str]) -> bool:
    return json_of(event) == value(number)


def _plain(number: int, event: dict[str, str]) -> bool:
    return event == {"data": f"this is event {number}"}


def body_scenarios(directory: Path) -> tuple[Scenario[BodyBuilder], ...]:
    """All of them; the file is in this directory when they are built."""
    sent, first = f"{UPLOAD}", _posted(MULTIPART, *upload())
    fields = _text(f"{len(FIELDS)} {[*FIELDS.values()][-1]}")
    file, stream = Call(_PATH, waits=True), Call("/", waits=True)
    return (
        Scenario("upload", "upload of 10 MB", first, lambda one: one.upload(), _text(sent)),
        Scenario("parts", "the same, as it comes", first, lambda one: one.parts(), _text(sent)),
        Scenario("form", "form of 100 fields", _posted(MULTIPART, fields_multipart()), lambda one: one.form(), fields),
        Scenario("urlencoded", "the same, urlencoded", _posted(URLENCODED, fields_urlencoded()), lambda one: one.form(), fields),
        Scenario("file", "file of 1 MB", file, lambda one: one.file(directory / FILE), _whole),
        *(_ranges(count, directory) for count in RANGES),
        Scenario("static", "the same file, not modified", file, lambda one: one.static(directory), _unchanged, _with_tag),
        Scenario("events", f"{EVENTS:,} events", stream, lambda one: one.events(), _events(_named)),
        Scenario("values", f"{EVENTS:,} events of JSON", stream, lambda one: one.values(), _events(_valued)),
        Scenario("chunks", f"{EVENTS:,} events as strings", stream, lambda one: one.chunks(), _events(_plain)),
    )
