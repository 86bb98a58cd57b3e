"""SessionPolicy: how long sessions live, and the cookie that finds them again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from asgikit.http.cookies import SameSite, SetCookie
from asgikit.sessions.record import Record

_DAY: Final = 86400.0


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SessionPolicy:
    """How long sessions live in seconds, and their cookie: Secure, HttpOnly, SameSite=Lax and `__Host-` unless told otherwise.

    A session ends `idle` seconds after a request has used it, and `lifetime` seconds after it began, or after sign-in.
    That it is used is written down when `refresh` seconds have passed since the last time, by default a tenth of `idle`.
    `secure=False` is for development over plain HTTP. With `persistent=False` it ends with the browser, too. The clock
    gives seconds since 1970. Raises ValueError for times that cannot be meant, and for a cookie that browsers would not take.
    """

    idle: float = 14 * _DAY
    lifetime: float | None = 90 * _DAY
    refresh: float | None = None
    name: str | None = None
    secure: bool = True
    samesite: SameSite = "lax"
    path: str = "/"
    domain: str | None = None
    partitioned: bool = False
    persistent: bool = True
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        """Checks the times, and makes the cookie once to have it checked."""
        if not 1 <= self.idle < math.inf:
            raise ValueError(f"idle is in seconds, from one on, not {self.idle}")
        if self.lifetime is not None and not 1 <= self.lifetime < math.inf:
            raise ValueError(f"lifetime is in seconds, from one on, or None for no end, not {self.lifetime}")
        if self.refresh is not None and not 0 <= self.refresh < self.idle:
            raise ValueError(f"refresh is in seconds, from 0 to idle ({self.idle}), not {self.refresh}")
        self.cookie("", 0)

    @property
    def cookie_name(self) -> str:
        """The name, by default with the strictest prefix that the attributes allow (RFC 6265bis, 4.1.3)."""
        if self.name is not None:
            return self.name
        if not self.secure:
            return "session"
        return "__Host-session" if self.path == "/" and self.domain is None else "__Secure-session"

    def cookie(self, value: str, seconds: float) -> SetCookie:
        """The cookie of a session that lives so long. Raises ValueError for a value over 4096 bytes."""
        return SetCookie(
            self.cookie_name,
            value,
            max_age=int(seconds) if self.persistent else None,
            path=self.path,
            domain=self.domain,
            secure=self.secure,
            samesite=self.samesite,
            partitioned=self.partitioned,
        )

    def remaining(self, record: Record, now: float) -> float:
        """The seconds that a session has left, none or fewer if it has ended."""
        end = record.renewed + self.idle
        if self.lifetime is not None:
            end = min(end, record.created + self.lifetime)
        return end - now

    def is_due(self, record: Record, now: float) -> bool:
        """Whether to write down that the session is used."""
        return now - record.renewed > (self.idle / 10 if self.refresh is None else self.refresh)


DEFAULT_POLICY: Final = SessionPolicy()
"""Two weeks without a request, ninety days in all."""
