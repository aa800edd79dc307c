"""LaTeX escaping of plain text: special characters, quotation marks, letters beyond ASCII."""

import re
import unicodedata

SIGNS = {
    # A brace is written by its command, since BibTeX counts braces, and a backslash before one does not prevent that.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
    "\N{LEFT SINGLE QUOTATION MARK}": "`",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{DEGREE SIGN}": r"\textdegree{}",
    "\N{SECTION SIGN}": r"\S{}",
    "\N{COPYRIGHT SIGN}": r"\textcopyright{}",
    "\N{REGISTERED SIGN}": r"\textregistered{}",
    "\N{TRADE MARK SIGN}": r"\texttrademark{}",
    "\N{EURO SIGN}": r"\texteuro{}",
    "\N{POUND SIGN}": r"\pounds{}",
    "\N{MIDDLE DOT}": r"\textperiodcentered{}",
    "\N{LATIN SMALL LETTER SHARP S}": r"{\ss}",
    "\N{LATIN SMALL LETTER AE}": r"{\ae}",
    "\N{LATIN CAPITAL LETTER AE}": r"{\AE}",
    "\N{LATIN SMALL LIGATURE OE}": r"{\oe}",
    "\N{LATIN CAPITAL LIGATURE OE}": r"{\OE}",
    "\N{LATIN SMALL LETTER O WITH STROKE}": r"{\o}",
    "\N{LATIN CAPITAL LETTER O WITH STROKE}": r"{\O}",
    "\N{LATIN SMALL LETTER L WITH STROKE}": r"{\l}",
    "\N{LATIN CAPITAL LETTER L WITH STROKE}": r"{\L}",
    "\N{LATIN SMALL LETTER DOTLESS I}": r"{\i}",
}
ACCENTS = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "'",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~",
    "\N{COMBINING MACRON}": "=",
    "\N{COMBINING BREVE}": "u",
    "\N{COMBINING DOT ABOVE}": ".",
    "\N{COMBINING DIAERESIS}": '"',
    "\N{COMBINING RING ABOVE}": "r",
    "\N{COMBINING DOUBLE ACUTE ACCENT}": "H",
    "\N{COMBINING CARON}": "v",
    "\N{COMBINING CEDILLA}": "c",
    "\N{COMBINING OGONEK}": "k",
    "\N{COMBINING DOT BELOW}": "d",
}
_OPENING = re.compile(r"(?:(?<=^)|(?<=[\s(\[/-]))(\"?'|\")")
_CURLED = {'"': "\N{LEFT DOUBLE QUOTATION MARK}", "'": "\N{LEFT SINGLE QUOTATION MARK}"}


def escaped(text: str) -> str:
    """Escapes a text for LaTeX. Characters without a LaTeX command, such as Chinese ones, stay in UTF-8."""
    curled = _curled(" ".join(text.split()))
    written = "".join(_written(char, before) for before, char in zip(f" {curled}", curled, strict=False))
    # TeX reads three marks in a row from the left, so the inner mark is separated by an empty group.
    return written.replace("```", "``{}`").replace("'''", "'{}''")


def _curled(text: str) -> str:
    """Turns straight quotation marks into opening and closing ones; an apostrophe becomes a closing one."""
    opened = _OPENING.sub(lambda found: "".join(_CURLED[mark] for mark in found[0]), text)
    return opened.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}").replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def _written(char: str, before: str) -> str:
    if char == before == "-":
        return "{}-"  # two hyphens alone would print as a dash
    if char in SIGNS:
        return SIGNS[char]
    return char if char.isascii() else _accented(char)


def _accented(char: str) -> str:
    letter, *marks = list(unicodedata.normalize("NFD", char))
    if not letter.isascii() or not all(mark in ACCENTS for mark in marks):
        return char
    written = letter
    for mark in marks:
        written = rf"\{ACCENTS[mark]}{{{written}}}"
    return f"{{{written}}}"
