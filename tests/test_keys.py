"""Keys: long enough, and each for one thing."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.config import Secret
from asgikit.keys import derive

KEY = Secret("an-old-key-0123456789-0123456789-0")
NEW = Secret("a-new-key-9876543210-9876543210-98")


def test_each_key_gives_one_of_its_own() -> None:
    """In their order, for one purpose and one use."""
    first, second = derive([NEW, KEY], "session", "signing")
    assert (first,) == derive(NEW, "session", "signing")
    assert (second,) == derive([KEY], "session", "signing")
    assert len({first, second, *derive(NEW, "csrf", "signing"), *derive(NEW, "session", "sealing")}) == 4
    assert {len(key) for key in (first, second)} == {32}


@pytest.mark.parametrize("text", ["", "short", "x" * 64, "abab" * 16, "0123456789abcdef0123456789abcde"])
def test_a_key_that_can_be_guessed_is_refused(text: str) -> None:
    """With the command that makes a good one, and without the key."""
    with pytest.raises(ValueError, match="token_urlsafe") as caught:
        derive(Secret(text), "session", "signing")
    assert not text or text not in str(caught.value)


def test_hexadecimal_keys_of_128_bits_are_enough() -> None:
    """As `token_hex(16)` makes them."""
    assert derive(Secret("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), "session", "signing")


def test_no_key_and_no_purpose_are_refused() -> None:
    """They would be for everything."""
    with pytest.raises(ValueError, match="no key"):
        derive([], "session", "signing")
    with pytest.raises(ValueError, match="purpose"):
        derive(KEY, "", "signing")


def test_a_key_is_a_secret() -> None:
    """Plain text would be printed sooner or later."""
    plain: Any = ["an-old-key-0123456789-0123456789-0"]
    with pytest.raises(TypeError, match="Secret"):
        derive(plain, "session", "signing")
