"""Requests through httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from asgikit.auth import fetching
from asgikit.auth.fetching import HTTPXFetch
from asgikit.auth.outgoing import MAX_ANSWER, Fetched
from asgikit.errors import MissingExtra, ServiceUnavailable


def fetch(answer: Callable[[httpx.Request], httpx.Response]) -> HTTPXFetch:
    return HTTPXFetch(httpx.AsyncClient(transport=httpx.MockTransport(answer)))


async def test_an_answer_comes_with_how_long_it_may_be_kept() -> None:
    """And JSON is asked for."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"x", headers={"cache-control": "max-age=60"})

    assert await fetch(answer).get("https://a/") == Fetched(200, b"x", 60)
    assert await fetch(answer).post("https://a/", {"a": "ä&"}, headers={"x-y": "z"}) == Fetched(200, b"x", 60)
    assert [request.headers["accept"] for request in asked] == ["application/json"] * 2
    assert (asked[1].content, asked[1].headers["x-y"]) == (b"a=%C3%A4%26", "z")


async def test_redirects_are_not_followed() -> None:
    """They could lead anywhere."""
    answer = await fetch(lambda request: httpx.Response(302, headers={"location": "http://10.0.0.1/"})).get("https://a/")
    assert answer.status == 302


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of generators within httpx, on trio
async def test_an_answer_that_never_ends_is_cut_off() -> None:
    """No more than the limit is kept."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536

    with pytest.raises(ServiceUnavailable):
        await fetch(lambda request: httpx.Response(200, content=endless())).get("https://a/")
    assert sent <= MAX_ANSWER // 65536 + 1


@pytest.mark.parametrize("url", ["https://a/", "nowhere", "https://[/"])
async def test_no_answer_is_503(url: str) -> None:
    """What went wrong is for the log."""

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ServiceUnavailable) as error:
        await fetch(broken).post(url, {"secret": "s3cret"})
    assert "s3cret" not in str(error.value)


async def test_without_a_client_each_request_has_its_own() -> None:
    """A port that nobody listens on answers nothing."""
    with pytest.raises(ServiceUnavailable):
        await HTTPXFetch().get("http://127.0.0.1:1/")


def test_without_httpx_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is made."""
    monkeypatch.setattr(fetching, "httpx", None)
    with pytest.raises(MissingExtra, match="oidc"):
        HTTPXFetch()
