"""Sessions as middleware: a state with a session for the handlers, its changes and its cookie for the response."""

# pyright: reportPrivateUsage=false
# On the way of every request behind it: a state whose session nobody asks for is filled in here, without a call.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, final, overload

from typing_extensions import TypeVar

from asgikit.body import Upgrade
from asgikit.codec import Codec
from asgikit.errors import CompositionError
from asgikit.functions import require_sync
from asgikit.handler import Handler, remember
from asgikit.http.cache import CacheControl
from asgikit.http.cookies import SetCookie
from asgikit.privacy import closed
from asgikit.request import Request
from asgikit.response import Response
from asgikit.sealing import Sealer
from asgikit.sessions.keepers import InCookie, InStore, Keeper, SessionStore, is_store
from asgikit.sessions.keeping import Keeping
from asgikit.sessions.policy import DEFAULT_POLICY, SessionPolicy
from asgikit.sessions.session import Session, WithSession
from asgikit.signing import Signer

S = TypeVar("S")
R = TypeVar("R")
T = TypeVar("T")

_new: Final = object.__new__
_BESIDE: Final[type[WithSession[Any, Any]]] = WithSession
_OWN: Final = str(CacheControl(private=True, no_cache=True))


@final
class Sessions(Keeping[T]):
    """Middleware that gives handlers a session beside the state that there is."""

    __slots__ = ()

    @overload
    def __call__(self, handler: Handler[WithSession[object, T]], /) -> Handler[object]: ...
    @overload
    def __call__(self, handler: Handler[WithSession[S, T]], /) -> Handler[S]: ...
    def __call__(self, handler: Handler[Any], /) -> Handler[Any]:
        """The handler, and its session kept. Use `Router.wrap`."""
        return _kept(self, None, handler)


@final
class SessionsInto(Keeping[T], Generic[S, R, T]):
    """Middleware that gives handlers a state of their own, made of the one that there is and a session."""

    __slots__ = ("_into",)

    def __init__(
        self, keeper: Keeper, codec: Codec[T], default: T, policy: SessionPolicy, into: Callable[[S, Session[T]], R]
    ) -> None:
        """Use `sessions(…, into=…)`."""
        super().__init__(keeper, codec, default, policy)
        self._into: Callable[[S, Session[T]], R] = into

    def __call__(self, handler: Handler[R], /) -> Handler[S]:
        """The handler, and its session kept. Use `Router.wrap`."""
        return _kept(self, self._into, handler)


def personal(response: Response, cookie: SetCookie | None) -> Response:
    """The response as one that depends on the session, with the cookie to set, if any: for nobody else's eyes.

    What the handler says of caches stays, unless it would have them give the cookie to everybody.
    """
    if cookie is not None:
        response = response.with_cookie(cookie)
    if isinstance(response.body, Upgrade):
        return response
    # Most responses say neither, and then nothing has to be parsed.
    names = {name for name, _ in response.raw_headers}
    response = response.with_vary("Cookie") if b"vary" in names else response.with_added_header("vary", "Cookie")
    if cookie is not None:
        return closed(response, "no-store", to_all=True)
    return response if b"cache-control" in names else response.with_added_header("cache-control", _OWN)


@overload
def sessions(
    store: Signer | Sealer | SessionStore,
    codec: Codec[T],
    /,
    *,
    default: T,
    policy: SessionPolicy = ...,
) -> Sessions[T]: ...
@overload
def sessions(
    store: Signer | Sealer | SessionStore,
    codec: Codec[T],
    /,
    *,
    default: T,
    into: Callable[[S, Session[T]], R],
    policy: SessionPolicy = ...,
) -> SessionsInto[S, R, T]: ...
def sessions(
    store: Signer | Sealer | SessionStore,
    codec: Codec[Any],
    /,
    *,
    default: Any,
    into: Callable[[Any, Session[Any]], object] | None = None,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> Any:
    """Gives handlers a `Session[T]`: in its cookie, signed or encrypted, or in a store that the cookie has the key to.

    Their state is a `WithSession[S, T]`, or what `into` makes of the state and the session. A client without a session, or
    with a cookie that is altered, too old, or of a key that is gone, has the default; nothing is kept before it is
    changed. Responses to requests that use the session have `Vary: Cookie` and are not for shared caches.
    Raises CompositionError for what is no store, a default that is no such value, and an asynchronous `into`.
    """
    keeper = _keeper(store)
    if into is None:
        return Sessions(keeper, codec, default, policy)
    require_sync(into, "sessions(into=)")
    return SessionsInto(keeper, codec, default, policy, into)


def _kept(keeping: Keeping[Any], into: Callable[[Any, Session[Any]], object] | None, handler: Handler[Any]) -> Handler[Any]:
    async def kept(request: Request[Any]) -> Response:
        beside = _new(_BESIDE)
        beside._state, beside._session, beside._late = request._state, None, False
        beside._keeping, beside._request = keeping, request
        try:
            state = beside if into is None else into(beside._state, beside.session)
            response = await handler(request.with_state(state))
            beside._late = True
            session: Session[Any] | None = beside._session
            if session is None:  # nobody has asked for it
                return response
            if session.is_used:
                await session.save()
        except Exception as error:
            remember(request, error, lambda _, found: _finished(beside.session, found), kept)
            raise
        return _finished(session, response)

    return kept


def _finished(session: Session[Any], response: Response) -> Response:
    session.close()
    return personal(response, session.cookie) if session.is_used else response


def _keeper(store: object) -> Keeper:
    if isinstance(store, Signer | Sealer):
        return InCookie(store)
    if is_store(store):
        return InStore(store)
    raise CompositionError(
        f"{store!r} keeps no sessions: use MemorySessions(), Signer(keys, purpose='session') or Sealer(keys, purpose='session')"
    )
