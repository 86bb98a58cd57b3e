"""Every change of a response gives another one."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response, SetCookie
from asgikit.http.cache import CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.headers import Headers
from asgikit.reply import Extras, Push, Trailers
from asgikit.testing import Answer, call

TEXT = Response.text("x")


async def work(number: int) -> None: ...


CHANGES = {
    "status": TEXT.with_status(201),
    "headers": TEXT.with_headers(Headers({"a": "1"})),
    "header": TEXT.with_header("a", "1"),
    "added": TEXT.with_added_header("a", "1"),
    "without": TEXT.without_header("content-type"),
    "cookie": TEXT.with_cookie(SetCookie("a", "1")),
    "more headers": TEXT.with_added_headers(Headers({"a": "b"})),
    "body": TEXT.with_body(b"yy"),
    "etag": TEXT.with_etag(),
    "cache": TEXT.with_cache_control(CacheControl(no_store=True)),
    "vary": TEXT.with_vary("Accept"),
    "then": TEXT.then(work, 1),
    "trailers": TEXT.with_trailers(lambda: {"a": "1"}),
    "push": TEXT.with_push("/style.css"),
    "debug": TEXT.with_debug({"a": 1}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_gives_another_response(change: str) -> None:
    """Of the same class, and the first one is as it was."""
    changed = CHANGES[change]
    assert type(changed) is Response
    assert (TEXT.status, TEXT.body, TEXT.extras) == (200, b"x", Extras())
    assert TEXT.raw_headers == ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"1"))
    assert (changed.status, changed.raw_headers, changed.body, changed.extras) != (
        TEXT.status,
        TEXT.raw_headers,
        TEXT.body,
        TEXT.extras,
    )


def test_every_change_keeps_what_it_does_not_change() -> None:
    """Middleware must lose neither tasks nor trailers, pushes or what a test looks at."""

    def make() -> dict[str, str]:
        return {}

    full = TEXT.then(work, 1).with_trailers(make, "a").with_push("/a", {"b": "c"}).with_push("/d").with_debug({"e": 1})
    extras = full.extras
    assert extras.trailers == Trailers(("a",), make)
    assert extras.pushes == (Push("/a", Headers({"b": "c"})), Push("/d", Headers()))
    assert (extras.debug, len(extras.tasks)) == ({"e": 1}, 1)
    changed = full.with_status(201).with_header("a", "1").with_added_header("a", "2").without_header("a").with_body(b"yy")
    changed = changed.with_headers(changed.headers).with_vary("Accept").with_cookie(SetCookie("a", "1")).with_etag()
    assert changed.extras is extras


def test_a_header_that_is_set_is_there_once() -> None:
    """An added one as often as it is added; names are compared without case."""
    made = TEXT.with_added_header("X-A", "1").with_added_header("x-a", "2")
    assert made.headers.get_all("x-a") == ("1", "2")
    assert made.with_header("X-a", "3").headers.get_all("x-a") == ("3",)
    assert made.without_header("X-A").headers.get_all("x-a") == ()


def test_the_length_is_always_true() -> None:
    """It follows the body, and no other can be set."""
    assert TEXT.with_body(b"abc").headers["content-length"] == "3"
    assert TEXT.with_headers(Headers()).headers["content-length"] == "1"
    for wrong in (
        lambda: TEXT.with_header("content-length", "7"),
        lambda: TEXT.without_header("content-length").with_added_header("Content-Length", "7"),
    ):
        with pytest.raises(ValueError, match="content-length"):
            wrong()


def test_what_is_no_body_is_refused() -> None:
    """Where it is given, not where it would be sent."""
    untyped: Any = TEXT
    for wrong in ("text", None, [b"x"]):
        with pytest.raises(TypeError, match="no body"):
            untyped.with_body(wrong)


def test_the_status_is_final() -> None:
    """From 200 to 599."""
    for status in (101, 199, 600):
        with pytest.raises(ValueError, match="status"):
            TEXT.with_status(status)


def test_a_tag_is_made_of_the_bytes() -> None:
    """The same bytes, the same tag; of a stream only if it is given."""

    async def nothing() -> Any:
        yield b""

    assert TEXT.with_etag().headers["etag"] == Response.html("x").with_etag().headers["etag"]
    assert TEXT.with_etag().headers["etag"] != Response.text("y").with_etag().headers["etag"]
    streamed = Response.stream(nothing())
    with pytest.raises(ValueError, match="tag"):
        streamed.with_etag()
    assert streamed.with_etag(ETag("v1")).headers["etag"] == '"v1"'


def test_the_names_in_vary_are_joined() -> None:
    """Each of them once."""
    made = TEXT.with_vary("Accept").with_vary("accept", "Cookie")
    assert made.headers["vary"] == "Accept, Cookie"
    assert made.with_vary("Cookie") is made


def test_the_names_of_trailers_are_checked_before() -> None:
    """Nothing is smuggled into the field that announces them."""
    with pytest.raises(ValueError, match="name"):
        TEXT.with_trailers(dict, "a\r\nset-cookie")


def test_extras_that_are_none_are_as_if_never_there() -> None:
    """So a plain response stays on the shortest way out."""
    assert TEXT.then(work, 1).with_tasks(())._extras is None


def test_a_response_tells_what_it_is() -> None:
    """By its status and its content-type."""
    assert repr(Response(b"", status=404)) == "<Response 404 without content-type>"


def serving(response: Response) -> App[None]:
    async def handler(request: Request[None]) -> Response:
        return response

    return App(handler)


def offering(*names: str) -> dict[str, Any]:
    return {"extensions": {f"http.response.{name}": {} for name in names}}


def kinds(answer: Answer) -> list[str]:
    return [event["type"].removeprefix("http.response.") for event in answer.events]


async def test_trailers_come_after_the_body() -> None:
    """Made once that is sent, announced by name before."""
    order: list[str] = []

    async def chunks() -> Any:
        yield b"a"
        order.append("body")

    def make() -> dict[str, str]:
        order.append("trailers")
        return {"x-sum": "7"}

    answer = await call(serving(Response.stream(chunks()).with_trailers(make, "x-sum")), **offering("trailers"))
    assert kinds(answer) == ["start", "body", "body", "trailers"]
    assert (answer.started["trailers"], answer.headers["trailer"]) == (True, "x-sum")
    assert answer.events[-1] == {"type": "http.response.trailers", "headers": [(b"x-sum", b"7")], "more_trailers": False}
    assert order == ["body", "trailers"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_trailers_are_left_out_where_they_cannot_be_sent(method: str) -> None:
    """Without the server's extension, and without a body; nobody makes them then."""

    def make() -> dict[str, str]:
        raise AssertionError

    more = offering("trailers") if method == "HEAD" else {}
    answer = await call(serving(TEXT.with_trailers(make, "x-sum")), method, **more)
    assert (answer.error, kinds(answer)) == (None, ["start", "body"])
    assert "trailer" not in answer.headers
    assert "trailers" not in answer.started


async def test_no_trailers_follow_half_a_body() -> None:
    """A client that has left, or a generator that fails, gets none."""

    async def failing() -> Any:
        yield b"a"
        raise ValueError

    async def endless() -> Any:
        while True:
            yield b"a"
            await anyio.lowlevel.checkpoint()

    for chunks, leaves_after in ((failing(), None), (endless(), 3)):
        made = Response.stream(chunks).with_trailers(lambda: {"x-sum": "7"})
        answer = await call(serving(made), leaves_after=leaves_after, **offering("trailers"))
        assert "trailers" not in kinds(answer)


async def test_pushes_follow_the_start() -> None:
    """In order; without the server's extension there are none."""
    made = TEXT.with_push("/a.css", {"accept": "text/css"}).with_push("/b.js")
    answer = await call(serving(made), **offering("push"))
    assert kinds(answer) == ["start", "push", "push", "body"]
    assert answer.events[1] == {"type": "http.response.push", "path": "/a.css", "headers": [(b"accept", b"text/css")]}
    assert kinds(await call(serving(made))) == ["start", "body"]


async def test_what_a_test_looks_at_comes_first() -> None:
    """Only where somebody asks for it (extensions, Debug)."""
    made = TEXT.with_debug({"template": "a.html"})
    answer = await call(serving(made), **offering("debug"))
    assert answer.events[0] == {"type": "http.response.debug", "info": {"template": "a.html"}}
    assert kinds(await call(serving(made))) == ["start", "body"]


@pytest.mark.parametrize("name", ["content-length", "Set-Cookie", "cache-control", "transfer-encoding", "Trailer"])
def test_what_is_needed_before_the_body_is_no_trailer(name: str) -> None:
    """Neither announced nor made."""
    with pytest.raises(ValueError, match="cannot come after the body"):
        Response.text("x").with_trailers(dict, name)
    with pytest.raises(ValueError, match="cannot come after the body"):
        Trailers((), lambda: {name: "x"}).fields()


@pytest.mark.parametrize(
    "path", ["style.css", "//example.com/style.css", "https://example.com/", "", "/a\r\nb: c", "/ä", "/a b", "/%zz", "/a#b"]
)
def test_only_paths_on_this_site_are_pushed(path: str) -> None:
    """A server would refuse the rest, or worse."""
    with pytest.raises(ValueError, match="no path on this site"):
        Response.text("x").with_push(path)


def test_ready_lines_are_added_at_the_end() -> None:
    """Names in lower case, and no content-length but the true one."""
    more = Headers.from_raw([(b"X-A", b"1"), (b"x-b", b"2")])
    assert TEXT.with_added_headers(more).raw_headers == (*TEXT.raw_headers, (b"x-a", b"1"), (b"x-b", b"2"))
    with pytest.raises(ValueError, match="content-length"):
        TEXT.with_added_headers(Headers({"content-length": "7"}))
