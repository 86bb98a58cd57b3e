"""Compression of responses with Zstandard, Brotli and gzip (RFC 9110, 8.4 and 12.5.3)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Final

from anyio import to_thread
from typing_extensions import TypeVar

from asgikit.body import Derived, File, Stream, Upgrade, end
from asgikit.codings.coding import THREAD_SIZE, Coding, Encoder
from asgikit.codings.installed import codings as installed
from asgikit.conditional import refused, settle
from asgikit.errors import IncorrectLength
from asgikit.files import Reader
from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware
from asgikit.http.conditional import Preconditions
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType, negotiate_encoding
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")
T = TypeVar("T")

_LONGEST: Final = 200  # characters of an Accept-Encoding or Content-Type that is remembered: no browser sends more

_ENCODED: Final = frozenset({b"content-encoding", b"content-range"})
# What is said of the content as it was (RFC 9110, 8.6 and 14.3; RFC 9530, 2 and 3).
_OF_CONTENT: Final = frozenset({b"accept-ranges", b"content-digest", b"content-length", b"repr-digest"})
_COMPRESSIBLE: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/jsonl",
        "application/manifest+json",
        "application/wasm",
        "application/x-javascript",
        "application/x-ndjson",
        "application/xml",
        "application/yaml",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/svg+xml",
        "image/vnd.microsoft.icon",
    }
)


def is_text(kind: MediaType) -> bool:
    """Whether content of this type gets much smaller: text, JSON, XML, scripts, and the few formats that are not packed."""
    return kind.type == "text" or kind.essence in _COMPRESSIBLE or kind.subtype.endswith(("+json", "+xml", "+yaml"))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a client is sent: the coding that it likes best, if any, and whether it takes the content as it is."""

    coding: Coding | None
    identity: bool


_PLAIN: Final = Choice(None, identity=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class CompressPolicy:
    """From how many bytes on bodies are compressed, of which types, and how: of equal weights the earlier coding wins.

    `types` is asked once for each type. Raises ValueError for a negative size, no coding at all, and one that is named twice.
    """

    minimum_size: int = 500
    codings: tuple[Coding, ...] = field(default_factory=installed)
    types: Callable[[MediaType], bool] = is_text
    choose: Callable[[str], Choice] = field(init=False, repr=False, compare=False)
    """What the client of an Accept-Encoding is sent."""
    covers: Callable[[str], bool] = field(init=False, repr=False, compare=False)
    """Whether content of this Content-Type is compressed."""

    def __post_init__(self) -> None:
        """Checks size and codings."""
        if self.minimum_size < 0:
            raise ValueError(f"minimum_size is a number of bytes, not {self.minimum_size}")
        require_sync(self.types, "compress(types=)")
        names = [coding.name for coding in self.codings]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"codings are one or more, each once, not {names}")
        object.__setattr__(self, "choose", _remembered(partial(_choice, {coding.name: coding for coding in self.codings})))
        object.__setattr__(self, "covers", _remembered(partial(_covers, self.types)))


def _remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    kept = lru_cache(maxsize=256)(function)

    def remembering(text: str) -> T:
        return kept(text) if len(text) <= _LONGEST else function(text)

    return remembering


def _choice(codings: Mapping[str, Coding], accept: str) -> Choice:
    chosen = negotiate_encoding(accept, codings)
    return Choice(codings.get(chosen or ""), negotiate_encoding(accept, ()) is not None)


def _covers(types: Callable[[MediaType], bool], content_type: str) -> bool:
    try:
        return types(MediaType.parse(content_type))
    except ValueError:
        return False


def choose(policy: CompressPolicy, fields: Headers) -> Choice:
    """What the client is sent; without Accept-Encoding, which says nothing of what it can read, the content as it is."""
    accept = fields.get("accept-encoding")
    return _PLAIN if accept is None else policy.choose(accept)


def is_compressible(policy: CompressPolicy, response: Response) -> bool:
    """Whether compression would help: text of some size that is not encoded or partial already."""
    body = response.body
    if isinstance(body, Upgrade) or (isinstance(body, bytes | File) and len(body) < max(policy.minimum_size, 1)):
        return False
    return response.status not in {206, 304, 416} and _is_plain(policy, response)


def _is_plain(policy: CompressPolicy, response: Response) -> bool:
    """Whether it may be transformed, and is of a type to be so."""
    content_type = ""
    for name, value in response.raw_headers:
        if name == b"content-type":
            content_type = value.decode("latin-1")
        elif name in _ENCODED or (name == b"cache-control" and b"no-transform" in value.lower()):
            return False
    return policy.covers(content_type)


def encode(coding: Coding, response: Response, *, at_any_rate: bool = False) -> Response:
    """The response with this coding, as it is where that would not be shorter: unless `at_any_rate`, for who takes no other."""
    body = response.body
    if isinstance(body, bytes):
        packed = coding.encode(body)
        return response if len(packed) >= len(body) and not at_any_rate else _encoded(coding, response, packed)
    if isinstance(body, Stream):
        encoder = coding.encoder(flushed=True)
        if body.feed is not None:  # at the edge, for the beats go out between the chunks
            return _encoded(coding, response, replace(body, feed=replace(body.feed, encoder=encoder)))
        declared = response.headers.get("content-length")
        chunks = _chunks(encoder, body.chunks, None if declared is None else int(declared))
        return _encoded(coding, response, Stream(Derived(chunks, body.chunks)))
    return response


def _encoded(coding: Coding, response: Response, body: bytes | Stream) -> Response:
    fields: list[tuple[bytes, bytes]] = []
    for name, value in response.raw_headers:
        if name == b"etag" and not value.startswith(b"W/"):
            # Other bytes, so no longer the same strong validator (RFC 9110, 8.8.3.3).
            fields.append((name, b"W/" + value))
        elif name not in _OF_CONTENT:
            fields.append((name, value))
    fields.append((b"content-encoding", coding.name.encode()))
    return response.with_body(body).with_headers(Headers.from_raw(fields))


async def _chunks(
    encoder: Encoder, chunks: AsyncIterable[bytes] | AsyncIterable[str], declared: int | None
) -> AsyncGenerator[bytes, None]:
    size = 0
    iterator: AsyncIterator[bytes | str] = chunks.__aiter__()
    try:
        async for chunk in iterator:
            data = chunk.encode() if isinstance(chunk, str) else chunk
            size += len(data)
            if len(data) < THREAD_SIZE:
                yield encoder.encode(data)
            else:
                yield await to_thread.run_sync(encoder.encode, data)
        if declared not in {None, size}:  # nothing else would tell: what is encoded has no length that was announced
            raise IncorrectLength(f"the body has {size} bytes, not the {declared} of its content-length")
        yield encoder.finish()
    finally:
        await end(iterator)


async def _file_chunks(encoder: Encoder, reader: Reader, size: int) -> AsyncGenerator[bytes, None]:
    def following() -> tuple[int, bytes]:
        data = reader.read()
        return len(data), encoder.encode(data)

    try:
        while not reader.done:
            read, packed = await to_thread.run_sync(following)
            size -= read
            if packed:
                yield packed
        if size > 0:
            raise IncorrectLength("the file was cut off while it was sent")
        yield encoder.finish()
    finally:
        reader.close()


async def _file(policy: CompressPolicy, request: Request[object], response: Response, file: File) -> Response:
    """A part of a file is sent as it is; else it is encoded first, so that a 304 has the tag of the 200 (RFC 9110, 15.4.5)."""
    fields, now, choice = request.headers, datetime.now(UTC), choose(policy, request.headers)
    # A date says nothing of the encoding that the client has the beginning of.
    by_date = isinstance(Preconditions.parse(fields).if_range, datetime)
    if choice.identity and not by_date:
        part = settle(request.method, fields, response, now)
        if part.status in {206, 416}:
            return part
    if choice.coding is None:
        return response if choice.identity else refuse(policy, response)
    head = settle(request.method, fields, _encoded(choice.coding, response, Stream(_nothing())), now)
    if head.status != 200 or request.method == "HEAD":
        return head
    # Opened now, while the client can still be told that it has gone.
    reader = await to_thread.run_sync(Reader, file)
    request.connection.close_at_end(reader.close)
    return head.with_body(Stream(_file_chunks(choice.coding.encoder(flushed=False), reader, len(file))))


async def _nothing() -> AsyncGenerator[bytes, None]:
    empty: tuple[bytes, ...] = ()
    for chunk in empty:
        yield chunk


def refuse(policy: CompressPolicy, response: Response) -> Response:
    """406 for a client that takes none of our codings, nor the content as it is (RFC 9110, 12.5.3)."""
    names = ", ".join(coding.name for coding in policy.codings)
    return refused(response, 406, f"this resource comes as {names} or identity")


def vary(policy: CompressPolicy, fields: Headers, response: Response) -> Response:
    """A 206 or 304 from further in, with the Vary and the tag of the 200 in its place (RFC 9110, 15.3.7 and 15.4.5)."""
    body = response.body
    if response.status == 206:
        partial_type = response.headers.get("content-type") or ""
        is_ours = _is_plain(policy, response.without_header("content-range")) or partial_type.startswith("multipart/byteranges")
        return response.with_vary("Accept-Encoding") if is_ours else response
    if isinstance(body, bytes) and 0 < len(body) < policy.minimum_size:
        return response  # which is not sent, but tells what the 200 would be
    varied, tag = response.with_vary("Accept-Encoding"), response.headers.get("etag") or ""
    named = Preconditions.parse(fields).if_none_match
    if not isinstance(named, tuple) or tag.startswith("W/") or tag not in {str(replace(each, weak=False)) for each in named}:
        return varied
    return varied if tag in map(str, named) else varied.with_header("etag", f"W/{tag}")


def compress(
    *,
    minimum_size: int = 500,
    codings: Iterable[Coding] | None = None,
    types: Callable[[MediaType], bool] = is_text,
) -> Middleware:
    """Compresses text responses of at least `minimum_size` bytes, and streams and feeds, as clients accept it.

    `codings` are those that are installed unless given: Zstandard(), Brotli(), Gzip(), each with its level, the best
    first. `types` says which media types are worth it. Secrets beside what an attacker chooses leak through compressed
    sizes (BREACH): leave such responses out. Raises ValueError for a negative size or no coding.
    """
    chosen = installed() if codings is None else tuple(codings)
    policy = CompressPolicy(minimum_size=minimum_size, codings=chosen, types=types)

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def compressed(request: Request[S]) -> Response:
            response = await handler(request)
            body, status = response.body, response.status
            if status in {206, 304}:
                return vary(policy, request.headers, response)
            if (isinstance(body, bytes) and len(body) < minimum_size) or not is_compressible(policy, response):
                return response
            varied = response.with_vary("Accept-Encoding")
            if isinstance(body, File):
                return await _file(policy, request, varied, body)
            choice = choose(policy, request.headers)
            if choice.coding is None:
                return varied if choice.identity else refuse(policy, varied)
            packed = partial(encode, choice.coding, varied, at_any_rate=not choice.identity)
            if isinstance(body, bytes) and len(body) >= THREAD_SIZE:
                return await to_thread.run_sync(packed)
            return packed()

        return compressed

    return middleware
