"""The request of a report, without its credentials."""

from __future__ import annotations

from itertools import islice
from typing import Final

from asgikit.debugging.report import Asked, Row
from asgikit.debugging.secrecy import HIDDEN, Secrets, is_secret
from asgikit.http.redaction import is_secret as is_redacted
from asgikit.http.redaction import redacted_url
from asgikit.request import Request

MAX_ROWS: Final = 60
"""Header fields, and parameters of the query, that are shown."""

MAX_TEXT: Final = 500
"""Characters of each."""


def asked_of(request: Request[object], secrets: Secrets) -> Asked:
    """What is shown of a request; its credentials and cookies are added to the secrets."""
    headers = list(islice(request.headers, MAX_ROWS))
    for name, value in headers:
        if name in {"authorization", "proxy-authorization"}:
            secrets.add(value.partition(" ")[2].strip())
        elif _is_hidden(name):
            secrets.add(value)
    for _, value in islice(request.cookies, MAX_ROWS):
        secrets.add(value)
    query = list(islice(request.query, MAX_ROWS))
    for name, value in query:
        if _is_hidden(name):
            secrets.add(value)
    handshake = " (WebSocket handshake)" if request.scope["type"] == "websocket" else ""
    return Asked(
        line=f"{request.method} {_cut(secrets.mask(request.path))}{handshake}",
        route=request.route.pattern if request.route is not None else "",
        query=tuple(_row(name, value, secrets) for name, value in query),
        headers=tuple(_row(name, value, secrets) for name, value in headers),
    )


def _row(name: str, value: str, secrets: Secrets) -> Row:
    if value and _is_hidden(name):
        return _cut(name), HIDDEN
    text = value[: 10 * MAX_TEXT]
    return _cut(name), _cut(secrets.mask_named(redacted_url(text) if name == "referer" else text))


def _is_hidden(name: str) -> bool:
    # What a variable may be called, a field or a parameter may be a secret by: codes, signatures and tickets.
    return is_secret(name) or is_redacted(name)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
