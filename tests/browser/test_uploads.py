"""A browser sends files."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page

from asgikit.testing.live import ServerProcess

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


def test_an_upload_shows_its_progress(context: BrowserContext, page: Page, site: ServerProcess, tmp_path: Path) -> None:
    """Step by step up to the end, with the whole file, byte for byte, at the other side."""
    data = random.Random(1).randbytes(4 * MEBIBYTE)
    (tmp_path / "blob.bin").write_bytes(data)
    page.goto(f"{site.url}/upload.html")
    slow_down(context, page, MEBIBYTE)
    page.set_input_files("#watched [type=file]", tmp_path / "blob.bin")
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


def test_an_upload_over_the_limit_is_no_success(page: Page, site: ServerProcess, tmp_path: Path) -> None:
    """413 before the end: the browser may see the answer, or no more than the connection closed under its request."""
    with (tmp_path / "blob.bin").open("wb") as file:
        file.truncate(34 * MEBIBYTE)
    page.goto(f"{site.url}/upload.html")
    page.set_input_files("#watched [type=file]", tmp_path / "blob.bin")
    page.click("#watched button")
    page.wait_for_selector("body[data-status]")
    assert page.get_attribute("body", "data-status") in {"413", "broken"}
    page.goto(f"{site.url}/upload.html")  # and the server goes on


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_arrives_as_it_is(page: Page, site: ServerProcess, name: str) -> None:
    """From a form without a script: quotes, backslashes, other scripts, the name of the field too."""
    page.goto(f"{site.url}/upload.html")
    page.set_input_files("#plain [type=file]", payload(name, b"content"))
    arrived = submit(page, "plain")
    [file] = arrived["files"]
    assert (file["filename"], file["size"], file["type"]) == (name, 7, "text/plain")
    assert file["hash"] == hashlib.sha256(b"content").hexdigest()
    assert file["name"] == 'fi"le'


def test_the_name_and_the_value_of_a_field_arrive_as_they_are(page: Page, site: ServerProcess) -> None:
    """But for a %22 in a name: browsers write quotes so, and leave percent signs alone (WHATWG HTML, 4.10.21.8)."""
    page.goto(f"{site.url}/upload.html")
    page.fill("#plain input", '"quotes" & ünïcode; --boundary\\')
    arrived = submit(page, "plain")
    assert arrived == {"fields": [['the "field" é "', '"quotes" & ünïcode; --boundary\\']], "files": []}


def test_several_files_arrive_in_order(page: Page, site: ServerProcess) -> None:
    """An empty one too, which is a file with a name; an input that was left empty is none, as the test before shows."""
    page.goto(f"{site.url}/upload.html")
    page.set_input_files("#plain [type=file]", [payload("b.txt", b"b"), payload("a.txt", b""), payload("b.txt", b"\r\n--")])
    files = submit(page, "plain")["files"]
    assert [(file["filename"], file["size"]) for file in files] == [("b.txt", 1), ("a.txt", 0), ("b.txt", 4)]


def test_a_form_with_types_arrives_typed(page: Page, site: ServerProcess) -> None:
    """Text, a number, a list and an Upload."""
    page.goto(f"{site.url}/upload.html")
    page.fill("[name=title]", "Ein Bogen")
    page.fill("[name=copies]", "3")
    page.set_input_files("#typed [type=file]", payload("sheet.csv", b"a,b\n", "text/csv"))
    arrived = submit(page, "typed")
    assert arrived["fields"] == [["title", "Ein Bogen"], ["copies", "6"], ["tag", "red"], ["tag", "blau/grün"]]
    assert [(file["filename"], file["type"]) for file in arrived["files"]] == [("sheet.csv", "text/csv")]


@pytest.mark.parametrize(("copies", "files"), [("many", 1), ("0", 1), ("3", 0)])
def test_a_form_that_does_not_fit_is_told_so(page: Page, site: ServerProcess, copies: str, files: int) -> None:
    """422 for a word in place of a number, for a number out of range, for no file where there has to be one."""
    page.goto(f"{site.url}/upload.html")
    page.fill("[name=copies]", copies)
    page.set_input_files("#typed [type=file]", [payload("sheet.csv", b"a,b\n")] * files)
    with page.expect_navigation() as navigation:
        page.click("#typed button")
    assert navigation.value.status == 422
    assert ("file" if not files else "copies") in page.inner_text("body")
