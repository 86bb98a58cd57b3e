"""Compressed request bodies."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Sequence

import brotli
import pytest
from backports import zstd

from asgikit import App, HTTPError, Request, Response, Router, post, root
from asgikit.codings.coding import PIECE
from asgikit.errors import BadRequest, ContentTooLarge
from asgikit.middleware.body_limit import body_limit
from asgikit.middleware.decompress import MEMBER, Inflater, decompress
from asgikit.testing import Answer, call

TEXT = b"some text, " * 1000


def packed(data: bytes) -> bytes:
    """The same bytes each time, for they name the tests."""
    return gzip.compress(data, mtime=0)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": packed,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def wide(data: bytes) -> bytes:
    """With a window that is larger than HTTP allows (RFC 9659)."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 24})
    return packer.compress(data) + packer.flush()


@post(root)
async def echo(request: Request[object]) -> Response:
    return Response(await request.body())


@post(root / "stream")
async def sizes(request: Request[object]) -> Response:
    return Response.text(" ".join([str(len(chunk)) async for chunk in request.stream()]))


@post(root / "twice")
async def twice(request: Request[object]) -> Response:
    for _ in range(2):
        try:
            await request.body()
        except HTTPError as error:
            last = error
    raise last


@post(root / "form")
async def form(request: Request[object]) -> Response:
    return Response.text((await request.form())["a"])


ROUTES = Router(echo, sizes, twice, form)
APP = App(ROUTES.wrap(decompress(limit=100_000)))


async def send(body: bytes | Sequence[bytes], coding: str, target: str = "/", app: App[None] = APP, **headers: str) -> Answer:
    fields = {"content-encoding": coding, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = await call(app, "POST", target, body=body, headers=fields)
    assert answer.error is None
    return answer


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", packed(TEXT)),
        ("X-GZIP", packed(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstd.compress(TEXT)),
        ("zstd", zstd.compress(TEXT[:100]) + b"\x50\x2a\x4d\x18\x02\0\0\0no" + zstd.compress(TEXT[100:])),
        ("identity", TEXT),
        ("gzip, identity", packed(TEXT)),
        ("", TEXT),
        ("gzip", packed(TEXT[:100]) + packed(TEXT[100:])),
    ],
)
async def test_a_body_is_read_through_its_coding(coding: str, body: bytes) -> None:
    """However it is cut."""
    for chunks in ([body], [body[:1], body[1:20], b"", body[20:]], [body[i : i + 7] for i in range(0, len(body), 7)]):
        assert (await send(chunks, coding)).body == TEXT


async def test_forms_are_read_through_it_too() -> None:
    """Everything that reads the body."""
    answer = await send(packed(b"a=1"), "gzip", "/form", content_type="application/x-www-form-urlencoded")
    assert answer.text == "1"


@pytest.mark.parametrize("coding", ["compress", "gzip, deflate", "gzip, gzip", "no token at all"])
async def test_another_coding_is_415(coding: str) -> None:
    """Accept-Encoding says which would do."""
    answer = await send(b"x", coding)
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "zstd, br, gzip, deflate")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"junk"),
        ("gzip", zlib.compress(TEXT)),
        ("deflate", packed(TEXT)),
        ("gzip", packed(TEXT)[:-1]),
        ("gzip", packed(TEXT)[:20]),
        ("gzip", packed(TEXT) + b"junk"),
        ("deflate", zlib.compress(TEXT) + zlib.compress(TEXT)),
        ("gzip", b"\x1f"),
        ("br", brotli.compress(TEXT)[:-1]),
        ("br", brotli.compress(TEXT) + b"junk"),
        ("br", b"\xff" * 50),
        ("zstd", zstd.compress(TEXT)[:-1]),
        ("zstd", zstd.compress(TEXT) + b"junk"),
        ("zstd", packed(TEXT)),
        ("zstd", wide(TEXT)),
    ],
)
async def test_what_is_not_what_it_says_is_400(coding: str, body: bytes) -> None:
    """Cut off, or followed by something else."""
    for chunks in ([body], [body[i : i + 3] for i in range(0, len(body), 3)]):
        assert (await send(chunks, coding)).status == 400


async def test_nothing_is_nothing() -> None:
    """An empty body needs no coding."""
    assert (await send(b"", "gzip")).body == b""


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_is_413(coding: str) -> None:
    """After no more than the limit, and a piece, has been decoded."""
    assert (await send(CODINGS[coding](bytes(100_000)), coding)).status == 200
    answer = await send(CODINGS[coding](bytes(100_001)), coding)
    assert (answer.status, answer.text) == (413, "the decoded content is over 100000 bytes")


@pytest.mark.parametrize("coding", CODINGS)
def test_no_more_than_a_piece_is_decoded_at_once(coding: str) -> None:
    """However well it was compressed."""
    inflater = Inflater(coding, 2**40)
    pieces = inflater.feed(CODINGS[coding](bytes(50 * 1024 * 1024)))
    sizes = [len(next(pieces)) for _ in range(3)]
    assert max(sizes) <= PIECE
    assert sum(sizes) + sum(map(len, pieces)) == 50 * 1024 * 1024


async def test_a_stream_comes_in_pieces() -> None:
    """Asked for one after the other."""
    got = (await send(packed(bytes(90_000)), "gzip", "/stream")).text
    assert [int(size) for size in got.split()] == [PIECE, 90_000 - PIECE]


async def test_what_failed_once_fails_again() -> None:
    """Nobody gets the pieces around the failure as if they were all."""
    for body, status in ((packed(TEXT) + b"junk", 400), (packed(bytes(10**6)), 413)):
        for rest in ([], [b"x"]):
            assert (await send([body[:10], body[10:], *rest], "gzip", "/twice")).status == status


async def test_twice_around_a_handler_decodes_once() -> None:
    """The inner one sees that it is done."""
    app = App(ROUTES.wrap(decompress()).wrap(decompress()))
    assert (await send(packed(TEXT), "gzip", app=app)).body == TEXT


async def test_a_coding_is_not_sent_back_at_any_length() -> None:
    """It may be as long as fields may be."""
    assert len((await send(b"", "x" * 10_000)).body) < 200


def test_a_limit_is_a_number_of_bytes() -> None:
    """From 0 on."""
    with pytest.raises(ValueError, match="limit"):
        decompress(limit=-1)


def test_the_inflater_says_what_is_wrong() -> None:
    """By its exceptions."""
    with pytest.raises(ContentTooLarge):
        list(Inflater("deflate", 3).feed(zlib.compress(b"four")))
    cut = Inflater("deflate", 10)
    list(cut.feed(zlib.compress(b"four")[:-1]))
    with pytest.raises(BadRequest, match="cut off"):
        cut.finish()


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_empty_members_are_not_for_nothing(coding: str) -> None:
    """Each takes as long as a lot of content, and none of them copies all others."""
    member = CODINGS[coding](b"")
    assert list(Inflater(coding, MEMBER * 99).feed(member * 100)) == []
    with pytest.raises(ContentTooLarge):
        list(Inflater(coding, MEMBER * 99 - 1).feed(member * 100))
    with pytest.raises(ContentTooLarge):
        list(Inflater(coding, 8 * 1024 * 1024).feed(member * 500_000))


NOTHING = b"\x00\x00\x00\xff\xff"  # a block of deflate without content (RFC 1951, 3.2.4)


def without_content(blocks: int) -> bytes:
    """One byte of gzip behind so many blocks that hold none."""
    packer = zlib.compressobj(wbits=31)
    begin = packer.flush(zlib.Z_SYNC_FLUSH)
    return begin + NOTHING * blocks + packer.compress(b"a") + packer.flush()


def test_blocks_without_content_are_not_for_nothing() -> None:
    """They could go on for ever, and decode to less than any limit."""
    assert b"".join(Inflater("gzip", 16 * 1024).feed(without_content(100))) == b"a"
    with pytest.raises(ContentTooLarge):
        list(Inflater("gzip", 16 * 1024).feed(without_content(16 * 1024)))


@pytest.mark.parametrize("coding", CODINGS)
def test_what_does_not_get_smaller_fits_all_the_same(coding: str) -> None:
    """Up to the limit."""
    for size in (0, 1, 100, 300_000):
        noise = random.Random(2).randbytes(size)
        assert b"".join(Inflater(coding, size).feed(CODINGS[coding](noise))) == noise


async def test_a_body_limit_is_for_what_comes_too() -> None:
    """Whatever it decodes to."""
    app = App(body_limit(1000)(decompress()(ROUTES)))
    blocks = without_content(1000)
    assert (await send([packed(b"a" * 900)[:20], packed(b"a" * 900)[20:]], "gzip", app=app)).status == 200
    for path in ("/", "/twice"):
        assert (await send([blocks[at : at + 100] for at in range(0, len(blocks), 100)], "gzip", path, app=app)).status == 413


def test_members_may_be_cut_by_the_window() -> None:
    """Wherever the one begins and the other ends."""
    noise = random.Random(1).randbytes
    members = [noise(size) for size in (1, 16_000, 16_384, 40_000, 0, 5)]
    assert b"".join(Inflater("gzip", 10**6).feed(b"".join(map(packed, members)))) == b"".join(members)
