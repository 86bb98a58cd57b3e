"""Parts: a multipart form as it comes in, one part at a time, within limits (RFC 7578)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Final, Protocol, final

from asgikit.errors import BadRequest, ContentTooLarge, HTTPError, UnsupportedMediaType
from asgikit.http.formpart import MultipartError, PartHead
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.multipart import END, Event, MultipartDecoder, MultipartLimits, MultipartTooLarge, boundary_of
from asgikit.uploads import SPOOL_SIZE

MULTIPART: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """What a form may hold; past any of them the answer is 413. Sizes in bytes. Raises ValueError for a negative one.

    `spool_size` is no limit: it is how much of each file stays in memory. An urlencoded form is a body that is kept, so
    the App's `body_limit` holds for it as well.
    """

    fields: int = 1000
    files: int = 100
    header_size: int = 8 * 1024
    field_size: int = 1024 * 1024
    file_size: int = 16 * 1024 * 1024
    total_size: int = 32 * 1024 * 1024
    spool_size: int = SPOOL_SIZE
    idle: float | None = None
    total: float | None = None

    def __post_init__(self) -> None:
        """Checks them."""
        if min(0 if limit is None else limit for limit in astuple(self)) < 0 or 0 in {self.idle, self.total}:
            raise ValueError("a limit is at least 0, a time above it")


class Incoming(Protocol):
    """A request, as far as its form needs it."""

    @property
    def content_type(self) -> MediaType | None:
        """Of the body. Raises BadRequest for a malformed one."""
        ...

    @property
    def content_length(self) -> int | None:
        """Of the body, in bytes. Raises BadRequest for a malformed one."""
        ...

    @property
    def coding(self) -> str | None:
        """Its content-encoding, None if there is none, or it is decoded."""
        ...

    @property
    def limit(self) -> int:
        """How many bytes of a body are kept."""
        ...

    def stream(self, idle: float | None = None, total: float | None = None) -> AsyncIterator[bytes]:
        """The body in chunks."""
        ...

    async def body(self, limit: int | None = None, idle: float | None = None, total: float | None = None) -> bytes:
        """The whole body, kept."""
        ...

    def close_at_end(self, close: Callable[[], None], /) -> None:
        """Has this called when the request is done with."""
        ...


DEFAULT_LIMITS: Final = FormLimits()


@final
class Part:
    """One part of a form while it comes in: what of it is not read before the next part is asked for, is skipped."""

    __slots__ = ("_head", "_parts", "filename", "left", "name")

    def __init__(self, head: PartHead, limit: int, parts: Parts) -> None:
        """Made by `request.parts()`."""
        self.name: str = head.name
        self.filename: str | None = head.filename
        self.left: int = limit
        self._head: PartHead = head
        self._parts: Parts = parts

    @property
    def headers(self) -> Headers:
        """The header fields of the part."""
        return self._head.headers

    def __aiter__(self) -> Part:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece of the content. Raises ContentTooLarge past the limit for its kind."""
        return await self._parts.piece(self)

    async def read(self) -> bytes:
        """What of the content has not been read yet."""
        return await self._parts.rest(self)

    async def text(self) -> str:
        """The same as text (RFC 7578, 5.1.2). Raises BadRequest for bytes that are not UTF-8."""
        return _field_text(self.name, await self._parts.rest(self))


def _field_text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadRequest(f"the field {name!r} of the form is not UTF-8") from None


@final
class Parts:
    """The parts of a multipart form, one at a time."""

    __slots__ = (
        "_back",
        "_chunks",
        "_count",
        "_current",
        "_decoder",
        "_events",
        "_failure",
        "_left",
        "_limits",
        "_offered",
    )

    def __init__(self, source: Incoming, limits: FormLimits) -> None:
        """Raises UnsupportedMediaType for another content type, BadRequest for one without boundary."""
        kind = form_type(source, MULTIPART)
        declared = source.content_length
        if declared is not None and declared > limits.total_size:
            raise ContentTooLarge(f"the form is over {limits.total_size} bytes")
        try:
            # One part more: it is the limit for its kind that is named.
            allowed = MultipartLimits(parts=limits.fields + limits.files + 1, head=limits.header_size)
            self._decoder: MultipartDecoder = MultipartDecoder(boundary_of(kind), allowed)
        except MultipartError as error:
            raise BadRequest(f"malformed form: {error}") from None
        self._limits: FormLimits = limits
        self._chunks: AsyncIterator[bytes] = source.stream(limits.idle, limits.total)
        self._events: Iterator[Event] = iter(())
        self._back: deque[Event] = deque()
        self._current: Part | None = None
        self._offered: Part | None = None
        self._count: Counter[bool] = Counter()
        self._left = limits.total_size
        self._failure: HTTPError | None = None

    def __aiter__(self) -> Parts:
        """Itself."""
        return self

    async def __anext__(self) -> Part:
        """The next part. Raises BadRequest for a malformed body, ContentTooLarge past a limit, and what streams raise."""
        while self._current is not None:
            await self._next_piece(self._current)
        if self._offered is not None:
            self._current, self._offered = self._offered, None
            return self._current
        event = self._ready() or await self._event()
        if not isinstance(event, PartHead):
            raise StopAsyncIteration
        self._current = Part(event, self._admit(event), self)
        return self._current

    def _admit(self, head: PartHead) -> int:
        """How many bytes the part may have. Raises ContentTooLarge if it is one part too many."""
        is_file = head.filename is not None
        self._count[is_file] += 1
        allowed = self._limits.files if is_file else self._limits.fields
        if self._count[is_file] > allowed:
            raise self._failed(ContentTooLarge(f"the form has over {allowed} {'files' if is_file else 'fields'}"))
        return self._limits.file_size if is_file else self._limits.field_size

    async def piece(self, part: Part) -> bytes:
        """The next piece of the part that is being read; nothing of any other."""
        piece = await self._next_piece(part) if part is self._current else None
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def rest(self, part: Part) -> bytes:
        """All pieces that are left of the part that is being read, as one."""
        pieces: list[bytes] = []
        while part is self._current and (piece := await self._next_piece(part)) is not None:
            pieces.append(piece)
            while part is self._current and (event := self._ready()) is not None:  # without waiting: most often, to the end
                if (piece := self._counted(part, event)) is not None:
                    pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _next_piece(self, part: Part) -> bytes | None:
        return self._counted(part, self._ready() or await self._event())

    def _counted(self, part: Part, event: Event | None) -> bytes | None:
        if not isinstance(event, bytes):
            self._current = None
            return None
        part.left -= len(event)
        if part.left < 0:
            raise self._too_large(part.name, self._limits.field_size if part.filename is None else self._limits.file_size)
        return event

    def _too_large(self, name: str, limit: int) -> HTTPError:
        return self._failed(ContentTooLarge(f"the part {name!r} of the form is over {limit} bytes"))

    def fields_at_hand(self) -> list[tuple[str, str]]:
        """The plain fields that have come whole: all of most forms. The same as reading their parts, in fewer steps."""
        found: list[tuple[str, str]] = []
        while self._current is self._offered is None and isinstance(head := self._ready(), PartHead):
            limit = self._admit(head)
            content = self._whole(head, limit) if head.filename is None else None
            if content is None:
                self._offered = Part(head, limit, self)
            else:
                found.append((head.name, _field_text(head.name, content)))
        return found

    def _whole(self, head: PartHead, limit: int) -> bytes | None:
        """The content of a part that has come whole; else what there is of it is put back."""
        content = self._ready()
        if content is END:
            return b""
        if not isinstance(content, bytes):
            return None
        if len(content) > limit:
            raise self._too_large(head.name, limit)
        end = self._ready()
        if end is END:
            return content
        self._back.extend([content] if end is None else [content, end])
        return None

    def _ready(self) -> Event | None:
        """The next event of what has come, None if that is used up."""
        if self._failure is not None:
            raise self._failure
        if self._back:
            return self._back.popleft()
        try:
            return next(self._events, None)
        except MultipartTooLarge as error:
            raise self._failed(ContentTooLarge(f"the form has {error}")) from None
        except MultipartError as error:
            raise self._failed(BadRequest(f"malformed form: {error}")) from None

    async def _event(self) -> Event | None:
        while (event := self._ready()) is None:
            if self._left < 0:
                raise self._failed(ContentTooLarge(f"the form is over {self._limits.total_size} bytes"))
            chunk = await anext(self._chunks, None)
            if chunk is None:
                try:
                    self._decoder.finish()
                except MultipartError as error:
                    raise self._failed(BadRequest(f"malformed form: {error}")) from None
                return None
            # What is within the limit is read before the rest is refused: where the chunks are cut says nothing.
            self._events = self._decoder.feed(chunk[: self._left])
            self._left -= len(chunk)
        return event

    def _failed(self, error: HTTPError) -> HTTPError:
        """A form that fails once fails for good: nobody takes what is left for all of it."""
        self._failure = error
        return error


def form_type(source: Incoming, *kinds: str) -> MediaType:
    """The content type, if it is one of these. Raises UnsupportedMediaType for another, and for what is encoded still."""
    if source.coding is not None:
        raise UnsupportedMediaType("send this form without a content-encoding", headers=(("accept-encoding", "identity"),))
    kind = source.content_type
    if kind is None or kind.essence not in kinds:
        given = "none" if kind is None else kind.essence
        fields = (("accept", ", ".join(kinds)),)
        raise UnsupportedMediaType(f"the content-type is {given}; send {' or '.join(kinds)}", headers=fields)
    return kind
