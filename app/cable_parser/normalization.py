"""Normalization of lines to their visible form: plain letters, no invisible characters, collapsed blanks."""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

PHYSICAL = re.compile(r"\r\n|\n|\r")
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
_BRACKETS = {"Ps": "(", "Pe": ")"}
_FILLERS = "\u115f\u1160\u3164\uffa0"
_CONFUSABLES = {
    "A": "ᗅ𐊠𖽀",
    "B": "ᗷꞴ𐊂𐊡𐌁",
    "C": "Ϲ𐊢𐌂𐐕𐔜𑣩𑣲🝌",
    "D": "ᗞᗪ",
    "E": "⋿ⴹ𐊆𑢦𑢮",
    "F": "ϜᖴꞘ𐊇𐊥𐔥𑢢𑣂𝈓𝟊",
    "G": "ԌᏀᏳ",
    "H": "ᕼ𐋏",
    "K": "ᛕ𐔘",
    "L": "ᒪⳐ𐐛𐔦𑢣𑢲𖼖𝈪",
    "M": "Ϻᗰᛖ𐊰𐌑",
    "N": "𐔓",
    "O": "০ଠ୦ዐⵔ〇𐊒𐊫𐐄𐓂𐔖𑓐𑢵𑣠",
    "P": "ᑭ𐊕",
    "R": "ƦᏒᖇ𐒴𖼵𝈖",
    "S": "𐊖𐐠𖼺",
    "T": "⊤⟙𐊗𐊱𐌕𑢼𖼊🝨",
    "U": "Սሀᑌ∪⋃𐓎𑢸𖽂",
    "V": "Ѵ۷Ꮩᐯⴸꛟ𐔝𑢠𖼈𝈍",
    "W": "ԜᎳᏔ𑣦𑣯",
    "X": "᙭ᚷ╳ⵝꞳ𐊐𐊴𐌗𐌢𐔧𑣬",
    "Y": "ΥϒУҮᎩᎽⲨ𐊲𑢤𖽃𝚼𝛶𝜰𝝪𝞤",
    "a": "ɑα⍺𝛂𝛼𝜶𝝰𝞪",
    "b": "ƄЬᏏᑲᖯ",
    "c": "ϲ𐐽",
    "d": "ԁᏧᑯꓒ",
    "e": "ҽ℮ꬲ",
    "f": "քẝꞙꬵ",
    "g": "ƍɡցᶃ",
    "h": "һհᏂ",
    "i": "ıɩ˛ͺιӏᎥι⍳ꙇꭵ𑣃𝚤𝛊𝜄𝜾𝝸𝞲",
    "l": "ƖǀӀ۱ᛁ∣⏽ⵏ￨𐊊𐌉𐌠𖼨",
    "n": "ոռ",
    "o": "σօ۵०੦૦௦౦೦ഠ൦๐໐ဝ၀ჿᴑꬽ𐐬𐓪𑣈𑣗𝛔𝜎𝝈𝞂𝞼",
    "p": "ρϱ⍴ⲣ𝛒𝛠𝜌𝜚𝝆𝝔𝞀𝞎𝞺𝟈",
    "r": "гᴦⲅꭇꭈꮁ",
    "s": "ƽ𐑈𑣁",
    "u": "ʋυսᴜꞟꭎꭒ𐓶𑣘𝛖𝜐𝝊𝞄𝞾",
    "v": "νѵᴠ∨⋁ꮩ𑜆𑣀𝛎𝜈𝝂𝝼𝞶",
    "w": "ɯѡԝաᴡꮃ𑜊𑜎𑜏",
    "x": "×ᕁᕽ⤫⤬⨯",
    "y": "ɣʏγуүყᶌỿℽꭚ𑣜𝛄𝛾𝜸𝝲𝞬",
}
"""Further characters that look like these letters (Unicode Technical Standard 39), and that NFKD leaves."""
_OF_LATIN = re.compile(
    r"(?:[A-Z]+ )*(?:LATIN (?P<case>SMALL|CAPITAL) LETTER|(?:LATIN|MODIFIER) LETTER SMALL CAPITAL) (?P<letter>[A-Z])"
    r"(?: WITH .+)?"
)
_BLOCKS = ((0xC0, 0x2B0), (0x1D00, 0x1DC0), (0x2C60, 0x2C80), (0xA720, 0xA800), (0xAB30, 0xAB70), (0x10780, 0x107C0))
"""Blocks with Latin letters that NFKD leaves: those with strokes and hooks, and small capitals."""


def _latin_letters() -> Iterator[tuple[str, str]]:
    """Yields characters with the Latin letter in their Unicode name."""
    for first, end in (*_BLOCKS, (0x1DF00, 0x1DF30), (0x1F130, 0x1F1B0)):
        for character in map(chr, range(first, end)):
            named = _OF_LATIN.fullmatch(unicodedata.name(character, ""))
            if named:
                yield character, named["letter"].lower() if named["case"] == "SMALL" else named["letter"]


_LOOKALIKES = str.maketrans(
    {
        **dict(_latin_letters()),
        **{one: letter for letter, several in _CONFUSABLES.items() for one in several},
        # Cyrillic, Greek and others: readers see Latin letters, but Unicode does not map them.
        **dict(zip("АВСЕНІЈКМОРЅТХ", "ABCEHIJKMOPSTX", strict=True)),
        **dict(zip("асеіјорѕх", "aceijopsx", strict=True)),
        **dict(zip("ΑΒΕΗΙΚΜΝΟΡΤΧϹ", "ABEHIKMNOPTXC", strict=True)),
        **dict(zip("οϲ", "oc", strict=True)),
        **dict(zip("ՏՕꓢꓚꓐꓑꓓꓔꓖꓗꓙꓜꓝꓟꓠꓡꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "SOSCBPDTGKJZFMNLRVHWXYAEIOU", strict=True)),
        **dict(zip("ᏚᏕᏟᎠᎡᎢᎪᎬᎷᎻᏞᏢᏦᏴꮪꮯᎾ", "SSCDRTAEMHLPKBscO", strict=True)),
        **dict(zip("ⲤⲞⲎⲢⲦⲘⲚⲔⲈⲀⲂⲒⲬⲥⲟ", "COHPTMNKEABIXco", strict=True)),
        **dict(zip("【】〔〕〈〉《》「」『』〖〗", "()()()()()()()", strict=True)),
        **{chr(0x1F1E6 + place): chr(65 + place) for place in range(26)},
        "\u2800": " ",
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("∕⁄╱⧸", "/"),
        **dict.fromkeys(_FILLERS, ""),
    }
)


_CIRCLES = "Ⓐ-ⓩ\U0001f12b\U0001f12c\U0001f130-\U0001f169\U0001f16a\U0001f170-\U0001f189"
_CIRCLED = re.compile(rf"(?<!\w)[©®](?![©®])|(?<![\w{_CIRCLES}])[{_CIRCLES}]{{1,2}}(?![\w{_CIRCLES}])")
_PARENTHESIZED = "\u249c-\u24b5\U0001f110-\U0001f129"
_SEVERAL = re.compile(f"[{_PARENTHESIZED}](?: ?[{_PARENTHESIZED}])+")
_ENCLOSED = re.compile(rf"(?<=[(\[{{<])\s*[{_CIRCLES}{_PARENTHESIZED}]\s*(?=[)\]}}>])")
"""One letter in a circle or square, and in typed brackets: these count."""
_SIGNS = {"©": "⦅C⦆", "®": "⦅R⦆", "\U0001f16a": "⟪C⟫"}
"""Signs that editors put for a letter in brackets: their own brackets tell them from typed ones."""
_QUOTES = "\u201a\u201e"
_DRAWN = "⦅⦆⟪⟫"
_PAGE_NOTICE = re.compile(r"(?<=\n)[ \t]*© ")
"""Start of the page below a cable: the parser takes nothing after it for the cable's text."""


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
        text = _SEVERAL.sub(lambda run: _without_brackets(run).upper(), _ENCLOSED.sub(_without_brackets, text))
        text = _CIRCLED.sub(_in_circles, text)
        text = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_plain, text))
    return _BLANKS.sub(lambda run: " " if run[0] == " " else "  ", text).strip(" ")


def _in_circles(found: re.Match[str]) -> str:
    return _SIGNS.get(found[0], f"⟪{found[0]}⟫")


def _without_brackets(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKD", found[0].translate(_LOOKALIKES)).replace("(", "").replace(")", "")


def _plain(character: str) -> str:
    if character in " \t":
        return character
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    if category in _BRACKETS and character not in _DRAWN + _QUOTES and not character.isascii():
        return _BRACKETS[category]
    return " " if category.startswith("Z") else character


def lines_of(text: str) -> Iterator[Line]:
    """Yields normalized lines for all kinds of line ends. A line with unusual line ends inside is split."""
    for number, physical in enumerate(PHYSICAL.split(_PAGE_NOTICE.sub("", text)), start=1):
        for piece in _FURTHER_ENDS.split(physical):
            yield Line(number, normalize(piece))


def joined_lines_of(text: str) -> Iterator[Line]:
    """Yields the lines with unusual line ends inside, joined to one line."""
    for number, physical in enumerate(PHYSICAL.split(text), start=1):
        if _FURTHER_ENDS.search(physical):
            yield Line(number, normalize(_FURTHER_ENDS.sub(" ", physical)))
