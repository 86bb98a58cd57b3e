"""A conversation by itself: how it begins, and how it is judged."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.violations import ConformanceError
from asgikit.testing import Closed, Conversation, Incomplete, Profile, WebSocketClosed, websocket_scope
from asgikit.testing.conversation import seen_to_its_end

PROFILE = Profile(timeout=5)


def begun(app: Any, profile: Profile = PROFILE) -> Conversation:
    conversation = Conversation(app, websocket_scope(extensions=profile.offers("websocket")), profile)
    conversation.start()
    return conversation


async def greeting(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-a", b"1")]})
    await send({"type": "websocket.send", "text": "hello"})
    await receive()


async def test_the_steps_of_a_client() -> None:
    """Begin, wait for the answer, read, leave, wait for the end, judge."""
    conversation = begun(greeting)
    assert await conversation.answered() is None
    assert (conversation.headers["x-a"], conversation.subprotocol) == ("1", None)
    assert await conversation.next() == "hello"
    conversation.leave(1001)
    with pytest.raises(WebSocketClosed, match="1001"):
        await conversation.next()
    await conversation.end()
    conversation.judge()
    assert (conversation.has_ended, conversation.closed) == (True, Closed(1001))


@pytest.mark.parametrize(("raises", "status"), [(True, None), (False, 500)])
async def test_an_exception_is_an_answer_too(raises: bool, status: int | None) -> None:
    """Raised here, or as a server tells it; and no answer is Incomplete, unless it is judged as a broken rule."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("lost")

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    conversation = begun(broken)
    conversation.raises = raises
    if raises:
        with pytest.raises(KeyError):
            await conversation.answered()
    else:
        denial = await conversation.answered()
        assert denial is not None
        assert denial.status == status
    with pytest.raises(ConformanceError, match="WS-CONN-005"):
        await begun(silent).answered()
    with pytest.raises(Incomplete):
        await begun(silent, Profile(check=None)).answered()


async def test_a_closed_socket_is_judged_though_the_test_expects_the_close() -> None:
    """What has led to it may be worse than that."""

    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        await greeting(scope, receive, send)
        raise KeyError("lost")

    conversation = begun(wrong)
    with pytest.raises(KeyError) as caught:
        async with seen_to_its_end(conversation):
            await conversation.next()
            raise WebSocketClosed(4000)
    assert isinstance(caught.value.__context__, WebSocketClosed)
