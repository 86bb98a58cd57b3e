"""Assertions for tests."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, Request, Response, Router, get, root
from asgikit.conformance.driver import Drive
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.properties import asgi_property, assert_conforms
from asgikit.conformance.violations import ConformanceError

FEW = ExploreSettings(examples=10)


@get(root)
async def home(request: Request) -> Response:
    return Response.text("hello")


app = App(Router(home))


async def wrong(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Upper", b"")]})
    await send({"type": "http.response.body"})


def test_our_own_application_conforms() -> None:
    """At a route, and in its lifespan."""
    assert_conforms(app, path=["GET /", "lifespan"], settings=FEW)


def test_one_that_does_not_fails_with_the_report() -> None:
    """The rule, the sentence and the exchange are in it."""
    with pytest.raises(AssertionError, match="HTTP-RESP-005") as caught:
        assert_conforms(wrong, path="/", settings=FEW)
    assert "http.response.start" in str(caught.value)
    assert_conforms(wrong, path="/", settings=ExploreSettings(examples=10, ignore=("HTTP-RESP-005",)))


def test_a_place_that_is_none_is_a_mistake() -> None:
    """It is told when the assertion is made."""
    with pytest.raises(ValueError, match="no place"):
        assert_conforms(app, path="items")
    with pytest.raises(ValueError, match="no place"):
        asgi_property(app, path="items")


statuses: list[int | None] = []


@asgi_property(app, path="GET /", examples=20)
def test_the_home_page_is_never_an_error(done: Drive) -> None:
    """A property of every legal scenario."""
    statuses.append(done.status)
    assert done.status in {200, 404, None}


def test_a_property_is_tried_with_many_scenarios() -> None:
    """It ran above."""
    assert 200 in statuses or not statuses


def test_a_property_that_does_not_hold_fails() -> None:
    """With the failure of the function, or with the violation."""

    @asgi_property(app, examples=20)
    def never(done: Drive) -> None:
        assert done.status != 200

    with pytest.raises(AssertionError, match="200"):
        never()

    @asgi_property(wrong, examples=20)
    def anything(done: Drive) -> None:
        pass

    with pytest.raises(ConformanceError, match="HTTP-RESP-005"):
        anything()


def test_a_property_is_no_coroutine_function() -> None:
    """Nobody would await it."""

    async def later(done: Drive) -> None:
        assert done

    with pytest.raises(TypeError, match="async def"):
        asgi_property(app)(later)  # type: ignore[arg-type]  # the mistake
