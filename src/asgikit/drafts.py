"""Drafts: the request that a client is about to make, written by the inputs of an endpoint, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, final

from typing_extensions import TypeIs, TypeVar

from asgikit.calls import Call
from asgikit.errors import CompositionError
from asgikit.http.cookies import Cookies
from asgikit.http.headers import encode_field
from asgikit.http.query import Query
from asgikit.path import Param, Pattern

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

# RFC 9110, 7.6.1 and 8.6; RFC 9112, 6; RFC 6455, 4.1. With these from elsewhere a request could be framed as two.
_CLIENTS: Final = frozenset(
    {
        *("connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade", "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-version"),
    }
)


@final
class Draft:
    """What inputs have written so far; immutable. A field, a cookie or a name of the query is written once.

    Two inputs may read the same one as long as they are given the same: else one of them would arrive as the other.
    So one that is left out is written too, as None, or as no texts.
    """

    __slots__ = ("_content", "_cookies", "_headers", "_query")

    def __init__(self) -> None:
        """Nothing yet."""
        self._query: Mapping[str, tuple[str, ...]] = {}
        self._headers: Mapping[str, str | None] = {}
        self._cookies: Mapping[str, str | None] = {}
        self._content: bytes | None = None

    def _copy(self) -> Draft:
        copy = Draft()
        copy._query, copy._headers, copy._cookies = self._query, self._headers, self._cookies
        copy._content = self._content
        return copy

    def with_query(self, name: str, texts: Sequence[str], /) -> Draft:
        """With these values for a name of the query. Raises ValueError for one that UTF-8 cannot encode."""
        for text in (name, *texts):
            require_scalars(text, f"{name!r} of the query")
        copy = self._copy()
        copy._query = _with(self._query, name, tuple(texts), "name of the query")
        return copy

    def with_header(self, name: str, text: str | None, /) -> Draft:
        """With this value for a header field, or without the field.

        Raises ValueError for a value that no field can hold, and for a field that belongs to the client itself.
        """
        key = name.lower()
        if text is not None:
            if key in _CLIENTS:
                raise ValueError(f"the header {name!r} is the client's own to write")
            try:
                encode_field(key, text)
            except ValueError:  # whose text repeats the value, perhaps a secret
                raise ValueError(f"the header {name!r} cannot hold what was given: {_FIELD}") from None
        copy = self._copy()
        copy._headers = _with(self._headers, key, text, "header")
        return copy

    def with_cookie(self, name: str, text: str | None, /) -> Draft:
        """With this value for a cookie, or without the cookie. Raises ValueError for a value that would be read as another."""
        if text is not None and not _is_cookie(name, text):
            what = f"{_FIELD}, semicolons or quotes around it"
            raise ValueError(f"the cookie {name!r} cannot hold what was given: {what}; encode it (base64url, say)")
        copy = self._copy()
        copy._cookies = _with(self._cookies, name, text, "cookie")
        return copy

    def with_content(self, content: bytes, content_type: str, /) -> Draft:
        """With this content. Raises ValueError if there is one already."""
        if self._content is not None:
            raise ValueError("the content is written twice")
        copy = self.with_header("content-type", content_type)
        copy._content = content
        return copy

    def finish(self, method: str, url: str) -> Call:
        """The request. Raises ValueError where the Cookie field is an input beside cookies that are, and says something else."""
        query = Query((name, text) for name, texts in self._query.items() for text in texts)
        draft = self
        if self._cookies:
            cookies = Cookies((name, text) for name, text in self._cookies.items() if text is not None)
            draft = self.with_header("cookie", str(cookies) if len(cookies) else None)
        raw = [encode_field(name, text) for name, text in draft._headers.items() if text is not None]
        return Call(method, f"{url}?{query}" if len(query) else url, tuple(raw), self._content or b"")


class WritableInput(Protocol[T_contra]):
    """An Input that a client can write: what `Endpoint.call` asks of what is given to `takes()`."""

    def write_to(self, draft: Draft, value: T_contra, /) -> Draft:
        """The draft with this value, so that it is read back as the same. Raises ValueError for one that cannot be."""
        ...


def call_of(method: str, path: Pattern, inputs: Sequence[object], values: Sequence[object]) -> Call:
    """The request that gives a handler these values: those of the path, then those of the inputs.

    Raises TypeError for another number of values, ValueError for one that cannot arrive as it is, CompositionError for an
    input that cannot be written.
    """
    count = len(path.params)
    if len(values) != count + len(inputs):
        raise TypeError(f"{method} {path} takes {count + len(inputs)} arguments, not {len(values)}")
    for part, value in zip(path.params, values, strict=False):
        if isinstance(part, Param):
            text_of(part.converter, value, f"the path parameter {part.name!r}")
        elif not isinstance(value, str):
            raise ValueError(f"the path parameter {part.name!r} takes text, not a {type(value).__name__}")  # noqa: TRY004  # as others
    draft = Draft()
    for source, value in zip(inputs, values[count:], strict=True):
        if not _is_writable(source):
            raise CompositionError(
                f"no client can write {source!r}: give it a method write_to(draft, value), as asgikit.drafts.WritableInput has"
            )
        draft = source.write_to(draft, value)
    return draft.finish(method, path.url(*values[:count]))


def text_of(converter: object, value: object, what: str) -> str:
    """The text of a value that the same converter reads back. Raises ValueError for any other value, whatever its type."""
    if not _is_converter(converter):
        raise CompositionError(f"no client can write {what}: {converter!r} has no method print(value)")
    try:
        text = converter.print(value)
        if isinstance(text, str) and converter.parse(text) == value:
            return text
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{what} cannot hold a {type(value).__name__} like this: {error}") from error
    raise ValueError(f"{what} cannot hold a {type(value).__name__} like this: it would be read as something else")


def require_scalars(text: str, what: str) -> None:
    """Raises ValueError for lone surrogates, which UTF-8 cannot encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} cannot hold a lone surrogate") from None


_FIELD: Final = "control characters, characters outside Latin-1, white space around it"


def _is_cookie(name: str, text: str) -> bool:
    try:
        encode_field("cookie", f"{name}={text}")
    except ValueError:
        return False
    return list(Cookies.parse(f"{name}={text}")) == [(name, text)]


def _with(said: Mapping[str, T], name: str, value: T, what: str) -> Mapping[str, T]:
    if name in said and said[name] != value:
        raise ValueError(f"two inputs read the {what} {name!r}, and are given different values")
    return {**said, name: value}


class _Converter(Protocol):
    """A Converter of whatever, and perhaps a wrong one: it was made for the values of another program."""

    def parse(self, text: str, /) -> object: ...

    def print(self, value: object, /) -> object: ...


def _is_converter(given: object) -> TypeIs[_Converter]:
    return callable(getattr(given, "parse", None)) and callable(getattr(given, "print", None))


def _is_writable(source: object) -> TypeIs[WritableInput[object]]:
    return callable(getattr(source, "write_to", None))
