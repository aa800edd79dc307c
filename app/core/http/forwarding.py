"""Proxies in front: the headers by which a request that they forwarded is known, and who the connection came from."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from app.core.settings import is_loopback

Headers = Iterable[tuple[bytes, bytes]]

# By kind and not by product: what adds one of these adds more of its own. Who sends one without need is asked for
# credentials, so that a rule which takes too much opens nothing.
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
"""Names that lead to this machine from this machine alone."""


@lru_cache(maxsize=1024)
def is_forwarding(name: bytes) -> bool:
    """Whether a header, by its name in lower case, is one that proxies, gateways and CDNs add."""
    return _FORWARDING.fullmatch(name.replace(b"_", b"-")) is not None


def is_forwarded(headers: Headers) -> bool:
    """Whether somebody passed the request on."""
    return any(is_forwarding(name) for name, _ in headers)


def host_name(host: str) -> str:
    """The name in a Host header, in lower case and without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and (not port or (port.isascii() and port.isdigit())) else host.lower()


def is_from_this_machine(headers: Headers, *, peer: str | None, hosts: Collection[str]) -> bool:
    """Whether a request was made here and for us: from loopback, by one of `hosts`, and forwarded by nobody.

    A page of another site can point a name of its own at this machine (DNS rebinding), but it cannot change the name:
    that is what its requests have in Host.
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
    """Whether a request may be by another site's page on this machine: from here, and by none of `hosts`."""
    if peer is not None and not _is_loopback(peer):
        return False
    named = [value for name, value in headers if name == b"host"]
    return len(named) != 1 or host_name(named[0].decode("latin-1")) not in hosts


def local_hosts(listening: str) -> frozenset[str]:
    """The names of LOCAL_HOSTS, and the address that is listened on."""
    return LOCAL_HOSTS | {f"[{listening}]" if ":" in listening else listening.lower()}


def peer_of(scope: Mapping[str, Any]) -> str | None:
    """The address that the connection itself came from; None where that is not known.

    A server that heeds X-Forwarded-For by itself (uvicorn does, from loopback) puts an address from it in the place of
    the connection's. That one was said and not seen.
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
