"""Draft: one request's view of a session, from what is kept to what is going to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Generic, final

from typing_extensions import TypeVar

from asgikit.errors import ServiceUnavailable, SessionError
from asgikit.http.cookies import SetCookie
from asgikit.sessions.keepers import Kept
from asgikit.sessions.keeping import Found, Keeping
from asgikit.sessions.record import Record

T = TypeVar("T")

ATTEMPTS: Final = 20
"""How often the changes of a request are made anew because other requests were faster."""


@final
class Draft(Generic[T]):
    """What is kept, read when it is first needed, and the changes to it, made anew if another request was faster."""

    __slots__ = ("_base", "_changes", "_ended", "_keeping", "_made", "_rotates", "_subject", "_token", "_value", "cookie")

    def __init__(self, keeping: Keeping[T], token: str | None) -> None:
        """The token is what the client has sent, whatever that is."""
        self._keeping: Keeping[T] = keeping
        self._token: str | None = token
        self._base: Found[T] | None = None
        self._value: T | None = None
        self._changes: list[Callable[[T], T]] = []
        self._made: int = 0
        self._rotates: bool = False
        self._subject: tuple[str] | None = None
        self._ended: str | None = None
        self.cookie: SetCookie | None = None
        """What the response has to set."""

    async def load(self) -> Found[T]:
        """What the client's token stands for: what is kept, if it still holds, else a new session."""
        if (base := self._base) is None:
            found = await self._keeping.find(self._token)
            base = self._base = found if self._base is None else self._base  # who was first, of two that asked at once
            self._value, self._made = base.value, 0
        return base

    async def value(self) -> T:
        """The data with all changes so far."""
        base = await self.load()
        value = base.value if self._made == 0 or self._value is None else self._value
        for change in self._changes[self._made :]:
            value = change(value)
        self._value, self._made = value, len(self._changes)
        return value

    async def subject(self) -> str | None:
        """Whose it is."""
        if self._subject is not None:
            return self._subject[0]
        return (await self.load()).subject

    async def key(self) -> str | None:
        """The key in the store."""
        kept = (await self.load()).kept
        return None if kept is None else self._keeping.keeper.key(kept.token)

    def change(self, change: Callable[[T], T]) -> None:
        """Adds a change."""
        self._changes.append(change)

    def rotate(self) -> None:
        """A new token."""
        self._rotates = True

    def sign_in(self, subject: str) -> None:
        """A new token, for somebody."""
        self._subject = (subject,)
        self._rotates = True

    def clear(self) -> None:
        """Starts from nothing: what is kept will be no longer."""
        if self._token is not None:
            self._ended = self._token
        elif self._base is not None and self._base.kept is not None:
            self._ended = self._base.kept.token
        self._token = self._subject = None
        self._rotates = False
        self._changes.clear()
        self._base = self._keeping.nothing()
        self._value, self._made = self._base.value, 0

    def forget(self) -> None:
        """What was read is read again when it is needed; changes that were not saved are lost."""
        if self._base is not None and self._base.kept is not None:
            self._token = self._base.kept.token
        self._base = self._subject = None
        self._rotates = False
        self._changes.clear()

    async def commit(self, *, late: bool = False) -> None:
        """Keeps what has changed, and says in `cookie` what the client is to be told; `late` if it cannot be any more.

        Raises SessionError for a session that does not fit into its cookie, or needs one when it is too late,
        ServiceUnavailable if others are faster again and again.
        """
        if self._ended is not None:
            await self._keeping.keeper.end(self._ended)
            self._ended = None
            self.cookie = SetCookie.deleting(self._keeping.policy.cookie("", 0))
        for _ in range(ATTEMPTS):
            if await self._attempt(late):
                return
        raise ServiceUnavailable("too many changes at the same time: try again", log="a session in a store")

    async def _attempt(self, late: bool) -> bool:
        """Whether it is done; not if somebody has changed what is kept since it was read."""
        new = await self._next()
        if new is None:
            return True
        keeping, base = self._keeping, await self.load()
        if late and (base.kept is None or keeping.keeper.needs_cookie):
            raise SessionError("the response has gone, and with it the only way to set the cookie that this session needs")
        raw, ttl = new.encode(), keeping.policy.remaining(new, keeping.policy.clock())
        value, rotates, subject = await self.value(), self._rotates, self._subject
        made = self._made
        kept: Kept | None
        if base.kept is None:
            kept = await keeping.keeper.add(raw, ttl=ttl, subject=new.subject)
        else:
            kept = await keeping.keeper.replace(base.kept, raw, rotate=rotates, ttl=ttl, subject=new.subject)
        forgotten = self._base is None
        if not forgotten and self._base is not base:  # another task of this request has saved or cleared it meanwhile
            if kept is not None:
                await keeping.keeper.end(kept.token)
            return False
        if kept is None:
            return await self._overtaken(base)
        self._settle(Found(value, kept, new), ttl)
        if forgotten:
            self._base = None
            return True
        # What was asked for while this was written is still to be done.
        del self._changes[:made]
        self._rotates = self._rotates and not rotates
        self._subject = None if self._subject is subject else self._subject
        return True

    async def _next(self) -> Record | None:
        """What to keep now; None if nothing has changed."""
        keeping, base = self._keeping, self._base
        now = int(keeping.policy.clock())
        if not self._changes and not self._rotates:
            record = None if base is None else base.record
            return replace(record, renewed=now) if record is not None and keeping.policy.is_due(record, now) else None
        base = await self.load()
        data, old = keeping.codec.encode(await self.value()), base.record
        subject = await self.subject()
        if old is None:
            is_new = data != keeping.fresh or self._subject is not None
            return Record(data, now, now, subject) if is_new else None
        if not self._rotates and (data, subject) == (old.data, old.subject) and not keeping.policy.is_due(old, now):
            return None
        return Record(data, now if self._subject is not None else old.created, now, subject)

    async def _overtaken(self, base: Found[T]) -> bool:
        """Starts from what is there now. Where it is gone nothing brings it back, but who signs in has a session."""
        self._base, self._made = None, 0
        fresh = await self.load()
        if fresh.kept is not None:
            return False
        if self._subject is None:
            self._changes.clear()
            self._rotates = False
            return True
        self._base = Found(base.value)
        return False

    def _settle(self, base: Found[T], ttl: float) -> None:
        kept = base.kept
        token = "" if kept is None else kept.token
        self.cookie = self._keeping.cookie(token, ttl)
        self._base, self._value, self._made = base, base.value, 0
        self._token = token
