"""The state of an exchange, and the short way from one to the next for the plain messages of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from asgikit.conformance.facts import Facts


class State(NamedTuple):
    """Where one exchange is: a value; `opened` makes the first."""

    facts: Facts
    app: str
    """The phase of what the application sends (see tables)."""
    server: str
    """The phase of what the server delivers; a lifespan has one phase for both, in `app`."""
    status: int = 0
    declared: int | None = None
    """The content-length of the response."""
    sent: int = 0
    """Bytes of the response body so far."""
    received: int = 0
    """Bytes of the request body so far."""
    code: int | None = None
    """The code of websocket.disconnect."""


_BODY = {
    ("started", False): "complete",
    ("started", True): "streaming",
    ("streaming", False): "complete",
    ("streaming", True): "streaming",
}
_EXPECTING = frozenset({"first", "expecting"})
_BODILESS = frozenset({204, 205, 304})


def plain_step(state: State, event: Mapping[str, object]) -> State | None:
    """The next state after a message that quick has recognised, where it breaks nothing; None: take the long way."""
    kind = event["type"]
    if kind == "http.response.body":
        return _body(state, event)
    if kind == "http.response.start":
        return _start(state, event)
    return _request(state, event)


def _start(state: State, event: Mapping[str, object]) -> State | None:
    if state.app != "waiting":
        return None
    declared: int | None = None
    headers: Any = event.get("headers", ())
    for name, value in headers:
        if name == b"content-length":
            declared = int(value) if len(value) <= 19 else None
    status: Any = event["status"]
    return State(state.facts, "started", state.server, status, declared, 0, state.received)


def _body(state: State, event: Mapping[str, object]) -> State | None:
    facts, app, server, status, declared, sent, received, _ = state
    more = bool(event.get("more_body", False))
    phase = _BODY.get((app, more))
    if phase is None or status < 200 or status in _BODILESS or facts.method == "HEAD":
        return None
    body: Any = event.get("body", b"")
    total = sent + len(body)
    if declared is not None and (total > declared or (not more and total != declared)):
        return None
    return State(facts, phase, server, status, declared, total, received)


def _request(state: State, event: Mapping[str, object]) -> State | None:
    facts, app, server, status, declared, sent, received, _ = state
    if server not in _EXPECTING or facts.protocol != "http" or facts.length is not None:
        return None
    body: Any = event.get("body", b"")
    server = "expecting" if event.get("more_body", False) else "complete"
    return State(facts, app, server, status, declared, sent, received + len(body))
