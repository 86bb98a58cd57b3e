"""What schemes are made of."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Request
from asgikit.auth.scheme import Authenticated, Rejected, Scheme, Verified, first_of, optional, require_scheme
from asgikit.errors import CompositionError
from asgikit.http.authorization import Challenge
from asgikit.testing import http_scope


class Fixed:
    """A scheme with one outcome, which remembers that it was asked."""

    def __init__(self, outcome: Verified[str] | Rejected | None, name: str = "Fixed") -> None:
        self.outcome = outcome
        self.asked = 0
        self.challenges: tuple[Challenge, ...] = (Challenge(name),)

    async def authenticate(self, request: Request[object], /) -> Verified[str] | Rejected | None:
        self.asked += 1
        return self.outcome


REQUEST: Request[None] = Request.of(http_scope(), None)
WRONG = Rejected("wrong", "wrong")


async def user_of(scheme: Scheme[object, str | None]) -> str | None:
    outcome = await scheme.authenticate(REQUEST)
    assert isinstance(outcome, Verified)
    return outcome.user


async def test_the_first_scheme_that_has_credentials_decides() -> None:
    """Those after it are not asked."""
    a, b, c = Fixed(None, "A"), Fixed(Verified("ada"), "B"), Fixed(Verified("eve"), "C")
    assert await user_of(first_of(a, b, c)) == "ada"
    assert (a.asked, b.asked, c.asked) == (1, 1, 0)


async def test_wrong_credentials_are_refused_whatever_the_others_say() -> None:
    """An attacker could try one kind behind the back of another."""
    last = Fixed(Verified("ada"))
    assert await first_of(Fixed(WRONG), last).authenticate(REQUEST) is WRONG
    assert last.asked == 0


async def test_none_of_several_is_none() -> None:
    """And all of their challenges stand, each once."""
    several = first_of(Fixed(None, "A"), Fixed(None, "B"), Fixed(None, "A"))
    assert await several.authenticate(REQUEST) is None
    assert several.challenges == (Challenge("A"), Challenge("B"))


async def test_an_optional_scheme_lets_anonymous_users_through() -> None:
    """But not those with wrong credentials."""
    assert await user_of(optional(Fixed(None))) is None
    assert await user_of(optional(Fixed(Verified("ada")))) == "ada"
    assert await optional(Fixed(WRONG)).authenticate(REQUEST) is WRONG
    assert optional(Fixed(None, "A")).challenges == (Challenge("A"),)


@pytest.mark.parametrize("wrong", [None, "Bearer", Fixed, lambda request: None])
def test_what_is_no_scheme_is_refused_when_it_is_given(wrong: Any) -> None:
    """A class that was not called too."""
    for make in (lambda: require_scheme(wrong, "x"), lambda: optional(wrong), lambda: first_of(wrong, wrong), first_of):
        with pytest.raises(CompositionError):
            make()


def test_the_state_of_an_authenticated_request() -> None:
    """It cannot be changed, and its repr does not show the state outside."""
    state = Authenticated({"password": "x"}, "ada")
    assert (state.state, state.user) == ({"password": "x"}, "ada")
    assert repr(state) == "Authenticated(user='ada')"
    with pytest.raises(AttributeError):
        state.user = "eve"  # type: ignore[misc]
