"""The demo, as its author would test it: with the testing kit, through everything that stands around it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from asgikit import json
from asgikit.problems import CallError
from asgikit.testing import AsyncClient, Client, WebSocketDenied, exchange_of
from asgikit.testing.live import serve_in_thread
from examples.demo.api import Listing, list_by_mood, list_notes, note_json, write_note
from examples.demo.app import Preferences, app, attachments, with_session
from examples.demo.chat import Said, room
from examples.demo.notebook import Mood, NewNote

BASE = "http://localhost"  # the demo serves no host that it does not know


@pytest.fixture
async def visitor() -> AsyncIterator[AsyncClient]:
    """Somebody who has not signed in."""
    async with AsyncClient(app, base_url=BASE) as client:
        yield client


@pytest.fixture
async def ada(visitor: AsyncClient) -> AsyncClient:
    """Somebody who has, without the form."""
    visitor.set_cookie(await with_session.issue(Preferences(), subject="ada"))
    return visitor


async def test_a_note_is_written_and_listed(ada: AsyncClient) -> None:
    """By typed calls, under the name of who has signed in; the mood stays the first choice of the session."""
    written = await ada(write_note, NewNote("tea at five", Mood.GRUMPY))
    assert (written.author, written.text, written.mood) == ("ada", "tea at five", Mood.GRUMPY)
    assert await ada(list_by_mood, Mood.GRUMPY, Listing()) == [written]
    assert (await ada(list_notes, Listing(limit=1))) == [written]
    assert (await with_session.read(ada.cookies)).value == Preferences(Mood.GRUMPY)


async def test_nobody_writes_without_a_name(visitor: AsyncClient) -> None:
    """The error is typed as the answer is."""
    with pytest.raises(CallError) as refused:
        await visitor(write_note, NewNote("anonymous"))
    assert refused.value.problem.status == 401


async def test_the_form_signs_in_and_goes_back(visitor: AsyncClient) -> None:
    """To a path of the demo, whatever the form says."""
    form = {"name": "bob", "back": "https://evil.example"}
    response = await visitor.post("/sign-in", data=form, headers={"origin": BASE})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert (await with_session.read(visitor.cookies)).subject == "bob"


async def test_an_attachment_comes_back_as_it_was_sent(ada: AsyncClient) -> None:
    """In parts, for who asks for parts."""
    kept = await ada.post(attachments.url(), files={"file": ("engine.png", b"\x89PNG")})
    assert (kept.status_code, kept.json()["size"]) == (201, 4)
    part = await ada.get(kept.headers["location"], headers={"range": "bytes=1-"})
    assert (part.status_code, part.content) == (206, b"PNG")


async def test_a_feed_tells_notes_as_they_are_written(ada: AsyncClient) -> None:
    """It has no end: the client leaves, and the application notices."""
    async with ada.events("/feed?after=1") as feed:
        written = await ada(write_note, NewNote("news"))
        event = await feed.receive()
        assert (event.id, note_json.decode((event.data or "").encode())) == (str(written.id), written)
    assert exchange_of(feed.response).has_ended


async def test_two_people_talk_in_a_room(ada: AsyncClient) -> None:
    """Each is heard under the own name, at once."""
    where = room.url("tea")
    async with ada.websocket(where, sends=json(Said)) as mine:
        await mine.receive()
        ada.cookies.clear()
        ada.set_cookie(await with_session.issue(Preferences(), subject="bob"))
        async with ada.websocket(where, sends=json(Said)) as theirs:
            await theirs.send(Said("hello"))
            while "hello" not in (heard := str(await mine.receive())):
                pass
    assert '"bob"' in heard


async def test_strangers_are_not_let_in(visitor: AsyncClient) -> None:
    """The handshake is refused with a response."""
    with pytest.raises(WebSocketDenied, match="401"):
        async with visitor.websocket(room.url("tea")):
            pass


def test_it_is_the_same_over_the_network() -> None:
    """The same calls, to a server."""
    with serve_in_thread(app) as server, Client(server.url) as client:
        (first,) = client(list_notes, Listing())
        assert first.author == "ada"
