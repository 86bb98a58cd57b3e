"""What a request is made with, before the library has it: what it cannot mean is refused, with what to write."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TypeAlias, TypeGuard

from typing_extensions import Buffer

from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers
from asgikit.testing.fields import Fields
from asgikit.testing.threaded import Blocking, length_of
from asgikit.testing.waiting import seconds_of

AnyPieces: TypeAlias = AsyncIterable[bytes] | Iterable[bytes]
"""Content that comes: of a client that can wait for it in a thread."""


def sendable(method: str, options: Mapping[str, object]) -> dict[str, object]:
    """The options of a request. Raises ValueError and TypeError for a method, a time and content that there are not."""
    if not is_token(method):
        raise ValueError(f"{method!r} is no method (RFC 9110, 9.1): write it first, request('GET', '/')")
    if "timeout" in options:
        seconds_of(options["timeout"])
    if not isinstance(options.get("data"), Mapping | str | bytes | None):
        raise TypeError("the data are the fields of a form, by name: {'tag': ['a', 'b']}; a body of another kind is content=…")
    content = options.get("content")
    if _is_buffer(content):
        return {**options, "content": bytes(content)}
    if _is_blocking(content):
        raise TypeError("the content is an iterator that keeps the event loop: write an asynchronous one, `async def … yield`")
    if not isinstance(content, str | AsyncIterable | None):
        raise TypeError(
            f"the content is {type(content).__name__}: it can be bytes, text, an iterator of bytes; a value is json=…"
        )
    return {**options}


def unblocked(options: Mapping[str, object], headers: Fields = ()) -> dict[str, object]:
    """The options of a request whose content may block: a generator, a file, a list; its length goes along if it is known.

    headers: those that the request has.
    """
    content = options.get("content")
    if not _is_blocking(content):
        return {**options}
    given: dict[str, object] = {**options, "content": Blocking(content).each()}
    length = length_of(content)
    fields = Headers(headers)
    if length is not None and "content-length" not in fields and "transfer-encoding" not in fields:
        given["headers"] = [*fields.with_field("content-length", str(length))]
    return given


def _is_buffer(content: object) -> TypeGuard[Buffer]:
    return isinstance(content, bytes | bytearray | memoryview)


def _is_blocking(content: object) -> TypeGuard[Iterable[bytes]]:
    return isinstance(content, Iterable) and not isinstance(
        content, str | bytes | bytearray | memoryview | AsyncIterable | Mapping
    )
