"""From a request to its route."""

from __future__ import annotations

from typing import Any

import pytest
from tests.driving import call

from asgikit import App, Request, Response, Router, get, host, param, post, root
from asgikit.dispatch import Gate, require_handler
from asgikit.errors import CompositionError


@get(root / "x")
async def fixed(request: Request[object]) -> Response:
    return Response.text("fixed")


@get(root / "caf\u00e9" / param("n", int))
async def accented(request: Request[object], n: int) -> Response:
    return Response.text(f"{n}")


async def test_the_root_path_is_taken_off() -> None:
    """Whether the server sends it as part of the path or not."""
    app = App(Router(fixed, accented))
    for target in ("/x", "/mnt/x"):
        assert (await call(app, target=target, root_path="/mnt")).text == "fixed"
    assert (await call(app, target="/mnt/caf%C3%A9/3", root_path="/mnt")).text == "3"


async def test_fixed_text_outside_ascii_matches() -> None:
    """With and without a raw path."""
    for raw in (True, False):
        assert (await call(App(Router(accented)), target="/caf%C3%A9/3", raw=raw)).text == "3"


async def test_a_percent_encoding_that_nobody_needs_matches_too() -> None:
    """%78 is x (RFC 3986, 6.2.2.2)."""
    assert (await call(App(Router(fixed)), target="/%78")).text == "fixed"


async def test_absolute_targets_match_by_their_path() -> None:
    """Some servers hand on what a proxy sends (RFC 9112, 3.2.2)."""
    scope: dict[str, Any] = {"path": "http://h/x", "raw_path": b"http://h/x"}
    assert (await call(App(Router(fixed)), **scope)).text == "fixed"


async def test_a_raw_path_that_is_more_than_the_path_leads_to_the_same_route() -> None:
    """Some servers leave the query in it: fixed text beats a parameter all the same."""

    @get(root / param("name", str))
    async def any_name(request: Request[object], name: str) -> Response:
        return Response.text(f"name {name}")

    app = App(Router(fixed, any_name))
    assert (await call(app, target="/x", raw_path=b"/x?y=z")).text == "fixed"
    assert (await call(app, target="/y", raw_path=b"/y?y=z")).text == "name y"


async def test_a_path_that_only_lacks_the_method_is_not_redirected() -> None:
    """405 says more than a redirect to another resource."""
    with_slash, without = get(root / "u/")(fixed.handler), post(root / "u")(fixed.handler)
    answer = await call(App(Router(with_slash, without)), target="/u")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_a_request_without_host_has_no_host_routes() -> None:
    """Nor does a malformed one fail."""
    only = get(host("example.com") / "x")(fixed.handler)
    app = App(Router(only))
    assert (await call(app, target="/x")).status == 404
    for name in ("", ":80", "[", "a" * 5000, "example.com:x"):
        answer = await call(app, target="/x", headers={"host": name})
        assert answer.error is None


async def test_a_gate_outside_of_its_router_says_so() -> None:
    """Its middleware cannot know where to go on."""

    def same(handler: Any) -> Any:
        return handler

    answer = await call(App(Gate(same).run))
    assert isinstance(answer.error, CompositionError)


def test_a_middleware_gives_a_handler() -> None:
    """The text names both."""
    wrong: Any = None
    with pytest.raises(CompositionError, match="returned None"):
        require_handler(wrong, print)
