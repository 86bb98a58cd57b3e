"""Files by path, by descriptor, or in chunks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, root
from asgikit.errors import NotFound
from asgikit.files import CHUNK, look_at
from asgikit.testing import Answer, call, exchanging
from asgikit.transfer import Transfer

CONTENT = bytes(range(256)) * 4 * 1024
PATH = {"http.response.pathsend": {}}
ZERO = {"http.response.zerocopysend": {}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "file.bin"
    place.write_bytes(CONTENT)
    os.utime(place, (1_700_000_000, 1_700_000_000))
    return place


async def ask(file: Path, extensions: dict[str, Any], method: str = "GET", **headers: str) -> Answer:
    @get(root)
    async def send(request: Request[object]) -> Response:
        return await Response.file(file)

    answer = await call(App(Router(send)), method, headers=headers, extensions=extensions)
    assert answer.error is None
    return answer


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def kinds(answer: Answer) -> list[str]:
    return [event["type"].removeprefix("http.response.") for event in answer.events]


async def test_a_whole_file_goes_by_its_path_first(file: Path) -> None:
    """The server opens it: nobody here has to."""
    answer = await ask(file, PATH | ZERO)
    assert kinds(answer) == ["start", "pathsend"]
    assert answer.events[1]["path"] == str(file)
    assert answer.headers["content-length"] == str(len(CONTENT))


async def test_a_part_goes_by_its_descriptor(file: Path) -> None:
    """With where it begins, and how much it is."""
    answer = await ask(file, PATH | ZERO, range="bytes=10-19")
    assert kinds(answer) == ["start", "zerocopysend"]
    event = answer.events[1]
    assert (event["offset"], event["count"], event["more_body"]) == (10, 10, False)


async def test_parts_mix_with_what_is_between_them(file: Path) -> None:
    """As the extension allows; the last event ends the body."""
    answer = await ask(file, ZERO, range="bytes=0-1,100-104")
    assert kinds(answer) == ["start", "body", "zerocopysend", "body", "zerocopysend", "body"]
    assert [event["more_body"] for event in answer.events[1:]] == [True, True, True, True, False]
    sent = sum(event.get("count", len(event.get("body", b""))) for event in answer.events[1:])
    assert sent == int(answer.headers["content-length"])


async def test_the_descriptor_is_open_while_it_is_sent_and_closed_after(file: Path) -> None:
    """Closing it is the application's task."""
    before = descriptors()
    read = bytearray()

    @get(root)
    async def send(request: Request[object]) -> Response:
        return await Response.file(file)

    async with exchanging(App(Router(send)), extensions=ZERO) as exchange:
        while (piece := await exchange.read()) is not None:
            read.extend(piece)
    sent = [step.message["type"] for step in exchange.steps if step.kind == "send"]
    assert sent == ["http.response.start", "http.response.zerocopysend"]
    assert bytes(read) == CONTENT
    assert descriptors() == before


async def test_a_client_that_leaves_ends_it(file: Path) -> None:
    """Whichever event tells; the file is closed."""
    before = descriptors()

    async def handler(request: Request[None]) -> Response:
        return await Response.file(file)

    for pieces in range(5):
        ranges = {"range": "bytes=0-1,5-6"}
        async with exchanging(App(handler), headers=ranges, extensions=ZERO, buffer_size=0) as exchange:
            for _ in range(pieces):
                assert await exchange.read()
            exchange.vanish()
            await exchange.end()
        told = [step for step in exchange.steps if step.kind == "send" and "error" in step.message]
        assert (len(told), exchange.error, exchange.complete) == (1, None, False)
    assert descriptors() == before


async def test_without_extensions_it_goes_in_chunks(file: Path) -> None:
    """Of bounded size."""
    answer = await ask(file, {})
    assert answer.body == CONTENT
    assert max(len(event.get("body", b"")) for event in answer.events) <= CHUNK


@pytest.mark.parametrize("extensions", [{}, PATH, ZERO, PATH | ZERO])
async def test_an_empty_file_is_an_empty_body(tmp_path: Path, extensions: dict[str, Any]) -> None:
    """However it is sent; an empty count says something else to some."""
    (tmp_path / "empty").touch()
    answer = await ask(tmp_path / "empty", extensions)
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
    assert kinds(answer)[1] in {"body", "pathsend"}


@pytest.mark.parametrize("extensions", [{}, PATH, ZERO])
async def test_nothing_is_opened_for_head(file: Path, extensions: dict[str, Any]) -> None:
    """Only told of."""
    answer = await ask(file, extensions, "HEAD")
    assert kinds(answer) == ["start", "body"]
    assert (answer.body, answer.headers["content-length"]) == (b"", str(len(CONTENT)))


@pytest.mark.parametrize("extensions", [[], list(PATH), list(ZERO)])
def test_a_file_that_has_gone_or_changed_is_noticed_before_the_start(file: Path, extensions: list[str]) -> None:
    """While the client can still be told."""
    seen = look_at(file)
    before = descriptors()
    file.write_bytes(b"other")
    with pytest.raises(HTTPError, match="503"):
        Transfer(seen, extensions)
    file.unlink()
    with pytest.raises(NotFound):
        Transfer(seen, extensions)
    assert descriptors() == before
