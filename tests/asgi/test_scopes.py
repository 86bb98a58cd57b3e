"""Scopes as types."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import asgi


@pytest.mark.parametrize(
    ("scope", "required"),
    [
        (asgi.HTTPScope, {"type", "asgi", "http_version", "method", "path", "query_string", "headers"}),
        (asgi.WebSocketScope, {"type", "asgi", "path", "headers"}),
        (asgi.LifespanScope, {"type", "asgi"}),
        (asgi.ASGIVersions, {"version"}),
        (asgi.TLSExtension, {"server_cert", "tls_version", "cipher_suite"}),
    ],
)
def test_keys_are_required_where_the_text_gives_no_default(scope: Any, required: set[str]) -> None:
    """All others are NotRequired."""
    optional = {key for key, value in scope.__annotations__.items() if value.__forward_arg__.startswith("NotRequired")}
    assert set(scope.__annotations__) - optional == required


def test_every_extension_is_known() -> None:
    """And none of them is required."""
    assert asgi.Extensions.__required_keys__ == frozenset()
    assert {"websocket.http.response", "http.response.early_hint", "tls"} <= asgi.Extensions.__optional_keys__
    assert len(asgi.Extensions.__optional_keys__) == 8


def test_a_scope_is_told_by_its_type() -> None:
    """By exactly one of three."""
    for kind in ("http", "websocket", "lifespan", "other"):
        scope = {"type": kind}
        assert [asgi.is_http(scope), asgi.is_websocket(scope), asgi.is_lifespan(scope)] == [
            kind == "http",
            kind == "websocket",
            kind == "lifespan",
        ]
