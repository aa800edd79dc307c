"""Rate limits: one for each caller with valid credentials, and one for each address of all other requests."""

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Protocol

from starlette.types import Scope

from app.core.errors import ProblemError

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


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def is_anonymous(self) -> bool: ...


Authenticate = Callable[..., Awaitable[Named | None]]
"""Returns the caller for headers and peer; raises for invalid credentials."""


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


class RateLimits:
    """Rate limits of one process. Processes count separately: two of them together allow twice as much."""

    def __init__(self, *, callers: str, strangers: str, authenticate: Authenticate, sign_on_header: str = "") -> None:
        """`callers` limits each caller with valid credentials, `strangers` each other address. Empty: no limit."""
        self._callers = RateLimit(callers) if callers else None
        self._strangers = RateLimit(strangers) if strangers else None
        self._identify = authenticate
        self._sign_on_header = sign_on_header.lower().encode()

    async def hit(self, scope: Scope) -> tuple[Fields, ProblemError | None]:
        """Counts a request. Returns its rate limit headers, and the problem if it is over the limit."""
        if self.shows_credentials(scope):
            # Authentication can cost a database query; if no limit needs it here, the route does it.
            spent = self._strangers is not None and self._strangers.is_spent(address_of(scope))
            caller = await self._caller(scope) if self._callers is not None or spent else None
            if caller is not None:
                return _consume(self._callers, caller, "per caller") if self._callers else ([], None)
            if not spent:
                return [], None
        return _consume(self._strangers, address_of(scope), "per address without valid credentials")

    def answered(self, scope: Scope, status: int, *, caller: str | None) -> None:
        """Charges the address of a response without an authenticated caller for its credentials or refused write."""
        if self._strangers is None or caller not in {None, "anonymous"}:
            return
        shown = self.shows_credentials(scope)
        refused = status == 401 and (shown or scope["method"] not in SAFE_METHODS)  # noqa: PLR2004 - unauthorized
        if shown or refused:
            self._strangers.charge(address_of(scope), REFUSED_COST if refused else 1)

    def shows_credentials(self, scope: Scope) -> bool:
        own = self._sign_on_header
        return any(name == b"authorization" or (name == own and value) for name, value in scope["headers"])

    async def _caller(self, scope: Scope) -> str | None:
        """Returns the id of a caller with valid credentials; None for all others: guesses count for the address."""
        try:
            caller = await self._identify(scope["headers"], peer=scope.get("peer"))
        except Exception:  # noqa: BLE001 - the route authenticates again and reports the error
            return None
        return None if caller is None or caller.is_anonymous else caller.id


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
