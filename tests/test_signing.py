"""Signed values."""

from __future__ import annotations

import pytest

from asgikit import signing
from asgikit.config import Secret
from asgikit.errors import MissingExtra
from asgikit.signing import Signer

OLD = Secret("an-old-key-0123456789-0123456789-0")
NEW = Secret("a-new-key-9876543210-9876543210-98")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_what_is_signed_is_verified(data: bytes) -> None:
    """Text of the alphabet that cookies and URLs share."""
    signer = Signer(OLD, purpose="test")
    text = signer.sign(data)
    assert signer.verify(text) == data
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_keys_change_without_a_break() -> None:
    """The new one signs, the old one still verifies, until it is gone."""
    before, during, after = (Signer(keys, purpose="test") for keys in ([OLD], [NEW, OLD], [NEW]))
    assert during.verify(before.sign(b"x")) == after.verify(during.sign(b"x")) == b"x"
    assert after.verify(before.sign(b"x")) is None


def test_a_value_for_another_purpose_is_none() -> None:
    """Though the key is the same."""
    assert Signer(OLD, purpose="one").verify(Signer(OLD, purpose="other").sign(b"x")) is None


def test_a_value_has_an_age() -> None:
    """Up to and including the limit; without one it never ends."""
    clock = Clock()
    signer = Signer(OLD, purpose="test", clock=clock)
    text = signer.sign(b"x")
    clock.now += 60
    assert (signer.verify(text, max_age=60), signer.verify(text, max_age=59), signer.verify(text)) == (b"x", None, b"x")


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b", "é.1." + "A" * 43, "e30.1." + "A" * 43, "e30.1." + "A" * 43 + "\n", "\ud800"]
)
def test_what_was_never_signed_is_none(text: str) -> None:
    """Nothing raises."""
    assert Signer(OLD, purpose="test").verify(text) is None


def test_a_signature_has_one_spelling() -> None:
    """Base64 has spare bits and readers that skip what they do not know; nothing else than what was signed is verified."""
    signer = Signer(OLD, purpose="test")
    text = signer.sign(b"{}")
    last = text[-1]
    others = [char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=!\n" if char != last]
    assert [other for other in others if signer.verify(text[:-1] + other) is not None] == []
    assert [signer.verify(text + more) for more in ("=", "==", " ", "\n", "A", "!")] == [None] * 6


def test_without_itsdangerous_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the signer is made."""
    monkeypatch.setattr(signing, "itsdangerous", None)
    with pytest.raises(MissingExtra, match=r"typed-asgikit\[sessions\]"):
        Signer(OLD, purpose="test")
