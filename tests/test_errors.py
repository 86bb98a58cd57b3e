"""The tree of exceptions."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from asgikit import errors
from asgikit.errors import AsgikitError, BadRequest, CompositionError, HTTPError, MissingExtra, ServiceUnavailable


def test_every_exception_is_in_one_tree() -> None:
    """And drawn in the docstring of the module."""
    assert errors.__doc__ is not None
    for name, found in vars(errors).items():
        if inspect.isclass(found) and issubclass(found, Exception) and not name.startswith("_"):
            assert issubclass(found, AsgikitError)
            assert name in errors.__doc__


def test_an_http_error_has_a_public_text_and_another() -> None:
    """Both are in the text for the log."""
    error = HTTPError(409, "taken", log="by 3")
    assert (error.status, error.public, error.log, str(error)) == (409, "taken", "by 3", "409 taken (by 3)")
    assert str(BadRequest("no")) == "400 no"


@pytest.mark.parametrize("status", [200, 399, 600])
def test_an_http_error_is_an_error(status: int) -> None:
    """Other statuses are responses."""
    with pytest.raises(ValueError, match="return a Response"):
        HTTPError(status, "x")


def test_named_errors_know_their_status() -> None:
    """And the RFC's name."""
    for name, status in {"NotFound": 404, "NotAcceptable": 406, "ContentTooLarge": 413, "UnsupportedMediaType": 415}.items():
        made: Any = getattr(errors, name)
        assert made("x").status == status


def test_who_is_refused_for_now_learns_when_to_come_back() -> None:
    """In seconds (RFC 9110, 10.2.3), beside other fields."""
    error = ServiceUnavailable("busy", log="the queue", retry_after=3, headers={"x-queue": "a"})
    assert (error.status, error.headers["retry-after"], error.headers["x-queue"]) == (503, "3", "a")


def test_the_headers_of_an_error_are_checked() -> None:
    """When it is made; a mapping will do."""
    assert HTTPError(401, "x", headers={"www-authenticate": "Basic"}).headers["WWW-Authenticate"] == "Basic"
    with pytest.raises(ValueError, match="cannot hold"):
        HTTPError(401, "x", headers={"a": "b\r\nc"})


def test_composition_errors_are_type_errors() -> None:
    """A missing package is an import error too, that names the extra."""
    assert issubclass(CompositionError, TypeError)
    error = MissingExtra("templates", "templates")
    assert isinstance(error, ImportError)
    assert "typed-asgikit[templates]" in str(error)
