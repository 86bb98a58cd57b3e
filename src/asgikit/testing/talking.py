"""One WebSocket in the hands of the test: it decides when what is said, what is read, and when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Unpack

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.testing.conversation import Conversation, seen_to_its_end
from asgikit.testing.scopes import Fields, ServedOptions, served, websocket_scope
from asgikit.testing.socketpeer import SocketPeer


class TalkOptions(ServedOptions, total=False):
    """What a WebSocket in the hands of the test can have besides."""

    subprotocols: Sequence[str]
    """Those that the client offers, the best first."""
    raise_app_exceptions: bool
    """Whether what comes out of the application is raised at the end, true; else it is the `error` of the conversation alone."""


@asynccontextmanager
async def talking(  # all but two by name, with defaults
    app: ASGIApp | ForeignApp,
    target: str = "/",
    *,
    headers: Fields = (),
    loses: bool = False,
    raises: Exception | None = None,
    **options: Unpack[TalkOptions],
) -> AsyncGenerator[Conversation]:
    """Talks with an application on a WebSocket, without a client.

    Its client reads as fast as it can, unless `buffer_size` says how far it may be behind; `raises` and `loses` are of
    SocketPeer. At the end of the block it leaves; the application has to end, and is judged: raises what came out of it,
    NoAnswer, and ConformanceError.
    """
    raised = options.pop("raise_app_exceptions", True)
    profile, chosen = served("websocket", {**options})
    keys: Any = chosen
    peer = SocketPeer(profile, loses=loses, raises=raises)
    peer.buffer_size = options.get("buffer_size", peer.buffer_size)
    conversation = Conversation(app, websocket_scope(target, headers=headers, **keys), profile, peer)
    conversation.raises = raised
    conversation.start()
    async with seen_to_its_end(conversation, code=1006):
        yield conversation
