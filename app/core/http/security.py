"""Headers that every answer carries for browsers, unless the answer has one of its own."""

from collections.abc import Iterable

RawHeaders = list[tuple[bytes, bytes]]

SECURITY_HEADERS: RawHeaders = [
    # Nothing that we send may run, load or be framed. This also holds for a drawing that is opened by itself.
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Not same-origin: a page of the same intranet may show a drawing.
    (b"cross-origin-resource-policy", b"same-site"),
]


def completed(headers: Iterable[tuple[bytes, bytes]], added: RawHeaders) -> RawHeaders:
    """The headers of an answer with those of `added` that it lacks, and told apart by encoding for caches."""
    whole = list(headers)
    present = {name.lower() for name, _ in whole}
    whole += [one for one in added if one[0] not in present]
    varies = b",".join(value for name, value in whole if name.lower() == b"vary").lower()
    if b"accept-encoding" not in varies:
        whole.append((b"vary", b"Accept-Encoding"))
    return whole
