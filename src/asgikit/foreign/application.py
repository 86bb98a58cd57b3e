"""Foreign: an application of another framework as a handler."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Any, Final, final

from typing_extensions import TypeVar

from asgikit.asgi import ForeignApp, LifespanScope
from asgikit.background import LOGGER
from asgikit.errors import CompositionError
from asgikit.foreign.http import KEPT, HTTPCall
from asgikit.foreign.lifespan import STOP, Mode, Terms, hosted
from asgikit.foreign.websocket import WebSocketCall
from asgikit.http.url import encode_path
from asgikit.lifespan import Lifespan, States
from asgikit.request import Request
from asgikit.response import Response
from asgikit.stopping import LIFESPANS
from asgikit.target import decoded_path, has_root, origin_form

S = TypeVar("S")

_OWN: Final = ("http.response.", "websocket.")
_DECODED: Final = frozenset({b"content-encoding", b"content-length"})


@final
class Foreign:
    """An ASGI application as a handler of requests with any state: what it sends is the Response.

    A response that it sends in one piece has a body of bytes, any other one a stream. What it does after its response
    is awaited at the end of the request; a response that nobody takes is called off, and the application is cancelled
    ten seconds later.
    """

    __slots__ = ("_app", "_states", "_terms", "is_hosted")

    def __init__(self, app: ForeignApp, terms: Terms) -> None:
        """Use `from_asgi(app)` or `mount(path, app)`."""
        self._app: ForeignApp = app
        self._terms: Terms = terms
        self._states: States[dict[str, object] | None] = States(self, None)
        self.is_hosted: bool = terms.mode == "off"
        """Whether an App has seen to its lifespan, or nobody has to."""

    @property
    def app(self) -> ForeignApp:
        """The application."""
        return self._app

    @property
    def terms(self) -> Terms:
        """Its name, and how its lifespan is run."""
        return self._terms

    @property
    def states(self) -> States[dict[str, object] | None]:
        """What its lifespan has put into `scope["state"]`, for each that runs; None where none does."""
        return self._states

    async def __call__(self, request: Request[object]) -> Response:
        """The application's response, for the whole path. Raises what it raises before that."""
        return await self.answer(request)

    async def answer(
        self, request: Request[object], below: int | None = None, extra: Mapping[str, object] = MappingProxyType({})
    ) -> Response:
        """As a call; with so many segments of the path `below` its root, and more keys in its scope."""
        if not self.is_hosted:
            self._warn(request)
        scope = {**scope_below(request, below), **extra}
        if (state := self._states.of(request.scope)) is not None:
            scope["state"] = dict(state)
        if scope["type"] == "websocket":
            return await WebSocketCall(self._terms.name, request).respond(self._app, scope)
        return await HTTPCall(self._terms.name, request).respond(self._app, scope)

    def _warn(self, request: Request[object]) -> None:
        """Once, where the lifespan of an App runs, and not ours inside it."""
        if any(key.startswith(LIFESPANS) for key in request.scope.get("state") or ()):
            self.is_hosted = True
            LOGGER.warning(
                "the lifespan of %s does not run, for the App cannot see it: mount it in a Router, and write "
                "App(router.wrap(middleware)) in place of App(middleware(router)); lifespan='off' says that it needs none",
                self._terms.name,
            )

    def __repr__(self) -> str:
        """Its name."""
        return f"<Foreign {self._terms.name}>"


def scope_below(request: Request[object], below: int | None) -> dict[str, object]:
    """A scope of its own for an application. Its root path ends so many segments before the path does.

    The path is whole, its root path included, whatever the server sends (www, HTTP Connection Scope).
    """
    connection = request.connection
    kind = connection.scope["type"]
    # Optional keys that applications read all the same get the defaults of the specification.
    defaults: dict[str, Any] = {"scheme": "http" if kind == "http" else "ws", "http_version": "1.1", "query_string": b""}
    scope: dict[str, Any] = {**defaults, **connection.scope, "headers": list(request.headers.raw)}
    scope.pop("state", None)
    if connection.is_decoded:
        scope["headers"] = [field for field in request.headers.raw if field[0].lower() not in _DECODED]
    offered = connection.extensions
    kept = {name: value for name, value in offered.items() if name in KEPT or not name.startswith(_OWN)}
    scope["extensions"] = kept if kind == "http" else {**kept, "websocket.http.response": {}}
    root = str(scope.get("root_path") or "").rstrip("/")
    path = decoded_path(scope["path"], scope.get("raw_path"))
    # As routes and guards see it: for them a root path with an encoded slash in it is none, but part of the path.
    if root and not has_root(path, scope.get("raw_path"), root):
        path = root + path
        if (raw := scope.get("raw_path")) is not None:
            scope["raw_path"] = (encode_path(root) + origin_form(raw.decode("latin-1"))).encode("latin-1")
    segments = connection.segments or []
    if below is not None:
        root += "".join(f"/{segment}" for segment in segments[: len(segments) - below])
    return {**scope, "path": path, "root_path": root}


def from_asgi(app: ForeignApp, /, *, name: str | None = None, lifespan: Mode = "auto", stop: float = STOP) -> Foreign:
    """An ASGI application of any framework as a handler.

    Its lifespan runs with that of the App whose handler, route or router this is. Raises CompositionError for what is
    no ASGI application.
    """
    found = name or str(getattr(app, "__name__", type(app).__name__))
    _require_application(app, found)
    if lifespan not in {"auto", "on", "off"} or not stop > 0:
        raise CompositionError(f"lifespan is 'auto', 'on' or 'off', stop a time in seconds, not {lifespan!r} and {stop!r}")
    return Foreign(app, Terms(found, lifespan, stop))


def _require_application(app: object, name: str) -> None:
    if not callable(app):
        raise CompositionError(f"{app!r} is no ASGI application: it cannot be called")
    try:
        signature = inspect.signature(app)
    except (TypeError, ValueError):
        return  # written in C, or with a __call__ that is none of its class: Sentry's
    try:
        signature.bind(None, None, None)
    except TypeError:
        raise CompositionError(
            f"{name} cannot be called with scope, receive and send, as an ASGI application is: "
            "give handlers and routers to Router(…), and WSGI applications through from_wsgi()"
        ) from None


def with_foreign(own: Lifespan[S] | None, mounted: Sequence[Foreign], scope: LifespanScope) -> Lifespan[S | None]:
    """A lifespan and, inside it, those of applications: each application's once, however often it is mounted."""

    @asynccontextmanager
    async def together() -> AsyncGenerator[S | None]:
        async with AsyncExitStack() as stack:
            state = None if own is None else await stack.enter_async_context(own())
            for place, foreign in enumerate(mounted):
                if not any(earlier.app == foreign.app for earlier in mounted[:place]):
                    same = [other for other in mounted if other.app == foreign.app]
                    await stack.enter_async_context(_running(foreign, same, scope))
            yield state

    return together


@asynccontextmanager
async def _running(foreign: Foreign, places: Sequence[Foreign], scope: LifespanScope) -> AsyncGenerator[None]:
    token = object()
    state: dict[str, object] = {}
    for place in places:
        place.is_hosted = True
    async with hosted(foreign.app, foreign.terms, state) as has_lifespan:
        if has_lifespan:
            for place in places:
                place.states.publish(token, state, scope.get("state"))
        try:
            yield
        finally:
            for place in places:
                place.states.forget(token)
