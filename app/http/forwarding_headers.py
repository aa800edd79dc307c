"""Detection of forwarded requests by the headers that proxies add, and of the peer of the connection."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from app.core.settings import is_loopback

Headers = Iterable[tuple[bytes, bytes]]

# Kinds instead of products, since each product adds headers of its own. A kind that matches too much is safe: it asks
# the caller for credentials.
_OF_CLIENTS = re.compile(
    rb"x-(request-id|requested-with|csrf-token|xsrf-token|http-method-override|prometheus-scrape-timeout-seconds)"
    rb"|user-agent|postman-token|x-(b3|stainless|datadog)-(?!user).+|(sec|access-control)-(?!user).+"
)
"""Headers that browsers, scripts and scrapers send themselves. Any other name with `x-` counts as that of a proxy."""
_WORDS = frozenset(
    b"via remote proxy proxied proxyuser served forwarded original rewrite disguised surrogate early client connecting "
    b"real ip ips ipaddr clientip addr ssl tls cert iap jwt assertion auth webauth sso oidc saml shib cosign mellon sm "
    b"iv gateway cdn edge lb cf cloudfront amz amzn azure appengine arr fd ms waws akamai incap sucuri fastly fly "
    b"varnish vercel nf ngrok render railway envoy traefik haproxy nginx squid bluecoat kong tailscale teleport "
    b"pomerium authelia authentik keycloak cas smuser mellonnameid sslclientcert user userid username login logonuser "
    b"identity principal groups memberof eppn persistent krb ntlm dn token okta zscaler eagleeye ali".split()
)
"""Words of the names that proxies, gateways and identity services add."""
_FRONT_END = b"front-end-https"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host names that resolve to this machine, on this machine only."""


@lru_cache(maxsize=1024)
def is_forwarding(name: bytes) -> bool:
    """True if a header, by its lower-case name, is of a kind that proxies, gateways and CDNs add."""
    name = name.replace(b"_", b"-")
    if _OF_CLIENTS.fullmatch(name):
        return False
    return name.startswith(b"x-") or b"forward" in name or not _WORDS.isdisjoint(name.split(b"-")) or name == _FRONT_END


def is_forwarded(headers: Headers) -> bool:
    """True if a proxy forwarded the request."""
    return any(is_forwarding(name) for name, _ in headers)


def host_name(host: str) -> str:
    """The name in a Host header: lower case, without the port. An IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and (not port or (port.isascii() and port.isdigit())) else host.lower()


@lru_cache(maxsize=256)
def is_from_this_machine(headers: Headers, peer: str | None, hosts: frozenset[str]) -> bool:
    """True if a request comes from loopback, names one of `hosts`, and was not forwarded.

    A page of another site can point its own name at this machine (DNS rebinding), but it cannot change that name, which
    its requests send in Host.
    """
    if peer is None or not _is_loopback(peer):
        return False
    named = None
    for name, value in headers:
        if name == b"host":
            if named is not None:
                return False
            named = value
        elif is_forwarding(name):
            return False
    return named is not None and host_name(named.decode("latin-1")) in hosts


def is_rebound(headers: Headers, *, peer: str | None, hosts: Collection[str]) -> bool:
    """True if a request may be DNS rebinding: its peer may be this machine, and its Host is not one of `hosts`."""
    if peer is not None and not _is_loopback(peer):
        return False
    named = [value for name, value in headers if name == b"host"]
    return len(named) != 1 or host_name(named[0].decode("latin-1")) not in hosts


def local_hosts(listening: str) -> frozenset[str]:
    """`LOCAL_HOSTS` and the address that the service listens on."""
    return LOCAL_HOSTS | {f"[{listening}]" if ":" in listening else listening.lower()}


def peer_of(scope: Mapping[str, Any]) -> str | None:
    """The peer address of the connection; None if it is unknown.

    A server that applies X-Forwarded-For by itself (uvicorn does, from loopback) replaces the peer by an address from
    that header. Such an address is a claim, not the peer.
    """
    client = scope.get("client")
    if not client or not client[0]:
        return None
    host: str = client[0]
    said = (value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return None if any(host in value.decode("latin-1") for value in said) else host


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    return is_loopback(address.removeprefix("::ffff:"))
