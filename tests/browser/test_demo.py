"""A browser uses the demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess
from tests.serving import serving


@pytest.fixture(scope="module")
def demo(chromium: Path) -> Iterator[ServerProcess]:
    with serving("uvicorn-httptools", "examples.demo.app:app") as server:
        yield server


@pytest.fixture
def signed_in(page: Page, demo: ServerProcess) -> Page:
    page.goto(demo.url)
    page.fill("[name=name]", "bob")
    page.click("button")
    page.wait_for_selector("#write")
    return page


def test_a_note_shows_at_once_on_every_page(signed_in: Page, demo: ServerProcess) -> None:
    """By the feed, as the text that it is; and on its own page."""
    other = signed_in.context.new_page()
    other.goto(demo.url)
    signed_in.fill("[name=text]", "<b>patterns</b>")
    signed_in.click("#write button")
    for page in (signed_in, other):
        page.wait_for_selector("li.new")
        assert page.inner_text("li.new").splitlines()[-2:] == ["<b>patterns</b>", "bob"]
    other.click("li.new time")
    other.wait_for_url("**/notes/*")
    assert "<b>patterns</b>" in other.inner_text("li")


def test_an_attachment_is_saved_as_it_was_sent(signed_in: Page, tmp_path: Path) -> None:
    """Under a name that is no path; a second one of that name is refused."""
    content = bytes(range(256)) * 4096
    file = tmp_path / "träume & 'räume'.bin"
    file.write_bytes(content)
    signed_in.set_input_files("#attach [type=file]", file)
    signed_in.click("#attach button")
    link = signed_in.wait_for_selector("#files a")
    assert link is not None
    with signed_in.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == link.inner_text() == "träume _ _räume_.bin"
    assert Path(download.value.path()).read_bytes() == content
    signed_in.set_input_files("#attach [type=file]", file)
    with signed_in.expect_event("dialog") as dialog:
        signed_in.once("dialog", lambda shown: shown.dismiss())
        signed_in.click("#attach button")
    assert dialog.value.message == "there is an attachment of that name"


def test_nothing_is_amiss_on_the_console(page: Page, demo: ServerProcess) -> None:
    """No error of a script, no file that is not there."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda response: said.append(response.url) if response.status >= 400 else None)
    page.goto(demo.url)
    page.wait_for_function("typeof element === 'function'")
    assert said == []
