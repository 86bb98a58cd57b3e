"""Browsers talk in a room of the demo, each with a profile of its own."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from asgikit.conformance.server.ports import claimed_port
from asgikit.testing.live import ServerProcess
from tests.browser.conftest import PATIENCE
from tests.serving import serving

APP = "examples.demo.app:app"


@pytest.fixture(scope="module")
def demo(chromium: object) -> Iterator[ServerProcess]:
    with serving("uvicorn-httptools", APP) as server:
        yield server


def enter(browser: Browser, url: str, name: str, room: str) -> Page:
    """A window of its own, in the room, signed in."""
    context = browser.new_context(viewport={"width": 900, "height": 640})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/rooms/{room}")
    page.fill("[name=name]", name)
    page.click("button")
    page.wait_for_selector("#status.open")
    return page


def say(page: Page, text: str) -> None:
    page.fill("#say [name=text]", text)
    page.click("#say button")


def wait_for(page: Page, selector: str, texts: list[str]) -> None:
    """Until the elements have exactly these texts."""
    try:
        page.wait_for_function(
            "([selector, texts]) => JSON.stringify([...document.querySelectorAll(selector)].map(e => e.lastChild.textContent)) === texts",
            arg=[selector, json.dumps(texts, ensure_ascii=False, separators=(",", ":"))],
        )
    except PlaywrightTimeout:
        raise AssertionError(page.locator(selector).all_inner_texts()) from None


def test_what_one_window_says_the_other_sees(browser: Browser, demo: ServerProcess) -> None:
    """At once, in order, as the text that it is, under the name of who has signed in; presence comes and goes."""
    ada = enter(browser, demo.url, "ada", "tea")
    bob = enter(browser, demo.url, "bob", "tea")
    for page in (ada, bob):
        wait_for(page, "#members li", ["ada", "bob"])
    say(ada, "<b>hello</b>")
    wait_for(bob, "#lines li:not(.note)", ["<b>hello</b>"])
    say(bob, "☕ good morning")
    for page in (ada, bob):
        wait_for(page, "#lines li:not(.note)", ["<b>hello</b>", "☕ good morning"])
    assert ada.locator("#lines li.own b").all_inner_texts()[0].startswith("ada")
    bob.context.close()
    wait_for(ada, "#members li", ["ada"])
    wait_for(ada, "#lines li.note", ["bob has come", "bob has left"])
    eve = enter(browser, demo.url, "eve", "tea")
    wait_for(eve, "#lines li:not(.note)", ["<b>hello</b>", "☕ good morning"])
    other = enter(browser, demo.url, "zoe", "coffee")
    wait_for(other, "#members li", ["zoe"])
    wait_for(other, "#lines li", [])
    for page in (ada, eve, other):
        page.context.close()


def test_a_second_window_of_somebody_is_no_second_member(browser: Browser, demo: ServerProcess) -> None:
    """Who leaves when both are closed."""
    ada = enter(browser, demo.url, "ada", "study")
    bob = enter(browser, demo.url, "bob", "study")
    again = bob.context.new_page()
    again.goto(f"{demo.url}/rooms/study")
    again.wait_for_selector("#status.open")
    wait_for(again, "#members li", ["ada", "bob"])
    bob.close()
    say(again, "still here")
    wait_for(ada, "#lines li:not(.note)", ["still here"])
    wait_for(ada, "#members li", ["ada", "bob"])
    again.context.close()
    wait_for(ada, "#members li", ["ada"])
    ada.context.close()


def test_a_window_comes_back_by_itself(browser: Browser) -> None:
    """To the next server, once somebody has signed in there; what it showed of the earlier one is gone."""
    with claimed_port() as port:
        with serving("uvicorn-httptools", APP, port=port) as first:
            page = enter(browser, first.url, "ada", "tea")
            say(page, "before")
            wait_for(page, "#lines li:not(.note)", ["before"])
            first.signal(signal.SIGTERM)
            first.ended(60)
        page.wait_for_selector("#status:not(.open)")
        wait_for(page, "#members li", [])
        with serving("uvicorn-httptools", APP, port=port) as second:
            other = page.context.new_page()
            other.goto(f"{second.url}/rooms/tea")
            other.fill("[name=name]", "ada")
            other.click("button")
            page.wait_for_selector("#status.open")
            wait_for(page, "#members li", ["ada"])
            say(page, "after")
            for window in (page, other):
                wait_for(window, "#lines li:not(.note)", ["after"])
    page.context.close()


def test_nothing_is_amiss_on_the_console(browser: Browser, demo: ServerProcess) -> None:
    """No error of a script, no file that is not there."""
    page = enter(browser, demo.url, "ada", "quiet")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda response: said.append(response.url) if response.status >= 400 else None)
    page.reload()
    page.wait_for_selector("#status.open")
    assert said == []
    page.context.close()
