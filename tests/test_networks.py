"""Networks of addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import pytest

from asgikit.networks import Networks, address_of

INSIDE = Networks(["10.0.0.0/8", "192.0.2.7", ip_network("2001:db8::/32"), "fe80::/10"])


@pytest.mark.parametrize("text", ["10.255.0.1", "192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1", "fe80::1%eth0"])
def test_what_is_inside(text: str) -> None:
    """Single addresses are networks too; IPv4 in IPv6, and zones, make no difference."""
    assert INSIDE.has(address_of(text))


@pytest.mark.parametrize(
    "text", ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::10.0.0.1", "testclient", "", "10.0.0.1:80", "010.0.0.1"]
)
def test_what_is_not(text: str) -> None:
    """Other addresses, and what is none."""
    assert not INSIDE.has(address_of(text))


def test_the_address_of_a_text() -> None:
    """IPv4 where IPv6 only wraps it, without its zone."""
    assert address_of("::ffff:192.0.2.1") == IPv4Address("192.0.2.1")
    assert address_of("fe80::1%eth0") == IPv6Address("fe80::1")
    assert address_of("localhost") is None


@pytest.mark.parametrize(
    "networks",
    ["10.0.0.0/8", ["10.0.0.1/8"], ["example.com"], [""], ["10.0.0.0/33"], ["::ffff:10.0.0.0/104"], ["::ffff:10.0.0.1"]],
)
def test_what_is_no_network_is_refused(networks: Any) -> None:
    """A text in place of a list, host bits behind the prefix, names, and IPv4 in an IPv6 dress, which would never match."""
    with pytest.raises(ValueError):
        Networks(networks)


def test_networks_are_a_value() -> None:
    """Equal in any order, true if there are any, and they know whether one is everything."""
    assert Networks(["::1", "10.0.0.0/8"]) == Networks(["10.0.0.0/8", "::1/128"]) != Networks(["::1"])
    assert hash(Networks(["::1", "10.0.0.0/8"])) == hash(Networks(["10.0.0.0/8", "::1/128"]))
    assert (bool(Networks()), bool(Networks(["::1"]))) == (False, True)
    assert (Networks(["::/0"]).has_all, INSIDE.has_all) == (True, False)
    assert repr(Networks(["::1"])) == "Networks(['::1/128'])"
