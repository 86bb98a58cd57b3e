"""What a WebSocket handshake has to fulfil before it is accepted: where its page comes from, and what it offers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal, TypeAlias, final

from asgikit.body import Upgrade
from asgikit.connection import Connection
from asgikit.errors import BadRequest, CompositionError, HTTPError, ProtocolError
from asgikit.http.origin import check_origin, is_own_origin

Origins: TypeAlias = Literal["same", "*"] | list[str] | tuple[str, ...] | set[str] | frozenset[str]
"""Whose pages may open a WebSocket: those of the host that they ask, those of every site, or those of these origins alone."""

# What belongs to the handshake itself (RFC 6455, 4.2.2; www, Accept).
_OWN_FIELDS: Final = {b"connection", b"upgrade", b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-protocol"}


@final
class OriginPolicy:
    """Whose pages may open a WebSocket: browsers send the cookies of a site along with the handshakes of every other."""

    __slots__ = ("_allowed",)

    def __init__(self, origins: Origins) -> None:
        """Raises CompositionError for what no browser sends as an origin."""
        if isinstance(origins, str):
            if origins not in {"same", "*"}:
                raise CompositionError(f"origins is 'same', '*' or a list of origins: write [{origins!r}]")
            self._allowed: Collection[str] | Literal["same", "*"] = origins
            return
        self._allowed = frozenset(origins)
        for origin in self._allowed:
            try:
                check_origin(origin)
            except ValueError as error:
                raise CompositionError(f"origins: {error}") from None

    def check(self, connection: Connection) -> None:
        """Raises HTTPError with 403 for a handshake of a page that may not. One without Origin comes from no page."""
        connection.origin_checked = True
        lines = connection.headers.get_all("origin")
        if not lines or self._allowed == "*":
            return
        if len(lines) == 1 and self._allows(lines[0], connection):
            return
        raise HTTPError(403, "this page may not open this WebSocket: its origin is not allowed", log=f"Origin {lines!r:.200}")

    def _allows(self, origin: str, connection: Connection) -> bool:
        if self._allowed != "same":
            return origin in self._allowed
        secure = connection.scope.get("scheme") in {"wss", "https"}
        return is_own_origin(origin, connection.headers.get("host") or "", secure=secure)


_SAME: Final = OriginPolicy("same")


def check_upgrade(connection: Connection, upgrade: Upgrade, fields: Iterable[tuple[bytes, bytes]]) -> None:
    """Before a handshake is accepted with these fields, unless its route has checked the origin already, or it is foreign.

    Raises HTTPError with 403 for a page of another site, BadRequest where the client does not offer the subprotocol,
    ProtocolError for fields that are the handshake's own.
    """
    if upgrade.is_foreign:
        return
    if not connection.origin_checked:
        _SAME.check(connection)
    if upgrade.subprotocol is not None and upgrade.subprotocol not in connection.subprotocols:
        raise BadRequest(f"this WebSocket speaks the subprotocol {upgrade.subprotocol!r}, which the handshake does not offer")
    for name, _ in fields:
        if name in _OWN_FIELDS:
            raise ProtocolError(f"the field {name.decode()!r} belongs to the handshake, not to the response that accepts it")
