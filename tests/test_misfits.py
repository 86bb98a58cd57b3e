"""What msgspec says of a value, as an error."""

from __future__ import annotations

import pytest

from asgikit.misfits import unfit

TOLD = [
    ("Expected `int`, got `str` - at `$.items[0].price`", "Expected `int`, got `str`", ("items", "0", "price")),
    ("Object missing required field `name`", "Object missing required field `name`", ("name",)),
    ("Object missing required field `name` - at `$.a`", "Object missing required field `name`", ("a", "name")),
    ("Expected `int`, got `str` - at `key` in `$.a[...]`", "Expected `int`, got `str`", ("a",)),
    ("Invalid", "Invalid", ()),
]


@pytest.mark.parametrize(("message", "detail", "path"), TOLD)
def test_an_error_has_its_place(message: str, detail: str, path: tuple[str, ...]) -> None:
    """As far as the way there has names; the whole text is for people."""
    error = unfit(message, "body")
    assert (error.status, error.public) == (422, message)
    (fault,) = error.faults
    assert (fault.detail, fault.source, fault.path) == (detail, "body", path)
