"""Networks of addresses, and the address that a text is."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias, final

from asgikit.http.listing import listed

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network


def address_of(text: str) -> IPAddress | None:
    """The address that a text is, None for any other text; an IPv4-mapped IPv6 address is IPv4 (RFC 4291, 2.5.5.2)."""
    try:
        return plain(ip_address(text))
    except ValueError:
        return None


def plain(address: IPAddress) -> IPAddress:
    """An address without its zone, and IPv4 where IPv6 only wraps it: what sockets for both families call their peers."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or (address if address.scope_id is None else IPv6Address(int(address)))


@final
class Networks:
    """An immutable set of addresses, told by networks or single ones: `Networks(["10.0.0.0/8", "::1"])`.

    Raises ValueError for what is no network, one with bits set behind its prefix, and one of IPv4-mapped addresses.
    """

    __slots__ = ("_networks", "_prefixes")

    def __init__(self, networks: Iterable[str | IPNetwork] = ()) -> None:
        """Texts as in "192.0.2.0/24", or networks of the standard library."""
        self._networks: tuple[IPNetwork, ...] = tuple(ip_network(network) for network in listed(networks, "networks"))
        # One look into a set for each length of prefix, however many networks there are.
        prefixes: dict[tuple[int, int], set[int]] = {}
        for network in self._networks:
            if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
                raise ValueError(f"{network} are IPv4 addresses: write them as IPv4")
            shift = network.max_prefixlen - network.prefixlen
            prefixes.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
        self._prefixes: tuple[tuple[int, int, frozenset[int]], ...] = tuple(
            (version, shift, frozenset(found)) for (version, shift), found in prefixes.items()
        )

    @property
    def has_all(self) -> bool:
        """Whether one of them is every address of its family."""
        return any(network.prefixlen == 0 for network in self._networks)

    def has(self, address: IPAddress | None) -> bool:
        """Whether an address is in one of them; what is none, never."""
        if address is None:
            return False
        address = plain(address)
        number = int(address)
        return any(version == address.version and number >> shift in found for version, shift, found in self._prefixes)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def __eq__(self, other: object) -> bool:
        """The same networks, in any order."""
        return isinstance(other, Networks) and set(self._networks) == set(other._networks)

    def __hash__(self) -> int:
        """By the networks."""
        return hash(frozenset(self._networks))

    def __repr__(self) -> str:
        """As it is written."""
        return f"Networks({[str(network) for network in self._networks]!r})"
