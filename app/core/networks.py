"""Networks of trusted proxies: parses them, rejects networks that are too wide, and matches peers against them."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network

Network = IPv4Network | IPv6Network
SHORTEST_PREFIX = {4: 8, 6: 16}
"""Shortest prefix of a network that may be trusted, by IP version."""
MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4-mapped addresses: all IPv4 addresses as an IPv6 socket reports them."""
TRANSLATED = (
    IPv6Network("64:ff9b::/96"),
    IPv6Network("::ffff:0:0:0/96"),
    IPv6Network("::/96"),
    IPv6Network("2002::/16"),
)
"""IPv6 networks that contain all IPv4 addresses (RFC 3056, 4291, 6052, 7915); a translator puts its clients there."""


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
        if _has_every_v4_address(network) or network.prefixlen < SHORTEST_PREFIX[network.version]:
            raise ValueError(f"{str(network)!r} is too large: it trusts all its addresses; set those of your proxies")
    return networks


def _has_every_v4_address(network: Network) -> bool:
    """True if a network covers more than 2^24 IPv4 addresses in one of their IPv6 forms."""
    if isinstance(network, IPv4Network):
        return False
    within = any(
        network.subnet_of(one) and network.prefixlen - one.prefixlen < SHORTEST_PREFIX[4] for one in TRANSLATED
    )
    return within or any(network.supernet_of(one) for one in (MAPPED, *TRANSLATED))


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
