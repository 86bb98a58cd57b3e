"""Responses as values."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from asgikit import Response, SetCookie, json
from asgikit.body import Feed, Stream, Upgrade
from asgikit.errors import BadRequest, NotFound
from asgikit.files import look_at
from asgikit.http.cache import CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.headers import Headers
from asgikit.http.sse import ServerSentEvent
from asgikit.reply import Extras


async def nothing() -> AsyncIterator[bytes]:
    yield b""


def test_every_constructor_sets_type_and_length() -> None:
    """In UTF-8, and bytes counted, not characters."""
    assert list(Response.text("é").headers) == [("content-type", "text/plain; charset=utf-8"), ("content-length", "2")]
    assert Response.html("<p>").headers["content-type"] == "text/html; charset=utf-8"
    assert list(Response.json({"a": [1, None]}).headers) == [("content-type", "application/json"), ("content-length", "14")]
    assert list(Response.empty().headers) == []
    assert list(Response.empty(status=200).headers) == [("content-length", "0")]
    assert list(Response.stream(nothing()).headers) == [("content-type", "application/octet-stream")]


@pytest.mark.parametrize("make", [Response.text, Response.html, Response.json])
def test_constructors_take_status_and_headers(make: Any) -> None:
    """A content-type of one's own replaces the usual one."""
    made = make("x", status=201, headers={"Content-Type": "text/x", "X-A": "1"})
    assert made.status == 201
    assert made.headers.get_all("content-type") == ("text/x",)
    assert made.headers["x-a"] == "1"
    assert made.headers["content-length"] == str(len(made.body))
    assert make("x", headers={"x-a": "1"}).headers["content-type"]


def test_json_is_compact_utf_8() -> None:
    """Mappings and tuples are JSON too."""
    assert Response.json({"é": (1, 2.5, True)}).body == '{"é":[1,2.5,true]}'.encode()
    assert Response.json(MappingProxyType({"a": 1})).body == b'{"a":1}'
    assert Response.json({"a": 1}, json(dict[str, int])).body == b'{"a":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x"])
def test_what_json_does_not_have_is_refused(value: Any) -> None:
    """D30: a type error first, and an exception for who has no type checker."""
    with pytest.raises((TypeError, ValueError)):
        Response.json(value)


@pytest.mark.parametrize("status", [0, 100, 199, 600, -1])
def test_a_status_is_that_of_a_final_response(status: int) -> None:
    """Informational ones are sent in other ways."""
    for make in (Response.text, Response.empty, Response.html):
        untyped: Any = make
        with pytest.raises(ValueError, match="200 to 599"):
            untyped(**({} if make == Response.empty else {"text" if make == Response.text else "html": ""}), status=status)
    with pytest.raises(ValueError, match="200 to 599"):
        Response.text("").with_status(status)


def test_the_content_length_is_always_true() -> None:
    """It follows the body, and a wrong one is refused where it is given."""
    made = Response.text("abc").with_body(b"abcdef")
    assert made.headers["content-length"] == "6"
    assert Response(b"x", headers={"content-length": "1"}).headers["content-length"] == "1"
    for wrong in ("2", "01", "x"):
        with pytest.raises(ValueError, match="leave it out"):
            made.with_header("content-length", wrong)
        with pytest.raises(ValueError, match="leave it out"):
            made.without_header("content-length").with_added_header("Content-Length", wrong)
    with pytest.raises(ValueError, match="leave it out"):
        Response.text("x", headers={"content-length": "5"})
    assert "content-length" not in Response.text("x").with_status(204).headers
    assert Response(status=304, headers={"content-length": "5"}).headers["content-length"] == "5"


@pytest.mark.parametrize("length", ["x", "-1", "1, 1", ""])
def test_the_content_length_of_a_stream_is_a_number(length: str) -> None:
    """What the stream really has is counted when it is sent."""
    with pytest.raises(ValueError, match="leave it out"):
        Response.stream(nothing(), headers={"content-length": length})
    assert Response.stream(nothing(), headers={"content-length": "5"}).headers["content-length"] == "5"


def test_with_gives_another_response() -> None:
    """The first one stays as it was; nothing can be assigned."""
    one = Response.text("x")
    two = one.with_header("X-A", "1").with_added_header("x-a", "2").with_status(201)
    assert (one.status, "x-a" in one.headers) == (200, False)
    assert (two.status, two.headers.get_all("x-a")) == (201, ("1", "2"))
    assert "x-a" not in two.without_header("X-A").headers
    assert two.with_headers(Headers({"y": "1"})).headers.get("x-a") is None
    untyped: Any = one
    for name in ("status", "body", "anything"):
        with pytest.raises(AttributeError):
            setattr(untyped, name, 1)


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\nb", "a\0b", "a\x7f", " a", "€"])
def test_a_header_cannot_be_injected(value: str) -> None:
    """D26: CR, LF, NUL and other controls are refused wherever a value comes in."""
    for make in (
        lambda: Response.text("", headers={"x": value}),
        lambda: Response.text("").with_header("x", value),
        lambda: Response.text("").with_added_header("x", value),
        lambda: Response(b"", headers={"x": value}),
    ):
        with pytest.raises(ValueError):
            make()


def test_names_are_sent_in_lower_case() -> None:
    """As ASGI demands."""
    raw = Response(b"", headers={"X-Aa": "1"}).with_header("X-Bb", "2").raw_headers
    assert [name for name, _ in raw] == [b"x-aa", b"content-length", b"x-bb"]
    raw = Response.empty().with_headers(Headers.from_raw([(b"X-Raw", b"1")])).raw_headers
    assert raw == ((b"x-raw", b"1"),)


def test_cookies_are_lines_of_their_own() -> None:
    """One for each."""
    made = Response.empty().with_cookie(SetCookie("a", "1")).with_cookie(SetCookie("b", "2"))
    assert len(made.headers.get_all("set-cookie")) == 2


@pytest.mark.parametrize("target", ["/", "/a/b?c=d#e", "next", "../up", "?page=2", "/é", "/a b", "/x?u=http://y/", "#top", ""])
def test_a_redirect_stays_on_the_site(target: str) -> None:
    """Whatever it holds is percent-encoded."""
    made = Response.redirect(target)
    assert made.status == 303
    assert made.headers["location"].isascii()
    assert " " not in made.headers["location"]


def test_a_target_that_is_no_text_is_a_bad_request() -> None:
    """A lone surrogate can come with JSON."""
    with pytest.raises(BadRequest):
        Response.redirect("/\ud800")


EVIL = [
    "//evil.com",
    "///evil.com",
    "https://evil.com",
    "javascript:alert(1)",
    "//evil.com/..",
    "http:evil.com",
    "HTTPS://evil.com",
]


@pytest.mark.parametrize("target", EVIL)
def test_a_redirect_elsewhere_has_to_be_asked_for(target: str) -> None:
    """D28: it is a 400, for the target comes from the client more often than not."""
    with pytest.raises(BadRequest):
        Response.redirect(target)


@pytest.mark.parametrize(
    "target", ["/\\evil.com", "\\\\evil.com", "/\t/evil.com", "\n//evil.com", " //evil.com", "\x00//evil.com"]
)
def test_what_browsers_would_rewrite_is_encoded_first(target: str) -> None:
    """Backslashes and white space do not make it another host."""
    location = Response.redirect(target).headers["location"]
    assert not location.startswith("//")
    assert not set(location) & set("\\\t\n\x00 ")


def test_an_external_redirect() -> None:
    """Where it is asked for."""
    made = Response.redirect("https://example.com/x", status=307, external=True)
    assert (made.status, made.headers["location"]) == (307, "https://example.com/x")


def test_an_error_becomes_its_public_text() -> None:
    """With its headers."""
    made = Response.error(NotFound("no such user", log="secret", headers=(("x-a", "1"),)))
    assert (made.status, made.body, made.headers["x-a"]) == (404, b"no such user", "1")


def test_bodies_are_of_three_kinds() -> None:
    """Bytes, streams, upgrades."""

    async def session(ws: Any) -> None: ...

    assert isinstance(Response.text("x").body, bytes)
    assert isinstance(Response.stream(nothing()).body, Stream)
    assert isinstance(Response.upgrade(session).body, Upgrade)
    assert repr(Response.text("x")) == "<Response 200 text/plain; charset=utf-8>"


def test_what_is_no_body_is_refused() -> None:
    """Text goes through a constructor, and a generator function has to be called."""
    untyped: Any = Response
    for make in (lambda: untyped("text"), lambda: untyped.stream(nothing), lambda: untyped.stream([b"x"])):
        with pytest.raises(TypeError):
            make()


def test_a_stream_has_one_content_type() -> None:
    """The one among the headers wins."""
    made = Response.stream(nothing(), headers={"Content-Type": "text/csv"})
    assert made.headers.get_all("content-type") == ("text/csv",)


def test_a_subprotocol_is_a_token() -> None:
    """Nothing is smuggled into the handshake."""

    async def session(ws: Any) -> None: ...

    with pytest.raises(ValueError, match="subprotocol"):
        Response.upgrade(session, subprotocol="a\r\nset-cookie: x=1")


def test_tasks_are_kept_by_every_change() -> None:
    """Middleware must not lose them."""

    async def work(n: int) -> None: ...

    made = Response.text("x").then(work, 1)
    for changed in (made.with_header("a", "1"), made.with_status(201), made.with_body(b""), made.without_header("a")):
        assert changed.tasks == made.tasks
    assert made.tasks[0].name.endswith("work")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A file that was modified long ago."""
    path = tmp_path / "page é.html"
    path.write_bytes(b"<p>")
    os.utime(path, ns=(0, 784_111_777_000_000_005))
    return path


async def test_a_file_has_its_fields(page: Path) -> None:
    """Type by name, length, tag, date, and that it has ranges."""
    made = await Response.file(page)
    assert dict(made.headers) == {
        "content-type": "text/html; charset=utf-8",
        "accept-ranges": "bytes",
        "etag": f'"{784_111_777_000_000_005:x}-3"',
        "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT",
        "content-length": "3",
    }
    assert (made.status, made.body) == (200, look_at(page))
    assert (await Response.file(str(page))).headers == made.headers == Response.of_file(look_at(page)).headers


@pytest.mark.parametrize(
    ("attachment", "disposition"),
    [
        (False, None),
        (True, "attachment; filename=\"page _.html\"; filename*=UTF-8''page%20%C3%A9.html"),
        ("saved.html", 'attachment; filename="saved.html"'),
        ("../../x", 'attachment; filename=".._.._x"'),
    ],
)
async def test_a_file_may_be_saved_in_place_of_shown(page: Path, attachment: bool | str, disposition: str | None) -> None:
    """Under its own name or another."""
    assert (await Response.file(page, attachment=attachment)).headers.get("content-disposition") == disposition


async def test_the_fields_of_a_file_can_be_given(page: Path) -> None:
    """Each in place of its own."""
    own = {"ETag": '"mine"', "Accept-Ranges": "none", "Last-Modified": "Sun, 06 Nov 1994 08:49:38 GMT", "X-A": "1"}
    made = await Response.file(page, content_type="text/x", headers=own)
    assert dict(made.headers) == {name.lower(): value for name, value in own.items()} | {
        "content-type": "text/x",
        "content-length": "3",
    }
    assert (await Response.file(page, content_type="text/x", headers={"content-type": "text/y"})).headers[
        "content-type"
    ] == "text/y"


async def test_a_new_file_has_a_weak_tag(tmp_path: Path) -> None:
    """It may change again before the clock goes on."""
    (tmp_path / "x").write_bytes(b"x")
    assert (await Response.file(tmp_path / "x")).headers["etag"].startswith('W/"')


@pytest.mark.parametrize("name", ["missing", ".", "a\x00b", "x" * 300])
async def test_a_file_that_is_none_is_not_found(tmp_path: Path, name: str) -> None:
    """D15: where the handler can still choose what to answer."""
    with pytest.raises(NotFound):
        await Response.file(f"{tmp_path}/{name}")


def test_a_tag_is_given_or_made_from_the_content() -> None:
    """Of bytes; of anything else it cannot be known beforehand."""
    assert Response.text("x").with_etag().headers["etag"] == str(ETag.of(b"x"))
    assert Response.text("x").with_etag(ETag("a", weak=True)).with_etag(ETag("b")).headers.get_all("etag") == ('"b"',)
    with pytest.raises(ValueError, match="give one"):
        Response.stream(nothing()).with_etag()
    assert Response.stream(nothing()).with_etag(ETag("a")).headers["etag"] == '"a"'


def test_a_policy_for_caches_replaces_the_one_before() -> None:
    """There is one for each response."""
    made = Response.text("x").with_cache_control(CacheControl.never()).with_cache_control(CacheControl(max_age=60, public=True))
    assert made.headers.get_all("cache-control") == ("public, max-age=60",)


def test_what_a_response_varies_with_is_listed_once() -> None:
    """In any case, in the order in which it was said."""
    made = Response.text("x").with_vary("Accept-Encoding").with_vary("Origin", "accept-encoding")
    assert made.headers.get_all("vary") == ("Accept-Encoding, Origin",)
    assert made.with_vary("origin") is made
    assert made.with_vary() is made


def test_extras_are_kept_by_every_change() -> None:
    """Trailers, pushes and what tests look at, as tasks are."""
    made = Response.text("x").with_trailers(dict, "X-A").with_push("/a", {"accept": "b"}).with_debug({"a": 1})
    assert [push.path for push in made.with_push("/b").extras.pushes] == ["/a", "/b"]
    for changed in (
        made.with_header("a", "1"),
        made.with_status(201),
        made.with_body(b""),
        made.without_header("a"),
        made.with_etag(),
    ):
        assert changed.extras == made.extras
    assert Response.text("x").extras == Extras()


@pytest.mark.parametrize("name", ["", "a b", "é", "a\r\nb"])
def test_the_name_of_a_trailer_is_that_of_a_field(name: str) -> None:
    """It is announced in a field."""
    with pytest.raises(ValueError, match="header name"):
        Response.text("x").with_trailers(dict, name)


# Feeds and lines.


async def test_an_event_stream_says_what_it_is() -> None:
    """It is neither stored nor held back; what the headers say wins."""
    made = Response.sse(server_sent())
    assert made.headers["content-type"] == "text/event-stream"
    assert (made.headers["cache-control"], made.headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in made.headers
    other = Response.sse(server_sent(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "yes"})
    assert (other.headers.get_all("cache-control"), other.headers.get_all("x-accel-buffering")) == (("no-store",), ("yes",))


async def test_events_are_given_as_such_or_as_values_with_a_codec() -> None:
    """An event each."""
    assert await chunks_of(Response.sse(server_sent())) == [b"data: a\n\n", b"id: 1\ndata: b\n\n"]
    assert await chunks_of(Response.sse(values(), json(int))) == [b"data: 1\n\n", b"data: 2\n\n"]


async def test_only_an_event_stream_is_a_feed() -> None:
    """It has beats as it is told, and none for None; lines end by themselves."""
    beats = [feed_of(Response.sse(server_sent(), keep_alive=seconds)) for seconds in (3, None)]
    assert [beat is not None and beat.every for beat in beats] == [3, float("inf")]
    assert (feed_of(Response.sse(server_sent())) or beats[0]) == Feed(15, b":\n\n")
    assert feed_of(Response.json_lines(values())) is feed_of(Response.stream(nothing())) is None
    with pytest.raises(ValueError, match="keep_alive"):
        Response.sse(server_sent(), keep_alive=0)


async def test_json_lines_are_values_on_lines() -> None:
    """JSON as it is, or any values with their codec."""
    made = Response.json_lines(values())
    assert (made.headers["content-type"], made.headers["x-accel-buffering"]) == ("application/jsonl", "no")
    assert await chunks_of(made) == [b"1\n", b"2\n"]
    assert await chunks_of(Response.json_lines(values(), json(int))) == [b"1\n", b"2\n"]
    other = Response.json_lines(values(), headers={"content-type": "application/x-ndjson"})
    assert other.headers.get_all("content-type") == ("application/x-ndjson",)


def test_what_is_no_asynchronous_iterable_is_refused() -> None:
    """Where the response is made."""
    untyped: Any = Response
    for make in (untyped.sse, untyped.json_lines):
        with pytest.raises(TypeError, match="asynchronous iterable"):
            make([1, 2])


async def server_sent() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent("a")
    yield ServerSentEvent("b", id="1")


async def values() -> AsyncIterator[int]:
    yield 1
    yield 2


def feed_of(response: Response) -> Feed | None:
    assert isinstance(response.body, Stream)
    return response.body.feed


async def chunks_of(response: Response) -> list[bytes | str]:
    assert isinstance(response.body, Stream)
    return [chunk async for chunk in response.body.chunks]
