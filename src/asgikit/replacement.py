"""Another content for a response that stays what it is: an error told in another form, or with a page of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from asgikit.body import Stream
from asgikit.http.grammar import split_list
from asgikit.http.headers import Headers
from asgikit.response import Response
from asgikit.sending import close_chunks

# What says something of the content, and nothing of the error: for another content it would be wrong (RFC 9110, 8; RFC 9530).
_OF_CONTENT: Final = frozenset(
    {
        *(b"content-type", b"content-length", b"content-encoding", b"content-language", b"content-location", b"content-range"),
        *(b"content-disposition", b"content-digest", b"content-md5", b"repr-digest", b"etag", b"last-modified", b"accept-ranges"),
        *(b"transfer-encoding", b"trailer"),
    }
)

_OF_BOTH: Final = frozenset({b"set-cookie", b"vary"})


def replaced(response: Response, by: Response, /) -> Response:
    """The status and the fields of the first, with the content of the second, and the fields that this one has.

    So a challenge, an Allow or a Retry-After stay, cookies of both are set, and Vary names what either depends on. The
    tasks of both run; a stream that is not sent is closed.
    """
    theirs = {name for name, _ in by.raw_headers} - _OF_BOTH
    kept = [field for field in response.raw_headers if field[0] not in _OF_CONTENT and field[0] not in theirs]
    varied = [field for field in kept if field[0] == b"vary"]
    own = [field for field in by.raw_headers if not varied or field[0] != b"vary"]
    headers = Headers.from_raw((*kept, *own))
    if varied:
        headers = headers.with_listed("vary", *split_list(by.headers.get("vary") or ""))
    made = (by if by.status == response.status else by.with_status(response.status)).with_headers(headers)
    if response.extras is not by.extras:
        tasks = (*response.tasks, *by.tasks)
        made = made.with_extras(replace(response.extras, tasks=tasks, trailers=by.extras.trailers, problem=by.extras.problem))
    return made.then(close_chunks, response.body.chunks) if isinstance(response.body, Stream) else made
