"""Requests for schemes, without an application."""

from __future__ import annotations

import base64

from asgikit import Request
from asgikit.testing import http_scope
from asgikit.testing.scopes import Fields


def asking(headers: Fields = (), target: str = "/") -> Request[None]:
    """A request with these header fields."""
    return Request.of(http_scope(target=target, headers=headers), None)


def basic(name: str, password: str) -> dict[str, str]:
    """The field of a client that knows a name and a password."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
