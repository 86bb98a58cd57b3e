"""What goes in and comes out: forms, a file on the disk, ranges of it, events."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import urlencode

MEGABYTE: Final = 1024 * 1024
CHUNK: Final = 64 * 1024
"""Bytes of one event of a request body: what servers read at once."""

UPLOAD: Final = 10 * MEGABYTE
LIMIT: Final = 2 * UPLOAD
"""What frameworks that have to be told are allowed to take."""

KEPT: Final = MEGABYTE
"""Of a file, in memory: what the others have by default."""

FIELDS: Final = {f"field-{number}": f"the value of field {number}" for number in range(100)}
EVENTS: Final = 10_000
BOUNDARY: Final = "----WebKitFormBoundary7MA4YWxkTrZu0gW2"
MULTIPART: Final = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED: Final = "application/x-www-form-urlencoded"

FILE: Final = "data.txt"
_LINE: Final = b"The quick brown fox jumps over the lazy dog; %09d.\n"
CONTENT: Final = b"".join(_LINE % number for number in range(MEGABYTE // len(_LINE % 0))).ljust(MEGABYTE, b".")
"""Of the file: a megabyte, no two pieces of which are the same."""


class Value(TypedDict):
    """What an event carries as JSON."""

    number: int
    text: str


def value(number: int) -> Value:
    """The value of one event."""
    return {"number": number, "text": f"this is event {number}"}


def write_file(directory: Path) -> None:
    """Writes the file, as of an hour ago: what has just been written has a weak tag."""
    file = directory / FILE
    file.write_bytes(CONTENT)
    before = file.stat().st_mtime - 3600
    os.utime(file, (before, before))


def part_head(name: str, filename: str | None = None) -> bytes:
    """The beginning of a part, as browsers write it."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
    return f"{head}\r\n\r\n".encode()


END: Final = f"\r\n--{BOUNDARY}--\r\n".encode()


@cache
def upload() -> tuple[bytes, ...]:
    """A form with one file of random bytes, in chunks."""
    body = part_head("file", "random.bin") + os.urandom(UPLOAD) + END
    return tuple(body[start : start + CHUNK] for start in range(0, len(body), CHUNK))


def fields_multipart() -> bytes:
    """The fields, as a multipart form."""
    return b"\r\n".join(part_head(name) + text.encode() for name, text in FIELDS.items()) + END


def fields_urlencoded() -> bytes:
    """The fields, urlencoded."""
    return urlencode(FIELDS).encode()


def spans(count: int) -> list[tuple[int, int]]:
    """So many disjoint pieces of the file, of 1,000 bytes each, from everywhere in it."""
    step = MEGABYTE // count
    return [(at * step, at * step + 1000) for at in range(count)]


def range_field(count: int) -> bytes:
    """The Range field that asks for them."""
    return b"bytes=" + b", ".join(b"%d-%d" % (start, stop - 1) for start, stop in spans(count))


def parts_of(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """The Content-Range and the content of every part of multipart/byteranges."""
    delimiter = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    found: list[tuple[str, bytes]] = []
    for piece in body.replace(delimiter + b"--", delimiter).split(delimiter)[1:]:
        head, _, content = piece.partition(b"\r\n\r\n")
        for line in head.decode().split("\r\n"):
            name, _, text = line.partition(":")
            if name.lower() == "content-range":
                found.append((text.strip(), content.removesuffix(b"\r\n")))
    return found


def events_of(body: bytes) -> list[dict[str, str]]:
    """The fields of every event of a stream; comments are left out."""
    blocks = body.decode().replace("\r\n", "\n").removesuffix("\n\n").split("\n\n")
    pairs = [[line.partition(":") for line in block.split("\n")] for block in blocks]
    return [{name: text.removeprefix(" ") for name, _, text in block if name} for block in pairs]


def json_of(event: dict[str, str]) -> object:
    """The data of an event as JSON."""
    return json.loads(event["data"])
