"""asgikit: a typed, protocol-first ASGI toolkit. The everyday names are here; each lives in its own module."""

from asgikit.adapters import asgi_middleware, to_asgi
from asgikit.app import App
from asgikit.background import JobQueue
from asgikit.channels import Channel, Channels, follow
from asgikit.combine import every, except_for, some
from asgikit.conversation import converse, room_events
from asgikit.endpoint import Endpoint, delete, endpoint, get, head, options, patch, post, put, trace, websocket
from asgikit.errors import HTTPError
from asgikit.foreign.application import from_asgi
from asgikit.handler import Handler, Middleware, after, blocking, catch, when
from asgikit.http.cookies import SetCookie
from asgikit.inputs import cookie, form, header, json, query
from asgikit.lifespan import Lifespan, lifespans
from asgikit.mounting import mount
from asgikit.path import Path, host, param, rest, root
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route
from asgikit.routing import Router
from asgikit.supervisor import Supervisor
from asgikit.websocket import WebSocket

__all__ = [
    "App",
    "Channel",
    "Channels",
    "Endpoint",
    "HTTPError",
    "Handler",
    "JobQueue",
    "Lifespan",
    "Middleware",
    "Path",
    "Request",
    "Response",
    "Route",
    "Router",
    "SetCookie",
    "Supervisor",
    "WebSocket",
    "after",
    "asgi_middleware",
    "blocking",
    "catch",
    "converse",
    "cookie",
    "delete",
    "endpoint",
    "every",
    "except_for",
    "follow",
    "form",
    "from_asgi",
    "get",
    "head",
    "header",
    "host",
    "json",
    "lifespans",
    "mount",
    "options",
    "param",
    "patch",
    "post",
    "put",
    "query",
    "rest",
    "room_events",
    "root",
    "some",
    "to_asgi",
    "trace",
    "websocket",
    "when",
]
