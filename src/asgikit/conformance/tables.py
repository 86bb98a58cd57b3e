"""The protocols as tables: (phase, symbol) to the next phase, or to the rule that is broken.

A symbol is the type of an event with its variant: "body+" is a body with more to come. After a broken order the phase
is BROKEN: the order is no longer judged, so that one mistake is reported once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

BROKEN = "broken"


class Move(NamedTuple):
    """What follows in one phase from one symbol: the next phase, and the rule that it breaks, if any, with the reason."""

    to: str
    rule: str = ""
    reason: str = ""


Table: TypeAlias = Mapping[tuple[str, str], Move]


def _wrong(rule: str, reason: str, phases: str, symbols: str, to: str = BROKEN) -> dict[tuple[str, str], Move]:
    return {(phase, symbol): Move(to, rule, reason) for phase in phases.split() for symbol in symbols.split()}


def _right(phases: str, moves: Mapping[str, str]) -> dict[tuple[str, str], Move]:
    return {(phase, symbol): Move(to or phase) for phase in phases.split() for symbol, to in moves.items()}


_CONTENT = "body body+ path zero zero+"
_SENDING = "started streaming started-t streaming-t"
_OVER = "complete sent trailing complete-t"

HTTP_APP: Table = {
    # "-t": trailers were promised at the start. "debugged": the debug message was sent. "sent": a file by its path was.
    **_right("waiting", {"start": "started", "start-t": "started-t", "hint": "", "debug": "debugged"}),
    **_right("debugged", {"start": "started", "start-t": "started-t", "hint": ""}),
    **_right("started", {"body": "complete", "body+": "streaming", "zero": "complete", "zero+": "streaming"}),
    **_right("streaming", {"body": "complete", "body+": "", "zero": "complete", "zero+": ""}),
    **_right("started-t", {"body": "trailing", "body+": "streaming-t", "zero": "trailing", "zero+": "streaming-t"}),
    **_right("streaming-t", {"body": "trailing", "body+": "", "zero": "trailing", "zero+": ""}),
    **_right("started", {"path": "sent"}),
    **_right("started-t", {"path": "trailing"}),
    **_right(_SENDING, {"push": ""}),
    **_right("trailing", {"trailers": "complete-t", "trailers+": ""}),
    **_wrong("HTTP-RESP-001", "comes before http.response.start", "waiting debugged", f"{_CONTENT} trailers trailers+"),
    **_wrong("HTTP-RESP-002", "is sent a second time", f"{_SENDING} {_OVER}", "start start-t"),
    **_wrong("HTTP-RESP-017", "follows the end of the body", "complete trailing", _CONTENT),
    **_wrong("HTTP-RESP-017", "follows the last trailers", "complete-t", _CONTENT),
    **_wrong("EXT-PUSH-001", "comes before http.response.start", "waiting debugged", "push"),
    **_wrong("EXT-PATH-001", "follows other content", "streaming streaming-t", "path"),
    **_wrong("EXT-PATH-001", "follows http.response.pathsend", "sent", _CONTENT),
    **_wrong("EXT-PUSH-001", "follows the end of the body", _OVER, "push"),
    **_wrong(
        "EXT-TRAIL-001", "was not announced by trailers at the start", "started streaming complete sent", "trailers trailers+"
    ),
    **_wrong("EXT-TRAIL-003", "comes before the end of the body", "started-t streaming-t", "trailers trailers+"),
    **_wrong("EXT-TRAIL-003", "follows the last trailers", "complete-t", "trailers trailers+"),
    **{(phase, "hint"): Move(phase, "EXT-HINT-001", "follows http.response.start") for phase in f"{_SENDING} {_OVER}".split()},
    **_wrong("EXT-DEBUG-001", "is sent a second time", "debugged", "debug", to="debugged"),
    **{(phase, "debug"): Move(phase, "EXT-DEBUG-001", "follows http.response.start") for phase in f"{_SENDING} {_OVER}".split()},
}
"""What an application sends for an HTTP request."""

HTTP_SERVER: Table = {
    **_right("first expecting", {"request": "complete", "request+": "expecting"}),
    ("first", "disconnect"): Move("gone", "HTTP-REQ-016", "comes before any http.request"),
    **_right("expecting", {"disconnect": "gone"}),
    **_right("complete gone", {"disconnect": "gone"}),
    **_wrong("HTTP-REQ-005", "follows the end of the request", "complete", "request request+", to="complete"),
    **_wrong("HTTP-DISC-013", "follows http.disconnect", "gone", "request request+", to="gone"),
}
"""What a server delivers of an HTTP request."""

_DENIAL = "denying denied"

WEBSOCKET_APP: Table = {
    **_right("connecting", {"accept": "open", "close": "refused", "deny": "denying"}),
    **_right("open", {"send": "", "close": "closed"}),
    **_right("denying", {"denial": "denied", "denial+": ""}),
    **_wrong("WS-SEND-001", "comes before websocket.accept", "connecting", "send"),
    **_wrong("WS-SEND-005", "follows websocket.close", "closed refused", "send"),
    **_wrong("WS-ACC-001", "is sent a second time", "open", "accept"),
    **_wrong("WS-ACC-001", "follows websocket.close", "closed refused", "accept"),
    **_wrong("WS-CLOSE-003", "is sent a second time", "closed refused", "close"),
    **_wrong("EXT-DENY-002", "follows websocket.accept", "open", "deny denial denial+"),
    **_wrong("EXT-DENY-002", "follows websocket.close", "closed refused", "deny denial denial+"),
    **_wrong("EXT-DENY-003", "follows the start of a denial response", _DENIAL, "accept send close"),
    **_wrong("EXT-DENY-004", "comes before websocket.http.response.start", "connecting", "denial denial+"),
    **_wrong("EXT-DENY-004", "is sent a second time", _DENIAL, "deny"),
    **_wrong("EXT-DENY-004", "follows the end of the denial response", "denied", "denial denial+"),
}
"""What an application sends on a WebSocket."""

WEBSOCKET_SERVER: Table = {
    **_right("expecting", {"connect": "connected"}),
    **_right("connected", {"receive": "", "disconnect": "gone"}),
    **_right("gone", {"disconnect": ""}),
    **_wrong("WS-CONN-001", "comes before websocket.connect", "expecting", "receive", to="connected"),
    **_wrong("WS-CONN-001", "comes before websocket.connect", "expecting", "disconnect", to="gone"),
    **_wrong("WS-CONN-002", "is delivered a second time", "connected", "connect", to="connected"),
    **_wrong("WS-CONN-002", "is delivered a second time", "gone", "connect", to="gone"),
    **_wrong("WS-RECV-005", "follows websocket.disconnect", "gone", "receive", to="gone"),
}
"""What a server delivers of a WebSocket."""

_ANSWERED = "running stopping stopped failed"

LIFESPAN_APP: Table = {
    **_right("starting", {"started": "running", "failed": "failed"}),
    **_right("stopping", {"stopped": "stopped", "stop-failed": "stopped"}),
    **_wrong("LIFE-ORD-004", "comes before lifespan.startup was received", "before", "started failed stopped stop-failed"),
    **_wrong("LIFE-ORD-002", "answers lifespan.startup a second time", _ANSWERED, "started failed"),
    **_wrong("LIFE-ORD-003", "comes before lifespan.shutdown was received", "starting running failed", "stopped stop-failed"),
    **_wrong("LIFE-ORD-003", "answers lifespan.shutdown a second time", "stopped", "stopped stop-failed"),
}
"""What an application sends in its lifespan."""

LIFESPAN_SERVER: Table = {
    **_right("before", {"startup": "starting"}),
    **_right("running", {"shutdown": "stopping"}),
    **_wrong("LIFE-ORD-001", "is delivered a second time", f"starting {_ANSWERED}", "startup"),
    **_wrong("LIFE-ORD-001", "comes before lifespan.startup.complete", "before starting failed", "shutdown"),
    **_wrong("LIFE-ORD-001", "is delivered a second time", "stopping stopped", "shutdown"),
}
"""What a server delivers in a lifespan; it shares its phases with the application's side, as each answers the other."""
