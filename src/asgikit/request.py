"""Request[S]: what the client asks for, with the state that the application gives its handlers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Generic, final, overload

import anyio
from typing_extensions import TypeForm, TypeVar

from asgikit.asgi import AnyReceive, AnySend, HTTPScope, WebSocketScope, early_hint
from asgikit.codec import JSON, decode_json
from asgikit.connection import Address, Connection
from asgikit.errors import PreconditionFailed, PreconditionRequired, UnsupportedMediaType
from asgikit.forms import FormData
from asgikit.http.conditional import Preconditions, Validators
from asgikit.http.cookies import Cookies
from asgikit.http.headers import Headers
from asgikit.http.links import Link
from asgikit.http.media import MediaType
from asgikit.http.query import Query
from asgikit.http.url import URL
from asgikit.matched import Matched
from asgikit.parts import DEFAULT_LIMITS, FormLimits, Parts
from asgikit.schema import JSONCodec
from asgikit.target import decoded_path

_new: Final = object.__new__
S_co = TypeVar("S_co", covariant=True)
S = TypeVar("S")
T = TypeVar("T")


@final
class Request(Generic[S_co]):
    """One HTTP request or WebSocket handshake, and the state its handlers rely on; immutable, covariant in the state."""

    __slots__ = ("_args", "_limit", "_matched", "_origin", "_receive", "_scope", "_send", "_shared", "_state")

    def __init__(
        self,
        connection: Connection,
        state: S_co,
        matched: Matched | None = None,
        args: tuple[object, ...] = (),
    ) -> None:
        """A request on a connection; the edge makes its own without this, field by field."""
        self._scope: HTTPScope | WebSocketScope = connection.scope
        self._receive: AnyReceive = connection.receive
        self._send: AnySend = connection.send
        self._limit: int = connection.limit
        self._shared: Connection | None = connection
        self._state: S_co = state
        self._matched: Matched | None = matched
        self._args: tuple[object, ...] = args
        self._origin: Request[object] | None = None  # the one that this is a copy of, as long as it has no connection

    @classmethod
    def of(cls, scope: HTTPScope | WebSocketScope, state: S, body: bytes = b"") -> Request[S]:
        """A request without a server, for unit tests of handlers; its client has sent the body, and stays until the end.

        Of the body, `body()` reads 2 MiB, as of any. What an edge does behind the response is left to the test:
        `response.tasks` are not run, and the files of a large form are closed by `await request.connection.end()`.
        """
        return Request(Connection(scope, _sent(body)), state)

    @property
    def state(self) -> S_co:
        """What the lifespan or a middleware gives to handlers."""
        return self._state

    def with_state(self, state: S) -> Request[S]:
        """The same request with another state, for the handlers further in."""
        copy = _new(_REQUEST)
        copy._scope, copy._limit = self._scope, self._limit
        copy._receive, copy._send = self._receive, self._send
        copy._matched, copy._args = self._matched, self._args
        copy._state, copy._shared = state, self._shared
        copy._origin = self  # whose connection is made when one of them needs it: perhaps none does
        return copy

    def with_scope(self, scope: HTTPScope | WebSocketScope) -> Request[S_co]:
        """The same request as another scope describes it: its method, its path, its client or its fields.

        Every copy of the request sees it, the response is still to what the client has sent. A router that has found a
        route finds it again; what is around the new route and was not around the old one runs, too.
        """
        connection = self.connection
        if not connection.rescope(scope) or self._matched is None:
            return Request(connection, self._state, self._matched, self._args)
        matched, args = self._matched.again(connection)
        return Request(connection, self._state, matched, args)

    @property
    def connection(self) -> Connection:
        """What this request shares with every copy of itself; made when it is first needed."""
        shared = self._shared
        if shared is None:
            origin = self._origin
            if origin is None:
                shared = self._shared = Connection(self._scope, self._receive, self._limit, self._send)
            else:
                shared = self._shared = origin.connection
        return shared

    @property
    def route(self) -> Matched | None:
        """The route that a router has found: its pattern is known to every middleware that wraps the router."""
        return self._matched

    @property
    def args(self) -> tuple[object, ...]:
        """The values of the path parameters, in order."""
        return self._args

    @property
    def scope(self) -> HTTPScope | WebSocketScope:
        """The ASGI connection scope."""
        if (shared := self._shared) is not None:
            return shared.scope
        origin = self._origin
        return self._scope if origin is None else origin.scope

    @property
    def id(self) -> str:
        """What logs call this request: its X-Request-ID if it is a plain word of 128 characters at most, else a new one."""
        return self.connection.id

    @property
    def method(self) -> str:
        """The method, GET for a WebSocket handshake (RFC 9110, 9)."""
        return self.connection.method

    @property
    def path(self) -> str:
        """The decoded path below the root path; a slash inside a segment stays "%2F", so no path looks like another."""
        segments = self.connection.segments
        if segments is None:  # not UTF-8: what the server made of it, which no route matches
            root = (self.scope.get("root_path") or "").rstrip("/")
            path = decoded_path(self.scope["path"], self.scope.get("raw_path"))
            return path.removeprefix(root) if path.startswith(f"{root}/") else path
        return "/" + "/".join(segment.replace("/", "%2F") for segment in segments)

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return self.connection.headers

    @property
    def raw_headers(self) -> Sequence[Sequence[bytes]]:
        """The header fields as the server gives them: for one look, which is cheaper than `headers`."""
        given = (self._scope if self._shared is None and self._origin is None else self.scope)["headers"]
        return given if isinstance(given, list) else self.connection.headers.raw

    @property
    def query(self) -> Query:
        """The query as pairs."""
        return self.connection.query

    @property
    def cookies(self) -> Cookies:
        """The cookies."""
        return self.connection.cookies

    @property
    def url(self) -> URL:
        """The whole URL as the client asked for it. Raises BadRequest for a Host field that is none."""
        return self.connection.url

    @property
    def client(self) -> Address | None:
        """The peer of the connection: a proxy, unless `middleware.proxies` trusts it; None where nobody says."""
        return self.connection.client

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """The subprotocols that a WebSocket handshake offers, as the client prefers them (RFC 6455, 1.9)."""
        return self.connection.subprotocols

    @property
    def content_type(self) -> MediaType | None:
        """The media type of the body, None if there is none. Raises BadRequest for a malformed one."""
        return self.connection.content_type

    async def body(self, *, limit: int | None = None, idle: float | None = None, total: float | None = None) -> bytes:
        """The whole body, read once and kept.

        Raises ContentTooLarge past `limit` bytes (2 MiB, or what the App says), ClientDisconnected if the client
        leaves before the end, BodyConsumed if the body was streamed before, RequestTimeout as `stream` does.
        """
        return await self.connection.body(limit, idle, total)

    def stream(self, *, idle: float | None = None, total: float | None = None) -> AsyncIterator[bytes]:
        """The body in chunks as they come, not kept and not limited; the kept body if it was read before.

        The next chunk is asked for when the one before is done with. Raises ClientDisconnected if the client leaves
        before the end, BodyConsumed the second time, RequestTimeout if we wait for more than `idle` seconds for a chunk,
        or `total` seconds in all.
        """
        return self.connection.stream(idle, total)

    @overload
    async def json(self, /) -> JSON: ...
    @overload
    async def json(self, form: TypeForm[T], /) -> T: ...
    async def json(self, form: Any = None, /) -> Any:
        """The body as a JSON value, or as a value of this type.

        Raises UnsupportedMediaType if it is not declared as JSON, BadRequest for malformed JSON,
        UnprocessableContent for JSON that is no such value, and what `body` raises.
        """
        self.require_json()
        if form is None:
            return decode_json(await self.body())
        codec: JSONCodec[object] = JSONCodec(form)
        return codec.decode(await self.body())

    async def form(self, limits: FormLimits = DEFAULT_LIMITS) -> FormData:
        """The urlencoded or multipart form in the body, read once and kept; its files are open until the request ends.

        Raises UnsupportedMediaType for another content type, BadRequest for a malformed form, ContentTooLarge past a limit,
        and what `body` and `stream` raise.
        """
        return await self.connection.form(limits)

    def parts(self, limits: FormLimits = DEFAULT_LIMITS) -> Parts:
        """The parts of a multipart form as they come, none of them kept.

        Raises UnsupportedMediaType for another content type; when it is iterated, what `form` raises.
        """
        return self.connection.parts(limits)

    def require_json(self) -> None:
        """Raises UnsupportedMediaType unless the content-type is JSON."""
        kind = self.content_type
        if kind is None or not kind.is_json:
            given = "none" if kind is None else kind.essence
            raise UnsupportedMediaType(
                f"the content-type is {given}; send application/json", headers=(("accept", "application/json"),)
            )

    def check_preconditions(self, current: Validators | None, *, required: bool = False) -> None:
        """Compares what the client expects with what there is, None for nothing: before anything is changed.

        Raises PreconditionFailed if they differ, PreconditionRequired if the client expects nothing but has to
        (RFC 9110, 13.2; RFC 6585, 3).
        """
        self.connection.conditions_checked = True
        conditions = Preconditions.parse(self.headers)
        expected = (conditions.if_match, conditions.if_unmodified_since, conditions.if_none_match == "any" or None)
        if required and expected == (None, None, None):
            raise PreconditionRequired("say which state you change: send If-Match with its ETag, or If-None-Match: * for none")
        if conditions.evaluate(self.method, current) == "failed":
            raise PreconditionFailed("the resource is not as the request expects it to be")

    async def early_hints(self, *links: Link) -> bool:
        """Links that the client can fetch before the response comes; False where the server cannot send them (RFC 8297)."""
        if "http.response.early_hint" not in self.connection.extensions:
            return False
        try:
            await self._send(early_hint(str(link).encode("latin-1") for link in links))
        except OSError:
            return False
        return True

    async def disconnected(self) -> None:
        """Returns when the client has left."""
        await self.connection.inbox.disconnected()

    def __repr__(self) -> str:
        """Method and path."""
        return f"<Request {self.method} {self.path}>"


def _sent(body: bytes) -> AnyReceive:
    """What comes from a client that has sent this, and waits for its response."""
    events: list[dict[str, object]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, object]:
        if not events:
            await anyio.sleep_forever()
        return events.pop()

    return receive


_REQUEST: Final[type[Request[Any]]] = Request
