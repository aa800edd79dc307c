"""Marking of every part of a cable. A part that is not wholly understood as U becomes SBU.

The parser does not know every form of a cable: it may take a paragraph without a marking for a heading, for the
continuation of the previous paragraph, or for a line of the header. So each line must have the form of the part that it
was assigned to; a line without that form is reported by its number.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from app.cable_parser.body import Block
from app.cable_parser.classification import SBU, Classification, U, classify
from app.cable_parser.lines import PAGE_LINE, PARAGRAPH, TextLine
from app.cable_parser.marks import BRACKETED, is_marking
from app.cable_parser.model import Header, HeaderField, ParsedCable, SpanKind
from app.cable_parser.normalization import normalize
from app.cable_parser.sensitivity import (
    LEADING,
    has_sensitive_mark,
    is_sensitive_caption,
    is_sensitive_field,
    is_sensitive_header,
    sensitive_lines,
)

POSTS = (
    r"(?:AMEMBASSY|AMCONSUL|AMCONGEN|USMISSION|USDEL|USDAO|USINT|USOFFICE|USEU|USUN|SECSTATE|AIT|REO|EMBASSY|CONSULATE)"
)
PRECEDENCE = r"(?: (?:FLASH|IMMEDIATE|PRIORITY|ROUTINE))?(?: [0-9]{1,5})?"
ADDRESSEE = (
    rf"R[A-Z]{{3,7}}[/ ][A-Z0-9&()/-]{{1,40}}(?: [A-Z0-9&()/-]{{1,40}}){{0,7}}{PRECEDENCE}|"
    rf"{POSTS}(?: [A-Z]+){{1,4}}{PRECEDENCE}"
)
SHORT_FORMS: dict[str, re.Pattern[str]] = {
    name: re.compile(form)
    for name, form in {
        "transmission_id": r"VZCZC\w{1,10}",
        "routing": r"[A-Z]{2}(?: R[A-Z]{3,7}){1,60}",
        "de_line": r"DE [A-Z]{4,7} #[0-9]+/[0-9]+ [0-9]{7}",
        "security": r"ZNR UUUUU ZZH",
        "date_time_group": r"[ZOPR] [0-9]{6}Z [A-Z]{3} [0-9]{2}",
        "from": rf"FM {POSTS}(?: [A-Z]+){{1,4}}",
        "to": rf"(?:TO )?(?:{ADDRESSEE})",
        "info": rf"(?:INFO )?(?:{ADDRESSEE})",
        "classification_line": r"UNCLAS(?:SIFIED)?(?: SECTION [0-9]{1,2} OF [0-9]{1,2})?"
        r"(?:(?: [A-Z]+){1,4} [0-9]{2,7})?",
        "captions": r"SIPDIS|SENSITIVE",
        "executive_order": r"E\.O\. 1[0-9]{4}: N/?A",
        "tags": r"TAGS:?(?:,? [A-Z]{2,5}){1,30}",
        "subject": r"(?:SUBJECT|SUBJ): .{1,200}",
        "reference": r"REF(?:ERENCE)?(?:S|\(S\))?:"
        r"(?:,?;? (?:\(?[A-Z][).:]+ ?)?(?:[0-9]{2} )?[A-Z]+(?: [A-Z]+){0,3} [0-9]{1,7}){1,8}",
    }.items()
}
"""Fields with a form that no sentence has."""
OF_SEVERAL_LINES = frozenset({"to", "info", "captions"})
ATTENTION = re.compile(
    r"(?:[A-Z][A-Z/.]+|State|Dept|Department|Commerce|Treasury|Justice|Labor|Energy|Agriculture|Defense)"
    r"(?: (?:PLEASE |PLS )?PASS(?: TO)?)? (?:FOR|for) [^.!?]{1,120}"
)
SENTENCE_ENDS = re.compile(r"[.!?][\")\]\u201d\u2019']*$")
ITEM = re.compile(r"--? |[*\u2022] |\(?[a-z]\) |[a-z]\. |\([0-9]{1,2}\) ")
NUMBERED = re.compile(r"[\u00b6#]*\s*\(?[0-9]{1,3}\s*[.)]|\u00b6|\(?[IVX]{1,5}[.)]|(?i:para(?:graph)?\.? [0-9])")
TRANSMITTED = re.compile(
    r"(?:UNCLAS|SIPDIS|BT$|NNNN$|VZCZC|ZNR |DE R|FM |TO R|INFO |E\.?O\.? 1|TAGS|SUBJ|REF(?:S|TEL|ERENCE)?\b)|"
    r"=+ ?CABLE ENDS"
)
REFLOWED = re.compile(r"\u00b6|[.!?][\")\]\u201d\u2019']* {1,3}[0-9]{1,2}\. ?\(?[A-Z]")
"""Paragraph number in the middle of a line."""
SIGNED = re.compile(r"[A-Z][A-Z.' -]{1,40}")
SMALL_WORDS = {"a", "about", "after", "an", "and", "as", "at", "before", "between", "but", "by", "for", "from", "in"}
SMALL_WORDS |= {"into", "of", "on", "or", "over", "per", "the", "to", "under", "via", "vs", "with"}
HEADING_WORDS = 12


@dataclass
class _Unclear:
    """Text that was not understood: offsets of lines, and indexes of paragraphs."""

    lines: list[int] = field(default_factory=list)
    paragraphs: set[int] = field(default_factory=set)

    def add(self, line: TextLine, paragraph: int | None = None) -> None:
        self.lines.append(line.place.start)
        if paragraph is not None:
            self.paragraphs.add(paragraph)


def mark_parts(
    finding: ParsedCable,
    classification: Classification,
    *,
    around: list[TextLine],
    header: list[TextLine],
    body: list[Block],
) -> ParsedCable:
    """Returns the finding with the marking of each part. `around` are the page lines around the cable."""
    unclear = _Unclear()
    for line in around:
        if not line.blank:
            unclear.add(line)
    fields = _fields(finding.header, header, unclear)
    _look_through(body, finding.header, unclear)
    sure = not classification.doubts
    paragraphs = tuple(
        replace(
            one,
            marking=SBU if one.portion_mark == U and not (sure and at not in unclear.paragraphs) else one.portion_mark,
        )
        for at, one in enumerate(finding.paragraphs)
    )
    marking = U if classification.marking == U and all(one.marking == U for one in paragraphs) else SBU
    clean = marking == U and sure and not unclear.lines
    shown = [replace(one, marking=_field_marking(one, clean=clean) if sure else SBU) for one in fields]
    clean = clean and all(one.marking == U for one in shown)
    return replace(
        finding,
        header=replace(finding.header, fields=tuple(shown)),
        paragraphs=paragraphs,
        marking=marking,
        source_marking=U if clean else SBU,
        classification=classification,
        unclear=tuple(sorted(set(unclear.lines))),
    )


def with_elsewhere(finding: ParsedCable, values: Iterable[str]) -> ParsedCable:
    """Applies the markings in the header of fuller copies to the finding; they can only raise its marking."""
    if not any(is_sensitive_header(value) or has_sensitive_mark(value) or is_doubtful(value) for value in values):
        return finding
    fields = tuple(replace(one, marking=one.marking if one.short else SBU) for one in finding.header.fields)
    return replace(finding, header=replace(finding.header, fields=fields), marking=SBU, source_marking=SBU)


def is_doubtful(words: str) -> bool:
    """True if the words resemble a mark of a classified document."""
    return bool(classify(words).doubts)


def _field_marking(one: HeaderField, *, clean: bool) -> str:
    """Returns U if the field's form or the whole cable is clear; a mark printed in the field takes precedence."""
    if one.value is not None and is_sensitive_field(one.name, one.value):
        return SBU
    return U if one.short or clean or one.value is None else SBU


def _fields(header: Header, lines: list[TextLine], unclear: _Unclear) -> list[HeaderField]:
    """Returns the fields, each with `short` set. Adds lines that match no field, or not its form, to `unclear`."""
    claimed: set[int] = set()
    fields = []
    for one in header.fields:
        own = [line for line in lines if one.place and one.place.start <= line.place.start < one.place.end]
        own = [line for line in own if not line.blank]
        form = SHORT_FORMS.get(one.name)
        short = form is not None and all(form.fullmatch(line.words) for line in own)
        fields.append(replace(one, short=short and (len(own) == 1 or one.name in OF_SEVERAL_LINES)))
        if short or _runs_on_rightly(one.name, own):
            claimed |= {line.place.start for line in own}
    for line in lines:
        if not line.blank and line.place.start not in claimed:
            unclear.add(line)
    return fields


def _runs_on_rightly(name: str, lines: list[TextLine]) -> bool:
    """True if all lines of a field without a short form fit it: attention lines, or a subject of up to two lines."""
    if name == "attention":
        return all(ATTENTION.fullmatch(line.words) for line in lines)
    if name != "subject" or len(lines) > 2:  # noqa: PLR2004 - a subject continues at most once
        return False
    return all(line.words.isupper() and not _starts_something(line.words) for line in lines)


def _starts_something(words: str) -> bool:
    """True if a line looks like the start of a new paragraph, of any form."""
    plain = normalize(words)
    bracketed = BRACKETED.match(plain)
    if bracketed is not None and is_marking(bracketed[1]):
        return True
    return any(form.match(plain) for form in (NUMBERED, TRANSMITTED)) or is_sensitive_caption(plain)


def _look_through(body: list[Block], header: Header, unclear: _Unclear) -> None:
    """Checks each line of the body against the form of the block that it was assigned to."""
    at: int | None = None
    count = 0
    last = ""
    cut = False
    texts: dict[int, list[tuple[TextLine, str]]] = {}
    for block in body:
        if block.opens:
            at, count = count, count + 1
        elif block.kind is SpanKind.HEADING:
            at = None
        for line in _strange(block, header, last=last, cut=cut):
            unclear.add(line, at)
        if block.kind is SpanKind.PARAGRAPH:
            last = block.lines[-1].words
            if at is not None:
                texts.setdefault(at, []).extend(_own_text(block))
        cut = block.kind is SpanKind.PAGE_LINE or (cut and block.kind is SpanKind.BLANK)
    for paragraph, text in texts.items():
        for place in sensitive_lines(words for _, words in text):
            unclear.add(text[place][0], paragraph)


def _own_text(block: Block) -> Iterator[tuple[TextLine, str]]:
    """Yields the lines of a paragraph, each with its words; those of the first are without number and marking."""
    for place, line in enumerate(block.lines):
        opening = PARAGRAPH.match(line.words) if block.opens and place == 0 else None
        yield line, line.words[opening.end() :] if opening else line.words


def _strange(block: Block, header: Header, *, last: str, cut: bool) -> Iterator[TextLine]:
    """Yields the lines that do not have the form of their block. `last` is the text line before."""
    page_line = block.kind is SpanKind.PAGE_LINE and not _is_own_page_line(block.lines[0].words, header)
    if page_line or (block.kind is SpanKind.HEADING and not _is_heading(block)):
        yield from block.lines
    if block.kind is SpanKind.PARAGRAPH:
        if not (block.opens or _goes_on(block.lines[0].words, last, cut=cut)):
            yield block.lines[0]
        yield from _foreign(block, last="" if block.opens else last)


def _goes_on(first: str, last: str, *, cut: bool) -> bool:
    """True if a block continues the paragraph: a list item, or the rest of a sentence that a page line interrupted."""
    return ITEM.match(first) is not None or (cut and not SENTENCE_ENDS.search(last))


def _foreign(block: Block, *, last: str) -> Iterator[TextLine]:
    """Yields the lines of a paragraph that belong to another part, or start with a mark of their own."""
    for line, words in _own_text(block):
        signed = SENTENCE_ENDS.search(last) and SIGNED.fullmatch(words)
        another = _starts_something(words) and not ITEM.match(words)
        if LEADING.match(normalize(words)) or another or signed or REFLOWED.search(words):
            yield line
        last = line.words


def _is_own_page_line(words: str, header: Header) -> bool:
    found = PAGE_LINE.fullmatch(words)
    return found is not None and int(found["serial"]) == header.serial and len(found["post"].split()) <= 4  # noqa: PLR2004 - SAN JOSE, PORT AU PRINCE


def _is_heading(block: Block) -> bool:
    """True if a block has the form of a heading: a few words in capitals, capitalized, or underlined."""
    words = " ".join(line.words for line in block.lines)
    bare = [word.strip("\"'(),:;/-&") for word in words.split()]
    titled = all(not word[:1].islower() or word in SMALL_WORDS for word in bare)
    return (
        len(bare) <= HEADING_WORDS
        and len(block.lines) <= 2  # noqa: PLR2004 - as the reading has it
        and (titled or block.underlined)
        and not SENTENCE_ENDS.search(words)
        and not (has_sensitive_mark(words) or is_sensitive_header(words))
        and not any(_starts_something(line.words) or ITEM.match(line.words) for line in block.lines)
    )
