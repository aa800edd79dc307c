"""Normalization of lines to their visible form: plain letters, no invisible characters, collapsed blanks."""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_PHYSICAL = re.compile(r"\r\n|\n|\r")
_FURTHER_ENDS = re.compile("[\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"[ \t]+")
_INLINE_TAG = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|code|tt|small|big|sub|sup|mark|abbr)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_BLOCK_TAG = re.compile(
    r"</?(?!(?:[cs]|ts|top|secret|conf|confid|confidential|sec|classified|unclas|unclassified|sbu|lou|fouo|cui|les|nf|"
    r"noforn|sensitive|limited|for|official|controlled|nato|n[cs]|cts)[\s/>])[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
"""Any other tag except possible markings; it separates the text around it."""
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc", "Co", "Cn", "Cs"})
_FILLERS = "\u115f\u1160\u3164\uffa0"
_LOOKALIKES = str.maketrans(
    {
        # Cyrillic, Greek, small capitals: readers see Latin letters, but Unicode does not map them.
        **dict(zip("АВСЕНІЈКМОРЅТХ", "ABCEHIJKMOPSTX", strict=True)),
        **dict(zip("асеіјорѕх", "aceijopsx", strict=True)),
        **dict(zip("ΑΒΕΗΙΚΜΝΟΡΤΧϹ", "ABEHIKMNOPTXC", strict=True)),
        **dict(zip("οϲ", "oc", strict=True)),
        **dict(zip("ՏՕꓢꓚꓐꓑꓓꓔꓖꓗꓙꓜꓝꓟꓠꓡꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "SOSCBPDTGKJZFMNLRVHWXYAEIOU", strict=True)),
        **dict(zip("ᏚᏕᏟᎠᎡᎢᎪᎬᎷᎻᏞᏢᏦᏴꮪꮯ", "SSCDRTAEMHLPKBsc", strict=True)),
        **dict(zip("ⲤⲞⲎⲢⲦⲘⲚⲔⲈⲀⲂⲒⲬⲥⲟ", "COHPTMNKEABIXco", strict=True)),
        **dict(zip("【】〔〕〈〉《》「」『』〖〗", "()()()()()()()", strict=True)),
        **dict(zip("ᴀᴄᴅᴇꜰɪʟɴᴏᴘʀꜱᴛ", "ACDEFILNOPRST", strict=True)),
        **{chr(first + place): chr(65 + place) for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)},
        "\u2800": " ",
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("∕⁄╱⧸", "/"),
        **dict.fromkeys(_FILLERS, ""),
    }
)


class Line(NamedTuple):
    """Line with its number in the file, from 1."""

    number: int
    words: str


def normalize(text: str) -> str:
    """Returns the text of one line in plain letters. Two blanks represent a wider gap, such as between two cells."""
    if "<" in text:
        text = _BLOCK_TAG.sub("\t", _INLINE_TAG.sub("", text))
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_plain, text))
    return _BLANKS.sub(lambda run: " " if run[0] == " " else "  ", text).strip(" ")


def _plain(character: str) -> str:
    if character in " \t":
        return character
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    return " " if category.startswith("Z") else character


def lines_of(text: str) -> Iterator[Line]:
    """Yields normalized lines for all kinds of line ends. A line with unusual line ends inside is split."""
    for number, physical in enumerate(_PHYSICAL.split(text), start=1):
        for piece in _FURTHER_ENDS.split(physical):
            yield Line(number, normalize(piece))


def joined_lines_of(text: str) -> Iterator[Line]:
    """Yields the lines with unusual line ends inside, joined to one line."""
    for number, physical in enumerate(_PHYSICAL.split(text), start=1):
        if _FURTHER_ENDS.search(physical):
            yield Line(number, normalize(_FURTHER_ENDS.sub(" ", physical)))
