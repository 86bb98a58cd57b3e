"""Passwords as hashes."""

from __future__ import annotations

import base64
import hashlib
import threading

import anyio
import anyio.to_thread
import pytest

from asgikit.auth.passwords import Passwords

CHEAP = Passwords(ln=12, p=1)


async def test_a_password_is_verified_against_its_hash() -> None:
    """Two hashes of one password differ."""
    first, second = await CHEAP.hash("pässword"), await CHEAP.hash("pässword")
    assert first != second
    assert await CHEAP.verify("pässword", first)
    assert not await CHEAP.verify("password", first)


async def test_what_looks_alike_is_alike() -> None:
    """One keyboard composes the letter, another the letter and its dots."""
    assert await CHEAP.verify("pa\u0308ssword", await CHEAP.hash("p\u00e4ssword"))


async def test_the_format_is_the_one_of_others() -> None:
    """Written by hand here, from RFC 7914's own example."""
    made = hashlib.scrypt(b"pleaseletmein", salt=b"SodiumChloride", n=2**14, r=8, p=1, dklen=32)
    salt, key = (base64.b64encode(data).rstrip(b"=").decode() for data in (b"SodiumChloride", made))
    assert key.startswith("cCO9yzr9c0hGHAbNgf04") or made.hex().startswith("7023bdcb3afd7348461c06cd81fd38eb")
    stored = f"$scrypt$ln=14,r=8,p=1${salt}${key}"
    assert await CHEAP.verify("pleaseletmein", stored)
    assert CHEAP.is_outdated(stored)
    assert not CHEAP.is_outdated(await CHEAP.hash("x"))


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "!",
        "x" * 100,
        "$2b$12$abc",
        "$scrypt$ln=12,r=8,p=1$!!!!$AAAA",
        "$scrypt$ln=12,r=8,p=1$A$AAAA",
        "$scrypt$ln=12,r=8,p=1$AAAA$AAAA",
        "$scrypt$ln=30,r=8,p=1$AAAA$" + "A" * 43,
        "$scrypt$ln=20,r=99,p=1$AAAA$" + "A" * 43,
        "$scrypt$ln=12,r=0,p=1$AAAA$" + "A" * 43,
    ],
)
async def test_what_is_no_hash_is_nobodys_password(stored: str) -> None:
    """Disabled accounts, other formats, costs that would take all of the memory."""
    assert not await CHEAP.verify("", stored)
    assert not await CHEAP.verify("x", stored)
    assert CHEAP.is_outdated(stored)


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    costs: list[int] = []
    scrypt = hashlib.scrypt

    def counted(*args: bytes, **kwargs: int) -> bytes:
        costs.append(kwargs["n"] * kwargs["r"] * kwargs["p"])
        made: bytes = scrypt(*args, **kwargs)  # type: ignore[arg-type]
        return made

    monkeypatch.setattr(hashlib, "scrypt", counted)
    return costs


async def test_an_unknown_user_takes_as_long_as_a_known_one(derived: list[int]) -> None:
    """The same work is done for both: nobody learns which names exist."""
    stored = await CHEAP.hash("x")
    derived.clear()
    assert not await CHEAP.verify("y", stored)
    assert not await CHEAP.verify("y", None)
    assert not await CHEAP.verify("y", "!")
    assert len(derived) == 3
    assert len(set(derived)) == 1


@pytest.mark.parametrize("password", ["", "x" * 1025, "ä" * 600, "\ud800"])
async def test_what_is_no_password(password: str, derived: list[int]) -> None:
    """Empty, long, or no text: it costs nothing, and matches nothing."""
    stored = await CHEAP.hash("x")
    derived.clear()
    assert not await CHEAP.verify(password, stored)
    assert derived == []
    with pytest.raises(ValueError):
        await CHEAP.hash(password)


@pytest.mark.parametrize(
    "cost", [{"ln": 0}, {"ln": 21}, {"ln": 11}, {"r": 0}, {"r": 33}, {"p": 0}, {"p": 17}, {"ln": 20, "r": 8}]
)
def test_a_cost_that_cannot_be_meant_is_refused(cost: dict[str, int]) -> None:
    """Too cheap to be safe, or too dear to be served."""
    with pytest.raises(ValueError):
        Passwords(**cost)  # type: ignore[arg-type]


async def test_a_few_passwords_are_verified_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever floods us with guesses takes neither all of the memory nor the threads that serve files."""
    default = anyio.to_thread.current_default_thread_limiter()
    taken: list[float] = []
    four = threading.Barrier(4)

    def scrypt(*args: bytes, **kwargs: int) -> bytes:
        taken.append(default.borrowed_tokens)
        four.wait(5)
        return bytes(32)

    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(CHEAP.verify, "x", None)
    assert taken == [0] * 12
