"""Classification marks: closed lists and forms of marks in brackets, and of the caveats that may follow."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from app.cable_parser.normalization import normalize
from app.cable_parser.resemblance import is_near_level
from app.cable_parser.sensitivity import is_sensitive_caption


class MarkKind(StrEnum):
    """Kind of a mark, in the words of the rejection message."""

    LINE = "a classification line"
    CELL = "a classification in a metadata row"
    AUTHORITY = "a classification authority line"
    TRANSMISSION = "a transmission security line"
    EXECUTIVE_ORDER = "a declassification instruction in an E.O. line"
    PORTION = "a portion mark"
    ENCODED = "encoded text"


@dataclass(frozen=True, order=True)
class Mark:
    """Mark with its line number, from 1; it never contains the words."""

    line: int
    kind: MarkKind


CAVEATS = (
    "NOFORN|NF|RELIDO|REL|ORCON|OC|PROPIN|PR|IMCON|SI|TK|HCS|GAMMA|G|SAP|FRD|RD|NODIS|EXDIS|LIMDIS|STADIS|SIPDIS|"
    "NOCONTRACT|NC|FGI|NATO|FOUO|SBU|LES|SENSITIVE|EYES ONLY|NSI|MODIFIED HANDLING|CODEWORD|COMINT|CNWDI|ATOMAL|"
    "ROGER CHANNEL|ENTIRE TEXT|SCI|NO FOREIGN DISSEM"
)
_CLASSIFIED = {"TOPSECRET", "SECRET", "CONFIDENTIAL", "TS", "S", "C"}
_SHORTENED = re.compile(
    r"CONF[A-Z]{0,7}|C[FN]{2,3}(?:ID|D|DL|L)?|SECR?E?T?|SCRE?T|SERT|CLASSIF(?:IED)?|TSC|"
    r"(?:TS|C|S)(?:NF|NOFORN|REL[A-Z]*|OC)"
)
"""Short forms of a level, also with a caveat glued to it."""
_OTHER_LEVELS = (
    "RESTRICTED|NATO RESTRICTED|RESTRICTED DATA|FORMERLY RESTRICTED DATA|EYES ONLY|STRICTLY CONFIDENTIAL|"
    "COSMIC TOP SECRET|VERTRAULICH|GEHEIM|STRENG GEHEIM|VS-NFD|VS-VERTRAULICH|SECRETO|ULTRASECRETO|"
    "RESERVADO|CONFIDENCIAL|SECRET DEFENSE|CONFIDENTIEL|CONFIDENTIEL DEFENSE|TRES SECRET|RISERVATO|"
    "RISERVATISSIMO|SEGRETO|SEGRETISSIMO|HEMLIG|GIZLI|COK GIZLI|TAJNE|SCISLE TAJNE|POUFNE|SEKRETNO|"
    "СЕКРЕТНО|СОВЕРШЕННО СЕКРЕТНО|КОНФИДЕНЦИАЛЬНО|ДСП|ТАЄМНО|ЦІЛКОМ ТАЄМНО|"
    "秘|秘密|机密|機密|绝密|絕密|極秘|内部|內部|"
    "비밀|극비|대외비|سري|سري للغاية|סודי|סודי ביותר"
)
_OTHER_FORMS = "|".join(
    dict.fromkeys(normalize(form) for word in _OTHER_LEVELS.split("|") for form in (word, word.lower()))
)
_OTHER = re.compile(_OTHER_FORMS, re.IGNORECASE)
_OTHER_SHORT = {"R", "NR", "FRD", "RD", "RESTR"}
OTHER_LINE = re.compile(
    rf"\W*(?:{_OTHER_FORMS})(?:\W*$|(?=\W{{0,4}}SECTION [0-9]| ?//|(?: [A-Z.'-]+){{1,5}} [0-9]{{3,6}}\W*$))|"
    r"(?-i:.*?\b(?:EYES ONLY|NATO (?:RESTRICTED|CONFIDENTIAL|SECRET))\b)",
    re.IGNORECASE,
)
"""Line with a level of allies, of atomic energy, or of another language."""
_ALLIED = {"NS", "NC", "CTS", "CTSA", "NSAT", "NCA"}
_UNCLASSIFIED = {"U", "SBU", "LOU", "FOUO", "CUI", "UNCLAS", "UNCLASSIFIED", "SENSITIVE", "NF", "NOFORN"}
TYPED = str.maketrans("⦅⦆⟪⟫", "()()")
DRAWN = "⦅⟪"
"""Opening brackets around a letter that was printed in a circle."""
BRACKETED = re.compile(r"[(\[{<]([^()\[\]{}<>]{1,60})[)\]}>]")
_HEAD = re.compile(r"(TOPSECRET|CONFIDENTIAL|SECRET|TS|C|S)(.*)", re.DOTALL)
_SEPARATOR = r"[/\\,;:&+|-]"
_KNOWN = re.compile(rf"(?:{CAVEATS.replace(' ', '')}|RELTO[A-Z,/&]{{0,40}}|REL[A-Z,/&]{{0,40}})")
_AFTER_SLASH = re.compile(r"[A-Z]{2,20}")
_AFTER_SLASHES = re.compile(r"//[A-Z0-9/,& -]{1,60}")
_PARTS = re.compile(r"[^A-Z0-9]+")
_NEARLY = re.compile(r"(?:TS|C|S)[0-9]{1,2}|TS[A-Z]{2,5}|(?:TOP)?(?:SECRET|CONFIDENTIAL)[A-Z0-9]*")
_SHORT = 24
_CUT = re.compile(_SEPARATOR + "+")
_SOFT = re.compile(r"[\s._*\"']+")


def compact(inner: str) -> str:
    """Returns the text in brackets in capitals, without blanks and dots."""
    return _SOFT.sub("", inner).upper()


def is_classified(inner: str) -> bool:
    """True if the text in brackets is a mark of C, S or TS, alone or with a caveat."""
    found = _HEAD.fullmatch(compact(inner))
    if found is None:
        return False
    rest = found[2]
    if not rest:
        return True
    if re.match(_SEPARATOR, rest) is None:
        # Without a slash, a blank must separate the mark from a known caveat.
        parts = inner.upper().replace(".", "").split()
        return len(parts) > 1 and parts[0] in {"C", "S", "TS", "SECRET", "CONFIDENTIAL", "TOP"} and _known(rest)
    if _AFTER_SLASHES.fullmatch(rest):
        return True
    parts = [part for part in _CUT.split(rest) if part]
    slashed = rest[0] in "/\\"
    return all(_known(part) or part in _CLASSIFIED or (slashed and _AFTER_SLASH.fullmatch(part)) for part in parts)


def _known(caveat: str) -> bool:
    return _KNOWN.fullmatch(caveat) is not None


def is_marking(inner: str) -> bool:
    """True if the text in brackets is a marking of any kind."""
    return is_classified(inner) or _CUT.split(compact(inner))[0] in _UNCLASSIFIED or is_sensitive_caption(inner)


def resembles_classified(inner: str) -> bool:
    """True if one of several marks in brackets is a classified one, or if a mark is an abbreviated level."""
    parts = _CUT.split(compact(inner))
    several = len(parts) > 1 and is_marking(inner) and any(part in _CLASSIFIED for part in parts)
    return several or _SHORTENED.fullmatch(parts[0]) is not None or is_near_level(parts[0])


def is_other_level(inner: str) -> bool:
    """True if the text in brackets is a level of allies, of atomic energy, or of another language."""
    return _OTHER.fullmatch(inner.strip(" .")) is not None or compact(inner) in _OTHER_SHORT


def may_be_classified(inner: str) -> bool:
    """True if the text in brackets has a level with unknown parts, another level, or one letter that is not Latin."""
    if is_other_level(inner):
        return True
    if len(inner.strip()) == 1 and not inner.isascii():
        return inner.isalpha() and not unicodedata.name(inner.strip(), "").startswith(
            ("CJK", "HANGUL", "HIRAG", "KATAK")
        )
    parts = [part for part in _PARTS.split(inner.upper()) if part]
    if len(inner) > _SHORT:
        parts = parts[:2]
    return any(part in _CLASSIFIED | _ALLIED or _NEARLY.fullmatch(part) for part in parts)


UNCLASSIFIED = re.compile(r"UNCLAS(?:SIFIED)?(?![A-Za-z])|(?<![A-Za-z])U +N +C +L +A +S(?![A-Za-z])")
