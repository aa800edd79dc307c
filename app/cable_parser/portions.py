"""Portion marks of a classified text: marks in brackets at the start of a paragraph or of an item in it."""

import re
from enum import Enum, auto

from app.cable_parser.marks import (
    BRACKETED,
    DRAWN,
    TYPED,
    compact,
    is_classified,
    is_marking,
    is_other_level,
    may_be_classified,
    resembles_classified,
)

WINDOW = 240
"""Number of characters before a mark that determine whether something starts there."""
WRAPPED = 40
"""A line shorter than this was not wrapped at the page width."""
_TOKEN = re.compile(r"[(\[{<][^()\[\]{}<>]{0,60}[)\]}>]|[^\s()\[\]{}<>]+[)\]]?|[()\[\]{}<>]")
_NUMBER = re.compile(r"[¶#§(]*[0-9]{4}[.):]|[¶#§(]*[0-9]{1,3}(?:\.[0-9]{1,2}|\.?[a-z])*[.):;,\]-]*")
_LETTER = re.compile(r"¶*(?:[A-Za-z]|[ivxIVX]{1,5})[.):]+")
_IN_BRACKETS = re.compile(r"[(\[](?:[0-9]{1,3}|[A-Za-z]|[ivxIVX]{1,5})[)\]]")
_BULLET = re.compile(r"[-*•·▪●>¶+=~_|.:;()\[\]{}<\"'\u2018\u2019\u201c\u201d]{1,40}")
_NO_WORD = re.compile(r"[^A-Za-z]*(?:(?:[A-Za-z]|[ivxl]{1,5}|[IVXL]{1,5}|([A-Za-z])\1)(?:[^A-Za-z]+|$)){0,3}")
"""Text without words: punctuation, digits, single letters, Roman numerals."""
_AMOUNT = re.compile(r"[0-9]{4}|[%$°€£]")
_COUNTED = re.compile(r"(?:para|paragraph|no|item|point)s?[.:]?", re.IGNORECASE)
_CITED = {
    "article",
    "art",
    "section",
    "sec",
    "chapter",
    "rule",
    "clause",
    "annex",
    "title",
    "part",
    "subsection",
    "paragraph",
}
_ENDS = re.compile(r"[.!?:;][)\]\"'\u201d\u2019]*$|[-=_*]{2,}$|[)\]]$")
_SENTENCE_ENDS = re.compile(r"[.!?:;][)\]\"'\u201d\u2019]*$")
_LABELS = {"summary", "comment", "background", "introduction", "note", "overview", "conclusion"}
_LABEL_WORDS = 8
_SHORT_LABEL_WORDS = 3
_PAGE_LINE = re.compile(
    r"(?:.{0,60}?\b[0-9]{3}(?:\.[0-9])? OF [0-9]{3}|"
    r"PAGE [0-9]{1,3} [A-Z ]{2,30} [0-9]{3,6}(?: [0-9]{2} OF [0-9]{2})?(?: [0-9]{6}Z)?|"
    r"[A-Z]{0,20} ?SECTION [0-9]{1,2} OF [0-9]{1,2} [A-Z ]{2,40} [0-9]{3,8})(?: SIPDIS| SENSITIVE)*(?= |$)"
)
_YEAR = re.compile(r"[\s,]*(?:19|20)[0-9][0-9]\b(?P<after>.{0,3})")
_OPENING = re.compile(r"[¶#]*\s*\(?[0-9]{1,3}\s*[.)]|¶\s*[0-9]")
_HALF = re.compile(
    r"(?:[(\[{<]\s*(?:TS|C|S|CONFIDENTIAL|SECRET|TOP SECRET)(?=[\s/,-]|$)(?![^()\[\]{}<>]{0,60}[)\]}>]))"
)
_HALF_CLOSED = re.compile(
    r"(?:[¶#(]*[0-9]{1,3}[.)]|[-*•·▪●>+=~]{1,3}(?![-*=~]))\s*"
    r"(?:[^A-Za-z0-9]{0,3}(?:TS|C|S)(?![A-Za-z0-9.&]|'[a-z]|-[A-Za-z0-9]|/[a-z]| ?-+ ?ENTIRE)|"
    r"(?:TS|C|S)\))"
)
_CLOSES = re.compile(r"[^()\[\]{}<>]{0,60}[)\]}>]")
_SEPARATED = re.compile(r"[/\\,;:&+|-]")
_BROKEN = re.compile(r"[(\[{<][^()\[\]{}<>]{0,24}$")
_ODD = re.compile(
    r"(?:[^A-Za-z]{0,12}|[A-Z][A-Za-z]{2,12}: {0,4})"
    r"(?:[^\sA-Za-z0-9.()\[\]{}<>&'@#_+~-] ?(?:TS|C|S|(?:TOP )?SECRET|CONFIDENTIAL) ?"
    r"[^\sA-Za-z0-9.,;:()\[\]{}<>&'@_-](?=\s|$)|"
    r"(?<![A-Za-z0-9/])(?:TS|C|S|CONF|SECR?)/{1,2}(?:NF|NOFORN|SI|REL|OC|FGI|TK)\b)"
)
"""Level between signs other than brackets, or with a caveat and without brackets."""
_HEADED = re.compile(r"\s*(?:$|:)")
_SHORT = 8
_HEADED_WORDS = 10
_CODE = re.compile(r"(?:^|\s)(?:(?P<glued>[0-9]{3,4})|[0-9]{2,4} ?)$")
_LISTED_BEFORE = {"c": ("a", "b"), "r": ("p", "q"), "s": ("q", "r")}
_CUT_OFF = re.compile(r"[(\[{<] ?(?:TS|C|S|CONF[A-Z]{0,8}|SECR?E?T?|TOP SECRET)(?: ?[/,-]{1,2} ?[A-Z/]{0,12})?$")
"""Mark that the end of the line cuts off."""
_BULLETED = re.compile(r"(?:[-*•·▪●>+=~]{1,3}|[¶#(]*[0-9]{1,3}[.)])\s*(?P<letter>[A-Za-z])(?:[).:]|\s)")
_BEFORE_CAPITAL = re.compile(r" *[\"']?[A-Z]")
_MEASURED = re.compile(
    r"(?:[0-9°]|(?i:degrees?|copyright|vitamin|celsius|(?:sub)?section|paragraph|para|article|clause|annex|item|point))"
    r"[ .,:-]*$"
)
"""Text before a letter in brackets that is a unit, a notice or a citation."""
_COPYRIGHT = re.compile(r" *(?i:copyright)(?:\W{0,3}(?:(?:19|20)[0-9]{2}\b|\([cC]\))|, [A-Z])")
_PICTURE = re.compile(r"\b(?:Photo|Picture|Image)s?: ?$")
_OWNER = re.compile(
    r" +(?:(?:by|BY) +)?(?:(?P<one>[A-Z][\w&'-]*)|[A-Z0-9][\w&'/-]*,?(?: +[A-Z0-9][\w&'/-]*[,.]?){0,2} +"
    r"(?:(?P<year>(?:19|20)[0-9]{2})|[A-Z0-9][\w&'/-]*))"
)
"""Rest of a line that names the owner of a copyright: few words, all capitalized, and no end of a sentence."""

_NAMES = r"(?:(?:[A-Z0-9][\w&'./-]*,?|and|of|the|by|&) +){0,8}"
_RIGHTS = re.compile(rf" +{_NAMES}(?:(?i:all +rights +reserved)|(?i:copyright)(?: +(?:19|20)[0-9]{{2}})?)\.?")
_COMPANY = re.compile(rf" +{_NAMES}(?:Company|Corp|Corporation|Inc|Limited|LLC|Ltd)\.?")
"""Rests of a line that are a notice of copyright, with names of any length."""
_DEGREES = re.compile(
    r"(?:[a-z]{2,},? +(?:-|minus )?[0-9]{1,3}(?:\.[0-9])?|[0-9] ?°) ?$|"
    r"(?P<named>(?i:\btemp(?:erature)?s?\b\.?(?:[^.!?0-9]{0,16}[0-9]{1,3}(?:\.[0-9])?)? ?$|"
    r"\b(?:high|low|maximum|minimum|max|min)s?\b[^.!?0-9]{0,16}[0-9]{1,3}(?:\.[0-9])? ?$))"
)
"""Text before the letter of a temperature: a number within a sentence, or after a word such as `high`."""
_GOES_ON = re.compile(r" *[a-z.,;:)]")


class Place(Enum):
    """Position of a mark in its paragraph."""

    NUMBERED = auto()
    """After a number, a bullet or another marking, at the start of the item."""
    BARE = auto()
    """At the start of a line, with nothing before it."""
    LABELED = auto()
    """After a label at the start of a line."""
    SENTENCE = auto()
    """Between two sentences."""
    INSIDE = auto()


class Portions:
    """Scanner for portion marks; takes the lines in order."""

    def __init__(self) -> None:
        self._previous = ""
        self._bulleted = ""
        self._items: set[str] = set()
        self._ever: set[str] = set()
        self._numbered: set[str] = set()

    def look(self, line: str, next_line: str) -> tuple[bool, bool]:
        """Returns whether a classified portion starts in the line, and whether something only resembles one."""
        if _OPENING.match(line):
            self._items = set()
        mark_text, line = line, line.translate(TYPED)
        whole = f"{line.rstrip('-')} {next_line[:60].translate(TYPED)}" if _BROKEN.search(line) else line
        refused = doubted = False
        for found in BRACKETED.finditer(whole):
            if found.start() >= len(line):
                break
            # A further mark in the line changes nothing: save the time.
            sign = mark_text[found.start()]
            if not (refused or (doubted and sign in DRAWN)):
                verdict = self._verdict(whole, found)
                verdict = self._unless_notice(whole, found, verdict=verdict, sign=sign, set_apart=not next_line)
                refused, doubted = verdict is True, doubted or verdict is None
            self._remember(found[1].strip(" ."), after_number=whole[found.start() - 1 : found.start()] in {".", ")"})
        half = _HALF.search(whole)
        if half and _placed(whole[max(0, half.start() - WINDOW) : half.start()])[0] is not Place.INSIDE:
            doubted = True
        cut_off = _CUT_OFF.search(line)
        doubted = doubted or (cut_off is not None and not _CLOSES.match(next_line))
        doubted = doubted or self._half_closed(line) or _ODD.match(line) is not None
        self._previous = line
        return refused, doubted

    def _half_closed(self, line: str) -> bool:
        """True for a letter after a number or bullet with half a bracket, or none; not for the next one of a list."""
        bulleted = _BULLETED.match(line)
        last, self._bulleted = self._bulleted, bulleted["letter"].lower() if bulleted else self._bulleted
        listed = bulleted is not None and (last, self._bulleted) in {("b", "c"), ("r", "s")}
        return not listed and _HALF_CLOSED.match(line) is not None

    def _remember(self, inner: str, *, after_number: bool) -> None:
        if len(inner) == 1:
            self._items.add(inner)
            self._ever.add(inner)
            if after_number:
                self._numbered.add(inner)

    def _verdict(self, line: str, found: re.Match[str]) -> bool | None:
        """Returns the verdict on text in brackets: a level with unknown parts, at the start of an item, is a doubt."""
        classified = is_classified(found[1])
        if classified or resembles_classified(found[1]):
            verdict = self._judge(line, found, classified=classified)
            return self._softened(line, found) if verdict is True else verdict
        if not may_be_classified(found[1]):
            return False
        place, _ = _placed(line[max(0, found.start() - WINDOW) : found.start()])
        if place is Place.BARE:
            return False if self._runs_on() else None
        if is_other_level(found[1]):
            return self._other(line, found, place)
        starts = place in {Place.NUMBERED, Place.LABELED} or (place is Place.SENTENCE and len(found[1]) <= _SHORT)
        return None if starts else False

    def _other(self, line: str, found: re.Match[str], place: Place) -> bool | None:
        """Returns the verdict on another level: one letter between sentences may be a trademark or a party."""
        inner = found[1].strip(" .")
        if self._is_list_item(inner):
            return False
        between = place is Place.SENTENCE and len(inner) > 1
        return None if between or place in {Place.NUMBERED, Place.LABELED} or _is_headed(line, found) else False

    def _softened(self, line: str, found: re.Match[str]) -> bool | None:
        """Returns the verdict on a mark that would refuse, unless it is a citation, a degree or a list item."""
        inner, after = found[1].strip(" ."), line[found.end() : found.end() + 12]
        before = line[max(0, found.start() - WINDOW) : found.start()]
        goes_on = bool(self._previous) and not _SENTENCE_ENDS.search(self._previous)
        lower = after.strip()[:1].islower()
        code = _CODE.search(before[-8:]) if len(inner) == 1 else None
        if code and ((lower and goes_on) or (code["glued"] and inner.islower() and not after.strip()[:1].isupper())):
            return False
        if inner.islower() and len(inner) == 1:
            listed = self._among(inner, self._numbered) or (not before.strip() and self._among(inner, self._ever))
            if listed or (not before.strip() and lower and goes_on):
                return None
        return True

    @staticmethod
    def _unless_notice(
        line: str, found: re.Match[str], *, verdict: bool | None, sign: str, set_apart: bool
    ) -> bool | None:
        """Returns the verdict on a mark that may be the sign of a copyright; a sign in a circle never refuses."""
        if verdict is False or (sign not in DRAWN and verdict is None):
            return verdict
        if sign in DRAWN:
            return False if _PICTURE.search(line[max(0, found.start() - WRAPPED) : found.start()]) else None
        before, end = _words_before(line, found.start()), found.end()
        labeled = len(before) in {1, 2} and before[-1][-1] == ":" and not _is_named(before)
        owner = _OWNER.fullmatch(line, end)
        named = owner and (set_apart or labeled or owner["year"] or owner["one"]) and not _is_named(owner[0].split())
        named = named or _RIGHTS.fullmatch(line, end) or (set_apart and _COMPANY.fullmatch(line, end))
        notice = (named or _COPYRIGHT.match(line, end)) and compact(found[1]) == "C"
        return None if notice and (labeled or not before) else True

    def _judge(self, line: str, found: re.Match[str], *, classified: bool) -> bool | None:  # noqa: PLR0911 - a row of the table each
        """Returns true if the mark refuses the document, None if it is a doubt, false if it is not a mark."""
        inner = found[1].strip(" .")
        start = found.start()
        place, opened = _placed(line[max(0, start - WINDOW) : start])
        after = line[found.end() : found.end() + 12]
        if _is_degree(line, found):
            return False
        if place is Place.NUMBERED:
            return self._listed(inner, before=line[max(0, start - WINDOW) : start]) if classified else None
        if self._is_list_item(inner):
            return False
        year = _YEAR.match(after) if compact(inner) == "C" else None
        before = _words_before(line, start)
        if year and place is Place.LABELED:
            return True if opened or _is_named(before) else None
        if year:
            words = year["after"].strip()
            return None if place is Place.BARE and words[:1].islower() and not words.startswith("by") else False
        if not classified:
            begins = place in {Place.LABELED, Place.SENTENCE} or (place is Place.BARE and not self._runs_on())
            return None if begins or _SEPARATED.search(inner) or _is_headed(line, found) else False
        if place is Place.BARE:
            return self._starts(after)
        if place is Place.LABELED:
            odd = after.strip()[:1].islower() and not opened and not _is_named(before)
            return True if (opened or not self._runs_on()) and not odd else None
        headed = _is_headed(line, found)
        set_apart = len(before) <= 1 and line[:1].isupper() and line[:9].lower() != "copyright"
        headed = headed or (set_apart and not self._runs_on())
        if headed and inner.isupper() and not line[start - 1 : start].isalnum():
            return None
        return self._within(inner, line=line, found=found, place=place)

    def _listed(self, inner: str, *, before: str) -> bool:
        """Returns false for the next letter of a list after a bullet; true after a number or another marking."""
        return not (self._is_list_item(inner) and not any(map(str.isalnum, before)))

    def _is_list_item(self, inner: str) -> bool:
        return self._among(inner, self._items)

    @staticmethod
    def _among(inner: str, items: set[str]) -> bool:
        before = _LISTED_BEFORE.get(inner.lower())
        if before is None or len(inner) > 1:
            return False
        return all((one.upper() if inner.isupper() else one) in items for one in before)

    def _runs_on(self) -> bool:
        """True if the line continues a sentence of the previous line."""
        before = self._previous
        return bool(before) and not _ENDS.search(before) and len(before) >= WRAPPED and not _PAGE_LINE.fullmatch(before)

    def _starts(self, after: str) -> bool | None:
        if not self._runs_on():
            return True
        return False if after.strip()[:1].islower() else None

    @staticmethod
    def _within(inner: str, *, line: str, found: re.Match[str], place: Place) -> bool | None:
        """Returns the verdict within a line: a degree or a footnote inside a sentence is not a mark."""
        start = found.start()
        glued = start > 0 and line[start - 1].isalpha()
        if place is not Place.INSIDE:
            return None
        if glued or inner.islower():
            return False
        if compact(inner) != "C":
            return None
        measured = _MEASURED.search(line[max(0, start - WINDOW) : start])
        return None if _BEFORE_CAPITAL.match(line, found.end()) and not measured else False


def _is_degree(line: str, found: re.Match[str]) -> bool:
    """True for the letter of a temperature: the sentence goes on after it, or a word for temperatures comes before."""
    start = found.start()
    measured = _DEGREES.search(line[max(0, start - WRAPPED) : start]) if found[1] == "C" else None
    if measured is None:
        return False
    return _GOES_ON.match(line, found.end()) is not None or (measured["named"] is not None and found.end() == len(line))


def _is_headed(line: str, found: re.Match[str]) -> bool:
    """True if a mark ends a heading or a subject, or the label of an item."""
    return _HEADED.match(line, found.end()) is not None and len(_words_before(line, found.start())) <= _HEADED_WORDS


def _words_before(line: str, start: int) -> list[str]:
    """Returns the words before a mark; for one far into a line, more than a label or a heading has."""
    return line[:start].split() if start <= WINDOW else ["-"] * WINDOW


def _placed(before: str) -> tuple[Place, bool]:
    """Returns the position of a mark after this text, and whether a number or a marking opens the line."""
    page_line = _PAGE_LINE.match(before)
    tokens = _TOKEN.findall(before[page_line.end() :] if page_line else before)
    cut = len(tokens)
    while cut and _counts(tokens[cut - 1]):
        cut -= 1
    counted, words = tokens[cut:], tokens[:cut]
    cited = False
    while counted and words and _COUNTED.fullmatch(words[-1]):
        words, cited = words[:-1], True
    if words and not page_line and all(_NO_WORD.fullmatch(token.strip("()[]{}<>")) for token in words):
        return (Place.SENTENCE if _AMOUNT.search(before) else Place.NUMBERED), True
    if not words:
        return (Place.NUMBERED if counted or page_line else Place.BARE), True
    first = next((at for at, token in enumerate(words) if not _counts(token)), 0)
    ended = _SENTENCE_ENDS.search(words[-1]) is not None
    label = words[first:]
    if counted and not _is_named(label):
        last = "paragraph" if cited else words[-1]
        return _after_count(counted, last=last, ended=ended), first > 0
    if _is_label(label, ended=ended):
        return Place.LABELED, first > 0
    return (Place.SENTENCE if ended else Place.INSIDE), first > 0


def _after_count(counted: list[str], *, last: str, ended: bool) -> Place:
    """Returns the position after a number or bullet within a line: reflowed copies have whole paragraphs there."""
    if last.lower().strip(".,:;") in _CITED:
        return Place.SENTENCE if "." in counted[-1] else Place.INSIDE
    opens = any("¶" in one or re.fullmatch(r"[0-9]{1,3}\.", one) for one in counted)
    return Place.NUMBERED if ended or opens else Place.SENTENCE


def _counts(token: str) -> bool:
    if token[0] in "([{<" and len(token) > 1:
        return _IN_BRACKETS.fullmatch(token) is not None or is_marking(token[1:-1])
    return any(form.fullmatch(token) for form in (_NUMBER, _LETTER, _BULLET))


def _is_named(words: list[str]) -> bool:
    label = " ".join(words[-4:]).strip(" .:*=_-").lower() if len(words) <= 4 else ""  # noqa: PLR2004 - a label is short
    return label.removeprefix("begin ").removeprefix("end ") in _LABELS


def _is_label(words: list[str], *, ended: bool) -> bool:
    """True for a few words that end in a colon, or fewer that end in a full stop."""
    if _is_named(words):
        return True
    plain = any(re.search(r"[.!?]$", word) for word in words[:-1])
    most = _LABEL_WORDS if words[-1][-1] == ":" else _SHORT_LABEL_WORDS
    return ended and len(words) <= most and words[0][:1].isupper() and not plain and words[-1][-1] in ".:"
