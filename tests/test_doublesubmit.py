"""Tokens that belong to a cookie."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens, Mint, mask, unmask
from asgikit.http.cookies import Cookies

KEY = Secret("k-0123456789abcdef-0123456789abcdef")
SECRET = "s" * 32


def mint(*keys: Secret) -> Mint:
    return Mint(CSRFTokens(keys=keys or KEY))


def test_a_token_is_known_again() -> None:
    """Every one that was made for the secret; no two of them are alike."""
    tokens = {mint().token(SECRET) for _ in range(10)}
    assert len(tokens) == 10
    assert all(mint().knows(token, SECRET) for token in tokens)


def test_a_token_of_another_secret_or_key_is_not() -> None:
    """Whoever has a cookie and a token of his own cannot make one for others."""
    token = mint().token(SECRET)
    assert not mint().knows(token, "t" * 32)
    assert not mint(Secret("o-0123456789abcdef-0123456789abcdef")).knows(token, SECRET)


def test_keys_can_be_changed() -> None:
    """The first signs, the others are known for as long as they are there."""
    old, new = Secret("o-0123456789abcdef-0123456789abcdef"), Secret("n-0123456789abcdef-0123456789abcdef")
    before = mint(old).token(SECRET)
    assert mint(new, old).knows(before, SECRET)
    after = mint(new, old).token(SECRET)
    assert (mint(new).knows(after, SECRET), mint(old).knows(after, SECRET)) == (True, False)


@pytest.mark.parametrize("token", ["", "x", "é" * 64, "=" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "!" + "a" * 64, "a+" * 32])
def test_what_is_no_token(token: str) -> None:
    """One spelling only: what a decoder would overlook is not there."""
    assert unmask(token) is None
    assert not mint().knows(token, SECRET)


def test_a_mask_hides_the_value() -> None:
    """And is taken off again."""
    value = bytes(range(24))
    assert unmask(mask(value, b"\xaa" * 24)) == value
    assert mask(value, b"\xaa" * 24) != mask(value, b"\xab" * 24)


def test_the_cookie_is_of_this_host_alone() -> None:
    """Over https under a name that only this host can set, and no other will do there."""
    cookie = Mint(CSRFTokens(keys=KEY, max_age=60)).cookie(SECRET, secure=True)
    assert str(cookie) == f"__Host-csrf={SECRET}; Max-Age=60; Path=/; SameSite=Lax; Secure; HttpOnly"
    assert str(mint().cookie(SECRET, secure=False)) == f"csrf={SECRET}; Path=/; SameSite=Lax; HttpOnly"
    both = Cookies.parse(f"csrf={'p' * 32}; __Host-csrf={SECRET}")
    assert mint().secret_in(both, secure=True) == SECRET
    assert mint().secret_in(Cookies.parse(f"csrf={SECRET}"), secure=True) is None


@pytest.mark.parametrize("value", ["", "short", "s" * 33, "s" * 31 + ".", "s" * 31 + "é"])
def test_a_cookie_that_is_none_of_ours(value: str) -> None:
    """It is as if there were none."""
    assert mint().secret_in(Cookies([("csrf", value)]), secure=False) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": ()},
        {"keys": Secret("short")},
        {"keys": Secret("k" * 40)},
        {"keys": (KEY, Secret("short"))},
        {"cookie": "a b"},
        {"cookie": "__Host-csrf"},
        {"header": "a b"},
        {"field": ""},
        {"max_age": 0},
    ],
)
def test_options_that_cannot_be_meant_are_refused(wrong: Any) -> None:
    """When they are given."""
    with pytest.raises(ValueError):
        CSRFTokens(**{"keys": KEY, **wrong})


def test_a_key_is_a_secret() -> None:
    """Which is never printed, and no text that is a list of letters."""
    wrong: Any = "0123456789abcdef0123456789abcdef"
    with pytest.raises(TypeError):
        CSRFTokens(keys=wrong)


def test_no_key_is_shown() -> None:
    """Not by the options either."""
    assert "abcdef" not in repr(CSRFTokens(keys=KEY))
