"""Bearer tokens."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Request
from asgikit.auth.bearer import MAX_TOKEN, Bearer, bearer_challenge
from asgikit.auth.digests import digest
from asgikit.auth.scheme import Rejected, Verified
from asgikit.errors import CompositionError
from tests.auth.asking import asking

TOKENS = {digest("s3cret"): "ada"}


async def known(request: Request[object], token: str) -> str | None:
    return TOKENS.get(digest(token))


async def test_a_token_stands_for_its_user() -> None:
    """Whatever the case of the scheme."""
    outcome = await Bearer(known).authenticate(asking({"authorization": "bearer s3cret"}))
    assert isinstance(outcome, Verified)
    assert outcome.user == "ada"


async def test_without_a_token_the_challenge_has_no_error() -> None:
    """RFC 6750, 3.1."""
    scheme = Bearer(known, realm="api")
    assert await scheme.authenticate(asking()) is None
    assert [str(challenge) for challenge in scheme.challenges] == ['Bearer realm="api"']


async def test_a_wrong_token_is_invalid() -> None:
    """RFC 6750, 3.1; the log does not hold it."""
    outcome = await Bearer(known, realm="api").authenticate(asking({"authorization": "Bearer wrong"}))
    assert isinstance(outcome, Rejected)
    assert (outcome.status, str(outcome.challenge)) == (401, 'Bearer realm="api", error="invalid_token"')
    assert "wrong" not in outcome.log + outcome.public


@pytest.mark.parametrize("field", ["Bearer", "Bearer a b", "Bearer a=b, c=d", "Bearer " + "a" * (MAX_TOKEN + 1)])
async def test_what_is_no_token_is_an_invalid_request(field: str) -> None:
    """RFC 6750, 3.1: 400."""
    outcome = await Bearer(known).authenticate(asking({"authorization": field}))
    assert isinstance(outcome, Rejected)
    assert (outcome.status, str(outcome.challenge)) == (400, 'Bearer error="invalid_request"')


async def test_tokens_in_queries_are_not_read() -> None:
    """They would end up in logs (RFC 6750, 5.3)."""
    assert await Bearer(known).authenticate(asking(target="/?access_token=s3cret")) is None


def test_a_description_holds_what_the_field_can() -> None:
    """RFC 6750, 3."""
    assert bearer_challenge(error="x", description='a "b"\n\\☃').param("error_description") == "a ?b????"


@pytest.mark.parametrize("wrong", [lambda request, token: "ada", None])
def test_a_function_that_is_not_asynchronous_is_refused(wrong: Any) -> None:
    """When the scheme is made; so is a realm that no field can hold."""
    with pytest.raises(CompositionError):
        Bearer(wrong)
    with pytest.raises(ValueError):
        Bearer(known, realm="a\nb")
