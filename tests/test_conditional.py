"""Conditions and ranges applied to responses (RFC 9110, 13 and 14)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from asgikit.background import run_tasks
from asgikit.body import File, Stream
from asgikit.conditional import settle
from asgikit.files import look_at
from asgikit.http.conditional import ETag
from asgikit.http.headers import Headers
from asgikit.response import Response

TEXT = b"0123456789"
NOW = datetime(2020, 1, 2, tzinfo=UTC)
DATE, LATER = "Wed, 01 Jan 2020 00:00:00 GMT", "Wed, 01 Jan 2020 00:00:01 GMT"
OWN = {"etag": '"x"', "last-modified": DATE, "content-type": "text/plain"}


class Chunks:
    """Content in pieces, with an iterator that tells how far it came and that it was closed."""

    def __init__(self, *pieces: bytes | str) -> None:
        self.pieces = pieces
        self.sent = 0
        self.closed = False

    def __aiter__(self) -> AsyncIterator[Any]:
        """One that is told apart from this."""
        return self._each()

    async def _each(self) -> AsyncIterator[Any]:
        try:
            for piece in self.pieces:
                self.sent += 1
                yield piece
        finally:
            self.closed = True


def of_bytes(**fields: str) -> Response:
    return Response(TEXT, headers=OWN | fields)


def of_stream(**fields: str) -> Response:
    return Response(Stream(Chunks(b"012", "345", b"", b"6789")), headers=OWN | {"content-length": "10"} | fields)


@pytest.fixture(params=["bytes", "stream", "file"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Response:
    """The same ten bytes as each kind of body."""
    if request.param == "bytes":
        return of_bytes()
    if request.param == "stream":
        return of_stream()
    path = tmp_path / "digits"
    path.write_bytes(TEXT)
    return Response.of_file(look_at(path), headers=OWN)


def asked(response: Response, method: str = "GET", *, now: Any = NOW, **fields: str) -> Response:
    """What is settled for a request with these fields."""
    return settle(method, Headers({name.replace("_", "-"): value for name, value in fields.items()}), response, now)


async def content(response: Response) -> bytes:
    """What would be sent, checked against the announced length."""
    body = response.body
    if isinstance(body, bytes):
        data = body
    elif isinstance(body, Stream):
        data = b"".join([c.encode() if isinstance(c, str) else c async for c in body.chunks])
    else:
        assert isinstance(body, File)
        whole = await anyio.Path(body.path).read_bytes()
        data = b"".join(s if isinstance(s, bytes) else whole[s.start : s.stop] for s in body.segments)
    assert response.headers["content-length"] == str(len(data))
    return data


async def test_without_conditions_it_is_sent_and_says_what_it_can(made: Response) -> None:
    """That a client may ask for ranges."""
    settled = asked(made)
    assert (settled.status, settled.headers["accept-ranges"]) == (200, "bytes")
    assert await content(settled) == TEXT


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fields", [{"if_none_match": '"x"'}, {"if_none_match": "*"}, {"if_modified_since": DATE}])
def test_what_the_client_has_is_not_sent_again(made: Response, method: str, fields: dict[str, str]) -> None:
    """304, with what a cache needs and without what describes the content (RFC 9110, 15.4.5)."""
    kept = {
        "vary": "A",
        "cache-control": "no-cache",
        "content-location": "/x",
        "expires": DATE,
        "date": DATE,
        "set-cookie": "a=b",
    }
    gone = {"content-language": "en", "content-encoding": "identity"}
    settled = asked(Response(made.body, headers={**dict(made.headers), **kept, **gone}), method, **fields)
    assert settled.status == 304
    assert dict(settled.headers) == {"etag": '"x"'} | kept


def test_a_304_keeps_the_date_where_there_is_no_tag() -> None:
    """For the next condition."""
    settled = asked(of_bytes().without_header("etag"), if_modified_since=DATE)
    assert (settled.status, settled.headers["last-modified"]) == (304, DATE)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "fields", [{"if_match": '"y"'}, {"if_match": 'W/"x"'}, {"if_unmodified_since": "Tue, 31 Dec 2019 23:59:59 GMT"}]
)
def test_what_the_client_does_not_expect_is_refused(made: Response, method: str, fields: dict[str, str]) -> None:
    """D14: 412, which no cache takes for the resource; what concerns the connection and the client stays."""
    about = {"cache-control": "max-age=9", "content-disposition": "attachment", "content-location": "/x", "repr-digest": "a=:b:"}
    response = Response(made.body, headers={**dict(made.headers), **about, "vary": "Origin", "x-frame-options": "DENY"})
    settled = asked(response, method, **fields)
    assert settled.status == 412
    assert set(settled.headers) - {("content-type", "text/plain; charset=utf-8")} == {
        ("vary", "Origin"),
        ("x-frame-options", "DENY"),
        ("content-length", str(len(settled.body) if isinstance(settled.body, bytes) else -1)),
    }


@pytest.mark.parametrize(
    "fields", [{"if_none_match": '"y"'}, {"if_match": '"x"'}, {"if_unmodified_since": DATE}, {"if_none_match": "x"}]
)
def test_what_passes_its_conditions_is_sent(made: Response, fields: dict[str, str]) -> None:
    """And may be sent in part."""
    assert asked(made, **fields).status == 200
    assert asked(made, **fields, range="bytes=0-0").status == 206
    assert asked(made, "HEAD", **fields).status == 200


@pytest.mark.parametrize(
    ("value", "expected", "told"),
    [
        ("bytes=0-0", b"0", "0-0"),
        ("bytes=2-4", b"234", "2-4"),
        ("bytes=3-5", b"345", "3-5"),
        ("bytes=-3", b"789", "7-9"),
        ("bytes=5-", b"56789", "5-9"),
        ("bytes=0-99", TEXT, "0-9"),
        ("bytes=8-,5-7", b"56789", "5-9"),
        ("bytes=99-,1-1", b"1", "1-1"),
    ],
)
async def test_a_part_is_sent(made: Response, value: str, expected: bytes, told: str) -> None:
    """206, with every field of the whole, its own length and its place."""
    settled = asked(made, range=value)
    assert settled.status == 206
    assert dict(settled.headers) == OWN | {
        "accept-ranges": "bytes",
        "content-length": str(len(expected)),
        "content-range": f"bytes {told}/10",
    }
    assert await content(settled) == expected


async def test_a_part_has_no_digest_of_the_whole() -> None:
    """But that of the representation stays (RFC 9530, 2 and 3)."""
    fields = asked(of_bytes(**{"content-digest": "a=:b:", "repr-digest": "c=:d:"}), range="bytes=0-0").headers
    assert ("content-digest" in fields, fields["repr-digest"]) == (False, "c=:d:")


async def test_several_parts_are_sent(made: Response) -> None:
    """As multipart; but of a stream all of it, for it cannot go back."""
    settled = asked(made, range="bytes=8-,0-1")
    if isinstance(made.body, Stream):
        assert settled.status == 200
        return
    assert (settled.status, "content-range" in settled.headers) == (206, False)
    data = await content(settled)
    assert settled.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert data.index(b"Content-Range: bytes 8-9/10\r\n\r\n89\r\n--") < data.index(b"Content-Range: bytes 0-1/10\r\n\r\n01\r\n--")
    assert data.count(b"Content-Type: text/plain\r\n") == 2


async def test_what_cannot_be_satisfied_is_416(made: Response) -> None:
    """With the size, so that the client can ask again (RFC 9110, 15.5.17)."""
    settled = asked(made, range="bytes=10-")
    fields = settled.headers
    assert (settled.status, fields["content-range"], fields["accept-ranges"]) == (416, "bytes */10", "bytes")
    assert not {"etag", "last-modified"} & {name for name, _ in fields}
    assert b"10 bytes" in await content(settled)


@pytest.mark.parametrize("value", ["items=0-1", "bytes=abc", "bytes=1-0", "bytes=" + "0-0," * 101])
async def test_a_range_that_cannot_be_meant_is_ignored(made: Response, value: str) -> None:
    """D11: another unit, malformed, too many."""
    settled = asked(made, range=value)
    assert (settled.status, await content(settled)) == (200, TEXT)


def test_a_range_is_for_get(made: Response) -> None:
    """HEAD has the fields of the whole (RFC 9110, 14.2), and says that it has ranges."""
    settled = asked(made, "HEAD", range="bytes=0-0")
    assert (settled.status, settled.headers["content-length"], settled.headers["accept-ranges"]) == (200, "10", "bytes")


@pytest.mark.parametrize(("value", "status"), [('"x"', 206), ('"y"', 200), ('W/"x"', 200), (DATE, 206), (LATER, 200), ("x", 200)])
def test_if_range_gives_the_whole_if_it_is_another(made: Response, value: str, status: int) -> None:
    """In place of an answer that the client could not use."""
    assert asked(made, range="bytes=0-0", if_range=value).status == status
    assert asked(made, range="bytes=10-", if_range=value).status == (416 if status == 206 else 200)
    assert asked(made, if_range=value).status == 200


def test_a_date_of_just_now_is_no_strong_validator(made: Response) -> None:
    """It may change within that second."""
    just_now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=500)
    assert asked(made, range="bytes=0-0", if_range=DATE, now=just_now).status == 200


def test_conditions_come_before_ranges(made: Response) -> None:
    """304 and 412 even for what would be 206 or 416 (RFC 9110, 13.2.2)."""
    for value in ("bytes=0-0", "bytes=10-"):
        assert asked(made, range=value, if_none_match='"x"').status == 304
        assert asked(made, range=value, if_match='"y"').status == 412


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"])
@pytest.mark.parametrize("fields", [{"if_none_match": '"x"'}, {"if_match": '"y"'}, {"range": "bytes=0-0"}])
def test_another_method_is_left_alone(made: Response, method: str, fields: dict[str, str]) -> None:
    """It has done its work: a refusal would come too late."""
    assert asked(made, method, **fields) is made


@pytest.mark.parametrize("status", [201, 204, 206, 301, 304, 404, 412, 416, 500])
def test_another_status_is_left_alone(made: Response, status: int) -> None:
    """A precondition does not count where the answer would be another one (RFC 9110, 13.2.1)."""
    other = made.with_status(status)
    for fields in ({"if_none_match": "*"}, {"if_match": '"y"'}, {"range": "bytes=0-0"}):
        assert asked(other, **fields) is other


@pytest.mark.parametrize("fields", [{"accept-ranges": "none"}, {"content-range": "items 0-1/5"}])
def test_who_knows_ranges_better_is_left_alone(fields: dict[str, str]) -> None:
    """A handler that has none, or its own."""
    response = of_bytes(**fields)
    assert asked(response, range="bytes=0-0") is response


def test_a_stream_without_length_has_no_ranges_but_conditions() -> None:
    """Nobody knows how many bytes it has."""
    response = of_stream().without_header("content-length")
    assert asked(response, range="bytes=0-0") is response
    assert asked(response, if_none_match='"x"').status == 304


async def test_what_has_no_validators_has_ranges() -> None:
    """Though no condition fits it."""
    plain = Response(TEXT)
    assert await content(asked(plain, range="bytes=1-2")) == b"12"
    assert asked(plain, if_none_match='"x"', if_modified_since=DATE).status == 200
    assert asked(plain, if_none_match="*").status == 304
    assert asked(plain, if_match='"x"').status == 412
    assert asked(plain, range="bytes=0-0", if_range='"x"').status == 200


def test_no_content_is_sent_whole() -> None:
    """There is no range that could say the last bytes of nothing; others are outside."""
    empty = Response(b"", headers=OWN)
    assert asked(empty, range="bytes=-5").status == 200
    assert asked(empty, range="bytes=0-").headers["content-range"] == "bytes */0"


@pytest.mark.parametrize(("value", "chunks"), [("bytes=0-1", 1), ("bytes=4-5", 2), ("bytes=4-6", 4), ("bytes=-1", 4)])
async def test_a_stream_is_read_no_further_than_needed(value: str, chunks: int) -> None:
    """And its iterator is closed then, by us."""
    response = of_stream()
    assert isinstance(response.body, Stream)
    source = response.body.chunks
    assert isinstance(source, Chunks)
    await content(asked(response, range=value))
    assert (source.sent, source.closed) == (chunks, True)


def test_a_settled_response_is_settled() -> None:
    """The second time, at the edge, changes nothing."""
    for fields in (
        {},
        {"range": "bytes=0-0"},
        {"range": "bytes=0-0,2-2"},
        {"range": "bytes=99-"},
        {"if_none_match": "*"},
        {"if_match": '"y"'},
    ):
        once = asked(of_bytes(), **fields)
        twice = asked(once, **fields)
        assert (twice.status, twice.headers, twice.body) == (once.status, once.headers, once.body)


async def test_what_goes_with_a_response_is_kept(made: Response) -> None:
    """Tasks run and trailers are sent after a 206, a 304 or a refusal as after the whole."""

    async def work() -> None: ...

    response = made.then(work).with_debug({"a": 1})
    for fields in ({"range": "bytes=0-0"}, {"range": "bytes=99-"}, {"if_none_match": "*"}, {"if_match": '"y"'}):
        settled = asked(response, **fields)
        assert (settled.tasks[0], settled.extras.debug) == (response.tasks[0], {"a": 1})


async def test_a_stream_that_is_refused_is_closed() -> None:
    """Though it never started: it may hold something open."""

    class Rows(Chunks):
        async def aclose(self) -> None:
            self.closed = True

    for fields in ({"range": "bytes=99-"}, {"if_match": '"y"'}):
        rows = Rows(b"x")
        tasks = asked(Response(Stream(rows), headers=OWN | {"content-length": "1"}), **fields).tasks
        await run_tasks(tasks, "a request")
        assert (rows.sent, rows.closed) == (0, True)


def test_a_tag_made_from_the_content_answers_conditions() -> None:
    """with_etag, and back."""
    response = Response.text("x").with_etag()
    assert response.headers["etag"] == str(ETag.of(b"x"))
    assert asked(response, if_none_match=response.headers["etag"]).status == 304
    assert asked(Response.text("y").with_etag(), if_none_match=response.headers["etag"]).status == 200
