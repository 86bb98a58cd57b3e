"""Keeping: what all sessions of one kind have in common, and a session of it without a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, final

from typing_extensions import TypeVar

from asgikit.background import LOGGER
from asgikit.codec import Codec
from asgikit.errors import CompositionError, HTTPError, SessionError
from asgikit.http.cookies import MAX_PAIR, SetCookie
from asgikit.sessions.keepers import Keeper, Kept
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.record import Record

T = TypeVar("T")


class CookieValues(Protocol):
    """The cookies of a client by name: those of httpx, of a request, or a dictionary."""

    def __getitem__(self, name: str, /) -> str:
        """The value. Raises KeyError if there is none."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What the cookie of a client stands for; the default, of which nothing is kept, if that is no session."""

    value: T
    kept: Kept | None = field(default=None, repr=False)
    record: Record | None = field(default=None, repr=False)

    @property
    def subject(self) -> str | None:
        """Who has signed in; None if nobody has."""
        return None if self.record is None else self.record.subject

    @property
    def is_new(self) -> bool:
        """Whether there is no session yet, or not any more."""
        return self.kept is None


class Keeping(Generic[T]):
    """Where sessions are kept and for how long, and what is in a new one: made once."""

    __slots__ = ("codec", "fresh", "keeper", "policy")

    def __init__(self, keeper: Keeper, codec: Codec[T], default: T, policy: SessionPolicy) -> None:
        """The default is encoded here, so that every session has one of its own.

        Raises CompositionError for a default that is no such value, and what the codec raises.
        """
        self.keeper: Keeper = keeper
        self.codec: Codec[T] = codec
        self.fresh: bytes = codec.encode(default)
        self.policy: SessionPolicy = policy
        try:
            codec.decode(self.fresh)
        except (HTTPError, ValueError) as error:
            raise CompositionError(f"the default {default!r} is not what the sessions are to hold: {error}") from None

    async def issue(self, value: T, /, *, subject: str | None = None) -> SetCookie:
        """Begins a session, as if a request had done it and somebody signed in, if there is a subject; gives its cookie.

        For tests, and for what signs people in elsewhere: whoever has the cookie has the session. It is Secure unless the
        policy says otherwise, so clients send it to `https` alone. Raises SessionError for a value that does not fit into
        its cookie.
        """
        now = int(self.policy.clock())
        record = Record(self.codec.encode(value), now, now, subject)
        ttl = self.policy.remaining(record, now)
        kept = await self.keeper.add(record.encode(), ttl=ttl, subject=subject)
        return self.cookie(kept.token, ttl)

    async def read(self, cookies: CookieValues, /) -> Found[T]:
        """What a client's cookies stand for: what the next request with them would find. Nothing is written by it."""
        try:
            token = cookies[self.policy.cookie_name]
        except KeyError:
            return self.nothing()
        return await self.find(token)

    async def find(self, token: str | None) -> Found[T]:
        """What the value of a cookie stands for, whatever a client has made of it."""
        kept = None if token is None else await self.keeper.load(token)
        record = None if kept is None else Record.decode(kept.raw)
        if kept is not None and record is not None and self.policy.remaining(record, self.policy.clock()) > 0:
            try:
                return Found(self.codec.decode(record.data), kept, record)
            except (HTTPError, ValueError):
                LOGGER.warning("a session does not fit its model, which has changed perhaps: it is taken for an empty one")
        return self.nothing()

    def nothing(self) -> Found[T]:
        """A new session."""
        return Found(self.codec.decode(self.fresh))

    def cookie(self, token: str, ttl: float) -> SetCookie:
        """The cookie of a session that has so many seconds left. Raises SessionError if browsers would not keep it."""
        size = len(self.policy.cookie_name) + len(token)
        if size > MAX_PAIR:
            raise SessionError(
                f"the session takes {size} bytes as a cookie, and browsers keep {MAX_PAIR}: have less in it, "
                "or keep it in a store"
            )
        return self.policy.cookie(token, ttl)
