"""Forms: fields and files from the body of a request, within limits (RFC 7578; WHATWG URL, 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Final, Protocol, final

from asgikit.errors import BadRequest, ContentTooLarge, HTTPError, UnsupportedMediaType
from asgikit.http.formpart import MultipartError, PartHead
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.multipart import Event, MultipartDecoder, MultipartLimits, MultipartTooLarge, boundary_of
from asgikit.http.pairs import Pairs
from asgikit.http.query import Query
from asgikit.uploads import SPOOL_SIZE, Spool, Upload

URLENCODED: Final = "application/x-www-form-urlencoded"
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

    def __post_init__(self) -> None:
        """Checks them."""
        if min(astuple(self)) < 0:
            raise ValueError("a limit is at least 0")


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
    def limit(self) -> int:
        """How many bytes of a body are kept."""
        ...

    def stream(self) -> AsyncIterator[bytes]:
        """The body in chunks."""
        ...

    async def body(self, limit: int | None = None) -> bytes:
        """The whole body, kept."""
        ...

    def close_at_end(self, close: Callable[[], None], /) -> None:
        """Has this called when the request is done with."""
        ...


DEFAULT_LIMITS: Final = FormLimits()
EMPTY: Final = Pairs()


@final
class FormData:
    """The fields of a form, as names with text, and its files; immutable.

    A file input that was left empty is no file.
    """

    __slots__ = ("_fields", "_files")

    def __init__(self, fields: Pairs = EMPTY, files: Iterable[Upload] = ()) -> None:
        """Fields and files in the order in which they came."""
        self._fields: Pairs = fields
        self._files: tuple[Upload, ...] = tuple(files)

    @property
    def fields(self) -> Pairs:
        """All fields, in order."""
        return self._fields

    def get(self, name: str) -> str | None:
        """The first value of a field, None if there is none."""
        return self._fields.get(name)

    def __getitem__(self, name: str) -> str:
        """The first value of a field; KeyError if there is none."""
        return self._fields[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a field of that name."""
        return name in self._fields

    @property
    def files(self) -> tuple[Upload, ...]:
        """All files, in order."""
        return self._files

    def file(self, name: str) -> Upload | None:
        """The first file of that name, None if there is none."""
        return next((file for file in self._files if file.name == name), None)

    def files_of(self, name: str) -> tuple[Upload, ...]:
        """The files of that name, in order."""
        return tuple(file for file in self._files if file.name == name)

    def grouped(self) -> dict[str, tuple[str | Upload, ...]]:
        """Every name with all its values."""
        found: dict[str, list[str | Upload]] = {}
        for name, value in (*self._fields, *((file.name, file) for file in self._files)):
            found.setdefault(name, []).append(value)
        return {name: tuple(values) for name, values in found.items()}

    def __repr__(self) -> str:
        """The names only: values are private more often than not."""
        return f"<FormData {[name for name, _ in self._fields]!r}, files {[file.name for file in self._files]!r}>"


@final
class Part:
    """One part of a form while it comes in: what of it is not read before the next part is asked for, is skipped."""

    __slots__ = ("_parts", "filename", "headers", "left", "name")

    def __init__(self, head: PartHead, limit: int, parts: Parts) -> None:
        """Made by `request.parts()`."""
        self.name: str = head.name
        self.filename: str | None = head.filename
        self.headers: Headers = head.headers
        self.left: int = limit
        self._parts: Parts = parts

    def __aiter__(self) -> Part:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece of the content. Raises ContentTooLarge past the limit for its kind."""
        return await self._parts.piece(self)

    async def read(self) -> bytes:
        """What of the content has not been read yet."""
        return b"".join([piece async for piece in self])

    async def text(self) -> str:
        """The same as text (RFC 7578, 5.1.2). Raises BadRequest for bytes that are not UTF-8."""
        try:
            return (await self.read()).decode()
        except UnicodeDecodeError:
            raise BadRequest(f"the field {self.name!r} of the form is not UTF-8") from None


@final
class Parts:
    """The parts of a multipart form, one at a time."""

    __slots__ = ("_chunks", "_count", "_current", "_decoder", "_events", "_failure", "_left", "_limits")

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
        self._chunks: AsyncIterator[bytes] = source.stream()
        self._events: Iterator[Event] = iter(())
        self._current: Part | None = None
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
        event = await self._event()
        if not isinstance(event, PartHead):
            raise StopAsyncIteration
        is_file = event.filename is not None
        self._count[is_file] += 1
        allowed = self._limits.files if is_file else self._limits.fields
        if self._count[is_file] > allowed:
            raise self._failed(ContentTooLarge(f"the form has over {allowed} {'files' if is_file else 'fields'}"))
        self._current = Part(event, self._limits.file_size if is_file else self._limits.field_size, self)
        return self._current

    async def piece(self, part: Part) -> bytes:
        """The next piece of the part that is being read; nothing of any other."""
        piece = await self._next_piece(part) if part is self._current else None
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def _next_piece(self, part: Part) -> bytes | None:
        event = await self._event()
        if not isinstance(event, bytes):
            self._current = None
            return None
        part.left -= len(event)
        if part.left < 0:
            limit = self._limits.field_size if part.filename is None else self._limits.file_size
            raise self._failed(ContentTooLarge(f"the part {part.name!r} of the form is over {limit} bytes"))
        return event

    async def _event(self) -> Event | None:
        if self._failure is not None:
            raise self._failure
        try:
            while (event := next(self._events, None)) is None:
                if self._left < 0:
                    raise self._failed(ContentTooLarge(f"the form is over {self._limits.total_size} bytes"))
                chunk = await anext(self._chunks, None)
                if chunk is None:
                    self._decoder.finish()
                    return None
                # What is within the limit is read before the rest is refused: where the chunks are cut says nothing.
                self._events = self._decoder.feed(chunk[: self._left])
                self._left -= len(chunk)
        except MultipartTooLarge as error:
            raise self._failed(ContentTooLarge(f"the form has {error}")) from None
        except MultipartError as error:
            raise self._failed(BadRequest(f"malformed form: {error}")) from None
        return event

    def _failed(self, error: HTTPError) -> HTTPError:
        """A form that fails once fails for good: nobody takes what is left for all of it."""
        self._failure = error
        return error


def form_type(source: Incoming, *kinds: str) -> MediaType:
    """The content type, if it is one of these. Raises UnsupportedMediaType for another."""
    kind = source.content_type
    if kind is None or kind.essence not in kinds:
        given = "none" if kind is None else kind.essence
        fields = (("accept", ", ".join(kinds)),)
        raise UnsupportedMediaType(f"the content-type is {given}; send {' or '.join(kinds)}", headers=fields)
    return kind


async def read_form(source: Incoming, limits: FormLimits) -> FormData:
    """The whole form; its files are closed with the request. Raises what Parts raises."""
    kind = form_type(source, URLENCODED, MULTIPART)
    return await (_urlencoded(source, limits) if kind.essence == URLENCODED else _multipart(source, limits))


async def _urlencoded(source: Incoming, limits: FormLimits) -> FormData:
    data = await source.body(min(limits.total_size, source.limit))
    if data and data.count(b"&") >= limits.fields:
        raise ContentTooLarge(f"the form has over {limits.fields} fields")
    fields = list(Query.parse(data))
    if any(len(name.encode()) + len(value.encode()) > limits.field_size for name, value in fields):
        raise ContentTooLarge(f"a field of the form is over {limits.field_size} bytes")
    return FormData(Pairs(fields))


async def _multipart(source: Incoming, limits: FormLimits) -> FormData:
    fields: list[tuple[str, str]] = []
    files: list[Upload] = []
    async for part in Parts(source, limits):
        if part.filename is None:
            fields.append((part.name, await part.text()))
            continue
        spool = Spool(limits.spool_size)
        source.close_at_end(spool.close)  # whatever comes: also if the client leaves in the middle of it
        async for piece in part:
            await spool.write(piece)
        await spool.flush()
        if part.filename or spool.size:
            files.append(Upload(part.name, part.filename, part.headers, spool))
    return FormData(Pairs(fields), files)
