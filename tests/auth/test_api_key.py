"""API keys."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Request
from asgikit.auth.api_key import APIKey, KeyPlace
from asgikit.auth.scheme import Rejected, Verified
from asgikit.errors import CompositionError
from tests.auth.asking import asking


async def known(request: Request[object], key: str) -> str | None:
    return "ada" if key == "k3y" else None


HEADER = APIKey(known, header="X-API-Key")
QUERY = APIKey(known, query="key")
COOKIE = APIKey(known, cookie="key")


@pytest.mark.parametrize(
    ("scheme", "request_"),
    [
        (HEADER, asking({"x-api-key": "k3y"})),
        (QUERY, asking(target="/?key=k3y")),
        (COOKIE, asking({"cookie": "a=b; key=k3y"})),
    ],
)
async def test_a_key_is_read_where_it_is(scheme: APIKey[object, str], request_: Request[None]) -> None:
    """And nowhere else."""
    for other in (HEADER, QUERY, COOKIE):
        outcome = await other.authenticate(request_)
        assert isinstance(outcome, Verified) if other is scheme else outcome is None


@pytest.mark.parametrize(
    "fields", [[("x-api-key", "")], [("x-api-key", "k3y"), ("x-api-key", "k3y")], [("x-api-key", "k" * 5000)]]
)
async def test_an_empty_long_or_repeated_key_is_400(fields: list[tuple[str, str]]) -> None:
    """Whoever is in front of us may have read the other one."""
    outcome = await HEADER.authenticate(asking(fields))
    assert isinstance(outcome, Rejected)
    assert outcome.status == 400


async def test_a_wrong_key_is_401() -> None:
    """Which is not logged."""
    outcome = await QUERY.authenticate(asking(target="/?key=wr0ng"))
    assert outcome == Rejected("the API key is not valid", "an unknown API key")


def test_the_challenge_says_where() -> None:
    """A 401 has to have one (RFC 9110, 15.5.2)."""
    assert [str(challenge) for challenge in HEADER.challenges] == ["ApiKey in=header, name=X-API-Key"]


@pytest.mark.parametrize(
    "places", [{}, {"header": "a", "query": "b"}, {"header": "a b"}, {"cookie": "a=b"}, {"query": ""}, {"query": "a\n"}]
)
def test_a_place_that_cannot_be_is_refused(places: dict[str, str]) -> None:
    """When the scheme is made."""
    with pytest.raises(ValueError):
        APIKey(known, **places)


def test_other_mistakes_are_refused_too() -> None:
    """Another place, a function that is not asynchronous."""
    elsewhere: Any = "body"
    with pytest.raises(ValueError):
        KeyPlace(elsewhere, "x")
    plain: Any = lambda request, key: "ada"  # noqa: E731
    with pytest.raises(CompositionError):
        APIKey(plain, header="x")
