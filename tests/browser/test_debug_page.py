"""A browser shows the debug page, and what people see of problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page

from asgikit.testing.live import ServerProcess
from tests.serving import serving


@pytest.fixture(scope="module")
def bank(chromium: Path) -> Iterator[ServerProcess]:
    with serving("uvicorn-httptools", "bank:app", directory=Path(__file__).parent) as server:
        yield server


@pytest.fixture
def said(page: Page) -> list[str]:
    """What the browser complains of: a style that is refused, a script that is not run."""
    messages: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        messages.append(message.text)

    page.on("console", listen)
    return messages


def test_the_page_is_styled_and_open_where_it_matters(page: Page, bank: ServerProcess, said: list[str]) -> None:
    """The source of the application's own code; the browser has nothing to object but the status."""
    page.goto(f"{bank.url}/accounts/1?token=abcdefgh")
    assert page.inner_text("h1") == "LookupError: no rate for account 1"
    assert page.inner_text("details[open] >> nth=0").startswith("show tests/browser/bank.py:")
    assert page.locator("mark").first.inner_text().startswith("raise LookupError")
    assert page.evaluate("getComputedStyle(document.querySelector('mark')).backgroundColor") == "rgb(255, 224, 138)"
    assert page.inner_text("section:nth-of-type(2) h2") == "Caused by KeyError: 'Ada'"
    assert [text for text in said if "Failed to load resource" not in text] == []


def test_a_call_opens_with_the_keyboard(page: Page, bank: ServerProcess) -> None:
    """There is no script in it."""
    page.goto(f"{bank.url}/accounts/1")
    closed = page.locator("section >> nth=0 >> details:not([open]) >> summary").first
    closed.focus()
    page.keyboard.press("Enter")
    assert page.locator("section >> nth=0 >> details[open]").count() == 2


def test_no_secret_is_on_the_page(page: Page, bank: ServerProcess) -> None:
    """Of the request, of a dataclass, of a Secret, of the source."""
    page.set_extra_http_headers({"authorization": "Bearer sent-credential"})
    page.goto(f"{bank.url}/accounts/1?token=abcdefgh")
    text = page.content()
    for secret in ("sk-live", "signing-secret", "sent-credential", "abcdefgh"):
        assert secret not in text
    assert "token" in text


def test_markup_of_an_error_is_text(page: Page, bank: ServerProcess) -> None:
    """In the message and in the variables; nothing of it runs."""
    page.goto(f"{bank.url}/evil")
    assert "<script>document.title = 'run'</script>" in page.inner_text("h1")
    assert page.title() != "run"
    assert page.locator("script, img, svg").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_window(page: Page, bank: ServerProcess, scheme: str) -> None:
    """In both schemes; source scrolls by itself."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{bank.url}/accounts/1")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")


def test_people_see_a_page_and_programs_a_document(page: Page, bank: ServerProcess) -> None:
    """Of one error, at one URL."""
    page.goto(f"{bank.url}/missing")
    assert page.inner_text("h1") == "404 Not Found"
    document = page.evaluate("fetch('/missing').then(async r => [r.headers.get('content-type'), await r.json()])")
    assert document == ["application/problem+json", {"type": "about:blank", "title": "Not Found", "status": 404}]
