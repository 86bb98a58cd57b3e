"""Response: status, headers and a body, as one immutable value with many constructors."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from os import PathLike
from pathlib import PurePath
from typing import Any, Final, Literal, TypeVarTuple, final, overload
from urllib.parse import quote

from anyio import to_thread
from typing_extensions import TypeVar

from asgikit.body import File, Stream, Upgrade
from asgikit.codec import JSON, Encoder, JSONValues
from asgikit.errors import BadRequest, HTTPError
from asgikit.feeds import Chunks, beats, in_event, on_line
from asgikit.files import look_at, validators
from asgikit.http.content import BODILESS, ContentFields, check_status, content_fields, measured
from asgikit.http.dates import format_date
from asgikit.http.disposition import content_disposition
from asgikit.http.filetypes import content_type_of
from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers, encode_field
from asgikit.http.pairs import PairItems
from asgikit.http.sse import ServerSentEvent
from asgikit.http.url import URL
from asgikit.messages import RAW, MessageDecoder, MessageEncoder
from asgikit.problems import PROBLEM_TYPE, Problem, ProblemError
from asgikit.reply import Extras, Reply
from asgikit.socketsession import SocketSession
from asgikit.websocket import DEFAULT_LIMITS, SocketLimits, WebSocket

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")
Ts = TypeVarTuple("Ts")

_new: Final = object.__new__
_TEXT: Final = content_fields("text/plain; charset=utf-8")
_HTML: Final = content_fields("text/html; charset=utf-8")
JSON_FIELDS: Final = content_fields("application/json")
_PROBLEM_FIELDS: Final = content_fields(PROBLEM_TYPE)
_JSON_VALUES: Final = JSONValues()
# Not stored, and not held back either: nginx buffers what does not say so.
_EVENT_STREAM: Final = (("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no"))
_JSON_LINES: Final = (("content-type", "application/jsonl"), ("x-accel-buffering", "no"))


@final
class Response(Reply):
    """An HTTP response as a value; `with_…` gives a changed one.

    The header `content-length` always fits a body of bytes. Raises ValueError for a status below 200 or above 599,
    for header fields that HTTP does not allow, and for a content-length that is not the length of the body.
    """

    __slots__ = ()

    @classmethod
    def encoded(cls, body: bytes, fields: ContentFields, status: int = 200, headers: PairItems = ()) -> Response:
        """Bytes with the fields that describe them: the fast way, for codecs."""
        if status == 200 and not headers:
            response = _new(cls)
            response._status = 200
            response._raw = fields(len(body))
            response._body = body
            response._extras = None
            return response
        check_status(status)
        if not headers and status not in BODILESS:
            return cls._of(status, fields(len(body)), body)
        given = Headers(headers)
        own = () if "content-type" in given else fields(len(body))[:1]
        return cls._of(status, measured(own + given.raw, len(body), status), body)

    @classmethod
    def text(cls, text: str, *, status: int = 200, headers: PairItems = ()) -> Response:
        """Plain text in UTF-8."""
        if status == 200 and not headers:  # as in encoded(), without the call: the shortest way is worth a few lines
            response = _new(cls)
            response._body = body = text.encode()
            response._status = 200
            response._raw = _TEXT(len(body))
            response._extras = None
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
        return cls(Stream(chunks), status=status, headers=_defaults([("content-type", content_type)], headers))

    @overload
    @classmethod
    def sse(
        cls, events: AsyncIterable[ServerSentEvent], /, *, keep_alive: float | None = 15, headers: PairItems = ()
    ) -> Response: ...
    @overload
    @classmethod
    def sse(
        cls, values: AsyncIterable[T], codec: Encoder[T], /, *, keep_alive: float | None = 15, headers: PairItems = ()
    ) -> Response: ...
    @classmethod
    def sse(
        cls,
        events: AsyncIterable[Any],
        codec: Encoder[Any] | None = None,
        /,
        *,
        keep_alive: float | None = 15,
        headers: PairItems = (),
    ) -> Response:
        """A feed of server-sent events, or of values that are the data of events (WHATWG HTML, 9.2).

        A comment goes out after `keep_alive` silent seconds. It ends with the iterable, when the client leaves, and when
        the server stops; the iterable is closed in every case.
        """
        chunks = Chunks(events, ServerSentEvent.encode if codec is None else in_event(codec))
        return cls(Stream(chunks, beats(keep_alive)), headers=_defaults(_EVENT_STREAM, headers))

    @overload
    @classmethod
    def json_lines(cls, values: AsyncIterable[JSON], /, *, headers: PairItems = ()) -> Response: ...
    @overload
    @classmethod
    def json_lines(cls, values: AsyncIterable[T], codec: Encoder[T], /, *, headers: PairItems = ()) -> Response: ...
    @classmethod
    def json_lines(
        cls, values: AsyncIterable[Any], codec: Encoder[Any] = _JSON_VALUES, /, *, headers: PairItems = ()
    ) -> Response:
        """A stream of JSON values, one on each line, sent as they come: application/jsonl."""
        return cls(Stream(Chunks(values, on_line(codec))), headers=_defaults(_JSON_LINES, headers))

    @classmethod
    async def file(
        cls,
        path: str | PathLike[str],
        *,
        attachment: bool | str = False,
        content_type: str | None = None,
        headers: PairItems = (),
    ) -> Response:
        """A file, with its type by its name, its length, tag and date; it answers conditions and ranges by itself.

        An `attachment` is saved in place of shown, under its own name or this one. Raises NotFound if there is no
        regular file at the path that we may read.
        """
        return cls.of_file(
            await to_thread.run_sync(look_at, path), attachment=attachment, content_type=content_type, headers=headers
        )

    @classmethod
    def of_file(
        cls, file: File, *, attachment: bool | str = False, content_type: str | None = None, headers: PairItems = ()
    ) -> Response:
        """A file that has been looked at already; as `file` otherwise."""
        name = PurePath(file.path).name
        current = validators(file, datetime.now(UTC))
        own = [encode_field("content-type", content_type or content_type_of(name)), (b"accept-ranges", b"bytes")]
        if current.etag is not None:
            own.append((b"etag", str(current.etag).encode()))
        if current.modified is not None:
            own.append((b"last-modified", format_date(current.modified).encode()))
        if attachment is not False:
            saved = content_disposition("attachment", name if attachment is True else attachment)
            own.append(encode_field("content-disposition", saved))
        given = Headers(headers).raw
        named = {field for field, _ in given}
        return cls._of(200, measured((*(line for line in own if line[0] not in named), *given), len(file), 200), file)

    @classmethod
    def error(cls, error: HTTPError) -> Response:
        """The public text of an error, with its status and headers."""
        public = error.public.encode("utf-8", "replace").decode()
        response = cls.text(public, status=error.status, headers=error.headers.without("content-length"))
        if not error.faults and not isinstance(error, ProblemError):
            return response
        return response.with_extras(Extras(problem=Problem.of(error)))

    @classmethod
    def problem(cls, problem: Problem, /, *, headers: PairItems = ()) -> Response:
        """A problem document (RFC 9457), with its status; to refuse from anywhere, `raise ProblemError(problem)`."""
        response = cls.encoded(problem.encode(), _PROBLEM_FIELDS, problem.status, headers)
        return response.with_extras(Extras(problem=problem))

    @overload
    @classmethod
    def upgrade(
        cls,
        session: Callable[[WebSocket[str | bytes, str | bytes]], Awaitable[None]],
        /,
        *,
        subprotocol: str | None = None,
        limits: SocketLimits = DEFAULT_LIMITS,
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
        limits: SocketLimits = DEFAULT_LIMITS,
    ) -> Response: ...
    @classmethod
    def upgrade(
        cls,
        session: Callable[[WebSocket[Any, Any]], Awaitable[None]],
        /,
        *,
        receives: MessageDecoder[Any] = RAW,
        sends: MessageEncoder[Any] = RAW,
        subprotocol: str | None = None,
        limits: SocketLimits = DEFAULT_LIMITS,
    ) -> Response:
        """Accepts a WebSocket handshake and runs the session on it; any other response denies.

        Header fields are added with `with_header`. Messages are text or bytes unless codecs say otherwise. A handshake that
        does not offer the `subprotocol` is denied with 400: choose one with `.takes(subprotocol(…))`. Raises ValueError for
        a name that is none.
        """
        if subprotocol is not None and not is_token(subprotocol):
            raise ValueError(f"{subprotocol!r} is not a subprotocol")
        return cls._of(200, (), Upgrade(SocketSession(session, receives, sends, limits), subprotocol))


def _defaults(own: Iterable[tuple[str, str]], headers: PairItems) -> list[tuple[str, str]]:
    given = Headers(headers)
    return [*((name, value) for name, value in own if name not in given), *given]
