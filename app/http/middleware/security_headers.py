"""Security headers of every response, unless the response sets its own."""

from collections.abc import Iterable

RawHeaders = list[tuple[bytes, bytes]]

SECURITY_HEADERS: RawHeaders = [
    # Responses may not run scripts, load anything or be framed. This also applies to an SVG that is opened by itself.
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Not same-origin: a page of the same intranet may embed an SVG.
    (b"cross-origin-resource-policy", b"same-site"),
]


def add_security_headers(headers: Iterable[tuple[bytes, bytes]], added: RawHeaders) -> RawHeaders:
    """Adds those of `added` that a response lacks, and `Vary: Accept-Encoding` for caches."""
    whole = list(headers)
    present = {name.lower() for name, _ in whole}
    whole += [one for one in added if one[0] not in present]
    varies = b",".join(value for name, value in whole if name.lower() == b"vary").lower()
    if b"accept-encoding" not in varies:
        whole.append((b"vary", b"Accept-Encoding"))
    return whole
