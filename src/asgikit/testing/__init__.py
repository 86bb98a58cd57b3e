"""Tests ASGI applications of any make, in process, on the event loop of the test, checked against the specification."""

from asgikit.testing.adapter import exchange_of
from asgikit.testing.calling import Answer, call, play
from asgikit.testing.client import AsyncClient
from asgikit.testing.conversation import Conversation
from asgikit.testing.events import EventStream, UnexpectedResponse
from asgikit.testing.exchange import Exchange
from asgikit.testing.exchanging import exchanging
from asgikit.testing.failures import (
    AppFailure,
    ClientLeft,
    Incomplete,
    LifespanFailed,
    NoAnswer,
    NotRunning,
    WebSocketClosed,
)
from asgikit.testing.heard import Heard, Push
from asgikit.testing.lifespans import Life, running
from asgikit.testing.messages import Closed
from asgikit.testing.portal import Client
from asgikit.testing.profile import Profile
from asgikit.testing.recorder import Recorder, record
from asgikit.testing.scopes import http_scope, lifespan_scope, websocket_scope
from asgikit.testing.socketpeer import SocketPeer
from asgikit.testing.socketportal import SyncWebSocketSession
from asgikit.testing.streamportal import Streamed, SyncEventStream
from asgikit.testing.talking import talking
from asgikit.testing.websocket import UnexpectedMessage, WebSocketDenied, WebSocketSession

__all__ = [
    "Answer",
    "AppFailure",
    "AsyncClient",
    "Client",
    "ClientLeft",
    "Closed",
    "Conversation",
    "EventStream",
    "Exchange",
    "Heard",
    "Incomplete",
    "Life",
    "LifespanFailed",
    "NoAnswer",
    "NotRunning",
    "Profile",
    "Push",
    "Recorder",
    "SocketPeer",
    "Streamed",
    "SyncEventStream",
    "SyncWebSocketSession",
    "UnexpectedMessage",
    "UnexpectedResponse",
    "WebSocketClosed",
    "WebSocketDenied",
    "WebSocketSession",
    "call",
    "exchange_of",
    "exchanging",
    "http_scope",
    "lifespan_scope",
    "play",
    "record",
    "running",
    "talking",
    "websocket_scope",
]
