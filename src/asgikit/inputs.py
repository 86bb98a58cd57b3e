"""Typed inputs and outputs of endpoints: where a value comes from, and how one is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Generic, Literal, Protocol, final, overload

from typing_extensions import TypeForm, TypeVar

from asgikit.calls import Reply
from asgikit.converters import AnyText, Converter, converter_for
from asgikit.drafts import Draft, text_of
from asgikit.errors import BadRequest, CompositionError, HTTPError, UndecodableMessage
from asgikit.faults import Fault
from asgikit.fieldtexts import plain_texts_of, texts_of
from asgikit.forms import form_content
from asgikit.http.grammar import is_token
from asgikit.http.media import MediaType
from asgikit.messages import require_text
from asgikit.parts import DEFAULT_LIMITS, FormLimits
from asgikit.request import Request
from asgikit.response import JSON_FIELDS, Response
from asgikit.schema import FieldsCodec, JSONCodec

T = TypeVar("T")
D = TypeVar("D")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Input(Protocol[T_co]):
    """Reads one argument of a handler from the request."""

    def read(self, request: Request[object], /) -> Awaitable[T_co]:
        """The value. Raises an HTTPError that says what is wrong with the request."""
        ...


class Output(Protocol[T_contra]):
    """Turns what a handler returns into a response."""

    def write(self, value: T_contra, /) -> Response:
        """The response."""
        ...


@final
class JSONBody(Generic[T]):
    """A model as JSON: an input, an output, a codec for responses, and for WebSocket messages."""

    __slots__ = ("_codec", "_encode", "status")

    def __init__(self, form: TypeForm[T], status: int) -> None:
        """Use `json(Model)`."""
        if not 200 <= status <= 599 or status in {204, 205, 304}:
            raise CompositionError(f"a response with status {status} has no JSON content")
        self._codec: JSONCodec[T] = JSONCodec(form)
        self._encode: Callable[[T], bytes] = self._codec.encoder
        self.status: int = status

    @property
    def media_type(self) -> str:
        """application/json."""
        return self._codec.media_type

    def encode(self, value: T, /) -> bytes:
        """The JSON of the model."""
        return self._codec.encode(value)

    def decode(self, data: bytes, /) -> T:
        """The model. Raises BadRequest for malformed JSON, UnprocessableContent for JSON that does not fit."""
        return self._codec.decode(data)

    async def read(self, request: Request[object], /) -> T:
        """The request's body. Raises UnsupportedMediaType if it is not declared as JSON, and what `decode` raises."""
        request.require_json()
        return self._codec.decode(await request.body())

    def write(self, value: T, /) -> Response:
        """The value as JSON."""
        return Response.encoded(self._encode(value), JSON_FIELDS, self.status)

    def write_to(self, draft: Draft, value: T, /) -> Draft:
        """The draft with this body. Raises ValueError for a value that is none of the model."""
        try:
            return draft.with_content(self._codec.encode_kept(value), self._codec.media_type)
        except ValueError as error:
            raise ValueError(f"the JSON body: {error}") from None

    def read_from(self, reply: Reply, /) -> T:
        """The model. Raises ValueError for another status, for what is not declared as JSON, and for JSON that does not fit."""
        if reply.status != self.status:
            raise ValueError(f"{self.status} was expected")
        given = reply.headers.get("content-type")
        if given is None or not MediaType.parse(given).is_json:
            raise ValueError(f"the content-type is {given or 'missing'}, not {self.media_type}")
        try:
            return self._codec.decode(reply.content)
        except HTTPError as error:
            raise ValueError(error.public) from None

    def decode_message(self, data: str | bytes, /) -> T:
        """A WebSocket message. Raises UndecodableMessage for one that is no such value, UnacceptableKind for a binary one."""
        try:
            return self._codec.decode(require_text(data).encode())
        except (HTTPError, UnicodeEncodeError):
            raise UndecodableMessage("the message is not the JSON that is expected here") from None

    def encode_message(self, value: T, /) -> str:
        """A WebSocket message, as text."""
        return self._codec.encode(value).decode()


def json(form: TypeForm[T], /, *, status: int = 200) -> JSONBody[T]:
    """JSON of this type: a body to take, a result to return (with this status), a codec."""
    return JSONBody(form, status)


@final
class QueryInput(Generic[T]):
    """A model from the query."""

    __slots__ = ("_codec",)

    def __init__(self, form: TypeForm[T]) -> None:
        """Use `query(Model)`."""
        self._codec: FieldsCodec[T] = FieldsCodec(form)

    async def read(self, request: Request[object], /) -> T:
        """The model. Raises UnprocessableContent for values that do not fit."""
        return self._codec.convert(request.query.grouped())

    def write_to(self, draft: Draft, value: T, /) -> Draft:
        """The draft with these fields in its query. Raises ValueError for a model that texts cannot tell, a nested one say."""
        try:
            pairs = plain_texts_of(self._codec, value)
        except ValueError as error:
            raise ValueError(f"the query: {error}") from error
        for entry in self._codec.entries:
            draft = draft.with_query(entry.name, [text for name, text in pairs if name == entry.name])
        return draft


def query(form: TypeForm[T], /) -> QueryInput[T]:
    """The query as a model: its fields are the names, lists take repeated ones, unknown names are ignored."""
    return QueryInput(form)


@final
class FormInput(Generic[T]):
    """A model from an urlencoded or multipart form."""

    __slots__ = ("_codec", "_limits")

    def __init__(self, form: TypeForm[T], limits: FormLimits) -> None:
        """Use `form(Model)`."""
        self._codec: FieldsCodec[T] = FieldsCodec(form, "form")
        self._limits: FormLimits = limits

    async def read(self, request: Request[object], /) -> T:
        """The model. Raises UnprocessableContent for values that do not fit, and what `request.form()` raises."""
        return self._codec.convert((await request.form(self._limits)).grouped())

    def write_to(self, draft: Draft, value: T, /) -> Draft:
        """The draft with this form, multipart if the model has files. Raises ValueError for a model that a form cannot tell."""
        multipart = any(entry.is_custom for entry in self._codec.entries)
        try:
            content, content_type = form_content(texts_of(self._codec, value), multipart=multipart)
        except ValueError as error:
            raise ValueError(f"the form: {error}") from error
        return draft.with_content(content, content_type)


def form(model: TypeForm[T], /, *, limits: FormLimits = DEFAULT_LIMITS) -> FormInput[T]:
    """A form as a model: its fields are the names, lists take repeated ones, an `Upload` takes a file, others are ignored."""
    return FormInput(model, limits)


def reads_body(source: object) -> bool:
    """Whether an input takes the whole body, which has one type."""
    return isinstance(source, JSONBody | FormInput)


class _Required:
    """The default of what has none."""


_REQUIRED = _Required()


@final
class Named(Generic[T_co]):
    """One header field or cookie, read as a typed value."""

    __slots__ = ("_converter", "_default", "_name", "_parse", "_where")

    def __init__(self, where: Literal["header", "cookie"], name: str, kind: object, default: object) -> None:
        """Use `header(name, type)` or `cookie(name, type)`."""
        if not is_token(name):
            raise CompositionError(f"{name!r} is not the name of a {where}")
        converter = AnyText() if kind is str else converter_for(kind)
        self._where: Final = where
        self._name: str = name
        self._default: object = default
        self._converter: object = converter
        self._parse = getattr(converter, "parse")  # noqa: B009  # checked above or ours

    async def read(self, request: Request[object], /) -> T_co:
        """The value. Raises BadRequest if it is missing and has no default, or does not parse."""
        source = request.headers if self._where == "header" else request.cookies
        lines = source.get_all(self._name)
        text = ", ".join(lines) if self._where == "header" else lines[0] if lines else None
        if text is None or not lines:
            if isinstance(self._default, _Required):
                raise self._refused("is missing")
            return self._default  # type: ignore[return-value]  # the overloads of header() and cookie() tie it to T
        try:
            value: T_co = self._parse(text)
        except ValueError as error:
            raise self._refused("is malformed", log=str(error)) from None
        return value

    def write_to(self, draft: Draft, value: object, /) -> Draft:
        """The draft with the text of this value, without any for the default.

        Raises ValueError for what the type, a field or a cookie cannot hold.
        """
        is_default = value is self._default or (type(value) is type(self._default) and value == self._default)
        text = None if is_default else text_of(self._converter, value, f"the {self._where} {self._name!r}")
        write = draft.with_header if self._where == "header" else draft.with_cookie
        return write(self._name, text)

    def _refused(self, what: str, log: str | None = None) -> BadRequest:
        fault = Fault(what, self._where, (self._name,))
        return BadRequest(f"the {self._where} {self._name!r} {what}", log=log, faults=(fault,))


@overload
def header(name: str, kind: Converter[T], /) -> Named[T]: ...
@overload
def header(name: str, kind: TypeForm[T], /) -> Named[T]: ...
@overload
def header(name: str, kind: TypeForm[T], /, *, default: D) -> Named[T | D]: ...
def header(name: str, kind: object, /, *, default: object = _REQUIRED) -> object:
    """A header field as a str, int, float, bool, UUID, date, datetime, Decimal, Enum, Literal, or what a Converter reads."""
    return Named[object]("header", name, kind, default)


@overload
def cookie(name: str, kind: Converter[T], /) -> Named[T]: ...
@overload
def cookie(name: str, kind: TypeForm[T], /) -> Named[T]: ...
@overload
def cookie(name: str, kind: TypeForm[T], /, *, default: D) -> Named[T | D]: ...
def cookie(name: str, kind: object, /, *, default: object = _REQUIRED) -> object:
    """A cookie as a str, int, float, bool, UUID, date, datetime, Decimal, Enum, Literal, or what a Converter reads."""
    return Named[object]("cookie", name, kind, default)
