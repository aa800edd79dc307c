"""Versions of records that can be changed: how an entity tag carries one, and what a write expects of it."""

from dataclasses import dataclass
from hashlib import blake2b

from app.core.caching import entity_tag
from app.core.errors import ProblemError


@dataclass(frozen=True)
class Versioned:
    """A record as it is answered, and the version of the row that it is made of.

    `text` may hold what is derived of other rows, or of the day; `version` moves only when the record is written.
    """

    text: str
    record: str
    """Which record: its collection and id."""
    version: int

    @property
    def mark(self) -> str:
        """What stands for this version of this record; no other record has it."""
        return blake2b(f"{self.record}@{self.version}".encode(), digest_size=8).hexdigest()

    @property
    def tag(self) -> str:
        """The entity tag: the mark, then the digest of the bytes. So it is strong, and a write can read the mark."""
        return f'"{self.mark}-{entity_tag(self.text.encode()).strip(chr(34))}"'


@dataclass(frozen=True)
class Expected:
    """The tags that a write names in If-Match."""

    marks: frozenset[str]

    @classmethod
    def of(cls, if_match: str) -> "Expected":
        """Of a header's value; the form `W/"..."`, which a proxy that packs answers makes of a tag, counts as ours."""
        tags = (one.strip().removeprefix("W/").strip('"') for one in if_match.split(","))
        return cls(frozenset(tag.partition("-")[0] for tag in tags))

    def check(self, now: Versioned) -> None:
        """Refuses a write that was made for another version than the one there is, whose row the caller has locked."""
        if now.mark not in self.marks:
            raise ProblemError(
                "stale",
                "The record was changed since the version in If-Match; the ETag of this answer is the present one.",
                headers={"ETag": now.tag},
            )
