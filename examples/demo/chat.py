"""Chat rooms: who is there, what was said, what is being said; for whoever has signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol

from msgspec import Meta

from asgikit import Channels, Request, Response, converse, get, json, param, room_events, root, websocket
from asgikit.http.cache import CacheControl
from examples.demo.page import chat_page

lobby = root / "rooms"
room = lobby / param("room", str)
ROOMS = ("lounge", "library", "garden")


@dataclass(frozen=True)
class Said:
    """What a browser says; what is empty or too long is refused before anybody sees it."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]


@dataclass(frozen=True)
class Line:
    """What a room remembers: the author is who has signed in, whatever the browser may claim."""

    author: str
    text: str
    at: datetime


class Chatting(Protocol):
    """What chatting needs."""

    @property
    def rooms(self) -> Channels[Line]:
        """A channel for each room."""
        ...

    @property
    def author(self) -> str:
        """Who has signed in."""
        ...


said_json, line_events = json(Said), room_events(json(Line))


def line(author: str, said: Said) -> Line:
    """A line of the room."""
    return Line(author, said.text, datetime.now(UTC))


@websocket(room)
async def chat(request: Request[Chatting], name: str) -> Response:
    """The whole chat room."""
    seat = request.state.rooms[name].join(request.state.author, history=50)
    return Response.upgrade(converse(seat, line), receives=said_json, sends=line_events)


@get(room)
async def show_room(request: Request[Chatting], name: str) -> Response:
    """The page of a room, which only this reader may keep."""
    links = [(other, room.url(other)) for other in (*ROOMS, *({name} - set(ROOMS)))]
    page = chat_page(name, request.state.author, links)
    return Response.html(page).with_cache_control(CacheControl(private=True, no_cache=True)).with_vary("Cookie")


@get(lobby)
async def enter(request: Request[Chatting]) -> Response:
    """The first of the rooms."""
    return Response.redirect(room.url(ROOMS[0]))
