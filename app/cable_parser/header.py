"""Header of a cable: transmission lines, attention lines, and the fields that a copy may have lost."""

import re
from datetime import UTC, datetime

from app.cable_parser.lines import TextLine
from app.cable_parser.model import Header, HeaderField, Range, Unreadable, fold, trim

FIELDS: dict[str, re.Pattern[str]] = {
    "transmission_id": re.compile(r"VZCZC[A-Z0-9]+"),
    "routing": re.compile(r"[A-Z]{2} RUE[A-Z ]+"),
    "de_line": re.compile(
        r"DE (?P<originator>[A-Z]{4,7}) #(?P<serial>[0-9]+)/(?P<section>[0-9]+) (?P<day_time>[0-9]{7})"
    ),
    "security": re.compile(r"ZNR UUUUU ZZH"),
    "date_time_group": re.compile(r"(?P<precedence>[ZOPR]) (?P<group>[0-9]{6}Z [A-Z]{3} [0-9]{2})"),
    "from": re.compile(r"FM .+"),
    "to": re.compile(r"TO .+"),
    "info": re.compile(r"INFO .+"),
    "classification_line": re.compile(r"(UNCLAS|CONFIDENTIAL|C O N F I D E N T I A L|SECRET|S E C R E T).*"),
    "captions": re.compile(r"SIPDIS|SENSITIVE|NOFORN"),
    "attention": re.compile(r"[A-Za-z/]+ (for|FOR) .+"),
    "executive_order": re.compile(r"E\.O\. 1[0-9]{4}: .+"),
    "tags": re.compile(r"TAGS:? .+"),
    "subject": re.compile(r"SUBJECT: .+|SUBJ: .+"),
    "reference": re.compile(r"REF(ERENCE)?(S|\(S\))?: .+"),
}
RUNNING = frozenset({"attention", "subject", "info", "to", "reference"})
"""Fields that may continue over several lines."""
PRECEDENCE = {"Z": "flash", "O": "immediate", "P": "priority", "R": "routine"}


def read_header(text: str, lines: list[TextLine]) -> Header:
    """Parses the header's lines; a field that is not found is absent."""
    found: dict[str, list[TextLine]] = {}
    current: str | None = None
    for line in lines:
        name = next((name for name, form in FIELDS.items() if form.fullmatch(line.words)), None)
        if name is not None:
            current = name
        elif line.blank or current not in RUNNING:
            current = None
        if current is not None:
            found.setdefault(current, []).append(line)
    return _header(text, found)


def _header(text: str, found: dict[str, list[TextLine]]) -> Header:
    fields = []
    for name in FIELDS:
        place = trim(text, Range(found[name][0].place.start, found[name][-1].place.end)) if name in found else None
        fields.append(HeaderField(name, fold(text[place.start : place.end]) if place else None, place))
    de_line, group = (_matched(found, name) for name in ("de_line", "date_time_group"))
    try:
        sent = datetime.strptime(group["group"].title().replace("z ", "Z "), "%d%H%MZ %b %y").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unreadable(f"the date-time group {group['group']} is no date") from error
    return Header(
        originator=de_line["originator"],
        serial=int(de_line["serial"]),
        precedence=PRECEDENCE[group["precedence"]],
        date_time_group=group["group"],
        sent_at=sent.isoformat(),
        year=sent.year,
        fields=tuple(fields),
    )


def _matched(found: dict[str, list[TextLine]], name: str) -> re.Match[str]:
    if name not in found:
        raise Unreadable(f"there is no {name.replace('_', ' ')} line in the header")
    matched = FIELDS[name].fullmatch(found[name][0].words)
    assert matched is not None  # noqa: S101 - it was found by this pattern
    return matched
