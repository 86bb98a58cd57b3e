"""Sessions as middleware: a state with a session for the handlers, its changes and its cookie for the response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, overload

from typing_extensions import TypeVar

from asgikit.body import Upgrade
from asgikit.codec import Codec
from asgikit.errors import CompositionError
from asgikit.handler import Handler, remember
from asgikit.http.cache import CacheControl
from asgikit.http.cookies import SetCookie
from asgikit.request import Request
from asgikit.response import Response
from asgikit.sealing import Sealer
from asgikit.sessions.draft import Keeping
from asgikit.sessions.keepers import InCookie, InStore, Keeper, SessionStore, is_store
from asgikit.sessions.policy import DEFAULT_POLICY, SessionPolicy
from asgikit.sessions.session import Session, WithSession
from asgikit.signing import Signer

S = TypeVar("S")
R = TypeVar("R")
T = TypeVar("T")

_OWN: Final = CacheControl(private=True, no_cache=True)


class Sessions(Protocol[T]):
    """Middleware that gives handlers a session beside the state that there is."""

    @overload
    def __call__(self, handler: Handler[WithSession[object, T]], /) -> Handler[object]: ...
    @overload
    def __call__(self, handler: Handler[WithSession[S, T]], /) -> Handler[S]: ...


def personal(response: Response, cookie: SetCookie | None) -> Response:
    """The response as one that depends on the session, with the cookie to set, if any: for nobody else's eyes.

    What the handler says of caches stays, unless it would have them give the cookie to everybody.
    """
    if cookie is not None:
        response = response.with_cookie(cookie)
    if isinstance(response.body, Upgrade):
        return response
    headers = response.headers.with_listed("vary", "Cookie")
    given = headers.get("cache-control")
    if given is None:
        headers = headers.with_field("cache-control", "no-store" if cookie is not None else str(_OWN))
    elif cookie is not None:
        policy = CacheControl.parse(given)
        if not policy.no_store and policy.private is not True:
            headers = headers.with_field("cache-control", "no-store")
    return response.with_headers(headers)


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
) -> Callable[[Handler[R]], Handler[S]]: ...
def sessions(
    store: Signer | Sealer | SessionStore,
    codec: Codec[Any],
    /,
    *,
    default: Any,
    into: Callable[[Any, Session[Any]], object] = WithSession,
    policy: SessionPolicy = DEFAULT_POLICY,
) -> Any:
    """Gives handlers a `Session[T]`: in its cookie, signed or encrypted, or in a store that the cookie has the key to.

    Their state is a `WithSession[S, T]`, or what `into` makes of the state and the session. A client without a session, or
    with a cookie that is altered, too old, or of a key that is gone, has the default; nothing is kept before it is
    changed. Responses to requests that use the session have `Vary: Cookie` and are not for shared caches.
    Raises CompositionError for what is no store, and what the codec raises for a default that it
    cannot write.
    """
    keeping = Keeping(_keeper(store), codec, default, policy)

    def middleware(handler: Handler[object], /) -> Handler[object]:
        async def kept(request: Request[object]) -> Response:
            session = Session(keeping, request)
            try:
                response = await handler(request.with_state(into(request.state, session)))
                if session.is_used:
                    await session.save()
            except Exception as error:
                remember(request, error, lambda _, found: _finished(session, found), kept)
                raise
            return _finished(session, response)

        return kept

    return middleware


def _finished(session: Session[Any], response: Response) -> Response:
    session.close()
    return personal(response, session.cookie) if session.is_used else response


def _keeper(store: object) -> Keeper:
    if isinstance(store, Signer | Sealer):
        return InCookie(store)
    if is_store(store):
        return InStore(store)
    raise CompositionError(
        f"{store!r} keeps no sessions: use MemorySessions(), or Signer(keys, purpose='session') or Sealer(keys, purpose='session')"
    )
