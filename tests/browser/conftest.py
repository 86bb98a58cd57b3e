"""A real browser, Debian's chromium; where there is none these tests are left out, but for CI, where there has to be one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from asgikit.testing.live import ServerProcess
from tests.serving import serving

HERE = Path(__file__).parent
PATIENCE = 60_000
"""Milliseconds that everything may take on a busy machine: no test fails sooner because something is slow."""
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where it is."""
    if not CHROMIUM.exists():
        reason = f"there is no {CHROMIUM}: apt-get install chromium, or say where it is with CHROMIUM=…"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One for each module: while it runs, this thread has an event loop, where the tests of other modules start their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own: no cookies, nothing in its cache."""
    context = browser.new_context(viewport={"width": 760, "height": 560})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture
def ordinary(browser: Browser, chromium: Path, tmp_path: Path) -> Iterator[Page]:
    """A page of a profile with third-party cookies, which Debian's chromium has not, and no incognito window."""
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(dumps({"profile": {"cookie_controls_mode": 0}}))
    with browser.browser_type.launch_persistent_context(tmp_path, executable_path=chromium, args=FLAGS) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def site(chromium: Path) -> Iterator[ServerProcess]:
    """The application of app.py."""
    with serving("uvicorn-httptools", "app:app", directory=HERE) as server:
        yield server


Record = list[dict[str, Any]]


@pytest.fixture
def record(site: ServerProcess) -> Callable[[str], Record]:
    """What the server has been asked for since the test began, as far as it begins with this text."""
    before = len(recorded(site))

    def since(what: str) -> Record:
        return [entry for entry in recorded(site)[before:] if entry["what"].startswith(what)]

    return since


def recorded(server: ServerProcess) -> Record:
    with server.client() as client:
        entries: Record = client.get("/seen").json()
        return entries
