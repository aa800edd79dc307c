"""Rate limits: how often one caller may ask, and how often all may who show no credentials that hold."""

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
"""The part of an IPv6 address that one subscriber has: the rest is theirs to choose."""
SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
REFUSED_COST = 10
"""A write without credentials, and credentials that do not hold, count as so many requests: nobody needs many."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SWEPT_FROM = 10_000
"""Callers from which on those are forgotten who have asked nothing for the whole time of the limit."""
_ROUNDING = 1e-6


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def is_anonymous(self) -> bool: ...


Identify = Callable[..., Awaitable[Named | None]]
"""By headers and peer, who asks; raises where what is shown does not hold."""


class RateLimit:
    """The generic cell rate algorithm (GCRA): one number for each caller, which is when all it took is given back.

    A caller may take the whole amount at once, and then as fast as it comes back.
    """

    def __init__(self, rate: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` is a number for a time, such as 600/minute."""
        amount, unit = rate.split("/")
        self.rate = rate
        self.seconds = SECONDS[unit]
        self._interval = self.seconds / int(amount)
        self._policy = (b"ratelimit-policy", f'"default";q={amount};w={self.seconds}'.encode())
        self._clock = clock
        self._whole_at: dict[str, float] = {}
        self._sweep_at = SWEPT_FROM

    def take(self, caller: str) -> tuple[Fields, float]:
        """Counts one request: the fields of its answer, and the seconds to wait where it is over the limit, or 0."""
        now = self._clock()
        whole_at = max(self._whole_at.get(caller, now), now)
        wait = whole_at + self._interval - now - self.seconds
        if wait > _ROUNDING:
            return self._fields(whole_at - now), wait
        self._put(caller, whole_at + self._interval)
        return self._fields(whole_at + self._interval - now), 0.0

    def charge(self, caller: str, cost: int) -> None:
        """Counts so many requests more, down to nothing left."""
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


class Rates:
    """The limits of one process. Two processes count apart, so that together they let twice as much through."""

    def __init__(self, *, callers: str, strangers: str, identify: Identify, sign_on_header: str = "") -> None:
        """Limits for each who shows credentials that hold, and for each address of all others; empty is none."""
        self._callers = RateLimit(callers) if callers else None
        self._strangers = RateLimit(strangers) if strangers else None
        self._identify = identify
        self._sign_on_header = sign_on_header.lower().encode()

    async def hit(self, scope: Scope) -> tuple[Fields, ProblemError | None]:
        """Counts a request: what its answer says of the limit, and the refusal of one that is over it."""
        if self.shows_credentials(scope):
            # Finding out who asks can cost a statement; where no limit needs it, it is left to the route.
            spent = self._strangers is not None and self._strangers.is_spent(address_of(scope))
            caller = await self._caller(scope) if self._callers is not None or spent else None
            if caller is not None:
                return _taken(self._callers, caller, "for each caller") if self._callers else ([], None)
            if not spent:
                return [], None
        return _taken(self._strangers, address_of(scope), "for each address without credentials that hold")

    def answered(self, scope: Scope, status: int, *, caller: str | None) -> None:
        """Counts what is known only from the answer: that nobody was shown to ask, and what was refused."""
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
        """The id of a caller whose credentials hold; None for all others: guesses count for the address."""
        try:
            caller = await self._identify(scope["headers"], peer=scope.get("peer"))
        except Exception:  # noqa: BLE001 - whatever stands against knowing who asks, the gate will say so
            return None
        return None if caller is None or caller.is_anonymous else caller.id


def _taken(limit: RateLimit | None, who: str, whom: str) -> tuple[Fields, ProblemError | None]:
    if limit is None:
        return [], None
    fields, wait = limit.take(who)
    if not wait:
        return fields, None
    headers: Mapping[str, str] = {"Retry-After": str(max(1, math.ceil(wait)))}
    return fields, ProblemError("too-many-requests", f"This service answers {limit.rate} {whom}.", headers=headers)


def address_of(scope: Scope) -> str:
    """The address of the client, as its limit knows it."""
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
