"""Typed inputs that choose: which representation a client wants, what a WebSocket speaks, and where a feed goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, Literal, final, get_args, get_origin, overload

from typing_extensions import TypeForm, TypeVar

from asgikit.converters import AnyText, Converter, converter_for
from asgikit.drafts import Draft, require_scalars, text_of
from asgikit.errors import BadRequest, CompositionError, NotAcceptable
from asgikit.http.grammar import is_token
from asgikit.http.language import is_language_tag, negotiate_language
from asgikit.http.media import MediaType, negotiate
from asgikit.request import Request

T = TypeVar("T")
D = TypeVar("D")
T_co = TypeVar("T_co", covariant=True)


@final
class Negotiated(Generic[T_co]):
    """One of several literals, the one that the client likes best; the response varies by the field that says so."""

    __slots__ = ("_choose", "_values", "vary")

    def __init__(self, field: str, values: dict[str, T_co], choose: Callable[[str | None], str | None]) -> None:
        """Use `accepts(…)` or `accepts_language(…)`."""
        self.vary: Final = field
        self._values: dict[str, T_co] = values
        self._choose: Callable[[str | None], str | None] = choose

    async def read(self, request: Request[object], /) -> T_co:
        """The choice. Raises NotAcceptable if the client likes none, naming what there is."""
        chosen = self._choose(request.headers.get(self.vary))
        if chosen is None:
            raise NotAcceptable(f"this resource comes as {' or '.join(self._values)}", headers={"vary": self.vary})
        return self._values[chosen]

    def write_to(self, draft: Draft, value: object, /) -> Draft:
        """The draft of a client that likes this best. Raises ValueError for what is not offered."""
        if not isinstance(value, str) or value not in self._values or self._choose(value) != value:
            raise ValueError(f"this resource comes as {' or '.join(self._values)}, not as what was given")
        return draft.with_header(self.vary, value)


def accepts(offers: TypeForm[T], /) -> Negotiated[T]:
    """The media type to answer with, of a Literal of them, best liked first: `accepts(Literal["application/json", "text/html"])`.

    Of those that the client likes equally, the first wins; if it likes none, the answer is 406 (RFC 9110, 12.5.1).
    Raises CompositionError for what is no Literal of media types.
    """
    values = _literals(offers, "accepts()", "media types")
    try:
        kinds = [MediaType.parse(text) for text in values]
    except ValueError as error:
        raise CompositionError(f"accepts(): {error}") from None
    texts = dict(zip(kinds, values, strict=True))

    def choose(field: str | None) -> str | None:
        kind = negotiate(field, kinds)
        return None if kind is None else texts[kind]

    return Negotiated("Accept", values, choose)


def accepts_language(offers: TypeForm[T], /) -> Negotiated[T]:
    """The language to answer in, of a Literal of tags: `accepts_language(Literal["en", "de", "pt-BR"])` (RFC 9110, 12.5.4).

    The first if the client likes none of them: a page in another language is better than none. Raises CompositionError
    for what is no Literal of language tags.
    """
    values = _literals(offers, "accepts_language()", "language tags")
    for tag in values:
        if not is_language_tag(tag):
            raise CompositionError(f"accepts_language(): {tag!r} is no language tag")
    first = next(iter(values))
    return Negotiated("Accept-Language", values, lambda field: negotiate_language(field, values) or first)


def _literals(offers: TypeForm[T], what: str, of: str) -> dict[str, T]:
    values = get_args(offers) if get_origin(offers) is Literal else ()
    if not values or not all(isinstance(value, str) for value in values):
        raise CompositionError(f"{what} takes a Literal of {of}, not {offers!r}")
    return {str(value): value for value in values}


class _Required:
    """The default of what has none."""


_REQUIRED: Final = _Required()


@final
class Subprotocol(Generic[T_co]):
    """One of several literals that a WebSocket handshake offers."""

    __slots__ = ("_default", "_values")

    def __init__(self, values: dict[str, T_co], default: T_co | _Required) -> None:
        """Use `subprotocol(…)`."""
        self._values: dict[str, T_co] = values
        self._default: T_co | _Required = default

    async def read(self, request: Request[object], /) -> T_co:
        """The choice. Raises BadRequest if the client offers none, and there is no default."""
        offered = request.subprotocols
        for name, value in self._values.items():
            if name in offered:
                return value
        if isinstance(self._default, _Required):
            raise BadRequest(f"this WebSocket speaks the subprotocols {', '.join(self._values)}: offer one of them")
        return self._default

    def write_to(self, draft: Draft, value: object, /) -> Draft:
        """The draft of a client that offers this one alone, none for the default. Raises ValueError for another one."""
        if isinstance(value, str) and value in self._values:
            return draft.with_header("sec-websocket-protocol", value)
        if isinstance(self._default, _Required) or value != self._default:
            raise ValueError(f"this WebSocket speaks the subprotocols {', '.join(self._values)}, not what was given")
        return draft.with_header("sec-websocket-protocol", None)


@overload
def subprotocol(offers: TypeForm[T], /) -> Subprotocol[T]: ...
@overload
def subprotocol(offers: TypeForm[T], /, *, default: D) -> Subprotocol[T | D]: ...
def subprotocol(offers: TypeForm[Any], /, *, default: object = _REQUIRED) -> object:
    """The subprotocol of a WebSocket, of a Literal of them, best liked first: `subprotocol(Literal["chat.v2", "chat.v1"])`.

    The first that the client offers; without a `default`, a handshake that offers none is 400 (RFC 6455, 4.2.2). Raises
    CompositionError for what is no Literal of tokens.
    """
    values = _literals(offers, "subprotocol()", "subprotocols")
    for name in values:
        if not is_token(name):
            raise CompositionError(f"subprotocol(): {name!r} is no subprotocol")
    return Subprotocol[object](values, default)


@final
class EventId(Generic[T_co]):
    """The id of the last event that a reader of a feed has seen."""

    __slots__ = ("_converter", "_parse")

    def __init__(self, converter: object) -> None:
        """Use `last_event_id()`."""
        self._converter: object = converter
        self._parse: Callable[[str], T_co] = getattr(converter, "parse")  # noqa: B009  # a converter has one

    async def read(self, request: Request[object], /) -> T_co | None:
        """The id, None for a reader that has seen none. Raises BadRequest for one that this feed does not give."""
        field = request.headers.get("last-event-id")
        if not field:
            return None
        try:
            return self._parse(field.encode("latin-1").decode())  # browsers send it in UTF-8
        except ValueError:
            raise BadRequest("the Last-Event-ID is none of this feed") from None

    def write_to(self, draft: Draft, value: object, /) -> Draft:
        """The draft of a reader that goes on from here. Raises ValueError for what is no id."""
        text = None if value is None else text_of(self._converter, value, "the Last-Event-ID")
        if text is not None:
            require_scalars(text, "the Last-Event-ID")
            text = text.encode().decode("latin-1")
        if text == "":
            raise ValueError("the Last-Event-ID cannot be empty: that stands for none")
        return draft.with_header("last-event-id", text)


@overload
def last_event_id() -> EventId[str]: ...
@overload
def last_event_id(kind: Converter[T], /) -> EventId[T]: ...
@overload
def last_event_id(kind: TypeForm[T], /) -> EventId[T]: ...
def last_event_id(kind: object = str, /) -> object:
    """Where a reader of a feed goes on, or None: text, or what a path parameter can be (WHATWG HTML, 9.2.4)."""
    return EventId[object](AnyText() if kind is str else converter_for(kind))
