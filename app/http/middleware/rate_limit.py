"""Rate limit middleware: one limit for each authenticated caller, and one for each address of all others."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import ProblemError
from app.http.middleware.request_context import Exchange
from app.http.problems import CLIENT_CLOSED_REQUEST, respond

Fields = list[tuple[bytes, bytes]]
NETWORK_OF_ONE = 64
"""Prefix length of one IPv6 subscriber, who chooses the remaining bits freely."""
SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
REFUSED_COST = 10
"""Cost, in requests, of a write without credentials and of invalid credentials: legitimate clients need few."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SWEPT_FROM = 10_000
"""Number of stored callers above which those with their whole limit available are removed."""
_ROUNDING = 1e-6
_UNAUTHORIZED = 401


class RateLimit:
    """Generic cell rate algorithm (GCRA): stores for each caller the time at which its whole limit is available again.

    A caller may use the whole limit at once, and then as fast as it refills.
    """

    def __init__(self, rate: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` is a number per unit of time, such as 600/minute."""
        amount, unit = rate.split("/")
        self.rate = rate
        self.seconds = SECONDS[unit]
        self._interval = self.seconds / int(amount)
        self._policy = (b"ratelimit-policy", f'"default";q={amount};w={self.seconds}'.encode())
        self._clock = clock
        self._whole_at: dict[str, float] = {}
        self._sweep_at = SWEPT_FROM

    def take(self, caller: str) -> tuple[Fields, float]:
        """Counts one request. Returns the response headers, and the seconds to wait (0 within the limit)."""
        now = self._clock()
        whole_at = max(self._whole_at.get(caller, now), now)
        wait = whole_at + self._interval - now - self.seconds
        if wait > _ROUNDING:
            return self._fields(whole_at - now), wait
        self._put(caller, whole_at + self._interval)
        return self._fields(whole_at + self._interval - now), 0.0

    def charge(self, caller: str, cost: int) -> None:
        """Counts `cost` further requests, until the limit is used up."""
        now = self._clock()
        whole_at = max(self._whole_at.get(caller, now), now) + cost * self._interval
        self._put(caller, min(whole_at, now + self.seconds))

    def is_spent(self, caller: str) -> bool:
        now = self._clock()
        return self._whole_at.get(caller, now) + self._interval - now - self.seconds > _ROUNDING

    def _put(self, caller: str, whole_at: float) -> None:
        self._whole_at[caller] = whole_at
        if len(self._whole_at) > self._sweep_at:
            now = self._clock()
            self._whole_at = {one: at for one, at in self._whole_at.items() if at > now}
            self._sweep_at = max(SWEPT_FROM, 2 * len(self._whole_at))

    def _fields(self, taken: float) -> Fields:
        left = max(0, int((self.seconds - taken) / self._interval + _ROUNDING))
        return [self._policy, (b"ratelimit", f'"default";r={left};t={max(1, math.ceil(taken))}'.encode())]


class RateLimitMiddleware:
    """ASGI middleware with the limits of one process. Two processes together allow twice as much."""

    def __init__(self, app: ASGIApp, *, callers: str, strangers: str, sign_on_header: str = "") -> None:
        """`callers` limits each caller with valid credentials, `strangers` each other address. Empty: no limit."""
        self.app = app
        self._callers = RateLimit(callers) if callers else None
        self._strangers = RateLimit(strangers) if strangers else None
        self._sign_on_header = sign_on_header.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        caller = scope.get("caller")
        if caller is not None and not caller.is_anonymous:
            exchange.fields, refusal = _consume(self._callers, caller.id, "per caller")
        else:
            exchange.fields, refusal = self._admit_stranger(scope, exchange)
        if refusal is not None:
            await respond(Request(scope), refusal)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            if self._strangers is not None and (caller is None or caller.is_anonymous):
                self._charge(self._strangers, scope, exchange)

    def _admit_stranger(self, scope: Scope, exchange: Exchange) -> tuple[Fields, ProblemError | None]:
        """Counts a request without valid credentials: at once, or by its status if it shows credentials."""
        limit = self._strangers
        if limit is None or (self._shows_credentials(exchange) and not limit.is_spent(address_of(scope))):
            return [], None
        return _consume(limit, address_of(scope), "per address without valid credentials")

    def _charge(self, limit: RateLimit, scope: Scope, exchange: Exchange) -> None:
        """Charges the address of a response for credentials that are not valid or not needed, and a refused write."""
        shown = self._shows_credentials(exchange)
        refused = exchange.status == _UNAUTHORIZED and (shown or scope["method"] not in SAFE_METHODS)
        if refused or (shown and exchange.status != CLIENT_CLOSED_REQUEST):
            limit.charge(address_of(scope), REFUSED_COST if refused else 1)

    def _shows_credentials(self, exchange: Exchange) -> bool:
        return b"authorization" in exchange.head.by_name or bool(exchange.head.by_name.get(self._sign_on_header))


def _consume(limit: RateLimit | None, who: str, whom: str) -> tuple[Fields, ProblemError | None]:
    if limit is None:
        return [], None
    fields, wait = limit.take(who)
    if not wait:
        return fields, None
    headers: Mapping[str, str] = {"Retry-After": str(max(1, math.ceil(wait)))}
    detail = f"The rate limit is {limit.rate} {whom}. Repeat the request after the time in Retry-After."
    return fields, ProblemError("too-many-requests", detail, headers=headers)


def address_of(scope: Scope) -> str:
    """Returns the key of a client's address: the IPv4 address, or the network of an IPv6 address."""
    client: Iterable[Any] | None = scope.get("client")
    return _network_of(str(next(iter(client))) if client else "")


@lru_cache(maxsize=1024)
def _network_of(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "nowhere"
    if address.version == 4:  # noqa: PLR2004 - IPv4
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(int(address) >> NETWORK_OF_ONE)
