"""Response: status, headers and a body, as one immutable value with many constructors."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, Final, Literal, TypeVarTuple, final, overload
from urllib.parse import quote

from typing_extensions import TypeVar

from asgikit.asgi import AnyReceive, AnySend
from asgikit.background import Task
from asgikit.body import Body, Stream, Upgrade
from asgikit.codec import JSON, Encoder, JSONValues
from asgikit.errors import BadRequest, HTTPError
from asgikit.http.content import ContentFields, Fields, check_status, content_fields, measured
from asgikit.http.cookies import SetCookie
from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers, encode_field
from asgikit.http.pairs import PairItems
from asgikit.http.url import URL
from asgikit.websocket import MESSAGE_LIMIT, MessageDecoder, MessageEncoder, RawMessages, WebSocket, run_session

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")
Ts = TypeVarTuple("Ts")

_new: Final = object.__new__
_TEXT: Final = content_fields("text/plain; charset=utf-8")
_HTML: Final = content_fields("text/html; charset=utf-8")
JSON_FIELDS: Final = content_fields("application/json")
_JSON_VALUES: Final = JSONValues()
_RAW: Final = RawMessages()


@final
class Response:
    """An HTTP response as a value; `with_…` gives a changed one.

    The header `content-length` always fits a body of bytes. Raises ValueError for a status below 200 or above 599,
    for header fields that HTTP does not allow, and for a content-length that is not the length of the body.
    """

    __slots__ = ("_after", "_body", "_raw", "_status")

    def __init__(self, body: Body = b"", *, status: int = 200, headers: PairItems = ()) -> None:
        """A body with no content-type but the one in `headers`; prefer the constructors by class methods."""
        check_status(status)
        if not _is_body(body):
            raise TypeError(f"{body!r} is no body: use Response.text, html, json or stream")
        self._status: int = status
        self._body: Body = body
        self._after: tuple[Task, ...] = ()
        self._raw: Fields = measured(Headers(headers).raw, _length(body), status)

    @classmethod
    def _made(cls, status: int, raw: Fields, body: Body, after: tuple[Task, ...] = ()) -> Response:
        response = _new(cls)
        response._status = status
        response._raw = raw  # names in lower case, a content-length that is true: whoever calls this sees to it
        response._body = body
        response._after = after
        return response

    @classmethod
    def encoded(cls, body: bytes, fields: ContentFields, status: int = 200, headers: PairItems = ()) -> Response:
        """Bytes with the fields that describe them: the fast way, for codecs."""
        if status == 200 and not headers:
            response = _new(cls)
            response._status = 200
            response._raw = fields(len(body))
            response._body = body
            response._after = ()
            return response
        check_status(status)
        given = Headers(headers)
        own = () if "content-type" in given else fields(len(body))[:1]
        return cls._made(status, measured(own + given.raw, len(body), status), body)

    @classmethod
    def text(cls, text: str, *, status: int = 200, headers: PairItems = ()) -> Response:
        """Plain text in UTF-8."""
        if status == 200 and not headers:  # as in encoded(), without the call: the shortest way is worth a few lines
            response = _new(cls)
            response._body = body = text.encode()
            response._status = 200
            response._raw = _TEXT(len(body))
            response._after = ()
            return response
        return cls.encoded(text.encode(), _TEXT, status, headers)

    @classmethod
    def html(cls, html: str, *, status: int = 200, headers: PairItems = ()) -> Response:
        """An HTML page in UTF-8; escaping is up to whoever made it."""
        return cls.encoded(html.encode(), _HTML, status, headers)

    @overload
    @classmethod
    def json(cls, value: JSON, /, *, status: int = 200, headers: PairItems = ()) -> Response: ...
    @overload
    @classmethod
    def json(cls, value: T, codec: Encoder[T], /, *, status: int = 200, headers: PairItems = ()) -> Response: ...
    @classmethod
    def json(cls, value: Any, codec: Encoder[Any] = _JSON_VALUES, /, *, status: int = 200, headers: PairItems = ()) -> Response:
        """A JSON value as it is, or any other value with its codec.

        Raises TypeError for an object without codec, ValueError for NaN and infinities.
        """
        return cls.encoded(codec.encode(value), JSON_FIELDS, status, headers)

    @classmethod
    def empty(cls, *, status: int = 204, headers: PairItems = ()) -> Response:
        """No content."""
        return cls(b"", status=status, headers=headers)

    @classmethod
    def redirect(
        cls,
        target: str,
        *,
        status: Literal[301, 302, 303, 307, 308] = 303,
        external: bool = False,
        headers: PairItems = (),
    ) -> Response:
        """Sends the client to a place on this site; to any place if `external` (RFC 9110, 15.4).

        Characters that a URL cannot hold are percent-encoded. Raises BadRequest for a target that leaves the site,
        for it comes from the request more often than not.
        """
        try:
            location = quote(target, safe="/!$&'()*+,;=:@~?#[]%")
            url = URL.parse(location)
        except ValueError as error:
            raise BadRequest("the target of the redirect is not a URL", log=str(error)) from None
        if not external and (url.scheme or url.host is not None):
            raise BadRequest("the target of the redirect leaves this site", log=f"{target!r}: say external=True to allow it")
        return cls(b"", status=status, headers=(("location", location), *Headers(headers)))

    @classmethod
    def stream(
        cls,
        chunks: AsyncIterable[bytes] | AsyncIterable[str],
        *,
        content_type: str = "application/octet-stream",
        status: int = 200,
        headers: PairItems = (),
    ) -> Response:
        """Chunks as they come, text in UTF-8; ends when the client leaves, and the iterator is closed either way."""
        if not hasattr(chunks, "__aiter__"):
            raise TypeError(f"{chunks!r} is no asynchronous iterable: call the async generator function, or write one")
        given = Headers(headers)
        own = () if "content-type" in given else (("content-type", content_type),)
        return cls(Stream(chunks), status=status, headers=(*own, *given))

    @classmethod
    def error(cls, error: HTTPError) -> Response:
        """The public text of an error, with its status and headers."""
        public = error.public.encode("utf-8", "replace").decode()
        return cls.text(public, status=error.status, headers=error.headers.without("content-length"))

    @overload
    @classmethod
    def upgrade(
        cls,
        session: Callable[[WebSocket[str | bytes, str | bytes]], Awaitable[None]],
        /,
        *,
        subprotocol: str | None = None,
        limit: int = MESSAGE_LIMIT,
    ) -> Response: ...
    @overload
    @classmethod
    def upgrade(
        cls,
        session: Callable[[WebSocket[In, Out]], Awaitable[None]],
        /,
        *,
        receives: MessageDecoder[In],
        sends: MessageEncoder[Out],
        subprotocol: str | None = None,
        limit: int = MESSAGE_LIMIT,
    ) -> Response: ...
    @classmethod
    def upgrade(
        cls,
        session: Callable[[WebSocket[Any, Any]], Awaitable[None]],
        /,
        *,
        receives: MessageDecoder[Any] = _RAW,
        sends: MessageEncoder[Any] = _RAW,
        subprotocol: str | None = None,
        limit: int = MESSAGE_LIMIT,
    ) -> Response:
        """Accepts a WebSocket handshake and runs the session on it; any other response denies.

        Header fields are added with `with_header`. Messages are text or bytes unless codecs say otherwise; one over
        `limit` bytes closes with 1009.
        """

        def run(receive: AnyReceive, send: AnySend) -> Awaitable[None]:
            return run_session(session, WebSocket(receive, send, receives, sends, limit))

        if subprotocol is not None and not is_token(subprotocol):
            raise ValueError(f"{subprotocol!r} is not a subprotocol")
        return cls._made(200, (), Upgrade(run, subprotocol))

    @property
    def status(self) -> int:
        """The status code."""
        return self._status

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return Headers.from_raw(self._raw)

    @property
    def raw_headers(self) -> Fields:
        """The header fields as they go on the wire."""
        return self._raw

    @property
    def body(self) -> Body:
        """Bytes, a stream or an upgrade."""
        return self._body

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What runs after the response is sent."""
        return self._after

    def with_status(self, status: int) -> Response:
        """With this status."""
        check_status(status)
        return Response._made(status, measured(self._raw, _length(self._body), status), self._body, self._after)

    def with_headers(self, headers: Headers) -> Response:
        """With these header fields in place of all others."""
        return Response._made(self._status, measured(headers.raw, _length(self._body), self._status), self._body, self._after)

    def with_header(self, name: str, value: str) -> Response:
        """With this one line for the name."""
        field = encode_field(name, value)
        key = field[0]
        for line in self._raw:
            if line[0] == key:
                return self.with_headers(self.headers.with_field(name, value))
        return self._with_line(field)

    def with_added_header(self, name: str, value: str) -> Response:
        """With one more line."""
        return self._with_line(encode_field(name, value))

    def _with_line(self, field: tuple[bytes, bytes]) -> Response:
        if field[0] == b"content-length":
            return self.with_headers(Headers.from_raw((*self._raw, field)))
        response = _new(Response)
        response._status = self._status
        response._raw = (*self._raw, field)
        response._body = self._body
        response._after = self._after
        return response

    def without_header(self, name: str) -> Response:
        """Without any line of that name."""
        return self.with_headers(self.headers.without(name))

    def with_cookie(self, cookie: SetCookie) -> Response:
        """With one more cookie to set."""
        return self.with_added_header("set-cookie", str(cookie))

    def with_body(self, body: Body) -> Response:
        """With another body; its content-length follows, every other field stays."""
        raw = self.headers.without("content-length").raw
        return Response._made(self._status, measured(raw, _length(body), self._status), body, self._after)

    def then(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> Response:
        """With one more task to run after the response is sent."""
        name = getattr(function, "__qualname__", repr(function))
        return self.with_tasks((*self._after, Task(name, lambda: function(*args))))

    def with_tasks(self, tasks: tuple[Task, ...]) -> Response:
        """With these tasks in place of all others."""
        return Response._made(self._status, self._raw, self._body, tasks)

    def __repr__(self) -> str:
        """Status and content type."""
        return f"<Response {self._status} {self.headers.get('content-type') or 'without content-type'}>"


def _is_body(given: object) -> bool:
    return isinstance(given, bytes | Stream | Upgrade)


def _length(body: Body) -> int | None:
    return len(body) if isinstance(body, bytes) else None
