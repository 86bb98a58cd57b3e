"""Tests ASGI applications of any make, in process, on the event loop of the test, checked against the specification."""

from asgikit.testing.adapter import exchange_of
from asgikit.testing.calling import Answer, call, play
from asgikit.testing.client import AsyncClient
from asgikit.testing.events import EventStream, UnexpectedResponse
from asgikit.testing.exchange import Exchange
from asgikit.testing.exchanging import exchanging
from asgikit.testing.failures import AppFailure, ClientLeft, Incomplete, LifespanFailed, NoAnswer, NotRunning
from asgikit.testing.heard import Heard, Push
from asgikit.testing.lifespans import Life, running
from asgikit.testing.portal import Client, Events, Streamed
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import http_scope, lifespan_scope, websocket_scope

__all__ = [
    "Answer",
    "AppFailure",
    "AsyncClient",
    "Client",
    "ClientLeft",
    "EventStream",
    "Events",
    "Exchange",
    "Heard",
    "Incomplete",
    "Life",
    "LifespanFailed",
    "NoAnswer",
    "NotRunning",
    "Profile",
    "Push",
    "Streamed",
    "UnexpectedResponse",
    "call",
    "exchange_of",
    "exchanging",
    "http_scope",
    "lifespan_scope",
    "play",
    "running",
    "websocket_scope",
]
