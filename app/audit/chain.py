"""The chain of the audit trail: what an entry's hash is made of. Pure."""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app.core.shapes import EXACT_MOST

GENESIS = "0" * 64
"""What the first entry follows."""

Json = Mapping[str, Any]


def canonical(value: Any) -> str:
    """JSON with one spelling: keys sorted, nothing between, text as it is.

    That of RFC 8785 for what is taken: text, whole numbers that are exact everywhere, truth, null, lists, and objects
    whose keys are ASCII. Fractions, whose spelling is what makes that standard hard, have no place in an entry.
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
    """A time with one spelling: UTC, to the microsecond."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Keys:
    """The keys that seal entries: the first one new entries, the others those of before it."""

    secrets: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[bytes]) -> "Keys":
        return cls(tuple(secrets))

    @property
    def current(self) -> str | None:
        return key_id(self.secrets[0]) if self.secrets else None

    def seal(self, text: str, *, by: str | None) -> str | None:
        """The hash of a text by the key of this id, without a key where it is None; None where the key is not known."""
        if by is None:
            return sha256(text.encode()).hexdigest()
        for secret in self.secrets:
            if key_id(secret) == by:
                return hmac.new(secret, text.encode(), sha256).hexdigest()
        return None


def key_id(secret: bytes) -> str:
    """What a key is called, which tells nothing of it."""
    return hmac.new(secret, b"id of a key of the audit trail", sha256).hexdigest()[:16]


@dataclass(frozen=True)
class Link:
    """An entry without its hash."""

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
    """None in entries from before persons were entered, whose hashes are made without it."""

    def hash(self, keys: Keys) -> str | None:
        """SHA-256 of the canonical JSON of the entry, as an HMAC where it has a key; None where that is not known."""
        parts = {**asdict(self), "recorded_at": spelled(self.recorded_at)}
        if self.person is None:
            del parts["person"]
        return keys.seal(canonical(parts), by=self.key_id)
