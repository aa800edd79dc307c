"""Networks of trusted proxies: parses them, rejects networks that are too wide, and matches peers against them."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network

Network = IPv4Network | IPv6Network
SHORTEST_PREFIX = {4: 8, 6: 16}
"""Shortest prefix of a network that may be trusted, by IP version."""
MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4-mapped addresses: all IPv4 addresses as an IPv6 socket reports them."""


def parse_networks(parts: Iterable[str]) -> tuple[Network, ...]:
    """Parses and merges networks. Raises ValueError for networks that, alone or together, trust everybody."""
    v4: list[IPv4Network] = []
    v6: list[IPv6Network] = []
    for one in parts:
        try:
            network = _unmapped(ip_network(one))
        except ValueError:
            raise ValueError(
                f"{one!r} is not an IP address or network; set one such as 127.0.0.1 or 10.1.0.0/16"
            ) from None
        if isinstance(network, IPv4Network):
            v4.append(network)
        else:
            v6.append(network)
    # Merged first: two networks that each pass may together cover all addresses.
    networks: tuple[Network, ...] = (*collapse_addresses(v4), *collapse_addresses(v6))
    for network in networks:
        everybody = isinstance(network, IPv6Network) and network.supernet_of(MAPPED)
        if everybody or network.prefixlen < SHORTEST_PREFIX[network.version]:
            raise ValueError(f"{str(network)!r} is too large: it trusts all its addresses; set those of your proxies")
    return networks


def _unmapped(network: Network) -> Network:
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - MAPPED.prefixlen))
    return network


def is_within(networks: Iterable[Network], peer: str) -> bool:
    """True if a peer's address is in one of the networks, also as an IPv4-mapped address."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    return any(plain in network for network in networks)
