"""Detection of forwarded requests by the headers that proxies add, and of the peer of the connection."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from app.core.settings import is_loopback

Headers = Iterable[tuple[bytes, bytes]]

# Patterns instead of products, since each product adds headers of its own. A pattern that matches too much is safe:
# the caller is asked for credentials.
_FORWARDING = re.compile(
    rb"(x-)?forwarded(-.+)?|via|x-.+-via|x-via(-.+)?"
    rb"|(.+-)?(client|connecting|real|remote|source|cluster)-?(ip|addr|address|host|port)"
    rb"|(x-)?(original|rewrite|envoy|amzn|amz|azure|appengine|arr|fd|ms-proxy|fastly|fly|cf|cdn|edge|akamai|incap|sucuri"
    rb"|varnish|vercel|nf|ngrok|tailscale|traefik|haproxy|nginx|squid|bluecoat|proxy|proxyuser|lb|render|railway)-.+"
    rb"|.*forward.*|(.+-)?ips?(-.+)?|(x-)?(ssl|waws|ms|cloudfront)-.+|x-(ssl|cache).*|.+-client-cert(-.+)?"
    rb"|disguised-host|x-(scheme|url-scheme|host|varnish|nginx|proxy|http-host-override|cloud-trace-context|request-start|iinfo)"
    rb"|front-end-https|surrogate-capability|proxy-connection|x-http-forwarded(-.+)?"
)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host names that resolve to this machine, on this machine only."""


@lru_cache(maxsize=1024)
def is_forwarding(name: bytes) -> bool:
    """True if a header, by its lower-case name, is one that proxies, gateways and CDNs add."""
    return _FORWARDING.fullmatch(name.replace(b"_", b"-")) is not None


def is_forwarded(headers: Headers) -> bool:
    """True if a proxy forwarded the request."""
    return any(is_forwarding(name) for name, _ in headers)


def host_name(host: str) -> str:
    """The name in a Host header: lower case, without the port. An IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and (not port or (port.isascii() and port.isdigit())) else host.lower()


def is_from_this_machine(headers: Headers, *, peer: str | None, hosts: Collection[str]) -> bool:
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
