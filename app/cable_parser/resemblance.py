"""Resemblance to a classification level: a letter lost, added, swapped or of another script, or glued to a word."""

import re
from collections.abc import Iterator


def near(word: str, *, errors: int = 1) -> str:
    """Returns the pattern of a word with a letter lost, added, replaced or swapped; `errors` are 1 or 2."""
    size = len(word)
    forms = [f"{word[:at]}\\w{word[at:]}" for at in range(1, size)]
    forms += [f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(size - 1)]
    forms += [f"{word[:at]}\\w?{word[at + 1 :]}" for at in range(size)]
    if errors > 1:
        pairs = [(one, two) for one in range(size) for two in range(one + 1, size)]
        forms += [f"{word[:one]}\\w?{word[one + 1 : two]}\\w?{word[two + 1 :]}" for one, two in pairs]
    return f"(?:{'|'.join(dict.fromkeys((word, *forms)))})"


_LONG, _BRIEF = near("CONFIDENTIAL", errors=2), near("SECRET")
_NEAR = re.compile(f"{_LONG}|(?:TOP)?{_BRIEF}")
_END = re.compile(r"\w+?((?:TOP)?SECRET|CONFIDENTIAL)")
_ORDINARY = re.compile(
    r"(?:UNDER|SUB|UNI)?SECRE(?:(?:TAR|TIV|TION|TOR)\w*|CY|TS?|TE[DS]?|TING|TLY)|DECRET\w*|"
    r"(?:NON)?CONFIDENT(?:IAL|IALITY|IALITIES|IALLY|LY|S)?|NONSECRET"
)
"""English words that are near a level, or contain one, and the levels themselves."""
_WORD = re.compile(r"\w{5,}")
_LETTER = r"(?:[^\Wa-z_]|[|!$€¢])"
_SPACED = re.compile(rf"{_LETTER}(?:(?:(?![|!$€¢])[\W_]){{1,6}}{_LETTER}){{3,}}")
_STRAY = 3
"""Most letters in front of a spaced-out level that belong to it, or to the word before."""
_TOP = re.compile(rf"(?<!\w){near('TOP')} +(?=SECRET\b)")
_GAPS = re.compile(r"[\W_]+")
LEVELS = frozenset({"CONFIDENTIAL", "SECRET", "TOPSECRET"})
_MISREAD = str.maketrans("0134578|!$€¢", "OIEASTBIISEC")
"""Digits and signs that OCR and writers put for letters."""
_SHORT_FORM = re.compile(
    r"[^A-Za-z0-9]*(?:CLASSIFIED|CLASSIF|CLAS|CONF[ID]{0,2}L?|SECR?T?|T ?S|[CS])(?=[ /])(?:/{1,2}[A-Z/]{1,20})?"
    r"(?: [A-Z][A-Z.'-]*){0,5} (?:0[0-9]{4,7}(?![0-9])|(?<=SECTION )[0-9]{1,2} OF [0-9]|(?<=PAGE )[0-9])"
)
"""Short form of a level at the start of a line, with a post and serial, a section or a page."""
_LISTED = re.compile(r"[^A-Za-z0-9]*(?:B|R|REFS?)\b")
_SECTION = re.compile(
    r"S ?E ?C ?T ?I ?O ?N *[0-9OI] ?[0-9OI]? *O ?F *[0-9OI] ?[0-9OI]?(?![0-9])|"
    r"(?i:section 0[0-9] of 0[0-9])(?![0-9])"
)
_SECTIONED = re.compile(
    r"UNCLAS|U +N +C +L +A +S|LIMITED +OFFICIAL|SENSITIVE|\bSBU\b|\bLOU\b|\bEFTO\b|\bFOUO\b|^[^A-Za-z]*(?:FINAL *)?$|"
    r"^ *SUBJ"
)
"""Text in front of `SECTION 01 OF 02` that is no classified level."""
_ENTIRE = re.compile(r"\b(?:entire|whole|complete|all)\W{1,3}(?:text|message|cable|telegram|document)\b", re.IGNORECASE)
_LEVEL_BESIDE = re.compile(
    rf"(?<![A-Z0-9/])(?:TS|C|S|CONF[A-Z]{{0,3}}|SECR?|CLASSIFIED|{_LONG}|{_BRIEF})(?![A-Z0-9'])(?!\.[A-Z])"
)
_SHORTEST = 5
_AROUND = 40


def is_near_level(word: str) -> bool:
    """True if a word in capitals is a level but for a letter or two."""
    return _NEAR.fullmatch(word) is not None and _ORDINARY.fullmatch(word) is None


def repairs(line: str) -> Iterator[str]:
    """Yields the line with each word that resembles a level replaced by the level, if one does.

    The last letter of a spaced-out word belongs to it, or to the word that is glued to it.
    """
    for spaced in {_SPACED.sub(_spaced, line), _SPACED.sub(_spaced_before_word, line)}:
        repaired = _TOP.sub("TOP ", _WORD.sub(_word, spaced))
        if repaired != line:
            yield repaired


def _spaced(found: re.Match[str]) -> str:
    return _joined(found[0], "") or found[0]


def _spaced_before_word(found: re.Match[str]) -> str:
    return _joined(found[0][:-1], found[0][-1]) or found[0]


def _joined(run: str, rest: str) -> str | None:
    """Returns a run of single letters with the level that they resemble in one word."""
    letters = _GAPS.sub("", run.translate(_MISREAD))
    level = _NEAR.search(letters)
    if level is None:
        return None
    before = letters[: level.start()] if level.start() > _STRAY else ""
    return f" {before} {_level(level[0])} {letters[level.end() :]} {rest}"


def _word(found: re.Match[str]) -> str:
    word = found[0]
    if word.islower() or word.istitle():
        return word
    plain = word.translate(_MISREAD).upper()
    if plain in LEVELS:
        return plain
    if _ORDINARY.fullmatch(plain) or sum(map(str.islower, word)) > len(word) // 4:
        return word
    start = _NEAR.match(plain)
    if start:
        return f"{_level(start[0])} {word[start.end() :]}".rstrip()
    end = _END.fullmatch(plain)
    return f"{word[: end.start(1)]} {end[1]}" if end else word


def _level(word: str) -> str:
    return "CONFIDENTIAL" if len(word) > len("TOPSECRET") else "SECRET"


def resembles_line(line: str, previous: str) -> Iterator[bool]:
    """Yields true for each form of a line that a classification line has, and an unclassified one does not."""
    whole = _GAPS.sub("", line[:_AROUND]).upper() if len(line) <= _AROUND else ""
    spelled = line.count(" ") >= _SHORTEST and whole in LEVELS
    yield spelled or whole == "CLASSIFIED" or (len(whole) >= _SHORTEST and is_near_level(whole))
    yield _SHORT_FORM.match(line) is not None and not _LISTED.match(previous)
    section = _SECTION.search(line)
    yield section is not None and _SECTIONED.search(line[: section.start()][-200:].upper()) is None
    entire = _ENTIRE.search(line)
    if entire:
        around = f"{line[max(0, entire.start() - _AROUND) : entire.start()]} {line[entire.end() :][:_AROUND]}"
        yield _LEVEL_BESIDE.search(around.upper()) is not None
