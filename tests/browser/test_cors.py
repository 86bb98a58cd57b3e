"""A browser lets pages of other origins read what the policy shares with them, and nothing else (Fetch standard, 3.2).

Pages and data have ports of their own. localhost and 127.0.0.1 are two names of one machine: pages of the first are friends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess
from tests.browser.conftest import HERE
from tests.serving import serving

Asked = Callable[[], list[str]]


@pytest.fixture(scope="module")
def data(chromium: object) -> Iterator[ServerProcess]:
    """Where the data is."""
    with serving("uvicorn-httptools", "sharing:app", directory=HERE) as server:
        yield server


@pytest.fixture(scope="module")
def pages(chromium: object) -> Iterator[ServerProcess]:
    """Where the pages are."""
    with serving("uvicorn-httptools", "sharing:app", directory=HERE) as server:
        yield server


@pytest.fixture
def friend(page: Page, pages: ServerProcess, data: ServerProcess) -> Page:
    """A page that the policy names; the browser has a cookie for the data."""
    page.goto(f"http://localhost:{data.port}/page")
    page.goto(f"http://localhost:{pages.port}/page")
    return page


@pytest.fixture
def stranger(page: Page, pages: ServerProcess, data: ServerProcess) -> Page:
    """A page that it does not name; there is a cookie for the data by that name of the machine too."""
    page.goto(f"http://127.0.0.1:{data.port}/page")
    page.goto(f"http://127.0.0.1:{pages.port}/page")
    return page


@pytest.fixture
def asked(data: ServerProcess) -> Asked:
    """What has been asked for since the test began."""

    def requests() -> list[str]:
        with data.client() as client:
            found: list[str] = client.get("/seen").json()
            return found

    before = len(requests())
    return lambda: requests()[before:]


def fetched(page: Page, data: ServerProcess, path: str, **options: Any) -> str:
    """What a script gets: status and text, or that it gets nothing."""
    host = page.evaluate("location.hostname")
    script = "([url, how]) => fetch(url, how).then(async r => `${r.status} ${await r.text()}`, error => error.name)"
    got: str = page.evaluate(script, [f"http://{host}:{data.port}{path}", options])
    return got


def test_a_friend_reads_what_is_shared(friend: Page, data: ServerProcess) -> None:
    """With the cookie, where both sides say so."""
    assert fetched(friend, data, "/private", credentials="include") == "200 private to mine"
    assert fetched(friend, data, "/private") == "200 private to None"


def test_a_stranger_reads_none_of_it(stranger: Page, data: ServerProcess, asked: Asked) -> None:
    """Though the browser sends the cookie, and the server answers."""
    assert fetched(stranger, data, "/private", credentials="include") == "TypeError"
    assert "GET /private" in asked()


def test_what_is_not_shared_nobody_reads(friend: Page, data: ServerProcess, asked: Asked) -> None:
    """Not the friend either, with the cookie or without, from the other port of the same machine."""
    for credentials in ("include", "omit"):
        assert fetched(friend, data, "/secret", credentials=credentials) == "TypeError"
    assert fetched(friend, data, "/secret", mode="no-cors", credentials="include") == "0 "
    assert asked().count("GET /secret") == 3


def test_what_is_public_everybody_reads(stranger: Page, data: ServerProcess) -> None:
    """But nobody with cookies; and a sandboxed frame does too, whose origin is null."""
    assert fetched(stranger, data, "/public") == "200 public"
    assert fetched(stranger, data, "/public", credentials="include") == "TypeError"
    frame = """url => new Promise(done => {
        addEventListener('message', event => done(event.data));
        const frame = Object.assign(document.createElement('iframe'), {sandbox: 'allow-scripts'});
        frame.srcdoc = `<script>fetch('${url}').then(r => r.text(), e => e.name).then(t => parent.postMessage(t, '*'))</script>`;
        document.body.append(frame)})"""
    assert stranger.evaluate(frame, f"http://127.0.0.1:{data.port}/public") == "public"


def test_a_frame_without_an_origin_is_no_friend(friend: Page, data: ServerProcess) -> None:
    """Whoever it is in."""
    frame = """url => new Promise(done => {
        addEventListener('message', event => done(event.data));
        const frame = Object.assign(document.createElement('iframe'), {sandbox: 'allow-scripts'});
        const ask = `fetch('${url}', {credentials: 'include'})`;
        frame.srcdoc = `<script>${ask}.then(r => r.text(), e => e.name).then(t => parent.postMessage(t, '*'))</script>`;
        document.body.append(frame)})"""
    assert friend.evaluate(frame, f"http://localhost:{data.port}/private") == "TypeError"


def test_a_change_is_asked_about_first(friend: Page, data: ServerProcess, asked: Asked) -> None:
    """With the fields that it is going to have."""
    assert fetched(friend, data, "/item", method="PUT", headers={"x-token": "t"}) == "200 changed with t"
    assert asked() == ["OPTIONS /item", "PUT /item"]


@pytest.mark.parametrize(
    "options", [{"method": "DELETE"}, {"method": "PUT", "headers": {"x-other": "t"}}, {"method": "PATCH"}], ids=str
)
def test_what_is_not_granted_is_not_sent(friend: Page, data: ServerProcess, asked: Asked, options: dict[str, Any]) -> None:
    """A method without a policy on a path that has one, a field that is not named, a method that the path does not have."""
    assert fetched(friend, data, "/item", method="PUT", headers={"x-token": "t"}) == "200 changed with t"
    before = len(asked())
    assert fetched(friend, data, "/item", **options) == "TypeError"
    assert asked()[before:] == ["OPTIONS /item"]


def test_a_stranger_changes_nothing(stranger: Page, data: ServerProcess, asked: Asked) -> None:
    """The server is asked whether it may, and no more."""
    assert fetched(stranger, data, "/item", method="PUT") == "TypeError"
    assert asked() == ["OPTIONS /item"]


def test_an_error_can_be_read_too(friend: Page, data: ServerProcess) -> None:
    """As what it is, not as a failure of the network."""
    assert fetched(friend, data, "/fails") == "500 Internal Server Error"


def test_fields_are_seen_if_they_are_exposed(friend: Page, data: ServerProcess) -> None:
    """The content-type always is, others by name."""
    script = "url => fetch(url, {credentials: 'include'}).then(r => [...r.headers.keys()])"
    assert friend.evaluate(script, f"http://localhost:{data.port}/private") == ["content-length", "content-type", "x-total"]
