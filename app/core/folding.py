"""Text normalization: NFC, rejection of forbidden characters, and the folding under which names are compared.

`fold_name` mirrors the database function of that name, for checks that run without a database. A test compares the
two.
"""

import re
import unicodedata
from urllib.parse import parse_qsl, urlencode

_LAST_OF_PLANES = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb"
    f"\U000e0000-\U000e007f{_LAST_OF_PLANES}]"
)
"""Control characters except tab and line feed, bidi controls, line separators, tags, surrogates, noncharacters."""
REFUSAL = "control characters, bidi controls, line separators, noncharacters and lone surrogates are not allowed"
INVISIBLE = "must have at least one letter or digit"

_SPACING = str.maketrans("\u00b4\u02ca\u02cb\uff40\u2033\u2036", "''''\"\"")
"""Quotation marks that NFKD would decompose."""
IGNORED = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    r"\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
"""Accents and points of letters, and characters without a shape. Folding removes them."""
_ALIKE = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u02c8\u2039\u203a`",
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b",
    " ": "\t\n\v\f\r\u0085\u1680\u2028\u2029",
}
_LETTERS = (
    "\u00f8\u00d8\u0142\u0141\u0111\u0110\u00f0\u00d0\u0127\u0126\u0167\u0166\u0131\u014b\u014a",
    "oOlLdDdDhHtTinN",
)
FROM = "".join(_ALIKE.values()) + _LETTERS[0]
TO = "".join(sign * len(signs) for sign, signs in _ALIKE.items()) + _LETTERS[1]
LIGATURES = {
    "\u00df": "ss",
    "\u1e9e": "SS",
    "\u00e6": "ae",
    "\u00c6": "AE",
    "\u0153": "oe",
    "\u0152": "OE",
    "\u00fe": "th",
    "\u00de": "TH",
}
_UPPER = [*range(0x0391, 0x03A2), *range(0x03A3, 0x03AA), *range(0x0410, 0x0430), *range(0x0531, 0x0557)]
UPPER = "".join(map(chr, _UPPER)) + "\u03c2" + "".join(map(chr, range(0x0400, 0x0410)))
LOWER = "".join(chr(one).lower() for one in _UPPER) + "\u03c3" + "".join(map(chr, range(0x0450, 0x0460)))
"""Greek, Cyrillic and Armenian. Of Latin, folding leaves only ASCII. `lower` in SQL depends on the locale."""
_CASE = str.maketrans(UPPER, LOWER) | {one: one + 0x20 for one in range(ord("A"), ord("Z") + 1)}
_PLAIN = str.maketrans(FROM, TO) | str.maketrans(LIGATURES)
_IGNORED = re.compile(IGNORED)
_INITIALS = re.compile(r"(?<![^ ])([a-z]) (?=[a-z]( |$))")


_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul letters without a shape."""


def has_letter(text: str) -> bool:
    """True if the text has a visible letter or digit."""
    return any(unicodedata.category(char)[0] in "LN" and char not in _FILLERS for char in text)


def normal_text(text: str) -> str:
    """The text in NFC. Raises ValueError for forbidden characters."""
    if FORBIDDEN.search(text):
        raise ValueError(REFUSAL)
    return unicodedata.normalize("NFC", text)


def clean_text(text: str) -> str:
    """The text in NFC. Raises ValueError for forbidden characters, and for text without a visible letter or digit."""
    if text and not has_letter(text):
        raise ValueError(REFUSAL if FORBIDDEN.search(text) else INVISIBLE)
    return normal_text(text)


def printable_text(text: str) -> str:
    """The text without forbidden characters, for text that was stored before they were rejected."""
    return FORBIDDEN.sub("", text)


def normal_query(query: bytes) -> bytes:
    """A query string with its values in NFC. Raises UnicodeDecodeError for bytes that are not UTF-8."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="strict")
    normal = [(name, unicodedata.normalize("NFC", value)) for name, value in pairs]
    return query if normal == pairs else urlencode(normal, errors="surrogatepass").encode()


def fold_text(text: str) -> str:
    """The text with accents removed and kinds of letters, quotation marks, dashes and blanks unified (NFKC)."""
    apart = unicodedata.normalize("NFKD", text.translate(_SPACING))
    return unicodedata.normalize("NFKC", _IGNORED.sub("", apart.translate(_PLAIN)))


def fold_name(name: str) -> str:
    """The form in which names are compared: folded, lower case, no points, commas and runs of blanks as one blank."""
    lower = fold_text(name).translate(_CASE).replace(".", "").replace(",", " ")
    return _INITIALS.sub(r"\1", re.sub(" +", " ", lower)).strip(" ")
