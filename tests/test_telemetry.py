"""Requests in the words of OpenTelemetry."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.errors import ClientDisconnected, HTTPError
from asgikit.telemetry import LONGEST, error_type, metric_attributes, request_attributes, response_attributes, span_name
from asgikit.testing import http_scope, websocket_scope
from asgikit.watching import Sent


def test_what_is_known_of_a_request() -> None:
    """By the names of the stable conventions."""
    scope = http_scope(
        "GET", "/a%20b?q=1&token=x", headers={"host": "a.org:8443", "user-agent": "me"}, scheme="https", client=("10.0.0.1", 9)
    )
    assert request_attributes(scope, "/{name}") == {
        "http.request.method": "GET",
        "url.scheme": "https",
        "url.path": "/a%20b",
        "url.query": "q=1&token=REDACTED",
        "network.protocol.version": "1.1",
        "http.route": "/{name}",
        "user_agent.original": "me",
        "client.address": "10.0.0.1",
        "client.port": 9,
        "server.address": "a.org",
        "server.port": 8443,
    }


def test_what_a_client_writes_is_of_limited_length() -> None:
    """Many spans wait in memory until they are sent."""
    long = "x" * 60_000
    found = request_attributes(http_scope("GET", f"/{long}?{long}", headers={"user-agent": long, "host": long}), "")
    assert max(len(value) for value in found.values() if isinstance(value, str)) == LONGEST


def test_a_method_that_nobody_knows() -> None:
    """Its name goes where it makes no new span or metric."""
    scope = http_scope("BREW" * 20, "/")
    found = request_attributes(scope, "")
    assert (found["http.request.method"], len(str(found["http.request.method_original"]))) == ("_OTHER", 32)
    assert metric_attributes(scope, "/x") == {"http.request.method": "_OTHER", "url.scheme": "http", "http.route": "/x"}


@pytest.mark.parametrize(
    ("method", "route", "name"), [("GET", "/u/{id}", "GET /u/{id}"), ("POST", "", "POST"), ("BREW", "/u", "HTTP /u")]
)
def test_names_of_spans_are_few(method: str, route: str, name: str) -> None:
    """By method and route."""
    assert span_name(method, route) == name


@pytest.mark.parametrize(
    ("host", "server", "expected"),
    [
        ("a.org", None, ("a.org", 80)),
        ("[::1]:8000", None, ("::1", 8000)),
        ("a:b", ("10.0.0.2", 80), (None, None)),
        (None, ("10.0.0.2", 8000), ("10.0.0.2", 8000)),
        (None, ("10.0.0.2", "8000"), ("10.0.0.2", 8000)),
        (None, ("/run/socket", None), (None, None)),
        (None, None, (None, None)),
    ],
)
def test_whom_the_client_asked(host: str | None, server: Any, expected: Any) -> None:
    """A Host field that is none says nothing."""
    found = request_attributes(http_scope(headers={} if host is None else {"host": host}, server=server), "")
    assert (found.get("server.address"), found.get("server.port")) == expected


def test_a_handshake_is_a_request() -> None:
    """Of the scheme that it has."""
    found = request_attributes(websocket_scope("/ws", headers={"host": "a.org"}, omit=["raw_path"]), "/ws")
    assert (found["http.request.method"], found["url.scheme"], found["url.path"], found["server.port"]) == (
        "GET",
        "ws",
        "/ws",
        80,
    )


@pytest.mark.parametrize(
    ("sent", "raised", "kind"),
    [
        (Sent(status=200, complete=True), None, None),
        (Sent(status=404, complete=True), HTTPError(404, "no"), None),
        (Sent(status=404, complete=True), LookupError(), None),
        (Sent(status=500, complete=True), ValueError(), "ValueError"),
        (Sent(status=500, complete=True), ClientDisconnected(), "asgikit.errors.ClientDisconnected"),
        (Sent(status=503, complete=True), HTTPError(503, "no"), "503"),
        (Sent(status=502, complete=True), None, "502"),
        (Sent(status=200, error=ValueError()), None, "ValueError"),
        (Sent(status=200), None, None),
        (Sent(), BaseException(), None),
        (Sent(status=101, complete=True, code=1011), None, "1011"),
        (Sent(status=101, complete=True, code=1000), None, None),
    ],
)
def test_what_is_an_error_of_the_server(sent: Sent, raised: BaseException | None, kind: str | None) -> None:
    """Neither a refusal nor a client that leaves."""
    assert error_type(sent, raised) == kind


def test_what_is_known_of_a_response() -> None:
    """Once it is sent."""
    assert response_attributes(Sent(status=500, size=5, complete=True), None) == {
        "http.response.body.size": 5,
        "http.response.status_code": 500,
        "error.type": "500",
    }
    assert response_attributes(Sent(status=101, size=3, code=1000), None)["asgikit.websocket.close_code"] == 1000
    assert response_attributes(Sent(), None) == {"http.response.body.size": 0}
