"""What a request shares with every copy of itself: the scope, the body, and what was parsed from them."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property
from secrets import token_hex
from typing import Final, NamedTuple, final

import anyio

from asgikit.allowance import Allowance, Cap
from asgikit.asgi import AnyReceive, AnySend, HTTPScope, WebSocketScope
from asgikit.errors import BadRequest, ClientDisconnected, HTTPError
from asgikit.forms import FormData, read_form
from asgikit.http.cookies import Cookies
from asgikit.http.headers import Headers
from asgikit.http.media import MediaType
from asgikit.http.query import Query
from asgikit.http.redaction import escaped
from asgikit.http.url import DEFAULT_PORTS, URL, encode_path, split_authority
from asgikit.inbox import BODY_LIMIT, Inbox
from asgikit.lifetime import Lifetime
from asgikit.parts import DEFAULT_LIMITS, FormLimits, Parts
from asgikit.stopping import Stopping
from asgikit.target import origin_form, split_target

_ID: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")  # nothing that would need quoting in a line of a log

_PARSED: Final = ("segments", "_headers", "query", "cookies", "_content_type", "client", "url")


class Address(NamedTuple):
    """The address of a peer."""

    host: str
    port: int


@final
class Connection(Lifetime):
    """One HTTP request or WebSocket handshake; everything is parsed when it is first asked for, and once."""

    # What few requests need is on the class, so that a connection is made quickly.
    # When the response has to be sent, on the clock of the event loop: set by middleware, see middleware.timeouts.
    deadline: float = math.inf
    # The news that the server is about to stop, for who runs a handshake within another: set by the edge.
    stopping: Stopping | None = None
    # Whether somebody has compared what the client expects with what there is: see middleware.conditional.
    conditions_checked: bool = False
    # Whether somebody has looked at where the page of a handshake comes from: see handshake.
    origin_checked: bool = False
    # Set by middleware that decorates responses, while an error passes through it: see handler.after.
    failure: tuple[BaseException, dict[object, Callable[[object], object]]] | None = None
    _form: FormData | HTTPError | ClientDisconnected | None = None
    _form_limits: FormLimits = DEFAULT_LIMITS
    _headers: Headers | None = None

    def __init__(
        self,
        scope: HTTPScope | WebSocketScope,
        receive: AnyReceive,
        body_limit: int = BODY_LIMIT,
        send: AnySend | None = None,
    ) -> None:
        """The scope is read, never changed. `send` is for what goes out before the response."""
        self.scope: HTTPScope | WebSocketScope = scope
        self.receive: AnyReceive = receive
        self.send: AnySend = send or _nowhere
        self.limit: int = body_limit

    @cached_property
    def id(self) -> str:
        """What logs call it: the X-Request-ID of whoever is in front, if it is a plain word, else one made up here.

        A cached property, so that middleware with a better one can set it.
        """
        given = self.headers.get("x-request-id") or ""
        return given if _ID.fullmatch(given) else token_hex(8)

    def __str__(self) -> str:
        """Method, path and id, for logs."""
        return f"{escaped(self.method)} {self.scope['path']!r} (request {self.id})"

    def rescope(self, scope: HTTPScope | WebSocketScope) -> bool:
        """Puts another scope in place of the one it has; what was parsed from that is forgotten, what was read is kept.

        Gives whether something has changed that routers look at: the fields count, for there may be another host in them.
        """
        before = self.scope
        if scope["path"] != before["path"] and scope.get("raw_path") == before.get("raw_path"):
            scope = scope.copy()  # or routers and caches would go by a raw path that is not this one's
            scope["raw_path"] = None
        self.scope = scope
        for name in _PARSED:
            self.__dict__.pop(name, None)
        return (
            before["headers"] is not scope["headers"]
            or before["path"] != scope["path"]
            or before.get("method") != scope.get("method")
            or before.get("raw_path") != scope.get("raw_path")
            or before.get("root_path") != scope.get("root_path")
        )

    @property
    def method(self) -> str:
        """The method, GET for a WebSocket handshake."""
        return self.scope["method"] if self.scope["type"] == "http" else "GET"

    @cached_property
    def segments(self) -> list[str] | None:
        """The decoded segments of the path below the root path; None for bytes that are not UTF-8."""
        scope = self.scope
        return split_target(scope["path"], scope.get("raw_path"), scope.get("root_path", ""))

    @property
    def headers(self) -> Headers:
        """The header fields."""
        headers = self._headers  # no cached property: until Python 3.12 those take a lock
        if headers is None:
            headers = self._headers = Headers.from_raw(self.scope["headers"])
        return headers

    @cached_property
    def query(self) -> Query:
        """The query as pairs."""
        return Query.parse(self.scope.get("query_string") or b"")

    @cached_property
    def cookies(self) -> Cookies:
        """The cookies."""
        return Cookies.parse(*self.headers.get_all("cookie"))

    @cached_property
    def _content_type(self) -> MediaType | None:
        value = self.headers.get("content-type")
        try:
            return None if value is None else MediaType.parse(value)
        except ValueError:
            raise BadRequest("the content-type is malformed") from None

    @property
    def content_type(self) -> MediaType | None:
        """The media type of the body. Raises BadRequest for a malformed one."""
        return self._content_type

    @property
    def coding(self) -> str | None:
        """The content-encoding of the body, None if there is none, or middleware has taken it off."""
        value = None if self.is_decoded else self.headers.get("content-encoding")
        return None if value is None or value.strip().lower() in {"", "identity"} else value

    @property
    def content_length(self) -> int | None:
        """The announced length of the body in bytes. Raises BadRequest for a malformed one (RFC 9110, 8.6)."""
        value = self.headers.get("content-length")
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 19):
            raise BadRequest("the content-length is malformed")
        return int(value)

    @cached_property
    def client(self) -> Address | None:
        """The peer of the connection."""
        match self.scope.get("client"):
            case [str(host), int(port)]:
                return Address(host, port)
            case [str(host), str(text)] if host and text.isdecimal():  # granian 2.8: ports as text, no host on a UNIX socket
                return Address(host, int(text))
            case _:
                return None

    @cached_property
    def url(self) -> URL:
        """The whole URL. Raises BadRequest for a Host field that is none."""
        scope = self.scope
        scheme = scope.get("scheme") or ("http" if scope["type"] == "http" else "ws")
        raw, root = scope.get("raw_path"), scope.get("root_path", "")
        path = scope["path"] if raw is None else raw.partition(b"?")[0].decode("latin-1")
        path = origin_form(path)
        if root and not (scope["path"] + "/").startswith(root.rstrip("/") + "/"):
            path = encode_path(root) + path
        query = (scope.get("query_string") or b"").decode("latin-1")
        try:
            host, port = self._host_and_port(scheme)
            return URL(
                scheme=scheme,
                host=host,
                port=port,
                path=encode_path(path) if raw is None else requoted(path),
                query=requoted(query, "?") if query else None,
            )
        except ValueError as error:
            raise BadRequest("the request target or the Host field is malformed", log=str(error)) from None

    def _host_and_port(self, scheme: str) -> tuple[str, int | None]:
        if (field := self.headers.get("host")) is not None:
            return split_authority(field)
        match self.scope.get("server"):
            case [str(host), int(port)]:
                return (f"[{host}]" if ":" in host else host), None if DEFAULT_PORTS.get(scheme) == port else port
            case _:
                return "", None

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """What a handshake offers, none for a request."""
        return tuple(self.scope.get("subprotocols") or ()) if self.scope["type"] == "websocket" else ()

    @cached_property
    def inbox(self) -> Inbox:
        """The receiving side."""
        inbox = Inbox(self.receive)
        self._allow(inbox)
        return inbox

    def restrict(self, cap: Cap) -> None:
        """Has every reader of the body refused what is past this, in place of what the App or another middleware allows."""
        self.limit = cap
        inbox: Inbox | None = self.__dict__.get("inbox")
        if inbox is not None:
            self._allow(inbox)

    def _allow(self, inbox: Inbox) -> None:
        if not isinstance(self.limit, Cap):
            return
        try:
            declared = self.content_length
        except BadRequest:
            declared = None  # not ours to say: what comes is counted
        inbox.allowance = Allowance(self.limit, declared)

    @property
    def is_decoded(self) -> bool:
        """Whether middleware has taken a coding off the body."""
        inbox: Inbox | None = self.__dict__.get("inbox")  # not made for the question
        return inbox is not None and inbox.is_decoded

    @property
    def has_content(self) -> bool:
        """Whether some of the body has come, as far as anybody has looked: in HTTP/2 no field has to say so before."""
        inbox: Inbox | None = self.__dict__.get("inbox")
        return inbox is not None and inbox.has_content

    async def body(self, limit: int | None = None, idle: float | None = None, total: float | None = None) -> bytes:
        """The whole body, read once and kept; a handshake has none. `limit` in bytes, by default the App's."""
        if self.scope["type"] != "http":
            return b""
        return await self.inbox.read(self.limit if limit is None else limit, self.content_length, idle, total)

    def stream(self, idle: float | None = None, total: float | None = None) -> AsyncIterator[bytes]:
        """The body in chunks; none for a handshake, whose events are those of its session."""
        return self.inbox.stream(idle, total) if self.scope["type"] == "http" else _nothing()

    @cached_property
    def _reading(self) -> anyio.Lock:
        return anyio.Lock()

    async def form(self, limits: FormLimits = DEFAULT_LIMITS) -> FormData:
        """The form in the body, read once and kept; what was wrong with it is kept too."""
        async with self._reading:
            if self._form is None:
                self._form_limits = limits
                try:
                    self._form = await read_form(self, limits)
                except (HTTPError, ClientDisconnected) as error:
                    self._form = error
            if isinstance(self._form, HTTPError | ClientDisconnected):
                raise self._form
        if limits != self._form_limits:
            self._form.require_within(limits)
        return self._form

    def parts(self, limits: FormLimits = DEFAULT_LIMITS) -> Parts:
        """The parts of the form in the body, as they come."""
        return Parts(self, limits)

    @property
    def extensions(self) -> Mapping[str, object]:
        """What the server offers beyond the protocol (asgi, Extensions)."""
        return self.scope.get("extensions") or {}


async def _nowhere(event: object) -> None:
    raise OSError("this request has no client that anything could be sent to")


async def _nothing() -> AsyncIterator[bytes]:
    empty: tuple[bytes, ...] = ()
    for chunk in empty:
        yield chunk


def requoted(text: str, more: str = "") -> str:
    """Percent-encoded Latin-1 text, with whatever a client should have encoded encoded now."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in "/!$&'()*+,;=:@~-._%" + more else f"%{ord(c):02X}" for c in text)
