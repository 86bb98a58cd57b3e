"""User names and passwords by the Basic scheme (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, final

from typing_extensions import TypeVar

from asgikit.auth.header import token68
from asgikit.auth.passwords import Passwords
from asgikit.auth.scheme import Rejected, Verified
from asgikit.functions import require_async
from asgikit.http.authorization import Challenge
from asgikit.request import Request

S_contra = TypeVar("S_contra", contravariant=True)
U_co = TypeVar("U_co", covariant=True)

# RFC 7617, 2: neither may hold a control character
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password, which the repr does not show. Nothing is known of either yet."""

    name: str
    password: str = field(repr=False)


def parse_login(token: str) -> Login:
    """Name and password from what follows the name of the scheme, in UTF-8 (RFC 7617, 2). Raises ValueError for what is none."""
    try:
        text = base64.b64decode(token.encode(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("they are not Base64 of UTF-8") from None
    name, colon, password = text.partition(":")
    if not colon or _CONTROL.search(text) is not None:
        raise ValueError("they are no user name and password")
    return Login(name, password)


@final
class Basic(Generic[S_contra, U_co]):
    """Names and passwords that an asynchronous function verifies: a user, or None (RFC 7617).

    They go with every request, readable by whoever sees it: serve it over TLS alone. Raises ValueError for a realm that a
    field cannot hold, CompositionError for a function that is not asynchronous.
    """

    __slots__ = ("_challenge", "_verify")

    def __init__(self, verify: Callable[[Request[S_contra], Login], Awaitable[U_co | None]], /, *, realm: str) -> None:
        """`realm` is what browsers show, and for what they remember a password. See `asgikit.auth.passwords` for the function."""
        require_async(verify, "Basic()")
        self._verify: Callable[[Request[S_contra], Login], Awaitable[U_co | None]] = verify
        self._challenge: Challenge = Challenge("Basic", None, (("realm", realm), ("charset", "UTF-8")))

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Basic, its realm, and UTF-8 (RFC 7617, 2.1)."""
        return (self._challenge,)

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        """The user of that name, if the password is theirs."""
        found = token68(request, "basic", self._challenge)
        if found is None or isinstance(found, Rejected):
            return found
        try:
            login = parse_login(found)
        except ValueError as error:
            return Rejected("the Basic credentials are malformed", str(error), 400, self._challenge)
        user = await self._verify(request, login)
        if user is None:
            # One text for both: which names exist is nobody's business.
            return Rejected("the user name or the password is wrong", "wrong user name or password", 401, self._challenge)
        return Verified(user)


def known_users(
    users: Mapping[str, str], /, passwords: Passwords | None = None
) -> Callable[[Request[object], Login], Awaitable[str | None]]:
    """A function for `Basic` that knows names and the hashes of their passwords; an unknown name takes as long as a known one."""
    verifier = passwords or Passwords()

    async def verify(request: Request[object], login: Login) -> str | None:
        return login.name if await verifier.verify(login.password, users.get(login.name)) else None

    return verify
