"""One WebSocket in the hands of the test: it decides when what is said, what is read, and when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.testing.conversation import Conversation, seen_to_its_end
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import Fields, websocket_scope
from asgikit.testing.socketpeer import SocketPeer


@asynccontextmanager
async def talking(  # noqa: PLR0913  # all but two by name, with defaults
    app: ASGIApp | ForeignApp,
    target: str = "/",
    *,
    headers: Fields = (),
    loses: bool = False,
    raises: Exception | None = None,
    profile: Profile | None = None,
    **scope: object,
) -> AsyncGenerator[Conversation]:
    """Talks with an application on a WebSocket, without a client; more keywords are keys of the scope.

    Its client reads as fast as it can; `raises` and `loses` are of SocketPeer. At the end of the block it leaves, and the
    application has to end: what it raised is the conversation's `error`. Raises ConformanceError where it breaks a rule.
    """
    server = profile or Profile()
    keys: dict[str, Any] = {"spec_version": server.spec_version, "extensions": server.offers("websocket"), **scope}
    peer = SocketPeer(server, loses=loses, raises=raises)
    conversation = Conversation(app, websocket_scope(target, headers=headers, **keys), server, peer)
    conversation.raises = False
    conversation.start()
    async with seen_to_its_end(conversation, code=1006):
        yield conversation
