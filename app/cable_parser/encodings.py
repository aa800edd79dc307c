"""Text in a transfer encoding: its plain form, line by line, and lines that hide text."""

import base64
import binascii
import re
from collections.abc import Iterator

from app.cable_parser.normalization import PHYSICAL

_ESCAPED = re.compile(r"(?:=[0-9A-Fa-f]{2})+|(?:%[0-9A-Fa-f]{2})+|(?:\\x[0-9A-Fa-f]{2})+|\\u(?P<point>[0-9A-Fa-f]{4})")
"""Quoted-printable, percent-encoded and backslashed characters."""
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_NAMED = re.compile(r"content-transfer-encoding\s{0,4}:\s{0,4}(?:base64|quoted-printable)", re.IGNORECASE)


def decode_escapes(text: str) -> str:
    """Returns the text with its escaped characters decoded, on the same lines."""
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found["point"]:
        decoded = chr(int(found["point"], 16))
    else:
        decoded = bytes.fromhex("".join(_HEX.findall(found[0]))).decode("utf-8", errors="replace")
    return _CONTROLS.sub(" ", decoded)


def encoded_lines(text: str) -> Iterator[int]:
    """Yields the numbers of lines, from 1, that hold text in Base64 or announce an encoding."""
    for number, line in enumerate(PHYSICAL.split(text), start=1):
        if _NAMED.search(line) or any(_hides_text(found[0]) for found in _BASE64.finditer(line)):
            yield number


def _hides_text(token: str) -> bool:
    """True if a token in Base64 decodes to readable text; a word does not."""
    if token.islower() or token.isdigit():
        return False
    try:
        decoded = base64.b64decode(token[: len(token) // 4 * 4]).replace(b"\0", b"").decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return all(one.isprintable() or one.isspace() for one in decoded)
