"""What sessions of one kind have in common: what a cookie stands for, and sessions without a request."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from asgikit import json
from asgikit.config import Secret
from asgikit.errors import CompositionError, SessionError
from asgikit.http.cookies import Cookies, SetCookie
from asgikit.sealing import Sealer
from asgikit.sessions.keepers import InCookie, InStore, Keeper
from asgikit.sessions.keeping import Keeping
from asgikit.sessions.policy import SessionPolicy
from asgikit.signing import Signer
from asgikit.stores.memory_sessions import MemorySessions

KEY = Secret("a-key-of-a-test-0123456789-abcdef")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def keepers(clock: Clock) -> dict[str, Keeper]:
    return {
        "signed": InCookie(Signer(KEY, purpose="session", clock=clock)),
        "sealed": InCookie(Sealer(KEY, purpose="session", clock=clock)),
        "memory": InStore(MemorySessions(clock=clock)),
    }


def keeping(kind: str, clock: Clock | None = None, **policy: Any) -> Keeping[list[int]]:
    clock = clock or Clock()
    return Keeping(keepers(clock)[kind], json(list[int]), [7], SessionPolicy(clock=clock, **policy))


def jar(*cookies: SetCookie) -> dict[str, str]:
    return {cookie.name: cookie.value for cookie in cookies}


every_keeper = pytest.mark.parametrize("kind", keepers(Clock()))


def test_a_default_is_a_value_of_the_model() -> None:
    """Or the program is told when it is put together."""
    wrong: list[int] = ["x"]  # type: ignore[list-item]  # on purpose
    with pytest.raises(CompositionError, match="default"):
        Keeping(InStore(MemorySessions()), json(list[int]), wrong, SessionPolicy())


@every_keeper
async def test_what_is_issued_can_be_read(kind: str) -> None:
    """The value, and whose it is; each with a cookie of its own."""
    own = keeping(kind)
    ada, nobody = await own.issue([1, 2], subject="ada"), await own.issue([])
    found = await own.read(jar(ada))
    assert (found.value, found.subject, found.is_new) == ([1, 2], "ada", False)
    found = await own.read(jar(nobody))
    assert (found.value, found.subject, found.is_new) == ([], None, False)


async def test_any_jar_can_be_read() -> None:
    """Of a client, or of a request."""
    own = keeping("memory")
    cookie = await own.issue([1])
    for one in (httpx.Cookies(jar(cookie)), Cookies.parse(f"a=b; {cookie.name}={cookie.value}")):
        assert (await own.read(one)).value == [1]
    for none in (httpx.Cookies({"a": "b"}), Cookies.parse("a=b")):
        assert (await own.read(none)).is_new


@every_keeper
async def test_a_default_that_is_issued_is_a_session(kind: str) -> None:
    """Other than one that nobody has begun."""
    own = keeping(kind)
    assert (await own.read(jar(await own.issue([7])))).is_new is False
    found = await own.read({})
    assert (found.value, found.subject, found.is_new) == ([7], None, True)


@every_keeper
@pytest.mark.parametrize("value", ["", "x", "A" * 43, "é", "....", "A" * 5000])
async def test_nonsense_is_a_new_session(kind: str, value: str) -> None:
    """Never an error."""
    assert (await keeping(kind).read({"__Host-session": value})).is_new


@every_keeper
async def test_the_cookie_is_that_of_the_policy(kind: str) -> None:
    """Its name, which only https may set, its attributes, and the time that the session has."""
    cookie = await keeping(kind, lifetime=60).issue([1])
    assert str(cookie).startswith("__Host-session=")
    assert set(str(cookie).split("; ")[1:]) == {"Max-Age=60", "Path=/", "SameSite=Lax", "Secure", "HttpOnly"}
    other = keeping(kind, secure=False, name="sid")
    cookie = await other.issue([1])
    assert str(cookie).startswith("sid=")
    assert (await other.read({"sid": cookie.value, "__Host-session": "x"})).value == [1]


@every_keeper
async def test_what_is_issued_ends_as_any_session(kind: str) -> None:
    """When it is not used, which reading it here is not."""
    clock = Clock()
    own = keeping(kind, clock, idle=100)
    cookie = await own.issue([1])
    clock.now += 99
    assert (await own.read(jar(cookie))).value == [1]
    clock.now += 1
    assert (await own.read(jar(cookie))).value == [7]


async def test_every_token_is_new() -> None:
    """None is anything that could be guessed, or known from before; the store has its hash alone."""
    store = MemorySessions()
    own = Keeping(InStore(store), json(list[int]), [], SessionPolicy())
    cookies = [await own.issue([1], subject="ada") for _ in range(9)]
    keys = await store.keys("ada")
    assert len({cookie.value for cookie in cookies}) == len(keys) == 9
    assert not keys & {cookie.value for cookie in cookies}


@pytest.mark.parametrize("kind", ["signed", "sealed"])
async def test_what_does_not_fit_into_a_cookie_is_told(kind: str) -> None:
    """To the program."""
    with pytest.raises(SessionError, match="or keep it in a store"):
        await keeping(kind).issue([1000] * 1000)


@every_keeper
async def test_sessions_of_an_earlier_model_are_new_ones(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a line in the log."""
    keeper = keepers(Clock())[kind]
    cookie = await Keeping(keeper, json(str), "", SessionPolicy(clock=Clock())).issue("text")
    assert (await Keeping(keeper, json(list[int]), [7], SessionPolicy(clock=Clock())).read(jar(cookie))).value == [7]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_what_is_found_shows_no_token() -> None:
    """When a test fails on it, its report may be read by others."""
    own = keeping("memory")
    cookie = await own.issue([1], subject="ada")
    assert repr(await own.read(jar(cookie))) == "Found(value=[1])"
