"""Requests for schemes, without an application."""

from __future__ import annotations

import base64
from typing import Any

from asgikit import Request
from asgikit.connection import Connection
from asgikit.testing import http_scope
from asgikit.testing.scopes import Fields


async def _nothing() -> Any:
    raise AssertionError("nothing is read")


def asking(headers: Fields = (), target: str = "/") -> Request[None]:
    """A request with these header fields."""
    return Request(Connection(http_scope(target=target, headers=headers), _nothing), None)


def basic(name: str, password: str) -> dict[str, str]:
    """The field of a client that knows a name and a password."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
