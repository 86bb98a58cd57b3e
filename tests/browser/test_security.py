"""What a browser is kept from by security headers and CSRF checks.

localhost and 127.0.0.1 are two sites, two ports of localhost two origins of one; Sec-Fetch-Site is sent to all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess
from tests.serving import serving

HERE = Path(__file__).parent

SUBMIT = """([action, token]) => {
  const form = Object.assign(document.createElement('form'), {action, method: 'post'})
  form.append(Object.assign(document.createElement('input'), {name: 'csrf_token', value: token}))
  document.body.append(form)
  form.submit()
}"""
FETCH = "async ([url, options]) => { try { return (await fetch(url, options)).status } catch { return 'blocked' } }"


@pytest.fixture(scope="module")
def secured(chromium: Path) -> Iterator[ServerProcess]:
    """The site that is attacked."""
    with serving("uvicorn-httptools", "secured_app:app", directory=HERE) as server:
        yield server


@pytest.fixture
def home(secured: ServerProcess) -> str:
    return f"http://localhost:{secured.port}"


@pytest.fixture(params=["localhost", "127.0.0.1"])
def elsewhere(site: ServerProcess, request: pytest.FixtureRequest) -> str:
    """Another origin of the same site, and another site."""
    return f"http://{request.param}:{site.port}"


def submitted(page: Page, action: str, token: str = "") -> int:
    """The status that a form of this page is answered with."""
    with page.expect_navigation() as navigation:
        page.evaluate(SUBMIT, [action, token])
    return navigation.value.status if navigation.value is not None else 0


def changes(server: ServerProcess) -> int:
    """How many there were."""
    with server.client() as client:
        return int(client.get("/changes").text)


def sent(page: Page) -> str:
    """What the form on the page is answered with."""
    with page.expect_navigation():
        page.click("button")
    return page.inner_text("body")


def test_a_script_runs_by_its_nonce(page: Page, home: str) -> None:
    """None without, none with another, no attribute; a policy that is tried out only tells."""
    page.goto(f"{home}/scripts")
    page.wait_for_function("violations.length >= 4")
    assert page.evaluate("seen") == ["with its nonce"]
    violations = [tuple(violation) for violation in page.evaluate("violations")]
    assert sorted(violations) == [
        ("enforce", "script-src-attr"),
        *[("enforce", "script-src-elem")] * 2,
        ("report", "img-src"),
    ]


def test_a_nonce_is_hidden_from_what_could_read_it(page: Page, home: str) -> None:
    """And it is another one each time."""
    fields: list[str] = []
    for _ in range(2):
        answer = page.goto(f"{home}/scripts")
        assert answer is not None
        fields.append(answer.headers["content-security-policy"])
    assert fields[0] != fields[1]
    assert page.evaluate("document.querySelector('script').getAttribute('nonce')") == ""


def test_the_default_set_arrives(page: Page, home: str) -> None:
    """Over http without HSTS; and nothing inline runs."""
    answer = page.goto(f"{home}/plain")
    assert answer is not None
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "strict-transport-security" not in answer.headers
    assert page.title() == ""


def test_no_page_frames_it(page: Page, home: str, elsewhere: str) -> None:
    """The browser shows its own error in the frame."""
    page.goto(f"{elsewhere}/cookies/echo")
    with page.expect_event("framenavigated", lambda frame: frame.url == "chrome-error://chromewebdata/"):
        page.evaluate("src => document.body.append(Object.assign(document.createElement('iframe'), {src}))", f"{home}/plain")


def test_an_own_form_passes(page: Page, home: str) -> None:
    """And an own script, and a link from anywhere."""
    page.goto(f"{home}/form")
    assert sent(page) == "written"
    page.goto(f"{home}/form")
    assert page.evaluate(FETCH, [f"{home}/write", {"method": "POST"}]) == 200


def test_a_form_on_another_origin_is_refused(page: Page, home: str, elsewhere: str) -> None:
    """Though the browser sends it, and its cookies too where the site is the same; a link is followed."""
    page.goto(f"{elsewhere}/cookies/echo")
    assert submitted(page, f"{home}/write") == 403
    page.goto(f"{elsewhere}/cookies/echo")
    with page.expect_navigation():
        page.evaluate("href => { location.href = href }", f"{home}/form")
    assert sent(page) == "written"


def test_a_script_on_another_origin_changes_nothing(page: Page, home: str, elsewhere: str, secured: ServerProcess) -> None:
    """It does not learn what the answer is, for that is of its origin alone; what needs a preflight is not even sent."""
    before = changes(secured)
    page.goto(f"{elsewhere}/cookies/echo")
    for options in ({"mode": "no-cors", "credentials": "include"}, {"headers": {"x-csrf-token": "x"}}):
        assert page.evaluate(FETCH, [f"{home}/write", {"method": "POST", **options}]) == "blocked"
    assert changes(secured) == before
    page.goto(f"{home}/form")
    assert page.evaluate(FETCH, [f"{home}/write", {"method": "POST", "mode": "no-cors"}]) == 200
    assert changes(secured) == before + 1


def test_a_sandboxed_frame_is_nobody(page: Page, home: str) -> None:
    """Also in a page of this site: its origin is null."""
    page.goto(f"{home}/form")
    page.set_content("<iframe sandbox='allow-forms allow-scripts' srcdoc='<p>'></iframe>")
    with page.expect_response(f"{home}/write") as answer:
        page.frames[1].evaluate(SUBMIT, [f"{home}/write", ""])
    assert answer.value.status == 403


def test_a_form_with_its_token_passes(page: Page, home: str) -> None:
    """And one without does not; no script sees the cookie."""
    page.goto(f"{home}/tokens/form")
    assert page.evaluate("document.cookie") == ""
    assert sent(page) == "written"
    page.goto(f"{home}/tokens/bare")
    assert "load the page anew" in sent(page)


def test_a_script_sends_its_token_as_a_header(page: Page, home: str) -> None:
    """The token of an earlier page, for the cookie is the same."""
    page.goto(f"{home}/tokens/form")
    token = page.input_value("input[name=csrf_token]")
    page.goto(f"{home}/tokens/form")
    assert page.input_value("input[name=csrf_token]") != token
    for given, status in ((token, 200), (token[::-1], 403)):
        options = {"method": "POST", "headers": {"x-csrf-token": given}}
        assert page.evaluate(FETCH, [f"{home}/tokens/write", options]) == status


def test_a_token_is_of_no_use_elsewhere(page: Page, home: str, elsewhere: str) -> None:
    """Another page that has got hold of it is another page still."""
    page.goto(f"{home}/tokens/form")
    token = page.input_value("input[name=csrf_token]")
    page.goto(f"{elsewhere}/cookies/echo")
    assert submitted(page, f"{home}/tokens/write", token) == 403
