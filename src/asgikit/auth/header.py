"""The field Authorization of a request, as its schemes read it."""

from __future__ import annotations

from asgikit.auth.scheme import Rejected
from asgikit.http.authorization import TOKEN68, Challenge
from asgikit.http.headers import lines_of
from asgikit.request import Request


def token68(request: Request[object], scheme: str, malformed: Challenge) -> str | Rejected | None:
    """What follows the name of this scheme (in lower case); None where the request has other credentials, or none.

    More than one field is refused: whoever is in front of us may have read another one (RFC 9110, 5.3).
    """
    # Not through `request.headers`, nor Credentials: this is a fifth of their time, and on the way of every request.
    fields = lines_of(request.raw_headers, b"authorization")
    if not fields:
        return None
    if len(fields) > 1:
        return Rejected("there is more than one Authorization field", "several Authorization fields", 400, malformed)
    name, _, rest = fields[0].decode("latin-1").strip(" \t").partition(" ")
    if name.lower() != scheme:
        return None
    token = rest.lstrip(" ")
    if TOKEN68.fullmatch(token) is None:
        return Rejected("the Authorization field is malformed", "what follows the scheme is no token68", 400, malformed)
    return token
