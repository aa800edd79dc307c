"""Hash chain of the audit trail: computes the hash of an entry. Pure functions."""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from app.core.schemas import EXACT_MOST

GENESIS = "0" * 64
"""Previous hash of the first entry."""

Json = Mapping[str, Any]


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no white space, strings unescaped.

    Equal to RFC 8785 for the accepted values: strings, integers that are exact everywhere, booleans, null, lists, and
    objects with ASCII keys. Fractions, whose format is the hard part of that standard, are rejected with TypeError.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise TypeError(f"{name!r} is no key of an entry")
            _check(part)
    elif isinstance(value, list):
        for part in value:
            _check(part)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT_MOST:
        raise TypeError(f"{value} is too large for an entry")
    elif not isinstance(value, str | int | None):
        raise TypeError(f"an entry holds no {type(value).__name__}")


def spelled(time: datetime) -> str:
    """Canonical format of a time: UTC, with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class SigningKeys:
    """Signing keys of the audit trail, the newest first: it signs new entries, the others verify older ones."""

    secrets: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[bytes]) -> "SigningKeys":
        return cls(tuple(secrets))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Public ids of the keys, the newest first."""
        return tuple(dict.fromkeys(map(key_id, self.secrets)))

    @property
    def current(self) -> str | None:
        return self.ids[0] if self.ids else None

    def sign(self, text: str, *, by: str | None) -> str | None:
        """HMAC-SHA-256 of a text with the key of this id; plain SHA-256 if it is None; None for an unknown key."""
        if by is None:
            return sha256(text.encode()).hexdigest()
        for secret in self.secrets:
            if key_id(secret) == by:
                return hmac.new(secret, text.encode(), sha256).hexdigest()
        return None


def key_id(secret: bytes) -> str:
    """Public id of a key, which does not disclose the key."""
    return hmac.new(secret, b"id of a key of the audit trail", sha256).hexdigest()[:16]


@dataclass(frozen=True)
class ChainedEntry:
    """Audit entry without its hash."""

    position: int
    recorded_at: datetime
    caller: str
    caller_name: str
    operation: str
    record: str | None
    outcome: str
    code: str | None
    request_id: str
    detail: str
    key_id: str | None
    previous: str
    person: str | None = None
    """None in entries that are older than this field; their hash does not include it."""

    def hash(self, keys: SigningKeys) -> str | None:
        """SHA-256 of the entry's canonical JSON, as HMAC if the entry has a key; None for an unknown key."""
        parts = {**asdict(self), "recorded_at": spelled(self.recorded_at)}
        if self.person is None:
            del parts["person"]
        return keys.sign(canonical(parts), by=self.key_id)
