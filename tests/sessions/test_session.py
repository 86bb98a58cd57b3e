"""What handlers see of a session; more of it with the middleware (tests/middleware/test_sessions.py)."""

from __future__ import annotations

from asgikit import Request, json
from asgikit.sessions.keepers import InStore
from asgikit.sessions.keeping import Keeping
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.session import Session, WithSession
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.testing import http_scope

KEEPING = Keeping(InStore(MemorySessions()), json(list[int]), [], SessionPolicy())


def session() -> Session[list[int]]:
    return Session(KEEPING, Request.of(http_scope(), None))


async def test_it_is_not_used_before_it_is() -> None:
    """So that nothing is read for who does not ask."""
    one = session()
    assert (one.is_used, one.cookie) == (False, None)
    one.set([1])
    assert (one.is_used, await one.get()) == (True, [1])


async def test_it_shows_nothing_of_what_is_in_it() -> None:
    """Logs are read by others."""
    one = session()
    one.sign_in("ada")
    await one.save()
    assert one.cookie is not None
    assert repr(one) == "<Session>"


async def test_a_state_with_a_session() -> None:
    """Both can be had."""
    one = session()
    state = WithSession("state", one)
    assert (state.state, state.session) == ("state", one)


async def test_changes_that_were_not_saved_are_lost_by_reloading() -> None:
    """And what was saved is there."""
    one = session()
    one.set([1])
    await one.save()
    one.set([2])
    one.sign_in("ada")
    one.reload()
    assert (await one.get(), await one.subject()) == ([1], None)
    assert await one.key() is not None
