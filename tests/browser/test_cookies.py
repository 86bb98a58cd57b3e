"""A browser keeps cookies, shows them to scripts and sends them, each as it was set (RFC 6265bis).

localhost and 127.0.0.1 are two sites; both are trustworthy, so Secure cookies need no TLS there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess

Record = Callable[[str], list[dict[str, Any]]]

ODD = "odd=!#$%&'()*+-./:<=>?@[]^_`{|}~"
EVERYWHERE = {"hidden=1", "open=1", "plain=1", "kept=1", "__Host-id=1", ODD}
EVERY_SITE = {"none=1", "split=1"}
IN_COOKIES = {"__Secure-id=1"}


@pytest.fixture
def home(site: ServerProcess) -> str:
    return f"http://localhost:{site.port}"


@pytest.fixture
def elsewhere(site: ServerProcess) -> str:
    return f"http://127.0.0.1:{site.port}"


def shown(page: Page) -> set[str]:
    """What scripts see."""
    return {part for part in page.evaluate("document.cookie").split("; ") if part}


def sent(record: Record, what: str = "GET /cookies/echo") -> set[str]:
    """What came with the latest request for this."""
    return set(record(what)[-1]["cookies"])


def fetch(page: Page, url: str) -> None:
    """A request of a script, with cookies if the browser has any to send."""
    page.evaluate("url => fetch(url, {mode: 'no-cors', credentials: 'include'}).then(() => null)", url)


def test_scripts_see_what_is_not_http_only(page: Page, home: str) -> None:
    """And what is for their path, in every character that a value can have (5.6.2, 5.8.3)."""
    page.goto(f"{home}/cookies/set")
    assert shown(page) == {"open=1", "plain=1", "kept=1", ODD}
    page.goto(f"{home}/cookies/inner/echo")
    assert "inner=1" in shown(page)


def test_cookies_come_back_below_their_path(page: Page, home: str, record: Record) -> None:
    """On the site that has set them all of them do, Secure and with their prefixes too (4.1.2.4, 4.1.3)."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{home}/upload.html")
    here = EVERYWHERE | EVERY_SITE | {"lax=1", "strict=1"}
    assert sent(record, "GET /upload.html") == here
    page.goto(f"{home}/cookies/echo")
    assert sent(record) == here | IN_COOKIES
    page.goto(f"{home}/cookies/inner/echo")
    assert sent(record, "GET /cookies/inner/echo") == here | IN_COOKIES | {"inner=1"}


def test_cookies_are_for_their_host(page: Page, home: str, elsewhere: str, record: Record) -> None:
    """Without a Domain; ports play no part, which is the browsers' affair (5.6.3, 8.5)."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{elsewhere}/cookies/echo")
    assert sent(record) == set()


def test_cookies_are_deleted_by_what_they_were_set_with(page: Page, home: str, record: Record) -> None:
    """`SetCookie.deleting`: the same path and partition, no lifetime (4.1.2.2)."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{home}/cookies/delete")
    page.goto(f"{home}/cookies/inner/echo")
    assert (shown(page), sent(record, "GET /cookies/inner/echo")) == (set(), set())


def test_a_cookie_ends_with_its_max_age(page: Page, home: str, record: Record) -> None:
    """One of three seconds, seen by the page that it came with."""
    page.goto(f"{home}/cookies/brief")
    assert page.evaluate("seen") == "brief=1"
    page.wait_for_function("document.cookie === ''")
    page.goto(f"{home}/cookies/echo")
    assert sent(record) == set()


def test_a_link_on_another_site_brings_all_but_strict_cookies(page: Page, home: str, elsewhere: str, record: Record) -> None:
    """A navigation with a safe method is what SameSite=Lax, our default, is about (5.8.3)."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{elsewhere}/cookies/echo")
    page.evaluate(
        "href => document.body.append(Object.assign(document.createElement('a'), {href, text: 'go'}))", f"{home}/cookies/echo"
    )
    with page.expect_navigation():
        page.click("a")
    assert record("GET /cookies/echo")[-1]["fields"] == {"sec-fetch-site": "cross-site"}
    assert sent(record) == EVERYWHERE | EVERY_SITE | IN_COOKIES | {"lax=1"}


def test_a_form_on_another_site_brings_none_but_of_samesite_none(page: Page, home: str, elsewhere: str, record: Record) -> None:
    """So a POST that others forge comes without a session."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{elsewhere}/cookies/echo")
    make = "action => document.body.append(Object.assign(document.createElement('form'), {action, method: 'post', id: 'go'}))"
    page.evaluate(make, f"{home}/cookies/echo")
    with page.expect_navigation():
        page.evaluate("document.getElementById('go').submit()")
    assert sent(record, "POST /cookies/echo") == EVERY_SITE


def test_a_script_on_another_site_brings_none_but_of_samesite_none(
    ordinary: Page, home: str, elsewhere: str, record: Record
) -> None:
    """And not the Partitioned one, which belongs to pages of the site that it was set on (CHIPS)."""
    ordinary.goto(f"{home}/cookies/set")
    ordinary.goto(f"{elsewhere}/cookies/echo")
    fetch(ordinary, f"{home}/cookies/echo")
    assert sent(record) == {"none=1"}


def test_a_partitioned_cookie_is_for_pages_of_one_site(page: Page, home: str, elsewhere: str, record: Record) -> None:
    """Set from a page of another site it comes back from there, also where the browser lets no third party have cookies."""
    page.goto(f"{home}/cookies/set")
    page.goto(f"{elsewhere}/cookies/echo")
    fetch(page, f"{home}/cookies/echo")
    assert sent(record) == set()
    fetch(page, f"{home}/cookies/split")
    fetch(page, f"{home}/cookies/echo")
    assert sent(record) == {"split=1"}
