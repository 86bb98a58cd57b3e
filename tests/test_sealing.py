"""Encrypted values."""

from __future__ import annotations

import pytest

from asgikit import sealing
from asgikit.config import Secret
from asgikit.errors import MissingExtra
from asgikit.sealing import Sealer

OLD = Secret("an-old-key-0123456789-0123456789-0")
NEW = Secret("a-new-key-9876543210-9876543210-98")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_what_is_sealed_is_verified(data: bytes) -> None:
    """Text of the alphabet that cookies and URLs share."""
    sealer = Sealer(OLD, purpose="test")
    text = sealer.seal(data)
    assert sealer.open(text) == data
    assert text.replace("-", "").replace("_", "").isalnum()


def test_keys_change_without_a_break() -> None:
    """The new one encrypts, the old one still decrypts, until it is gone."""
    before, during, after = (Sealer(keys, purpose="test") for keys in ([OLD], [NEW, OLD], [NEW]))
    assert during.open(before.seal(b"x")) == after.open(during.seal(b"x")) == b"x"
    assert after.open(before.seal(b"x")) is None


def test_a_value_for_another_purpose_is_none() -> None:
    """Though the key is the same."""
    assert Sealer(OLD, purpose="one").open(Sealer(OLD, purpose="other").seal(b"x")) is None


def test_a_value_has_an_age() -> None:
    """Up to and including the limit; without one it never ends."""
    clock = Clock()
    sealer = Sealer(OLD, purpose="test", clock=clock)
    text = sealer.seal(b"x")
    clock.now += 60
    assert (sealer.open(text, max_age=60), sealer.open(text, max_age=59), sealer.open(text)) == (b"x", None, b"x")


@pytest.mark.parametrize("text", ["", ".", "A", "A" * 72, "A" * 73, "é" * 80, "A" * 72 + "\n", "\ud800"])
def test_what_was_never_sealed_is_none(text: str) -> None:
    """Nothing raises."""
    assert Sealer(OLD, purpose="test").open(text) is None


def test_a_sealed_value_has_one_spelling() -> None:
    """Base64 has spare bits, and readers that skip what they do not know."""
    sealer = Sealer(OLD, purpose="test")
    text = sealer.seal(b"{}")
    others = [char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=!\n" if char != text[-1]]
    assert [other for other in others if sealer.open(text[:-1] + other) is not None] == []
    assert [sealer.open(text + more) for more in ("=", "==", " ", "\n", "A", "!")] == [None] * 6


def test_the_same_data_never_looks_the_same() -> None:
    """And shows nothing of what it is."""
    sealer = Sealer(OLD, purpose="test")
    texts = {sealer.seal(b"attack at dawn") for _ in range(50)}
    assert len(texts) == 50
    assert not any("YXR0YWNr" in text for text in texts)


def test_without_cryptography_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the sealer is made."""
    monkeypatch.setattr(sealing, "AESGCM", None)
    with pytest.raises(MissingExtra, match=r"typed-asgikit\[encryption\]"):
        Sealer(OLD, purpose="test")
