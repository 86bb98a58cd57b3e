"""What the linter redbot finds in the resources of the demo, which it asks in many ways: conditions, ranges, codings."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from asgikit.testing.live import ServerProcess
from examples.demo.app import routes
from tests.serving import BIN, ROOT, serving

TARGETS = {
    "/": "/",
    "/hello/{tongue}/{name}": "/hello/latin/Ada",
    "/notes": "/notes",
    "/notes/{mood}": "/notes/happy",
    "/notes/{id}": "/notes/1",
    "/feed": "/feed?limit=1",  # without a limit a feed has no end
    "/attachments/{name}": "/attachments/page.txt",
    "/static/{path...}": "/static/notebook.css",
    "/clock": "/clock",
    "/rooms": "/rooms",
    "/rooms/{room}": "/rooms/lounge",
}
MORE = ["/attachments/picture.png", "/static/notebook.js", "/notes?limit=many", "/notes/99", "/notes/", "/missing"]

NOT_OURS = {
    # It asks for the first 97 bytes to see a part: of a shorter resource that is all of it, and 206 is right.
    ("/hello/latin/Ada", "RANGE_CL_FULL"),
    # A feed of a single event: what a coding takes in the beginning the second one would have brought in.
    ("/feed?limit=1", "CONNEG_GZIP_BAD"),
    # Pages that ask to sign in: nobody wants to have these kept, with a tag or without.
    ("/rooms", "FRESHNESS_NO_CACHE_NO_VALIDATOR"),
    ("/rooms/lounge", "FRESHNESS_NO_CACHE_NO_VALIDATOR"),
}


@pytest.fixture(scope="module")
def demo() -> Iterator[ServerProcess]:
    """With more than one note, so that compression is worth its while, and with attachments."""
    with serving("uvicorn-httptools", "examples.demo.app:app") as server, server.client() as client:
        client.post("/sign-in", data={"name": "ada"})
        for number in range(9):
            client.post("/notes", json={"text": f"The Engine can do whatever we know how to order it to perform: {number}"})
        client.post("/attachments", files={"file": ("page.txt", (ROOT / "README.md").read_bytes())})
        client.post("/attachments", files={"file": ("picture.png", (ROOT / "docs" / "images" / "demo.png").read_bytes())})
        yield server


def examine(url: str) -> dict[str, Any]:
    done = subprocess.run([str(BIN / "redbot"), "-o", "har", url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    [entry] = json.loads(done.stdout)["log"]["entries"]
    found: dict[str, Any] = entry
    return found


def findings(target: str, notes: list[dict[str, Any]]) -> Iterator[str]:
    """The notes that are bad news, those on the requests that it made besides too."""
    for note in notes:
        if note["level"] not in {"GOOD", "INFO"} and (target, note["note_id"]) not in NOT_OURS:
            yield f"{note['level']} {note['note_id']}: {note['summary']}"
        yield from findings(target, note.get("subnotes", []))


def test_every_resource_is_looked_at() -> None:
    """Each GET route of the demo has a target in this file."""
    assert {route.pattern for route in routes.routes if route.method == "GET"} == set(TARGETS)


@pytest.mark.parametrize("target", [*TARGETS.values(), *MORE])
def test_redbot_finds_no_fault(demo: ServerProcess, target: str) -> None:
    """None that is ours."""
    entry = examine(demo.url + target)
    assert entry["response"]["status"] < 500
    assert list(findings(target, entry["_red_messages"])) == []


@pytest.mark.parametrize("target", ["/notes", "/attachments/page.txt", "/static/notebook.css"])
def test_redbot_finds_what_there_is(demo: ServerProcess, target: str) -> None:
    """Compression, parts, and tags that it can ask by: so it has looked."""
    found = {note["note_id"] for note in examine(demo.url + target)["_red_messages"]}
    assert {"CONNEG_GZIP_GOOD", "RANGE_CORRECT", "INM_304"} <= found
