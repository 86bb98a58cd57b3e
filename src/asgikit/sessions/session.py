"""Session[T]: what a handler sees of a session, and the states that have one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, final

from typing_extensions import TypeVar

from asgikit.errors import SessionError
from asgikit.http.cookies import SetCookie, find_cookie
from asgikit.http.headers import lines_of
from asgikit.request import Request
from asgikit.sessions.draft import Draft
from asgikit.sessions.keeping import Keeping

S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")


@final
class Session(Generic[T]):
    """What is kept for a client: one immutable value of your own type, read when it is first asked for.

    Changes are written when the handler has returned its response, together and only if they change anything; if it
    raises, none is. What asks for a new cookie, or for any where the data is in it, raises SessionError once the
    response has gone.
    """

    __slots__ = ("_draft", "_keeping", "_late", "_request")

    def __init__(self, keeping: Keeping[T], request: Request[object], *, late: bool = False) -> None:
        """Made by the middleware; nothing is read yet. `late` if the response has gone."""
        self._keeping: Keeping[T] = keeping
        self._request: Request[object] = request
        self._draft: Draft[T] | None = None
        self._late: bool = late

    async def get(self) -> T:
        """The data, with the changes of this request; the default for who has none."""
        return await self._used().value()

    async def subject(self) -> str | None:
        """Who has signed in; None if nobody has."""
        return await self._used().subject()

    async def key(self) -> str | None:
        """The key in the store, which opens nothing: for lists of somebody's sessions, where each can be ended."""
        return await self._used().key()

    def set(self, value: T, /) -> None:
        """Puts a value in the place of the data; of two requests at the same time the later one wins."""
        self._changing().change(lambda _: value)

    def update(self, change: Callable[[T], T], /) -> None:
        """Makes a new value of the data, with a function that has no effects.

        In a store no change is lost: where another request was faster, it is called again on what that has written. In a
        cookie, the response that comes last wins.
        """
        self._changing().change(change)

    def sign_in(self, subject: str, /) -> None:
        """Says whose it is, by an identifier: with a new token, so that nobody who knew the old one is signed in, too."""
        self._changing(anew=True).sign_in(subject)

    def rotate(self) -> None:
        """A new token for the same data: when somebody may do more than before."""
        self._changing(anew=True).rotate()

    def clear(self) -> None:
        """Ends it: for signing out. The data, whose it is, what is in the store and the cookie are gone."""
        self._changing().clear()

    async def save(self) -> None:
        """Writes the changes now: in an open WebSocket or a stream, or although the handler is going to raise.

        Raises SessionError as the class says, ServiceUnavailable if other requests are faster again and again.
        """
        await self._used().commit(late=self._late)

    def reload(self) -> None:
        """Has what others have written since read anew, in an open WebSocket; changes that were not saved are lost."""
        self._used().forget()

    @property
    def is_used(self) -> bool:
        """Whether anybody has looked at it in this request."""
        return self._draft is not None

    @property
    def cookie(self) -> SetCookie | None:
        """What the response has to set, if anything."""
        return None if self._draft is None else self._draft.cookie

    def close(self) -> None:
        """Says that the response goes out: no cookie can be set from now on."""
        self._late = True

    def _used(self) -> Draft[T]:
        draft = self._draft
        if draft is None:
            self._request.connection.is_personal = True
            # One cookie, of which nothing else is needed: a third of what parsing all of them into values takes.
            lines = lines_of(self._request.raw_headers, b"cookie")
            draft = self._draft = Draft(self._keeping, find_cookie(self._keeping.policy.cookie_name, *lines))
        return draft

    def _changing(self, *, anew: bool = False) -> Draft[T]:
        if self._late and (anew or self._keeping.keeper.needs_cookie):
            raise SessionError("the response has gone, and with it the only way to set a cookie: change the session before")
        return self._used()

    def __repr__(self) -> str:
        """Nothing of what is in it."""
        return "<Session>"


class HasSession(Protocol[T]):
    """A state with a session: what handlers name, as in `Request[HasSession[Cart]]`."""

    @property
    def session(self) -> Session[T]:
        """The session."""
        ...


@final
class WithSession(Generic[S_co, T]):
    """The state that there was, and a session beside it."""

    __slots__ = ("_keeping", "_late", "_request", "_session", "_state")

    # Where the session is still to be made, of what, and whether the response has gone: filled in by the middleware.
    _keeping: Keeping[T]
    _request: Request[object]
    _late: bool

    def __init__(self, state: S_co, session: Session[T]) -> None:
        """For tests of handlers; the middleware has the session made when it is asked for."""
        self._state: S_co = state
        self._session: Session[T] | None = session

    @property
    def state(self) -> S_co:
        """What the lifespan or a middleware further out gives."""
        return self._state

    @property
    def session(self) -> Session[T]:
        """The session."""
        session = self._session
        if session is None:
            session = self._session = Session(self._keeping, self._request, late=self._late)
        return session
