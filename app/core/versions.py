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
    address: str = ""
    """The address below `/v1` that answers with its tag, where that is not the record's own."""


@dataclass(frozen=True)
class Tags:
    """Entity tags of versions, under a key: who has not read a record does not know its tag."""

    key: bytes

    @classmethod
    def of(cls, secret: str) -> "Tags":
        """The tags under any secret. Processes with the same one take each other's tags."""
        return cls(blake2b(secret.encode(), digest_size=32, person=b"entity tags").digest())

    def mark(self, found: Versioned) -> str:
        """What stands for this version of this record; no other record has it."""
        return blake2b(f"{found.record}@{found.version}".encode(), key=self.key, digest_size=16).hexdigest()

    def tag(self, found: Versioned) -> str:
        """The entity tag: the mark, then the digest of the bytes. So it is strong, and a write can read the mark."""
        return f'"{self.mark(found)}-{entity_tag(found.text.encode()).strip(chr(34))}"'


@dataclass(frozen=True)
class Expected:
    """The tags that a write names in If-Match."""

    marks: frozenset[str]
    tags: Tags

    @classmethod
    def of(cls, if_match: str, *, tags: Tags) -> "Expected":
        """Of a header's value; the form `W/"..."`, which a proxy that packs answers makes of a tag, counts as ours."""
        given = (one.strip().removeprefix("W/").strip('"') for one in if_match.split(","))
        return cls(frozenset(one.partition("-")[0] for one in given), tags)

    def check(self, now: Versioned) -> None:
        """Refuses a write that was made for another version than the one there is, whose row the caller has locked."""
        if self.tags.mark(now) not in self.marks:
            place = f"/v1/{now.address or now.record}"
            raise ProblemError(
                "stale",
                f"If-Match needs the present ETag of {place}, which this answer has: either that was changed since, "
                "or the one given is of something else.",
                headers={"ETag": self.tags.tag(now)},
            )
