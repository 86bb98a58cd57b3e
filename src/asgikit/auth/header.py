"""The field Authorization of a request, as its schemes read it."""

from __future__ import annotations

from asgikit.auth.scheme import Rejected
from asgikit.http.authorization import Challenge, Credentials
from asgikit.request import Request


def credentials(request: Request[object], scheme: str, malformed: Challenge) -> Credentials | Rejected | None:
    """The credentials for this scheme (in lower case); None where the request has others, or none.

    More than one field is refused: whoever is in front of us may have read another one (RFC 9110, 5.3).
    """
    match request.headers.get_all("authorization"):
        case ():
            return None
        case (field,):
            pass
        case _:
            return Rejected("there is more than one Authorization field", "several Authorization fields", 400, malformed)
    if field.strip(" \t").partition(" ")[0].lower() != scheme:
        return None
    try:
        return Credentials.parse(field)
    except ValueError as error:
        return Rejected("the Authorization field is malformed", str(error), 400, malformed)
