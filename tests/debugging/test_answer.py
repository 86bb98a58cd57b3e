"""The response to an exception with `debug=True`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from typing import Any

import pytest

from asgikit import App, Request, Response, after
from asgikit.config import Secret
from asgikit.debugging import answer as module
from asgikit.debugging.answer import debug_response
from asgikit.middleware.problem_details import problem_details
from asgikit.testing import call, http_scope, play, websocket_scope

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def fails(request: Request[None]) -> Response:
    password = "a-long-password"
    key = Secret("signing-secret")
    raise ValueError(f"a bug with {password} and {key.reveal()}")


async def test_a_browser_sees_a_page() -> None:
    """Which runs nothing, loads nothing, is stored nowhere; the server has the exception as ever."""
    answer = await call(App(fails, debug=True), headers=BROWSER)
    assert (answer.status, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "<b>ValueError</b>: a bug with ********** and **********" in answer.text
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept")
    assert isinstance(answer.error, ValueError)
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]


@pytest.mark.parametrize("accept", [None, "*/*", "text/plain", "application/json", "image/png", "text/html;q=0", ";"])
async def test_all_others_get_text(accept: str | None) -> None:
    """The traceback, without secrets."""
    answer = await call(App(fails, debug=True), headers={} if accept is None else {"accept": accept})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("Traceback (most recent call last):\n")
    assert answer.text.endswith("ValueError: a bug with ********** and **********\n")


@pytest.mark.parametrize("headers", [{}, BROWSER])
async def test_no_secret_gets_out(headers: dict[str, str]) -> None:
    """Of the program, of the request; in the page or in the text."""
    sent = {"authorization": "Bearer sent-credential", "cookie": "id=sent-cookie", **headers}
    answer = await call(App(fails, debug=True), target="/?token=sent-token", headers=sent)
    for secret in ("a-long-password", "signing-secret", "sent-credential", "sent-cookie", "sent-token"):
        assert secret not in answer.text


async def test_without_debug_there_is_nothing_internal() -> None:
    """Whatever is asked for."""
    assert (await call(App(fails), headers=BROWSER)).text == "Internal Server Error"


async def test_fields_of_middleware_are_kept() -> None:
    """D16: on the page, too."""
    stamped = after(lambda request, response: response.with_added_header("x-stamp", "1"))
    answer = await call(App(stamped(fails), debug=True), headers=BROWSER)
    assert answer.headers.get_all("x-stamp") == ("1",)


async def test_a_problem_document_has_the_traceback() -> None:
    """Line by line, where an application tells its errors so; a browser still sees the page."""
    app = App(problem_details()(fails), debug=True)
    problem = json.loads((await call(app)).text)
    assert (problem["status"], problem["detail"]) == (500, "ValueError: a bug with ********** and **********")
    assert problem["traceback"][0] == "Traceback (most recent call last):"
    assert "<h1><b>ValueError</b>" in (await call(app, headers=BROWSER)).text


async def test_a_handshake_is_denied_with_the_text() -> None:
    """Where the server can send one."""
    answer = await play(App(fails, debug=True), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[0]["status"] == 500
    assert b"ValueError: a bug" in answer.events[1]["body"]


async def test_a_group_is_told_member_by_member() -> None:
    """One that is alone, too."""

    async def grouped(request: Request[None]) -> Response:
        raise ExceptionGroup("tasks", [KeyError("one")])

    text = (await call(App(grouped, debug=True), headers=BROWSER)).text
    assert "<b>ExceptionGroup</b>: tasks (1 sub-exception)" in text
    assert "In the group: <b>KeyError</b>" in text


def request() -> Request[object]:
    return Request.of(http_scope(headers=BROWSER), None)


async def test_a_repr_that_does_not_come_back_is_given_up() -> None:
    """The answer is the name of the exception then; the thread is nobody's to wait for."""
    done = threading.Event()

    class Stuck:
        def __repr__(self) -> str:
            done.wait(30)
            return "late"

    def fail() -> None:
        stuck = Stuck()
        raise ValueError(stuck.__class__)

    try:
        fail()
    except ValueError as error:
        response = await debug_response(request(), error, patience=0.05)
        done.set()
    assert (response.status, response.body) == (500, b"ValueError: more is in the log of the server")


async def test_a_page_that_fails_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the name of the exception then, too."""

    def broken(report: object) -> str:
        raise RuntimeError("of the page")

    monkeypatch.setattr(module, "debug_page", broken)
    response = await debug_response(request(), ValueError("<secret>"))
    assert response.body == b"ValueError: more is in the log of the server"
    assert "of the page" in caplog.text


async def test_source_is_read_in_a_worker_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop goes on."""
    threads: list[threading.Thread] = []
    capture = module.capture

    def watched(*args: Any) -> Any:
        threads.append(threading.current_thread())
        return capture(*args)

    monkeypatch.setattr(module, "capture", watched)
    await debug_response(request(), ValueError())
    assert threads
    assert threading.current_thread() not in threads
