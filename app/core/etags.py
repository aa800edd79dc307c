"""Entity tags: of bytes, of record versions, and their comparison with If-Match and If-None-Match."""

from dataclasses import dataclass
from hashlib import blake2b

from app.core.errors import ProblemError

RawHeaders = list[tuple[bytes, bytes]]


def compute_etag(body: bytes) -> str:
    """Computes a strong ETag: equal bytes give equal tags."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def gzip_etag(tag: str) -> str:
    """The ETag of the gzip representation: other bytes need another tag. The beginning of the tag is unchanged."""
    return f'{tag[:-1]}-gzip"'


def matches_if_none_match(if_none_match: str | None, tag: str) -> bool:
    """True if an If-None-Match header matches the tag. Weak tags match too, as RFC 9110 requires for GET."""
    if if_none_match is None:
        return False
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in named or "*" in named


BODY_HEADERS = {b"content-encoding", b"content-length", b"content-range", b"content-type", b"transfer-encoding"}
"""Header fields that describe the body itself, which a 304 does not have."""


def not_modified_headers(headers: RawHeaders) -> RawHeaders:
    """Returns the headers of a 304: all of the 200's except those that describe its body.

    A cache replaces its stored headers with those of the 304 (RFC 9111, section 3.2). A different policy header here
    would replace the one of the stored page.
    """
    return [one for one in headers if one[0] not in BODY_HEADERS]


@dataclass(frozen=True)
class Versioned:
    """Record as JSON, with the version of its row.

    `text` may include data derived from other rows or from the day; `version` changes only when the record is written.
    """

    text: str
    record: str
    """Collection and id of the record."""
    version: int
    address: str = ""
    """Path below `/v1` that returns this ETag, if it is not the record's own path."""


@dataclass(frozen=True)
class ETags:
    """Creates the ETags of versions with a secret key: only a client that read a record knows its ETag."""

    key: bytes

    @classmethod
    def of(cls, secret: str) -> "ETags":
        """Derives the key from a secret of any length. Processes with the same secret accept each other's ETags."""
        return cls(blake2b(secret.encode(), digest_size=32, person=b"entity tags").digest())

    def version_token(self, found: Versioned) -> str:
        """Keyed digest of a record and its version; unique to the record."""
        return blake2b(f"{found.record}@{found.version}".encode(), key=self.key, digest_size=16).hexdigest()

    def tag(self, found: Versioned) -> str:
        """The ETag: version token, then digest of the body. So the tag is strong, and a write can read the version."""
        return f'"{self.version_token(found)}-{compute_etag(found.text.encode()).strip(chr(34))}"'


@dataclass(frozen=True)
class ExpectedVersions:
    """Versions that a write names in If-Match."""

    tokens: frozenset[str]
    tags: ETags

    @classmethod
    def of(cls, if_match: str, *, tags: ETags) -> "ExpectedVersions":
        """Parses the header. A weak tag `W/"..."`, which a proxy that compresses responses makes, counts as ours."""
        named = (one.strip().removeprefix("W/").strip('"') for one in if_match.split(","))
        return cls(frozenset(one.partition("-")[0] for one in named), tags)

    def check(self, now: Versioned) -> None:
        """Rejects a write (412) that was made for another version than `now`, whose row the caller has locked."""
        if self.tags.version_token(now) not in self.tokens:
            place = f"/v1/{now.address or now.record}"
            raise ProblemError(
                "stale",
                f"If-Match is not the current ETag of {place}, which this response has. The record was changed "
                "since it was read, or the ETag is that of another record.",
                headers={"ETag": self.tags.tag(now)},
            )
