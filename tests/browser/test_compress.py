"""A browser reads what is encoded, in each coding: bytes, files, and events one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess
from tests.browser.conftest import HERE
from tests.browser.sharing import CODINGS, TEXT
from tests.serving import serving


@pytest.fixture(scope="module")
def data(chromium: object) -> Iterator[ServerProcess]:
    """Where the data is."""
    with serving("uvicorn-httptools", "sharing:app", directory=HERE) as server:
        yield server


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize(("name", "text"), [("text", TEXT), ("file", (HERE / "sharing.py").read_text())])
def test_content_is_decoded(page: Page, data: ServerProcess, coding: str, name: str, text: str) -> None:
    """It came in this coding; the second time from the cache, by its tag."""
    url = f"http://localhost:{data.port}/{coding}/{name}"
    response = page.goto(url)
    assert response is not None
    assert (response.header_value("content-encoding"), response.header_value("vary")) == (coding, "Accept-Encoding")
    for cache in ("no-cache", "no-store"):
        assert page.evaluate("([url, cache]) => fetch(url, {cache}).then(r => r.text())", [url, cache]) == text
    with data.client() as client:
        answers = [line for line in client.get("/statuses").json() if line.endswith(f"/{coding}/{name}")]
    assert [line[:3] for line in answers] == ["200", "304", "200"]


@pytest.mark.parametrize("coding", CODINGS)
def test_an_event_is_read_when_it_comes(page: Page, data: ServerProcess, coding: str) -> None:
    """Though nothing but beats follows it."""
    page.goto(f"http://localhost:{data.port}/page")
    script = """url => new Promise(done => {
        const source = new EventSource(url);
        source.onmessage = event => { source.close(); done(event.data) };
        source.onerror = () => done('error')})"""
    assert page.evaluate(script, f"http://localhost:{data.port}/{coding}/ticks") == "tick ☂"


@pytest.mark.parametrize("coding", CODINGS)
def test_beats_are_read_when_they_come(page: Page, data: ServerProcess, coding: str) -> None:
    """Several of them, by a script that reads the bytes."""
    page.goto(f"http://localhost:{data.port}/page")
    script = """async url => {
        const reader = (await fetch(url)).body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        while (text.split(':\\n\\n').length < 4) text += (await reader.read()).value;
        await reader.cancel();
        return text.slice(0, text.indexOf(':\\n\\n') + 9)}"""
    assert page.evaluate(script, f"http://localhost:{data.port}/{coding}/ticks") == "data: tick ☂\n\n:\n\n:\n\n:\n\n"
