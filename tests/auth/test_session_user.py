"""Users who have signed in before."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Request
from asgikit.auth.scheme import Verified
from asgikit.auth.session_user import SessionUser
from asgikit.errors import CompositionError
from tests.auth.asking import asking


async def subject(request: Request[object]) -> str | None:
    return request.cookies.get("user")


async def test_the_user_of_a_session() -> None:
    """Nobody is no mistake."""
    outcome = await SessionUser(subject).authenticate(asking({"cookie": "user=ada"}))
    assert isinstance(outcome, Verified)
    assert outcome.user == "ada"
    assert await SessionUser(subject).authenticate(asking()) is None


def test_the_challenge_names_a_cookie() -> None:
    """A 401 has to have one (RFC 9110, 15.5.2)."""
    assert [str(challenge) for challenge in SessionUser(subject, realm="x").challenges] == ['Cookie realm="x"']


def test_a_function_that_is_not_asynchronous_is_refused() -> None:
    """When the scheme is made."""
    plain: Any = lambda request: "ada"  # noqa: E731
    with pytest.raises(CompositionError):
        SessionUser(plain)
