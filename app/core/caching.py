"""Entity tags: what an answer's bytes are known by, and whether a client has them already."""

from hashlib import blake2b


def entity_tag(body: bytes) -> str:
    """A strong tag: equal bytes, equal tag."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def has_tag(if_none_match: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the tag; the weak form counts, as RFC 9110 asks of a GET."""
    if if_none_match is None:
        return False
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in named or "*" in named
