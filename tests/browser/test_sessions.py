"""Sessions in a browser: what it keeps, shows and sends; localhost and 127.0.0.1 are two sites, and need no TLS for Secure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from asgikit.testing.live import ServerProcess
from tests.serving import serving

HERE = Path(__file__).parent
POST = """async action => {
    const response = await fetch(action, {method: "post"});
    return response.text();
}"""


@pytest.fixture(scope="module")
def shop(chromium: Path) -> Iterator[ServerProcess]:
    with serving("uvicorn-httptools", "sessions_app:app", directory=HERE) as server:
        yield server


@pytest.fixture
def home(shop: ServerProcess) -> str:
    return f"http://localhost:{shop.port}"


def kept(context: BrowserContext) -> dict[str, Any]:
    """The cookie, as the browser keeps it."""
    (cookie,) = context.cookies()
    return dict(cookie)


def submit(page: Page, action: str) -> None:
    """A form that the page sends, whatever site it is for."""
    make = "action => document.body.append(Object.assign(document.createElement('form'), {action, method: 'post', id: 'go'}))"
    page.evaluate(make, action)
    with page.expect_navigation():
        page.evaluate("document.getElementById('go').submit()")


def test_the_cookie_is_kept_without_tls_on_loopback(page: Page, context: BrowserContext, home: str) -> None:
    """`__Host-` and Secure included; for two weeks, and no script sees it."""
    page.goto(home)
    assert page.evaluate(POST, "/store/add/tea") == "<p>None: tea"
    cookie = kept(context)
    assert {name: cookie[name] for name in ("name", "domain", "path", "httpOnly", "secure", "sameSite")} == {
        "name": "__Host-session",
        "domain": "localhost",
        "path": "/",
        "httpOnly": True,
        "secure": True,
        "sameSite": "Lax",
    }
    assert cookie["expires"] > 0
    assert page.evaluate("document.cookie") == ""
    page.goto(f"{home}/store")
    assert page.text_content("p") == "None: tea"


def test_a_script_cannot_set_it_either(page: Page, context: BrowserContext, home: str) -> None:
    """A token that was planted (a `__Host-` cookie of a script can) is nobody's, and is replaced."""
    page.goto(home)
    page.evaluate(f"document.cookie = '__Host-session={'A' * 43}; Secure; Path=/'")
    assert page.evaluate(POST, "/store/add/tea") == "<p>None: tea"
    assert kept(context)["value"] != "A" * 43
    assert kept(context)["httpOnly"] is True


def test_signing_in_changes_the_token(page: Page, context: BrowserContext, home: str, shop: ServerProcess) -> None:
    """The cart stays; the old token opens nothing, and after signing out there is none."""
    page.goto(home)
    page.evaluate(POST, "/store/add/tea")
    before = kept(context)["value"]
    submit(page, "/store/sign-in/ada")
    assert page.text_content("p") == "ada: tea"
    after = kept(context)["value"]
    assert after != before

    def seen_with(token: str) -> str:
        return httpx.get(f"{shop.url}/store", headers={"cookie": f"__Host-session={token}"}, trust_env=False).text

    assert (seen_with(before), seen_with(after)) == ("<p>None: ", "<p>ada: tea")
    submit(page, "/store/sign-out")
    assert (page.text_content("p"), context.cookies()) == ("None: ", [])
    assert seen_with(after) == "<p>None: "


def test_a_form_on_another_site_comes_without_the_session(
    page: Page, context: BrowserContext, home: str, shop: ServerProcess
) -> None:
    """SameSite=Lax: nothing is put into the cart of who is signed in; and what it starts is no session of theirs."""
    page.goto(home)
    page.evaluate(POST, "/store/sign-in/ada")
    signed_in = kept(context)["value"]
    page.goto(shop.url)
    page.evaluate("action => fetch(action, {method: 'post', mode: 'no-cors', credentials: 'include'})", f"{home}/store/add/evil")
    page.goto(f"{home}/store")
    assert page.text_content("p") == "ada: "
    assert kept(context)["value"] == signed_in


def test_a_strict_session_that_ends_with_the_browser(page: Page, context: BrowserContext, home: str, shop: ServerProcess) -> None:
    """A link on another site comes without it, what the user types comes with it; it has no end of its own."""
    page.goto(home)
    assert page.evaluate(POST, "/sealed/add/tea") == "<p>None: tea"
    cookie = kept(context)
    assert (cookie["sameSite"], cookie["expires"]) == ("Strict", -1)
    page.goto(shop.url)
    page.evaluate(
        "href => document.body.append(Object.assign(document.createElement('a'), {href, text: 'go'}))", f"{home}/sealed"
    )
    with page.expect_navigation():
        page.click("a")
    assert page.text_content("p") == "None: "
    page.goto(f"{home}/sealed")
    assert page.text_content("p") == "None: tea"


def test_an_open_socket_changes_a_session_in_a_store(page: Page, home: str) -> None:
    """What the socket saves, the next page shows; what pages change meanwhile is not lost."""
    page.goto(home)
    page.evaluate(POST, "/store/add/tea")
    talked = page.evaluate(
        """async () => {
            const socket = new WebSocket(`ws://${location.host}/store/talk`);
            await new Promise(done => socket.onopen = done);
            await fetch("/store/add/pot", {method: "post"});
            const answer = new Promise(done => socket.onmessage = event => done(event.data));
            socket.send("cup");
            return await answer;
        }"""
    )
    assert talked == "tea pot cup"
    page.goto(f"{home}/store")
    assert page.text_content("p") == "None: tea pot cup"
