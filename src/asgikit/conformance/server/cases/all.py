"""All cases, in the order of reports."""

from __future__ import annotations

from asgikit.conformance.server.case import ServerCase
from asgikit.conformance.server.cases import (
    ext_responses,
    extras,
    http_body,
    http_events,
    http_leaving,
    http_pressure,
    http_response,
    http_scope,
    http_wrong,
    process_lifespan,
    process_signals,
    ws_close,
    ws_denial,
    ws_handshake,
    ws_messages,
    ws_misuse,
)

CASES: tuple[ServerCase, ...] = (
    *http_scope.CASES,
    *http_body.CASES,
    *http_response.CASES,
    *http_leaving.CASES,
    *http_pressure.CASES,
    *http_wrong.CASES,
    *http_events.CASES,
    *ws_handshake.CASES,
    *ws_messages.CASES,
    *ws_close.CASES,
    *ws_denial.CASES,
    *ws_misuse.CASES,
    *ext_responses.CASES,
    *extras.CASES,
    *process_lifespan.CASES,
    *process_signals.CASES,
)
