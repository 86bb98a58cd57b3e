"""Forms: fields and files from the body of a request, kept (RFC 7578; WHATWG URL, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

import anyio.to_thread

from asgikit.errors import ContentTooLarge, HTTPError, MissingField
from asgikit.http.formpart import format_head
from asgikit.http.headers import Headers
from asgikit.http.multipart import encode_multipart
from asgikit.http.pairs import Pairs
from asgikit.http.query import Query
from asgikit.parts import MULTIPART, FormLimits, Incoming, Parts, form_type
from asgikit.uploads import Spool, Upload

_THREAD_SIZE: Final = 128 * 1024
URLENCODED: Final = "application/x-www-form-urlencoded"
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
        """The first value of a field. Raises MissingField, which is a KeyError and a 422, if there is none."""
        value = self._fields.get(name)
        if value is None:
            what = "is a file, not text" if self.file(name) is not None else "is missing"
            raise MissingField(f"the field {name!r} {what}")
        return value

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

    def require_within(self, limits: FormLimits) -> None:
        """Raises ContentTooLarge if a form that was read with other limits is past these."""
        for what, count, allowed in (("fields", len(self._fields), limits.fields), ("files", len(self._files), limits.files)):
            if count > allowed:
                raise ContentTooLarge(f"the form has over {allowed} {what}")
        for file in self._files:
            if file.size > limits.file_size:
                raise ContentTooLarge(f"the part {file.name!r} of the form is over {limits.file_size} bytes")
        sizes = [len(value.encode()) for _, value in self._fields]
        if max(sizes, default=0) > limits.field_size:
            raise ContentTooLarge(f"a field of the form is over {limits.field_size} bytes")
        if sum(sizes) + sum(file.size for file in self._files) > limits.total_size:
            raise ContentTooLarge(f"the form is over {limits.total_size} bytes")

    def grouped(self) -> dict[str, tuple[str | Upload, ...]]:
        """Every name with all its values."""
        found: dict[str, list[str | Upload]] = {}
        for name, value in (*self._fields, *((file.name, file) for file in self._files)):
            found.setdefault(name, []).append(value)
        return {name: tuple(values) for name, values in found.items()}

    def __repr__(self) -> str:
        """The names only: values are private more often than not."""
        return f"<FormData {[name for name, _ in self._fields]!r}, files {[file.name for file in self._files]!r}>"


def form_content(pairs: Iterable[tuple[str, object]], *, multipart: bool) -> tuple[bytes, str]:
    """A form as a client sends it, and its content type.

    Raises ValueError for what is no text, nor, in a multipart one, an Upload that is still open.
    """
    if not multipart:
        texts = Query((name, _text(name, value).decode()) for name, value in pairs)
        return str(texts).encode(), URLENCODED
    parts: list[tuple[bytes, bytes]] = []
    for name, value in pairs:
        if isinstance(value, Upload):
            if not value.filename and not value.size:
                raise ValueError(f"{name!r} is a file without name and content, which stands for none")
            parts.append((format_head(name, value.filename, value.headers), value.read_now()))
        else:
            parts.append((format_head(name, None, Headers()), _text(name, value)))
    content, boundary = encode_multipart(parts)
    return content, f"{MULTIPART}; boundary={boundary.decode()}"


def _text(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is a {type(value).__name__}, which is neither text nor a file")  # noqa: TRY004  # it says so
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name!r} holds a lone surrogate, which UTF-8 cannot encode") from None


async def read_form(source: Incoming, limits: FormLimits) -> FormData:
    """The whole form; its files are closed with the request. Raises what Parts raises."""
    kind = form_type(source, URLENCODED, MULTIPART)
    return await (_urlencoded(source, limits) if kind.essence == URLENCODED else _multipart(source, limits))


async def _urlencoded(source: Incoming, limits: FormLimits) -> FormData:
    data = await source.body(min(limits.total_size, source.limit), limits.idle, limits.total)
    if data and data.count(b"&") >= limits.fields:
        raise ContentTooLarge(f"the form has over {limits.fields} fields")
    # Off the event loop where it takes long: some tenths of a second for two megabytes of percent signs.
    fields = Query.parse(data) if len(data) < _THREAD_SIZE else await anyio.to_thread.run_sync(Query.parse, data)
    # A byte becomes three at most, U+FFFD: most forms are too small for one of their fields to be too large.
    if 3 * len(data) > limits.field_size and any(len(n.encode()) + len(v.encode()) > limits.field_size for n, v in fields):
        raise ContentTooLarge(f"a field of the form is over {limits.field_size} bytes")
    return FormData(Pairs(fields))


async def _multipart(source: Incoming, limits: FormLimits) -> FormData:
    fields: list[tuple[str, str]] = []
    files: list[Upload] = []
    parts = Parts(source, limits)
    while True:
        fields += parts.fields_at_hand()
        part = await anext(parts, None)
        if part is None:
            return FormData(Pairs(fields), files)
        if part.filename is None:
            fields.append((part.name, await part.text()))
            continue
        spool = Spool(limits.spool_size)
        source.close_at_end(spool.close)  # whatever comes: also if the client leaves in the middle of it
        try:
            async for piece in part:
                await spool.write(piece)
            await spool.flush()
        except OSError as error:  # the disk is full, most often
            raise HTTPError(503, "the file cannot be kept now", log=str(error), headers={"retry-after": "60"}) from None
        if part.filename or spool.size:
            files.append(Upload(part.name, part.filename, part.headers, spool))
