"""A browser sends files."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page
from tests.serving import Server

MEBIBYTE = 1024 * 1024
NAMES = [
    'say "hi".txt',
    "two  spaces .txt",
    "Übersicht ✓ 😀.txt",
    "C:\\temp\\x.txt",
    "semi;colon=a.txt",
    "100%41.txt",
    "ends with \\",
    "it's.tar.gz",
]


def payload(name: str, data: bytes, kind: str = "text/plain") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


def slow_down(context: BrowserContext, page: Page, rate: int) -> None:
    """Bytes a second that the page may send."""
    session = context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    session.send("Network.emulateNetworkConditions", limits)


def submit(page: Page, form: str) -> Any:
    """Sends a form without a script; what the server makes of it."""
    with page.expect_navigation() as navigation:
        page.click(f"#{form} button")
    return navigation.value.json()


def test_an_upload_shows_its_progress(context: BrowserContext, page: Page, site: Server) -> None:
    """Step by step up to the end, with the whole file, byte for byte, at the other side."""
    data = random.Random(1).randbytes(4 * MEBIBYTE)
    page.goto(f"{site.url}/upload.html")
    slow_down(context, page, 4 * MEBIBYTE)
    page.set_input_files("#watched [type=file]", payload("blob.bin", data, "application/octet-stream"))
    page.click("#watched button")
    page.wait_for_selector("body[data-status='200']")
    steps = page.evaluate("steps")
    assert len(steps) >= 3
    assert steps == sorted(steps)
    assert 0 < steps[0] < len(data) < steps[-1]
    assert page.evaluate("bar.position") == 1
    assert page.locator("#answer dd").all_inner_texts() == [
        "file",
        "blob.bin",
        str(len(data)),
        "application/octet-stream",
        hashlib.sha256(data).hexdigest(),
    ]


def test_an_upload_over_the_limit_is_told_why(page: Page, site: Server) -> None:
    """413 before the end: the browser may see the answer, or the connection closed under its request; never a success."""
    page.goto(f"{site.url}/upload.html")
    page.set_input_files("#watched [type=file]", payload("blob.bin", bytes(34 * MEBIBYTE)))
    page.click("#watched button")
    page.wait_for_selector("body[data-status]")
    assert page.get_attribute("body", "data-status") in {"413", "broken"}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_arrives_as_it_is(page: Page, site: Server, name: str) -> None:
    """From a form without a script: quotes, backslashes, other scripts, the name of the field too."""
    page.goto(f"{site.url}/upload.html")
    page.fill("#plain input", "a value\nwith \"quotes\" & ünïcode")
    page.set_input_files("#plain [type=file]", payload(name, b"content"))
    arrived = submit(page, "plain")
    [file] = arrived["files"]
    assert (file["filename"], file["size"], file["type"]) == (name, 7, "text/plain")
    assert file["hash"] == hashlib.sha256(b"content").hexdigest()
    [(field, value)] = arrived["fields"]
    assert (field, value) == ('the "field" é "', 'a value with "quotes" & ünïcode')
