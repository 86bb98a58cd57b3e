"""The handshake of a WebSocket: what the client sends, and what comes of it in process."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers
from asgikit.testing.conversation import Conversation
from asgikit.testing.fields import Fields
from asgikit.testing.library import Library, R, RequestOptions
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import without_connection

SOCKET: Final = "asgikit.websocket"
"""The extension of a request that asks for a WebSocket, and of the response that has its Conversation."""

REFUSAL: Final = "asgikit.refusal"
"""The extension of a response to a handshake that has what the application has closed with in place of a response."""

_KEY: Final = b"sec-websocket-key"
"""What HTTP/1.1 alone has of a handshake, beside the fields of its connection (RFC 8441, 5)."""


class SocketOptions(RequestOptions, total=False):
    """What a handshake can have, besides what every request can."""

    subprotocols: Sequence[str]
    """Those that the client offers, the best first."""
    origin: str
    """The page that opens the WebSocket, as a browser says; without it the client is none."""


def handshake_options(options: SocketOptions) -> Mapping[str, object]:
    """The options of the request. Raises TypeError and ValueError for subprotocols that cannot be offered."""
    given: dict[str, Any] = {**options}
    offered = given.pop("subprotocols", ())
    if isinstance(offered, str):
        raise TypeError(f"subprotocols is a list: write [{offered!r}]")
    if wrong := [name for name in offered if not is_token(name)]:
        raise ValueError(f"no subprotocol has a name such as {wrong[0]!r} (RFC 6455, 4.1)")
    fields: Fields = given.get("headers", ())
    headers = Headers(fields).with_field("connection", "Upgrade").with_field("upgrade", "websocket")
    key = base64.b64encode(os.urandom(16)).decode()
    headers = headers.with_field("sec-websocket-version", "13").with_field("sec-websocket-key", key)
    if offered:
        headers = headers.with_field("sec-websocket-protocol", ", ".join(offered))
    if (origin := given.pop("origin", None)) is not None:
        headers = headers.with_field("origin", origin)
    return {**given, "headers": [*headers], "extensions": {**given.get("extensions", {}), SOCKET: True}}


def http_url(url: str) -> str:
    """The same with the scheme of HTTP, which cookies and ports go by."""
    scheme, separator, rest = url.partition("://")
    return {"ws": "http", "wss": "https"}.get(scheme.lower(), scheme) + separator + rest


def complete(scope: dict[str, object], fields: list[tuple[bytes, bytes]], profile: Profile) -> None:
    """Makes it the scope of a handshake. Raises ValueError where HTTP is too old."""
    if profile.http_version == "1.0":
        raise ValueError("a WebSocket needs http_version='1.1' or newer")
    if profile.http_version != "1.1":
        scope["headers"] = [(name, value) for name, value in without_connection(fields) if name != _KEY]
    scope["scheme"] = "wss" if scope["scheme"] == "https" else "ws"
    offered = b",".join(value for name, value in fields if name == b"sec-websocket-protocol").decode("latin-1")
    scope["subprotocols"] = [name for item in offered.split(",") if (name := item.strip())]


async def open_socket(conversation: Conversation, library: Library[R], limit: float | None) -> R:
    """The response to a handshake: 101 with the conversation, or what the application refuses with.

    Raises what comes out of the application, NoAnswer, Incomplete and ConformanceError.
    """
    conversation.start()
    denial = await conversation.answered(limit)
    if denial is None:
        return library.Response(101, headers=conversation.headers.raw, extensions={SOCKET: conversation})
    body = library.ByteStream(bytes(denial.body))
    return library.Response(denial.status, headers=denial.headers, stream=body, extensions={REFUSAL: denial.closed})
