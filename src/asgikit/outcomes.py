"""Outcomes: what a client makes of the reply to an operation."""

# pyright: reportPrivateUsage=false
# The one response whose content-length is not that of its body.

from __future__ import annotations

from typing import Final

from typing_extensions import TypeIs

from asgikit.calls import ReadableOutput, Reply
from asgikit.errors import CompositionError
from asgikit.http.grammar import split_list
from asgikit.http.headers import Headers
from asgikit.response import Response

# What was about the connection, or of the content as it was on the way (RFC 9110, 7.6.1 and 8.4).
_ON_THE_WAY: Final = frozenset(
    {"connection", "content-encoding", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def response_of(reply: Reply, method: str) -> Response:
    """The reply as a response, which a handler could return: without the fields that were about the connection it came over.

    Raises ValueError for what is no final response.
    """
    named = {name.lower() for line in reply.headers.get_all("connection") for name in split_list(line)}
    dropped = named | _ON_THE_WAY
    if method != "HEAD" and reply.status != 304:
        dropped |= {"content-length"}
    lines = [(name.lower(), value) for name, value in reply.headers.raw]
    raw = tuple([line for line in lines if line[0].decode("latin-1") not in dropped])
    response = Response(reply.content, status=reply.status)
    if method == "HEAD":  # its content-length is that of the content which is not sent
        return Response._of(reply.status, raw, b"")
    return response.with_headers(Headers.of(raw))


def value_of(output: object, reply: Reply) -> object:
    """What the output reads from the reply. Raises ValueError as it does, CompositionError for one that only writes."""
    if not _is_readable(output):
        raise CompositionError(
            f"no client can read {output!r}: give it a method read_from(reply), as asgikit.calls.ReadableOutput has"
        )
    return output.read_from(reply)


def _is_readable(output: object) -> TypeIs[ReadableOutput[object]]:
    return callable(getattr(output, "read_from", None))
