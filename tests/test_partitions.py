"""Whom a limit is for."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import Handler, Request, Response, Router, get, param, root
from asgikit.partitions import bounded, by_all, by_client, by_header, by_route
from asgikit.testing import http_scope


def asked(**scope: Any) -> Request[None]:
    return Request.of(http_scope(**scope), None)


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("not:an:address", ""),
    ],
)
def test_a_client_is_its_address_or_its_network(host: str, key: str) -> None:
    """An address of IPv6 costs its owner nothing."""
    assert by_client()(asked(client=(host, 1))) == key


def test_the_size_of_a_network_can_be_chosen() -> None:
    """In bits."""
    assert by_client(ipv6_prefix=48)(asked(client=("2001:db8:1:2::3", 1))) == "2001:db8:1::"
    assert by_client(ipv6_prefix=128)(asked(client=("2001:db8:1:2::3", 1))) == "2001:db8:1:2::3"
    for bits in (0, 129):
        with pytest.raises(ValueError, match="from 1 to 128"):
            by_client(ipv6_prefix=bits)


@pytest.mark.parametrize("client", [None, [], ("", 0)])
def test_a_client_without_an_address_is_limited_too(client: Any) -> None:
    """All of them together."""
    assert by_client()(asked(client=client)) == ""


def test_a_header_field_is_its_value() -> None:
    """Leaving it out is a value, too; two lines are not one."""
    key = by_header("X-Key")
    assert [key(asked(headers=fields)) for fields in ([("x-key", "a")], [])] == ["a", ""]
    assert key(asked(headers=[("x-key", "a"), ("x-key", "b")])) != key(asked(headers=[("x-key", "a, b")]))
    with pytest.raises(ValueError, match="not a header name"):
        by_header("no name")


async def test_a_route_is_its_pattern() -> None:
    """Whatever its values, and apart by method; what has no route is one."""
    seen: list[str | None] = []

    @get(root / "users" / param("id", int))
    async def show(request: Request[object], id: int) -> Response:
        return Response.text("x")

    def note(handler: Handler[object]) -> Handler[object]:
        async def noted(request: Request[object]) -> Response:
            seen.append(by_route()(request))
            return await handler(request)

        return noted

    router = Router(show).wrap(note)
    for target in ("/users/1", "/users/2", "/none"):
        await router(asked(target=target))
    assert (seen, by_route()(asked())) == (["GET /users/{id}", "GET /users/{id}", ""], "")


def test_keys_combine_and_no_two_combinations_are_one() -> None:
    """None wins."""
    both = by_all(by_header("a"), by_header("b"))
    assert both(asked(headers=[("a", "x"), ("b", "yz")])) != both(asked(headers=[("a", "xy"), ("b", "z")]))
    assert by_all(by_client(), lambda request: None)(asked()) is None


def test_long_keys_are_kept_short() -> None:
    """And no short one is one of them, nor any text an error."""
    assert (bounded("a" * 64), len(bounded("a" * 65))) == ("a" * 64, 66)
    assert bounded("\ud800" * 99) != bounded("\udfff" * 99)
