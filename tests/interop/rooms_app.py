"""A room on WebSockets and as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgikit import App, Channels, Request, Response, Router, converse, follow, get, json, param, room_events, root, websocket
from asgikit.stores.memory_channels import MemoryChannels


def line(author: str, said: str) -> list[str]:
    return [author, said]


said_json, line_json = json(str), json(list[str])


@dataclass(frozen=True)
class State:
    rooms: Channels[list[str]]


@websocket(root / "rooms" / param("author", str))
async def chat(request: Request[State], author: str) -> Response:
    seat = request.state.rooms["a"].join(author, history=10)
    return Response.upgrade(converse(seat, line, rate=1000), receives=said_json, sends=room_events(line_json))


@get(root / "feed")
async def feed(request: Request[State]) -> Response:
    return Response.sse(follow(request.state.rooms["a"].subscribe(history=10)), line_json)


@get(root / "members").returns(json(list[str]))
async def members(request: Request[State]) -> list[str]:
    return sorted(await request.state.rooms["a"].members())


@asynccontextmanager
async def lifespan() -> AsyncGenerator[State]:
    async with MemoryChannels[list[str]](history=10) as rooms:
        yield State(rooms)


app = App(Router(chat, feed, members), lifespan=lifespan)
