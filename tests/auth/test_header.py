"""The field Authorization."""

from __future__ import annotations

import pytest

from asgikit.auth.header import token68
from asgikit.auth.scheme import Rejected
from asgikit.http.authorization import Challenge
from tests.auth.asking import asking

OURS = Challenge("Basic")


@pytest.mark.parametrize("field", ["Basic abc", "basic abc", "BASIC  abc", "Basic abc "])
def test_the_scheme_is_found_in_any_case(field: str) -> None:
    """RFC 9110, 11.1."""
    assert token68(asking({"authorization": field.strip()}), "basic", OURS) == "abc"


@pytest.mark.parametrize("field", ["Bearer abc", "Basically abc", "Basic-x abc", "", '"Basic" abc', "Basi"])
def test_other_schemes_are_none(field: str) -> None:
    """Somebody else may know them."""
    assert token68(asking({"authorization": field}), "basic", OURS) is None
    assert token68(asking(), "basic", OURS) is None


@pytest.mark.parametrize("field", ["Basic a b", "Basic \xe4", "Basic a=b=c", "Basic", "Basic a=b, c=d"])
def test_malformed_ones_are_400(field: str) -> None:
    """And nothing of them is in what is logged."""
    found = token68(asking({"authorization": field}), "basic", OURS)
    assert isinstance(found, Rejected)
    assert (found.status, found.challenge) == (400, OURS)
    assert field not in found.log


def test_two_fields_are_400() -> None:
    """A proxy may have believed the other one."""
    found = token68(asking([("authorization", "Basic a"), ("authorization", "Basic b")]), "basic", OURS)
    assert isinstance(found, Rejected)
    assert found.status == 400
