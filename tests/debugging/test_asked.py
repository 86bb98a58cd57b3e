"""The request of a report."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Request, Response, Router, get, param, root
from asgikit.debugging.asked import MAX_ROWS, asked_of
from asgikit.debugging.secrecy import HIDDEN, Secrets
from asgikit.errors import HTTPError
from asgikit.testing import http_scope, websocket_scope


def asked(scope: Any, secrets: Secrets | None = None) -> Any:
    return asked_of(Request.of(scope, None), secrets or Secrets())


def test_a_request_in_a_few_words() -> None:
    """Its line, its query, its fields."""
    found = asked(http_scope("POST", "/a%20b?page=2&q=", headers={"user-agent": "me"}))
    assert (found.line, found.route) == ("POST /a b", "")
    assert (found.query, found.headers) == ((("page", "2"), ("q", "")), (("user-agent", "me"),))
    assert asked(websocket_scope("/chat")).line == "GET /chat (WebSocket handshake)"


async def test_the_route_is_named() -> None:
    """By its pattern."""
    seen: list[str] = []

    @get(root / "users" / param("id", int))
    async def show(request: Request[object], id: int) -> Response:
        seen.append(asked_of(request, Secrets()).route)
        return Response.empty()

    await Router(show)(Request.of(http_scope(target="/users/3"), None))
    assert seen == ["/users/{id}"]


def test_credentials_are_hidden_and_known() -> None:
    """In fields, cookies and the query; wherever else they turn up."""
    secrets = Secrets()
    fields = {"authorization": "Bearer header-credential", "cookie": "a=cookie-credential; b=c", "x-api-key": "field-credential"}
    found = asked(http_scope(target="/?token=query-credential&next=/cookie-credential", headers=fields), secrets)
    assert [value for _, value in found.headers] == [HIDDEN] * 3
    assert found.query == (("token", HIDDEN), ("next", f"/{HIDDEN}"))
    for text in ("header-credential", "cookie-credential", "field-credential", "query-credential"):
        assert secrets.mask(text) == HIDDEN


def test_there_is_an_end_to_it() -> None:
    """Of fields, and of each."""
    found = asked(http_scope(target=f"/{'x' * 9_000}", headers=[(f"x-{n}", "y" * 9_000) for n in range(500)]))
    assert (len(found.headers), len(found.line)) == (MAX_ROWS, 505)
    assert all(len(value) < 600 for _, value in found.headers)


def test_a_request_that_cannot_be_read_raises_no_other_error() -> None:
    """Bytes that are not UTF-8 are a path all the same."""
    try:
        assert asked(http_scope(target="/%ff", headers={"host": "["})).line.startswith("GET /")
    except HTTPError:
        pytest.fail("it should be shown")


def test_what_no_log_has_is_on_no_page() -> None:
    """Codes, signatures and tickets, in the address of the page before, too."""
    fields = {"referer": "https://id.example/back?code=secret-of-a-page", "x-hub-signature": "secret-of-a-hook"}
    found = asked(http_scope(target="/?code=a-secret-code&sig=a-secret-sig&ticket=a-secret-ticket&page=2", headers=fields))
    assert found.query == (("code", HIDDEN), ("sig", HIDDEN), ("ticket", HIDDEN), ("page", "2"))
    assert found.headers == (("referer", "https://id.example/back?code=REDACTED"), ("x-hub-signature", HIDDEN))
