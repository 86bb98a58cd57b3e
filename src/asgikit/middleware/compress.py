"""Compression of responses with gzip (RFC 9110, 8.4 and 12.5.3)."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import anyio.to_thread
from typing_extensions import TypeVar

from asgikit.body import Derived, File, Stream, Upgrade, end
from asgikit.conditional import refused, settle
from asgikit.files import Reader, read_chunks, remaining
from asgikit.handler import Handler, Middleware
from asgikit.http.conditional import Preconditions
from asgikit.http.media import MediaType, negotiate_encoding
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")

THREAD_SIZE: Final = 128 * 1024
"""Bytes from which on a body is compressed in a worker thread, so that the event loop goes on."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_COMPRESSIBLE: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/xml",
        "image/svg+xml",
    }
)


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CompressPolicy:
    """From how many bytes on bodies are compressed, and how hard. Raises ValueError out of range."""

    minimum_size: int = 500
    level: int = 6

    def __post_init__(self) -> None:
        """Checks both."""
        if self.minimum_size < 0 or not 1 <= self.level <= 9:
            raise ValueError("minimum_size is at least 0, level from 1 to 9")


def is_compressible(policy: CompressPolicy, response: Response) -> bool:
    """Whether compression would help: text of some size that is not encoded or partial already."""
    body, headers = response.body, response.headers
    if isinstance(body, Upgrade) or (isinstance(body, bytes | File) and len(body) < max(policy.minimum_size, 1)):
        return False
    if isinstance(body, Stream) and body.feed is not None:
        return False  # its beats go out between the chunks, behind the back of any encoder
    if response.status in {206, 416} or "content-encoding" in headers or "content-range" in headers:
        return False
    if "no-transform" in (headers.get("cache-control") or "").lower():
        return False
    try:
        kind = MediaType.parse(headers.get("content-type") or "")
    except ValueError:
        return False
    return kind.type == "text" or kind.essence in _COMPRESSIBLE or kind.subtype.endswith(("+json", "+xml"))


def encode(policy: CompressPolicy, accept_encoding: str | None, response: Response) -> Response:
    """The response as this client likes it: encoded or not, always with `Vary`; 406 if it likes nothing we have."""
    varied = response.with_vary("Accept-Encoding")
    match negotiate_encoding(accept_encoding, ["gzip"]):
        case None:
            return refused(varied, 406, "this resource comes as gzip or identity")
        case "gzip":
            return _gzipped(policy, varied)
        case _:
            return varied


async def _file(policy: CompressPolicy, request: Request[object], response: Response) -> Response:
    """A part of a file is sent as it is; else it is encoded first, so that a 304 has the tag of the 200 (RFC 9110, 15.4.5)."""
    accept, now = request.headers.get("accept-encoding"), datetime.now(UTC)
    # A date says nothing of the encoding that the client has the beginning of.
    by_date = isinstance(Preconditions.parse(request.headers).if_range, datetime)
    if negotiate_encoding(accept, []) is not None and not by_date:
        part = settle(request.method, request.headers, response.with_vary("Accept-Encoding"), now)
        if part.status in {206, 416}:
            return part
    encoded = settle(request.method, request.headers, encode(policy, accept, response), now)
    body, file = encoded.body, response.body
    if encoded.status != 200 or request.method == "HEAD" or not isinstance(body, Stream) or not isinstance(file, File):
        return encoded
    # Opened now, while the client can still be told that it has gone.
    reader = await anyio.to_thread.run_sync(Reader, file)
    request.connection.close_at_end(reader.close)
    return encoded.with_body(Stream(_gzip_chunks(policy.level, remaining(reader))))


def _gzipped(policy: CompressPolicy, response: Response) -> Response:
    body = response.body
    if isinstance(body, bytes):
        # No time stamp: the same content gives the same bytes.
        packer = zlib.compressobj(policy.level, zlib.DEFLATED, _GZIP)
        packed = packer.compress(body) + packer.flush()
        return response if len(packed) >= len(body) else _encoded(response, packed)
    if isinstance(body, Stream):
        return _encoded(response, Stream(Derived(_gzip_chunks(policy.level, body.chunks), body.chunks)))
    if isinstance(body, File):
        chunks = read_chunks(body)
        return _encoded(response.without_header("accept-ranges"), Stream(Derived(_gzip_chunks(policy.level, chunks), chunks)))
    return response


def _encoded(response: Response, body: bytes | Stream) -> Response:
    headers = response.headers.without("content-length").with_field("content-encoding", "gzip")
    for digest in ("content-digest", "repr-digest"):  # of what it was before (RFC 9530, 2 and 3)
        headers = headers.without(digest)
    etag = headers.get("etag")
    if etag is not None and not etag.startswith("W/"):
        # Other bytes, so no longer the same strong validator (RFC 9110, 8.8.3.3).
        headers = headers.with_field("etag", f"W/{etag}")
    return Response(body, status=response.status, headers=headers).with_extras(response.extras)


async def _gzip_chunks(level: int, chunks: AsyncIterable[bytes] | AsyncIterable[str]) -> AsyncGenerator[bytes, None]:
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    iterator: AsyncIterator[bytes | str] = chunks.__aiter__()
    try:
        async for chunk in iterator:
            data = chunk.encode() if isinstance(chunk, str) else chunk
            if len(data) < THREAD_SIZE:
                yield _flushed(packer, data)
            else:
                yield await anyio.to_thread.run_sync(_flushed, packer, data)
        yield packer.flush()
    finally:
        await end(iterator)


def _flushed(packer: _Packer, data: bytes) -> bytes:
    """One chunk, flushed: what the handler has sent the client can read."""
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def compress(*, minimum_size: int = 500, level: int = 6) -> Middleware:
    """Compresses text responses of at least `minimum_size` bytes, and streams, for clients that accept gzip.

    Secrets beside what an attacker chooses leak through compressed sizes (BREACH): leave such responses out.
    Raises ValueError for a negative size or a level outside 1 to 9.
    """
    policy = CompressPolicy(minimum_size=minimum_size, level=level)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def compressed(request: Request[S]) -> Response:
            response = await handler(request)
            if not is_compressible(policy, response):
                return response
            if isinstance(response.body, File):
                return await _file(policy, request, response)
            accept = request.headers.get("accept-encoding")
            if isinstance(response.body, bytes) and len(response.body) >= THREAD_SIZE:
                return await anyio.to_thread.run_sync(encode, policy, accept, response)
            return encode(policy, accept, response)

        return compressed

    return middleware
