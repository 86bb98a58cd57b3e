"""Compression."""

from __future__ import annotations

import gzip
import os
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import brotli
import pytest
from backports import zstd

from asgikit import App, Request, Response, Router, get, json, root
from asgikit.asgi import AnyReceive, AnySend
from asgikit.codings.brotli import Brotli
from asgikit.codings.coding import THREAD_SIZE
from asgikit.codings.deflate import Gzip
from asgikit.codings.zstandard import Zstandard
from asgikit.errors import IncorrectLength
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.sse import ServerSentEvent
from asgikit.middleware.compress import Choice, CompressPolicy, choose, compress, encode, is_compressible, is_text, refuse
from asgikit.middleware.conditional import conditional
from asgikit.testing import Answer, call, exchanging, play, websocket_scope

TEXT = "compress me, " * 100
DECODE: dict[str, Callable[[bytes], bytes]] = {"zstd": zstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}


async def served(response: Response, accept: str | None = "gzip", method: str = "GET", **options: Any) -> Answer:
    async def handler(request: Request[None]) -> Response:
        return response

    headers = {} if accept is None else {"accept-encoding": accept}
    return await call(App(compress(**options)(handler)), method, headers=headers)


async def test_text_is_compressed_for_who_accepts_it() -> None:
    """With the fields that go with it."""
    answer = await served(Response.text(TEXT))
    assert gzip.decompress(answer.body).decode() == TEXT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accept", [None, "", "gzip;q=0", "notgzip", "identity", "lzma", "*;q=0, identity", "gzip;q=0.1, identity;q=0.2", "gzip;q=x"]
)
async def test_others_get_it_as_it_is(accept: str | None) -> None:
    """D7: a weight of zero, names that only contain gzip, a preference for identity; Vary all the same."""
    answer = await served(Response.text(TEXT), accept)
    assert (answer.text, "content-encoding" in answer.headers) == (TEXT, False)
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "lzma, identity;q=0", "*;q=0, identity;q=0"])
async def test_who_accepts_nothing_we_have_gets_406(accept: str) -> None:
    """Identity can be refused (RFC 9110, 12.5.3)."""
    answer = await served(Response.text(TEXT), accept)
    assert (answer.status, answer.headers["vary"]) == (406, "Accept-Encoding")


@pytest.mark.parametrize(
    "accept", ["gzip", "GZIP;q=1.0", "x-gzip", "*, br;q=0, zstd;q=0.9", "deflate, gzip;q=0.5, *;q=0", "identity;q=0.5, gzip"]
)
async def test_every_way_of_saying_gzip_is_understood(accept: str) -> None:
    """Case, weights, wildcards, and the old name."""
    assert (await served(Response.text(TEXT), accept)).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "response",
    [
        Response.text("short"),
        Response.text(TEXT, headers={"content-encoding": "br"}),
        Response.text(TEXT, headers={"content-type": "image/png"}),
        Response(TEXT.encode()),
        Response.text(TEXT, headers={"cache-control": "public, No-Transform"}),
        Response.text(TEXT, headers={"content-range": "bytes 0-1299/5000"}),
        Response.text(TEXT, headers={"content-type": "nonsense"}),
        Response.empty(),
    ],
)
async def test_what_would_not_gain_is_left_alone(response: Response) -> None:
    """Small, encoded already, no text, not to be transformed, partial, empty."""
    answer = await served(response)
    assert (answer.body, answer.headers.get("vary")) == (response.body, None)


async def test_what_does_not_shrink_stays_as_it_is() -> None:
    """Though it varies."""
    answer = await served(Response.text("abcdefghij"), minimum_size=1)
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept-Encoding")


async def test_a_strong_etag_is_weakened() -> None:
    """D8: other bytes have another validator; a weak one stays."""
    for etag in ('"abc"', 'W/"abc"'):
        assert (await served(Response.text(TEXT, headers={"etag": etag}))).headers["etag"] == 'W/"abc"'
    assert (await served(Response.text(TEXT, headers={"etag": '"abc"'}), None)).headers["etag"] == '"abc"'


async def test_head_has_the_fields_of_get() -> None:
    """And no body."""
    get, head = await served(Response.text(TEXT)), await served(Response.text(TEXT), method="HEAD")
    assert (list(head.headers), head.body) == (list(get.headers), b"")


async def test_a_stream_is_compressed_chunk_by_chunk() -> None:
    """Each can be read when it arrives; the generator is closed when the client leaves."""
    events: list[str] = []

    async def chunks() -> AsyncIterator[str]:
        try:
            for _ in range(3):
                yield "tick\n"
                await anyio.lowlevel.checkpoint()
        finally:
            events.append("closed")

    answer = await served(Response.stream(chunks(), content_type="text/plain", headers={"content-length": "15"}))
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    seen = [unpacker.decompress(event["body"]) for event in answer.events[1:]]
    assert seen[:3] == [b"tick\n"] * 3
    assert ("content-length" in answer.headers, events) == (False, ["closed"])


async def test_large_bodies_are_compressed_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the event loop goes on."""
    threads: list[Any] = []

    def watched(*args: Any, **options: Any) -> Response:
        threads.append(threading.current_thread() is threading.main_thread())
        return encode(*args, **options)

    monkeypatch.setattr("asgikit.middleware.compress.encode", watched)
    await served(Response.text("x" * THREAD_SIZE))
    await served(Response.text("x" * (THREAD_SIZE - 1)))
    assert threads == [False, True]


async def test_tasks_survive() -> None:
    """What was to run after the response still does."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    await served(Response.text(TEXT).then(note, "done"))
    assert seen == ["done"]


@pytest.mark.parametrize("options", [{"minimum_size": -1}, {"codings": []}, {"codings": [Gzip(1), Gzip(9)]}])
def test_a_policy_that_cannot_be_meant_is_refused(options: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        compress(**options)


def test_the_same_text_gives_the_same_bytes() -> None:
    """No time stamp in it; and the pure half needs no event loop."""
    policy = CompressPolicy()
    assert is_compressible(policy, Response.text(TEXT))
    for coding in policy.codings:
        assert encode(coding, Response.text(TEXT)).body == encode(coding, Response.text(TEXT)).body


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A file that was modified long ago."""
    path = tmp_path / "page.txt"
    path.write_text(TEXT)
    os.utime(path, (0, 1_500_000_000))
    return path


async def served_file(path: Path, method: str = "GET", *, extensions: Any = None, **fields: str) -> Answer:
    async def handler(request: Request[None]) -> Response:
        return await Response.file(path)

    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return await call(App(compress()(handler)), method, headers=headers, extensions=extensions)


async def test_a_file_is_compressed(page: Path) -> None:
    """As other bytes than it has: with a weak tag, without ranges and length, and not by the server from its path."""
    plain = await served_file(page)
    answer = await served_file(page, accept_encoding="gzip", extensions={"http.response.pathsend": {}})
    assert gzip.decompress(answer.body).decode() == TEXT
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["etag"] == f"W/{plain.headers['etag']}"
    assert not {"accept-ranges", "content-length"} & {name for name, _ in answer.headers}


async def test_a_file_for_others_is_a_file(page: Path) -> None:
    """With its ranges, and for the server to send if it can."""
    answer = await served_file(page, extensions={"http.response.pathsend": {}})
    assert answer.events[1:] == [{"type": "http.response.pathsend", "path": str(page)}]
    assert (answer.headers["vary"], answer.headers["accept-ranges"]) == ("Accept-Encoding", "bytes")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ["gzip", "identity"])
async def test_a_304_has_the_fields_of_the_200(page: Path, method: str, accept: str) -> None:
    """Its tag and its Vary, by which a cache finds what it is about (RFC 9110, 15.4.5)."""
    whole = await served_file(page, accept_encoding=accept)
    answer = await served_file(page, method, accept_encoding=accept, if_none_match=whole.headers["etag"])
    assert (answer.status, answer.body) == (304, b"")
    assert [answer.headers[name] for name in ("etag", "vary")] == [whole.headers[name] for name in ("etag", "vary")]
    assert "content-encoding" not in answer.headers


async def test_the_conditions_of_a_file_are_on_what_is_sent(page: Path) -> None:
    """A weak tag is never what If-Match asks for; a date is."""
    etag, date = [(await served_file(page)).headers[name] for name in ("etag", "last-modified")]
    assert (await served_file(page, accept_encoding="gzip", if_match=etag)).status == 412
    assert (await served_file(page, if_match=etag)).status == 200
    assert (await served_file(page, accept_encoding="gzip", if_unmodified_since=date)).status == 200
    assert (await served_file(page, accept_encoding="gzip", if_modified_since=date)).status == 304


@pytest.mark.parametrize("accept", ["gzip", "identity"])
async def test_a_part_of_a_file_is_sent_as_it_is(page: Path, accept: str) -> None:
    """Encoded there are none: it is a part of the plain file, with its strong tag."""
    answer = await served_file(page, accept_encoding=accept, range="bytes=0-7")
    assert (answer.status, answer.text, answer.headers["vary"]) == (206, "compress", "Accept-Encoding")
    assert (answer.headers["etag"].startswith('"'), "content-encoding" in answer.headers) == (True, False)
    assert (await served_file(page, accept_encoding=accept, range="bytes=9999-")).status == 416
    stale = await served_file(page, accept_encoding=accept, range="bytes=0-7", if_range='"another"')
    assert (stale.status, stale.headers.get("content-encoding")) == (200, "gzip" if accept == "gzip" else None)


async def test_who_refuses_identity_gets_no_part(page: Path) -> None:
    """But the whole, encoded."""
    answer = await served_file(page, accept_encoding="gzip, identity;q=0", range="bytes=0-7")
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert (await served_file(page, accept_encoding="lzma, identity;q=0", range="bytes=0-7")).status == 406


async def test_a_small_file_is_left_alone(tmp_path: Path) -> None:
    """So is one that is no text."""
    (tmp_path / "small.txt").write_text("x")
    (tmp_path / "large.png").write_text(TEXT)
    for name in ("small.txt", "large.png"):
        answer = await served_file(tmp_path / name, accept_encoding="gzip")
        assert ("content-encoding" in answer.headers, "vary" in answer.headers) == (False, False)


async def test_the_iterator_of_an_iterable_is_closed() -> None:
    """Not only a generator given as it is; and by us, before the garbage collector comes to it."""
    events: list[str] = []

    class Rows:
        def __aiter__(self) -> AsyncIterator[str]:
            return self.rows()

        async def rows(self) -> AsyncIterator[str]:
            try:
                while True:
                    yield "row"
            finally:
                events.append("closed")

    async def handler(request: Request[None]) -> Response:
        return Response.stream(Rows(), content_type="text/plain")

    app = App(compress()(handler))

    async def noting(scope: Any, receive: AnyReceive, send: AnySend) -> None:
        await app(scope, receive, send)
        events.append("returned")

    async with exchanging(noting, headers={"accept-encoding": "gzip"}, buffer_size=0) as exchange:
        await exchange.started()
        exchange.leave()
        await exchange.end()
    assert events == ["closed", "returned"]


class Counted:
    """Chunks that note in which threads they were used, and whether they were closed."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk."""
        if not self.chunks:
            raise StopAsyncIteration
        return self.chunks.pop(0)

    async def aclose(self) -> None:
        self.closed = True


async def test_large_chunks_are_compressed_beside_the_event_loop() -> None:
    """And come out as they went in."""
    chunks = [b"small", os.urandom(THREAD_SIZE), b"", b"x" * THREAD_SIZE * 2, b"end"]
    answer = await served(Response.stream(Counted(*chunks), content_type="text/plain"))
    assert gzip.decompress(answer.body) == b"".join(chunks)


async def test_a_stream_that_is_not_sent_is_closed() -> None:
    """Though nothing of its compression has started."""
    chunks = Counted(b"x")
    await served(Response.stream(chunks, content_type="text/plain"), method="HEAD")
    assert chunks.closed


async def test_a_refusal_keeps_what_others_have_said() -> None:
    """And closes the stream that it replaces."""
    chunks = Counted(b"x")
    response = Response.stream(chunks, content_type="text/plain", headers={"set-cookie": "a=1", "cache-control": "max-age=60"})
    answer = await served(response, "identity;q=0, *;q=0")
    assert (answer.status, answer.headers["set-cookie"], answer.headers["vary"]) == (406, "a=1", "Accept-Encoding")
    assert "cache-control" not in answer.headers
    assert chunks.closed


async def test_a_file_that_has_gone_is_404_though_it_would_be_compressed(tmp_path: Path) -> None:
    """Before the start; and nothing is opened where nothing is sent."""
    place = tmp_path / "x.txt"

    async def handler(request: Request[None]) -> Response:
        place.write_text(TEXT)
        response = await Response.file(place)
        place.unlink()
        return response

    app = App(compress()(handler))
    answer = await call(app, headers={"accept-encoding": "gzip"})
    assert (answer.status, answer.error) == (404, None)
    assert (await call(app, "HEAD", headers={"accept-encoding": "gzip"})).status == 200


async def test_a_date_does_not_continue_what_was_encoded(tmp_path: Path) -> None:
    """It does not say which encoding the client has the beginning of; a tag does."""
    place = tmp_path / "x.txt"
    place.write_text(TEXT)
    os.utime(place, (1_700_000_000, 1_700_000_000))

    async def handler(request: Request[None]) -> Response:
        return await Response.file(place)

    app = App(compress()(handler))
    plain = await call(app)
    for value, status in ((plain.headers["last-modified"], 200), (plain.headers["etag"], 206)):
        answer = await call(app, headers={"accept-encoding": "gzip", "range": "bytes=10-", "if-range": value})
        assert (answer.status, "content-encoding" in answer.headers) == (status, status == 200)


async def test_a_digest_of_other_bytes_is_left_out() -> None:
    """Whoever made it did so before."""
    answer = await served(Response.text(TEXT, headers={"repr-digest": "sha-256=:x:", "content-digest": "sha-256=:x:"}))
    assert not {"repr-digest", "content-digest"} & {name for name, _ in answer.headers}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.9, zstd;q=0.8", "gzip"),
        ("*", "zstd"),
        ("*, zstd;q=0", "br"),
        ("gzip" + ", x" * 100, "gzip"),
    ],
)
async def test_the_best_coding_is_what_the_client_weighs_most(accept: str, coding: str) -> None:
    """Of those that weigh the same it is ours: zstd, br, gzip."""
    answer = await served(Response.text(TEXT), accept)
    assert (answer.headers["content-encoding"], DECODE[coding](answer.body).decode()) == (coding, TEXT)


async def test_the_order_of_codings_is_the_servers_preference() -> None:
    """And those that are left out are not used."""
    options: Any = {"codings": [Gzip(9), Zstandard(19)]}
    assert (await served(Response.text(TEXT), "zstd, br, gzip", **options)).headers["content-encoding"] == "gzip"
    assert (await served(Response.text(TEXT), "zstd, br", **options)).headers["content-encoding"] == "zstd"
    assert (
        await served(Response.text(TEXT), "br, identity;q=0", **options)
    ).text == "this resource comes as gzip, zstd or identity"


async def test_types_say_what_is_compressed() -> None:
    """A predicate, which can use the one by default."""
    font = Response(TEXT.encode(), headers={"content-type": "font/collection"})
    assert "content-encoding" not in (await served(font)).headers

    def with_fonts(kind: MediaType) -> bool:
        return is_text(kind) or kind.type == "font"

    for response in (font, Response.text(TEXT)):
        assert (await served(response, types=with_fonts)).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await served(Response.text(TEXT), types=lambda kind: kind.is_json)).headers


@pytest.mark.parametrize(
    "name", ["application/json", "image/svg+xml", "application/problem+json", "text/event-stream", "font/ttf"]
)
def test_what_gets_smaller_is_text_here(name: str) -> None:
    """Also where its type is not called so."""
    assert is_text(MediaType.parse(name))
    assert not any(is_text(MediaType.parse(name)) for name in ("image/png", "video/mp4", "font/woff2", "application/zip"))


async def test_who_refuses_identity_gets_no_identity() -> None:
    """Not even where encoding makes it longer."""
    answer = await served(Response.text("abcdefghij"), "gzip, identity;q=0", minimum_size=1)
    assert (answer.headers["content-encoding"], gzip.decompress(answer.body)) == ("gzip", b"abcdefghij")


def test_the_choice_is_a_value() -> None:
    """Without the field nothing is known of what the client can read; the refusal names what there is."""
    policy = CompressPolicy(codings=(Gzip(),))
    choices = {"gzip": Choice(Gzip(), identity=True), "*;q=0": Choice(None, identity=False), "br": Choice(None, identity=True)}
    for accept, choice in choices.items():
        assert choose(policy, Headers({"accept-encoding": accept})) == choice
    assert choose(policy, Headers()) == Choice(None, identity=True)
    assert refuse(policy, Response.text(TEXT)).status == 406


def test_what_was_said_of_the_plain_content_is_dropped() -> None:
    """Digests, and ranges, which are those of the plain content."""
    fields = {"accept-ranges": "bytes", "content-digest": "sha-256=:x:", "repr-digest": "sha-256=:x:", "x-kept": "1"}
    encoded = encode(Brotli(), Response.text(TEXT, headers=fields))
    assert [name for name, _ in encoded.headers] == ["content-type", "x-kept", "content-encoding", "content-length"]


async def read(feed: bool, coding: str) -> tuple[Answer, list[bytes]]:
    """What a reader gets of each chunk when it comes."""

    async def ticks() -> AsyncIterator[ServerSentEvent]:
        for _ in range(3):
            yield ServerSentEvent("tick")

    async def chunks() -> AsyncIterator[str]:
        async for event in ticks():
            yield event.encode().decode()

    answer = await served(Response.sse(ticks()) if feed else Response.stream(chunks(), content_type="text/plain"), coding)
    unpackers: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
        "zstd": lambda: zstd.ZstdDecompressor().decompress,
        "br": lambda: brotli.Decompressor().process,
        "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS).decompress,
    }
    unpack = unpackers[coding]()
    return answer, [unpack(event["body"]) for event in answer.events[1:] if event["body"]]


@pytest.mark.parametrize("coding", DECODE)
@pytest.mark.parametrize("feed", [True, False])
async def test_streams_and_feeds_are_flushed(coding: str, feed: bool) -> None:
    """Each chunk, each event can be read when it comes, and the end is there."""
    answer, seen = await read(feed, coding)
    assert (seen[:3], b"".join(seen[3:])) == ([b"data: tick\n\n"] * 3, b"")
    assert (DECODE[coding](answer.body), answer.headers["vary"]) == (b"data: tick\n\n" * 3, "Accept-Encoding")


async def test_beats_go_through_the_coding() -> None:
    """Between events, as events."""
    beating = Response.sse(Silent(), json(int), keep_alive=0.001)
    answer = await call(App(compress()(answering(beating))), headers={"accept-encoding": "gzip"}, leaves_after=4)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress
    assert [unpack(event["body"]) for event in answer.events[1:4]] == [b":\n\n"] * 3


class Silent:
    """Values that never come."""

    def __aiter__(self) -> AsyncIterator[int]:
        """Itself."""
        return self

    async def __anext__(self) -> int:
        """Nothing."""
        await anyio.sleep_forever()
        raise StopAsyncIteration


def answering(response: Response) -> Any:
    async def handler(request: Request[None]) -> Response:
        return response

    return handler


async def test_a_feed_for_others_is_sent_as_it_is() -> None:
    """With Vary."""

    async def values() -> AsyncIterator[int]:
        yield 1

    answer = await served(Response.sse(values(), json(int)), None)
    assert (answer.text, answer.headers["vary"]) == ("data: 1\n\n", "Accept-Encoding")


@get(root)
async def tagged(request: Request[object]) -> Response:
    return Response.text(TEXT).with_etag()


INSIDE = App(Router(tagged).wrap(conditional()).wrap(compress()))


async def test_conditions_further_in_keep_the_fields_of_the_200() -> None:
    """The 304 has its Vary and its tag, whichever encoding the client has (RFC 9110, 15.4.5)."""
    for accept, start in (("gzip", 'W/"'), ("identity", '"')):
        whole = await call(INSIDE, headers={"accept-encoding": accept})
        etag = whole.headers["etag"]
        answer = await call(INSIDE, headers={"accept-encoding": accept, "if-none-match": etag})
        assert (answer.status, answer.headers["vary"], answer.headers["etag"]) == (304, "Accept-Encoding", etag)
        assert etag.startswith(start)
        assert ("accept-ranges" in whole.headers) == (accept == "identity")


async def test_a_304_that_is_not_about_encodings_stays() -> None:
    """Of something small; of one without tags only Vary is said."""
    small = await call(App(compress()(conditional()(answering(Response.text("x").with_etag())))), headers={"if-none-match": "*"})
    assert (small.status, "vary" in small.headers) == (304, False)
    bare = await call(App(compress()(answering(Response.empty(status=304)))), headers={"if-none-match": '"a"'})
    assert (bare.headers["vary"], "etag" in bare.headers) == ("Accept-Encoding", False)


@pytest.mark.parametrize("ranges", ["bytes=0-7", "bytes=0-1,5-6"])
async def test_a_part_from_further_in_varies_too(ranges: str) -> None:
    """It is plain, as part of what others get encoded (RFC 9110, 15.3.7)."""
    answer = await call(INSIDE, headers={"accept-encoding": "gzip", "range": ranges})
    assert (answer.status, answer.headers["vary"], "content-encoding" in answer.headers) == (206, "Accept-Encoding", False)
    picture = Response(TEXT.encode(), headers={"content-type": "image/png"})
    plain = await call(App(compress()(conditional()(answering(picture)))), headers={"range": "bytes=0-7"})
    assert (plain.status, "vary" in plain.headers) == (206, False)


@pytest.mark.parametrize("coding", DECODE)
async def test_a_large_file_comes_whole(tmp_path: Path, coding: str) -> None:
    """In chunks, through every coding."""
    place = tmp_path / "x.txt"
    place.write_bytes(b"".join(b"line %d\n" % n for n in range(100_000)))
    answer = await served_file(place, accept_encoding=coding)
    assert DECODE[coding](answer.body) == place.read_bytes()


async def test_a_file_that_is_cut_off_is_not_ended(tmp_path: Path) -> None:
    """A client has no other way to tell: its encoded length was not announced."""
    place = tmp_path / "x.txt"
    place.write_bytes(b"x" * 2_000_000)

    async def handler(request: Request[None]) -> Response:
        response = await compress()(answering(await Response.file(place)))(request)
        os.truncate(place, 10)
        return response

    answer = await call(App(handler), headers={"accept-encoding": "gzip"})
    assert isinstance(answer.error, IncorrectLength)
    assert answer.events[-1]["more_body"] is True


async def test_handshakes_are_left_alone_and_denials_are_responses() -> None:
    """An upgrade has no body to compress."""

    async def session(ws: Any) -> None:
        pass

    connect = [{"type": "websocket.connect"}]
    scope = websocket_scope(headers={"accept-encoding": "gzip"}, denial=True)
    accepted = await play(App(compress()(answering(Response.upgrade(session)))), scope, connect)
    assert (accepted.events[0]["type"], accepted.events[0].get("headers")) == ("websocket.accept", None)
    denied = await play(App(compress()(answering(Response.text(TEXT, status=403)))), scope, connect)
    assert gzip.decompress(b"".join(event["body"] for event in denied.events[1:])).decode() == TEXT


async def test_a_file_is_closed_though_nothing_of_it_is_sent(page: Path) -> None:
    """The client may leave between its opening and its first chunk."""

    def opened() -> list[str]:
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return [str(link) for link in links if link.exists() and link.readlink() == page]

    async def handler(request: Request[None]) -> Response:
        return await Response.file(page)

    async def leaving(request: Request[None]) -> Response:
        response = await compress()(handler)(request)
        assert opened()
        exchange.leave()
        return response

    async with exchanging(App(leaving), headers={"accept-encoding": "gzip"}) as exchange:
        await exchange.end()
        assert (exchange.message, exchange.error, opened()) == (None, None, [])


@pytest.mark.parametrize("length", ["1", "2", "4"])
async def test_a_stream_without_its_announced_length_is_not_ended(length: str) -> None:
    """The announcement is gone, what it promised is not."""
    body = Response.stream(Counted(b"ab"), content_type="text/plain", headers={"content-length": length})
    answer = await served(body)
    assert (isinstance(answer.error, IncorrectLength), answer.events[-1]["more_body"]) == (length != "2", length != "2")
