"""The protocol as a pure machine: a state and a message give the next state and what the message breaks.

Nothing here is asynchronous and nothing is changed in place, so that a wrapper, a driver, a fuzzer or a log reader can drive it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from asgikit.conformance.facts import facts_of, plain_facts
from asgikit.conformance.fields import CHECKS, Message, key_findings, pairs_in
from asgikit.conformance.headers import content_length
from asgikit.conformance.scopes import scope_findings
from asgikit.conformance.state import State
from asgikit.conformance.tables import (
    BROKEN,
    HTTP_APP,
    HTTP_SERVER,
    LIFESPAN_APP,
    LIFESPAN_SERVER,
    WEBSOCKET_APP,
    WEBSOCKET_SERVER,
    Table,
)
from asgikit.conformance.values import Finding, a_kind, is_event, shown, value_findings

Direction: TypeAlias = Literal["receive", "send"]

Findings: TypeAlias = tuple[Finding, ...]


_APP: Mapping[str, Table] = {"http": HTTP_APP, "websocket": WEBSOCKET_APP, "lifespan": LIFESPAN_APP}
_SERVER: Mapping[str, Table] = {"http": HTTP_SERVER, "websocket": WEBSOCKET_SERVER, "lifespan": LIFESPAN_SERVER}
_FIRST = {"http": ("waiting", "first"), "websocket": ("connecting", "expecting"), "lifespan": ("before", "")}

_SENT = {
    "http.response.start": "start",
    "http.response.body": "body",
    "http.response.trailers": "trailers",
    "http.response.push": "push",
    "http.response.early_hint": "hint",
    "http.response.zerocopysend": "zero",
    "http.response.pathsend": "path",
    "http.response.debug": "debug",
    "websocket.accept": "accept",
    "websocket.send": "send",
    "websocket.close": "close",
    "websocket.http.response.start": "deny",
    "websocket.http.response.body": "denial",
    "lifespan.startup.complete": "started",
    "lifespan.startup.failed": "failed",
    "lifespan.shutdown.complete": "stopped",
    "lifespan.shutdown.failed": "stop-failed",
}
_RECEIVED = {
    "http.request": "request",
    "http.disconnect": "disconnect",
    "websocket.connect": "connect",
    "websocket.receive": "receive",
    "websocket.disconnect": "disconnect",
    "lifespan.startup": "startup",
    "lifespan.shutdown": "shutdown",
}
_NEEDS = {
    "http.response.trailers": ("http.response.trailers", "EXT-TRAIL-001"),
    "http.response.push": ("http.response.push", "CORE-EXT-004"),
    "http.response.early_hint": ("http.response.early_hint", "CORE-EXT-004"),
    "http.response.zerocopysend": ("http.response.zerocopysend", "CORE-EXT-004"),
    "http.response.pathsend": ("http.response.pathsend", "CORE-EXT-004"),
    "http.response.debug": ("http.response.debug", "CORE-EXT-004"),
    "websocket.http.response.start": ("websocket.http.response", "EXT-DENY-001"),
    "websocket.http.response.body": ("websocket.http.response", "EXT-DENY-001"),
}
_OVER = frozenset({"complete", "complete-t", "sent", "trailing"})
_BODIES = frozenset({"http.response.body", "http.response.zerocopysend", "http.response.pathsend"})


def opened(scope: Mapping[str, object], *, plain: bool = False) -> tuple[State, Findings]:
    """The state of a connection that begins, and what is wrong with its scope; `plain` says that it needs no look."""
    if plain:
        return State(plain_facts(scope), "waiting", "first"), ()
    facts = facts_of(scope)
    app, server = _FIRST.get(facts.protocol, (BROKEN, BROKEN))
    return State(facts, app, server), tuple(scope_findings(scope))


def step(state: State, direction: Direction, message: object, size: int | None = None) -> tuple[State, Findings]:
    """The next state after a message that the application sent or received, and what the message breaks.

    Iterables of the message are iterated: a one-shot one has to be a list before.
    `size` is the number of bytes that a pathsend or zerocopysend message stands for, where the caller knows it.
    """
    if not is_event(message):
        return state, (Finding("CORE-MSG-001", f"the event is {shown(message)}, {a_kind(message)}, not a dict"),)
    event = message
    kind = event.get("type")
    if not isinstance(kind, str):
        return state, (Finding("CORE-MSG-001", "type is missing" if kind is None else f"type is {shown(kind)}"),)
    if state.facts.protocol not in _APP:
        return state, ()
    protocol = kind.partition(".")[0]
    symbols = _SENT if direction == "send" else _RECEIVED
    if kind not in symbols or protocol != state.facts.protocol:
        return state, _unknown(state, direction, event, kind)
    found = key_findings(event, state.facts)
    if type(message) is not dict:
        found.append(Finding("CORE-MSG-009", f"the event is {a_kind(message)}, not a plain dict"))
    if direction == "receive":
        return _received(state, kind, event, found)
    return _sent(state, kind, event, found, size)


def _unknown(state: State, direction: Direction, event: Message, kind: str) -> Findings:
    """An event that neither the protocol nor an advertised extension defines for this direction."""
    facts = state.facts
    found: list[Finding] = []
    if not facts.foreign:
        wrong_way = kind in CHECKS and kind.startswith(f"{facts.protocol}.")
        verb = "sent" if direction == "send" else "delivered"
        what = f"is not {verb} but {'delivered' if direction == 'send' else 'sent'}" if wrong_way else "is no event"
        found.append(Finding("CORE-MSG-002", f"{shown(kind)} {what} in {facts.protocol}"))
    if not kind.startswith(f"{facts.protocol}."):
        found.append(Finding("CORE-MSG-003", f"{shown(kind)} is not named {facts.protocol}.something"))
    for key, value in event.items():
        found.extend(value_findings(value, key))
    return tuple(found)


def _more(event: Message, kind: str, symbol: str) -> str:
    """The symbol with its variant."""
    if symbol == "trailers":
        return "trailers+" if event.get("more_trailers") else symbol
    if symbol in {"body", "zero", "denial", "request"}:
        return f"{symbol}+" if event.get("more_body") else symbol
    return symbol


def _moved(table: Table, phase: str, symbol: str, kind: str, found: list[Finding]) -> str:
    """The next phase; a broken rule of order is added."""
    if phase == BROKEN:
        return BROKEN
    to, rule, reason = table[phase, symbol]
    if rule:
        found.append(Finding(rule, f"{kind} {reason}"))
    return to


def _sent(state: State, kind: str, event: Message, found: list[Finding], size: int | None) -> tuple[State, Findings]:
    facts, protocol = state.facts, state.facts.protocol
    if kind in _NEEDS and _NEEDS[kind][0] not in facts.extensions:
        found.append(Finding(_NEEDS[kind][1], f"{kind} is sent, but the scope does not offer {_NEEDS[kind][0]}"))
        if kind == "http.response.trailers":
            return state, tuple(found)
    symbol = _more(event, kind, _SENT[kind])
    if kind == "http.response.start":
        if event.get("trailers") and "http.response.trailers" in facts.extensions:
            symbol = "start-t"
        phase = _moved(HTTP_APP, state.app, symbol, kind, found)
        return _started(state, phase, event, found)
    if kind == "websocket.http.response.start":
        phase = _moved(WEBSOCKET_APP, state.app, symbol, kind, found)
        return _started(state, phase, event, found)
    if protocol == "websocket" and state.server == "expecting" and state.app == "connecting":
        found.append(Finding("WS-CONN-006", f"{kind} is sent before websocket.connect was received"))
    phase = _moved(_APP[protocol], state.app, symbol, kind, found)
    state = State(facts, phase, state.server, state.status, state.declared, state.sent, state.received, state.code)
    if kind in _BODIES or kind == "websocket.http.response.body":
        return _content(state, kind, event, found, size)
    return state, tuple(found)


def _started(state: State, phase: str, event: Message, found: list[Finding]) -> tuple[State, Findings]:
    status = event.get("status")
    status = status if isinstance(status, int) else 0
    declared = content_length(pairs_in(event), found)
    if declared is not None and (status < 200 or status == 204) and status:
        found.append(Finding("HTTP-SEM-009", f"content-length with status {status}"))
    if status < 200 or status in {204, 205, 304}:
        declared = None
    return State(state.facts, phase, state.server, status, declared, 0, state.received, state.code), tuple(found)


def _content(state: State, kind: str, event: Message, found: list[Finding], size: int | None) -> tuple[State, Findings]:
    """A piece of a response body: what it may not be there for, and the sum of the pieces."""
    facts, phase, server, status, declared, sent, received, code = state
    if kind.endswith(".body"):
        body = event.get("body", b"")
        size = len(body) if isinstance(body, bytes) else None  # what is no bytes breaks a rule of its own, and is not counted
    if phase == BROKEN or not status or server == "gone":
        return state, tuple(found)
    if size and not sent:
        if status in {204, 205, 304} or status < 200:
            found.append(Finding("HTTP-SEM-010", f"{size} bytes of body with status {status}"))
        elif facts.method == "HEAD":
            found.append(Finding("HTTP-SEM-011", f"{size} bytes of body in reply to HEAD"))
    if size is None:
        declared = None
    elif declared is not None and facts.method != "HEAD":
        ended = phase in {"complete", "sent", "trailing", "denied"}
        total = sent + size
        if total > declared or (ended and total < declared):
            rule = "EXT-PATH-003" if kind == "http.response.pathsend" else "HTTP-SEM-008"
            found.append(Finding(rule, f"{'more than ' if not ended else ''}{total} bytes of body, content-length {declared}"))
            declared = None
    return State(facts, phase, server, status, declared, sent + (size or 0), received, code), tuple(found)


def _received(state: State, kind: str, event: Message, found: list[Finding]) -> tuple[State, Findings]:
    facts, app, server, status, declared, sent, received, code = state
    symbol = _more(event, kind, _RECEIVED[kind])
    if facts.protocol == "lifespan":
        app = _moved(LIFESPAN_SERVER, app, symbol, kind, found)
    else:
        # After the response a disconnect is what receive() gives first, whether or not the request was ever read.
        phase = "expecting" if server == "first" and app in _OVER else server
        server = _moved(_SERVER[facts.protocol], phase, symbol, kind, found)
    if kind == "http.request":
        body = event.get("body")
        received += len(body) if isinstance(body, bytes) else 0
        if _mismatch(facts.length, received, ended=symbol == "request") and state.server in {"first", "expecting"}:
            found.append(Finding("HTTP-REQ-011", f"{received} bytes of body, content-length {facts.length}"))
    elif kind == "websocket.receive":
        if app not in {"open", "closed", BROKEN}:
            found.append(Finding("WS-CONN-003", "websocket.receive comes before the application accepted"))
    elif kind == "websocket.disconnect":
        given = event.get("code")
        if isinstance(given, int):
            if code is not None and given != code:
                found.append(Finding("WS-DISC-007", f"websocket.disconnect repeats with code {given}, before it was {code}"))
            code = given
    return State(facts, app, server, status, declared, sent, received, code), tuple(found)


def _mismatch(declared: int | None, received: int, *, ended: bool) -> bool:
    """Whether a body is longer than declared, or has ended before."""
    return declared is not None and (received > declared or (ended and received < declared))


_ENDS = {
    "waiting": Finding("HTTP-RESP-020", "the application returned without a response"),
    "debugged": Finding("HTTP-RESP-020", "the application returned without a response"),
    "started": Finding("HTTP-RESP-010", "the application returned after http.response.start without any content"),
    "started-t": Finding("HTTP-RESP-010", "the application returned after http.response.start without any content"),
    "streaming": Finding("HTTP-RESP-019", "the application returned before the end of the body"),
    "streaming-t": Finding("HTTP-RESP-019", "the application returned before the end of the body"),
    "trailing": Finding("EXT-TRAIL-002", "the application returned without the trailers that it announced"),
    "connecting": Finding("WS-CONN-005", "the application returned without an answer to websocket.connect"),
    "open": Finding("WS-CLOSE-010", "the application returned with the socket open"),
    "denying": Finding("EXT-DENY-005", "the application returned before the end of the denial response"),
    "before": Finding("LIFE-ORD-006", "the application returned from its lifespan without an answer"),
    "starting": Finding("LIFE-ORD-006", "the application returned without an answer to lifespan.startup"),
    "running": Finding("LIFE-ORD-005", "the application ended between lifespan.startup.complete and lifespan.shutdown"),
    "stopping": Finding("LIFE-ORD-003", "the application returned without an answer to lifespan.shutdown"),
}


def ended(state: State, *, raised: bool = False, gone: bool = False) -> Findings:
    """What is missing when the application has returned or raised; `gone`: a send raised, as the client had left."""
    if raised or gone or state.server == "gone" or state.app not in _ENDS:
        return ()
    return (_ENDS[state.app],)
