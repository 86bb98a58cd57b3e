"""Signing in with OpenID Connect, across two sites, with the cookies that a browser really sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from asgikit.conformance.server.ports import claimed_port
from asgikit.testing.live import ServerProcess
from tests.serving import serving


@pytest.fixture(scope="module")
def two_sites(chromium: Path) -> Iterator[ServerProcess]:
    with pytest.MonkeyPatch.context() as patch, claimed_port() as port:
        patch.setenv("SIGN_IN_PORT", str(port))
        with serving("uvicorn-httptools", "sign_in_app:app", port=port, directory=Path(__file__).parent) as server:
            yield server


def names(page: Page) -> set[str]:
    return {cookie.get("name", "").partition("-oidc-")[0] for cookie in page.context.cookies()}


def test_somebody_signs_in_at_another_site_and_comes_back(two_sites: ServerProcess, page: Page) -> None:
    """To the page where they were; what knew them on the way is gone."""
    page.goto(f"http://localhost:{two_sites.port}/me?a=b")
    assert page.url.startswith(f"http://127.0.0.1:{two_sites.port}/authorize?")
    assert names(page) == {"__Host"}
    page.click("a")
    assert page.url == f"http://localhost:{two_sites.port}/me?a=b"
    assert page.inner_text("h1") == "hello ada"
    assert names(page) == {"__Host-user"}
    page.goto(f"http://localhost:{two_sites.port}/me")
    assert page.title() == "Us"


def test_a_link_back_does_not_sign_another_browser_in(two_sites: ServerProcess, page: Page, browser: Browser) -> None:
    """Whoever gets somebody to follow it would sign them in as themselves."""
    page.goto(f"http://localhost:{two_sites.port}/me")
    link = page.get_attribute("a", "href")
    assert link is not None
    other = browser.new_context()
    answer = other.new_page().goto(link)
    assert answer is not None
    assert answer.status == 400
    assert other.cookies() == []
    other.close()
