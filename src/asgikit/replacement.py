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


def replaced(response: Response, by: Response, /) -> Response:
    """The status and the fields of the first, with the content of the second, and the fields that this one has.

    So a challenge, an Allow or a Retry-After stay, cookies of both are set, and Vary names what either depends on. The
    tasks of both run; a stream that is not sent is closed.
    """
    kept = Headers.from_raw(field for field in response.raw_headers if field[0] not in _OF_CONTENT)
    vary = split_list(by.headers.get("vary") or "")
    for name in {name for name, _ in by.headers} - {"set-cookie", "vary"}:
        kept = kept.without(name)
    own = Headers.from_raw(field for field in by.raw_headers if field[0] != b"vary")
    headers = (kept + own).with_listed("vary", *vary) if vary else kept + own
    extras = replace(response.extras, tasks=(*response.tasks, *by.tasks), trailers=by.extras.trailers, problem=by.extras.problem)
    made = Response(by.body, status=response.status, headers=headers).with_extras(extras)
    return made.then(close_chunks, response.body.chunks) if isinstance(response.body, Stream) else made
