"""Another content for a response that stays what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgikit import App, Request, Response, SetCookie
from asgikit.http.conditional import ETag
from asgikit.replacement import replaced
from asgikit.testing import call


async def nothing() -> None: ...


def test_the_status_and_the_fields_stay() -> None:
    """All but those about the content that goes."""
    first = Response.text("no", status=401, headers={"www-authenticate": "Basic", "content-language": "en", "x-a": "1"})
    made = replaced(first.with_etag(ETag("x")), Response.html("<p>", headers={"x-a": "2"}))
    assert (made.status, made.body) == (401, b"<p>")
    assert dict(made.headers) == {
        "www-authenticate": "Basic",
        "x-a": "2",
        "content-type": "text/html; charset=utf-8",
        "content-length": "3",
    }


def test_cookies_and_vary_are_those_of_both() -> None:
    """Whichever the content depends on."""
    first = Response.text("a", status=404).with_vary("Cookie").with_cookie(SetCookie("a", "1"))
    made = replaced(first, Response.text("b").with_vary("Accept", "cookie").with_cookie(SetCookie("b", "2")))
    assert made.headers["vary"] == "Cookie, Accept"
    assert [cookie[:4] for cookie in made.headers.get_all("set-cookie")] == ["a=1;", "b=2;"]


def test_the_tasks_of_both_run() -> None:
    """Trailers, which say something of the content, are those of the new one."""
    first = Response.text("a").then(nothing).with_trailers(lambda: {"x-sum": "1"}, "x-sum")
    made = replaced(first, Response.text("b").then(nothing))
    assert (len(made.tasks), made.extras.trailers) == (2, None)


async def test_a_stream_that_is_not_sent_is_closed() -> None:
    """Once the response has gone out."""

    class Chunks:
        closed = False

        def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("nobody reads it")

        async def aclose(self) -> None:
            self.closed = True

    chunks = Chunks()

    async def handler(request: Request[None]) -> Response:
        return replaced(Response.stream(chunks, status=404), Response.text("gone"))

    assert (await call(App(handler))).text == "gone"
    assert chunks.closed
