"""Conditions and ranges applied to a response: 304, 206, 412 and 416 (RFC 9110, 13 and 14)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from asgikit.body import Derived, File, Stream, end
from asgikit.http.conditional import Preconditions, Validators
from asgikit.http.headers import Headers
from asgikit.http.ranges import Partial, Span, content_range, framed, requested
from asgikit.reply import length_of
from asgikit.response import Response
from asgikit.sending import close_chunks

_ASKING: Final = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")

_QUESTIONS: Final = frozenset({*(name.encode() for name in _ASKING), b"if-range", b"range"})

# What describes the content that a 304 does not have (RFC 9110, 15.4.5); the fields named there stay, and all others.
_CONTENT: Final = frozenset(
    {b"accept-ranges", b"content-encoding", b"content-language", b"content-length", b"content-range", b"content-type"}
)
# What would let a cache keep a refusal in place of the resource.
_CACHING: Final = frozenset({b"age", b"cache-control", b"etag", b"expires", b"last-modified"})
# What is said of the resource, or of the content that a refusal does not have (RFC 9110, 8.7; RFC 6266; RFC 9530, 2 and 3).
_ABOUT: Final = frozenset({b"content-digest", b"content-disposition", b"content-location", b"repr-digest"})


def is_asked(fields: Headers) -> bool:
    """Whether a request has conditions, or wants a part: a look at the lines, for most have neither."""
    return any(name.lower() in _QUESTIONS for name, _ in fields.raw)


def settle(method: str, fields: Headers, response: Response, now: datetime) -> Response:
    """What these request fields make of the response to a GET or HEAD: itself, 304, 412, 206 or 416.

    Any other method, and any status but 200, is left alone: there the handler has to ask before it acts.
    """
    if response.status != 200 or method not in {"GET", "HEAD"}:
        return response
    if any(name in fields for name in _ASKING):
        conditions = Preconditions.parse(fields)
        by_date = conditions.if_modified_since is not None or conditions.if_unmodified_since is not None
        match conditions.evaluate(method, Validators.of(response.headers, date=by_date)):
            case "not modified":
                return _not_modified(response)
            case "failed":
                return refused(response, 412, "the resource is not as the request expects it to be")
            case "proceed":
                pass
    return _ranged(method, fields, response, now)


def _not_modified(response: Response) -> Response:
    # With an ETag, Last-Modified tells a cache nothing more (RFC 9110, 15.4.5). The body stays: the edge closes it unsent.
    dropped = _CONTENT | {b"last-modified"} if "etag" in response.headers else _CONTENT
    kept = tuple(field for field in response.raw_headers if field[0] not in dropped)
    return Response(response.body, status=304).with_headers(Headers.from_raw(kept)).with_extras(response.extras)


def _without(response: Response, names: frozenset[bytes]) -> Response:
    return response.with_headers(Headers.from_raw(field for field in response.raw_headers if field[0] not in names))


def refused(response: Response, status: int, text: str) -> Response:
    """A refusal in its place: with its fields, but for those about its content, and for caches."""
    kept = _without(response, _CONTENT | _CACHING | _ABOUT).headers.without("content-length")
    refusal = Response.text(text, status=status, headers=kept).with_extras(replace(response.extras, trailers=None))
    return refusal.then(close_chunks, response.body.chunks) if isinstance(response.body, Stream) else refusal


def _ranged(method: str, fields: Headers, response: Response, now: datetime) -> Response:
    size = _size(response)
    if size is None or response.headers.get("accept-ranges") == "none" or "content-range" in response.headers:
        return response
    whole = response if "accept-ranges" in response.headers else response.with_header("accept-ranges", "bytes")
    value = fields.get("range")
    if value is None or method != "GET":
        return whole
    conditions = Preconditions.parse(fields)
    if conditions.if_range is not None and not conditions.allow_range(Validators.of(response.headers), now):
        return whole
    spans = requested(value, size)
    if spans == "unsatisfiable":
        refusal = refused(response, 416, f"the resource has {size} bytes, none of which are in these ranges")
        return refusal.with_header("content-range", content_range(None, size)).with_header("accept-ranges", "bytes")
    if spans is None or (len(spans) > 1 and isinstance(response.body, Stream)):
        return whole  # a stream cannot go back, and may be asked to
    return _partial(whole, framed(spans, size, response.headers.get("content-type")))


def _size(response: Response) -> int | None:
    known = length_of(response.body)
    if known is None and isinstance(response.body, Stream):
        declared = response.headers.get("content-length")
        return None if declared is None else int(declared)
    return known


def _partial(response: Response, partial: Partial) -> Response:
    fields = response.headers.without("content-length").without("content-digest")
    if partial.content_type is not None:
        fields = fields.with_field("content-type", partial.content_type)
    if partial.content_range is not None:
        fields = fields.with_field("content-range", partial.content_range)
    body = response.body
    if isinstance(body, bytes):
        chosen: bytes | File | Stream = b"".join(body[s.start : s.stop] if isinstance(s, Span) else s for s in partial.segments)
    elif isinstance(body, File):
        chosen = replace(body, segments=partial.segments)
    elif isinstance(body, Stream) and isinstance(only := partial.segments[0], Span):
        fields = fields.with_field("content-length", str(only.stop - only.start))
        chosen = replace(body, chunks=Derived(_cut(body.chunks, only), body.chunks))
    else:
        return response
    return Response(chosen, status=206, headers=fields).with_extras(response.extras)


async def _cut(chunks: AsyncIterable[bytes] | AsyncIterable[str], span: Span) -> AsyncGenerator[bytes, None]:
    """The bytes of a span, and no chunk behind it."""
    at = 0
    iterator: AsyncIterator[bytes | str] = chunks.__aiter__()
    try:
        async for chunk in iterator:
            data = chunk.encode() if isinstance(chunk, str) else chunk
            piece = data[max(span.start - at, 0) : max(span.stop - at, 0)]
            at += len(data)
            if piece:
                yield piece
            if at >= span.stop:
                return
    finally:
        await end(iterator)
