"""Damage of a stored copy: lost text, and foreign text inside it, by kind."""

import re
from bisect import bisect

from app.cable_parser.body import Block
from app.cable_parser.model import Damage, Paragraph, Range, Span, SpanKind, trim

SENTENCE_ENDS = re.compile(r"[.?!][\")\u201d\u2019']*$")
ADDRESS_ENDS = re.compile(r"\S*[=&]$")
CLOSING_MARK = re.compile(r"\bEnd$")


def name_damage(
    text: str,
    *,
    blocks: list[Block],
    paragraphs: tuple[Paragraph, ...],
    spans: tuple[Span, ...],
) -> tuple[Damage, ...]:
    """Returns all damages in text order."""
    damages = [
        *_chrome(text, spans),
        *_page_lines(text, blocks, paragraphs),
        *_numbers(paragraphs),
        *_endings(paragraphs),
        *_lost_headings(blocks, paragraphs),
    ]
    return tuple(sorted(damages, key=lambda damage: damage.place.start if damage.place else -1))


def _chrome(text: str, spans: tuple[Span, ...]) -> list[Damage]:
    return [
        Damage("page_chrome", "words of the page around the cable", place=trim(text, span.place))
        for span in spans
        if span.kind is SpanKind.CHROME
    ]


def _page_lines(text: str, blocks: list[Block], paragraphs: tuple[Paragraph, ...]) -> list[Damage]:
    """Returns the page lines, each with the paragraph that it interrupts, if any."""
    starts = [paragraph.places[0].start for paragraph in paragraphs]
    damages = []
    for block in blocks:
        if block.kind is SpanKind.PAGE_LINE:
            place = trim(text, block.place)
            at = bisect(starts, place.start) - 1
            cut = paragraphs[at] if at >= 0 and place.start < paragraphs[at].places[-1].end else None
            in_note = cut is not None and any(
                note.places[0].start < place.start < note.places[-1].end for note in cut.notes
            )
            what = "inside a note" if in_note else "inside the paragraph" if cut else "between paragraphs"
            words = block.lines[0].words
            damages.append(Damage("page_line", f"{words}, {what}", cut.label if cut else None, place))
    return damages


def _numbers(paragraphs: tuple[Paragraph, ...]) -> list[Damage]:
    """Returns the printed numbers that are missing or repeated."""
    damages: list[Damage] = []
    seen: set[int] = set()
    expected = 1
    for paragraph in paragraphs:
        place = Range(paragraph.places[0].start, paragraph.places[0].start)
        damages.extend(
            Damage("number_missing", f"no paragraph {number}", place=place)
            for number in range(expected, min(paragraph.number, expected + 1_000))
        )
        if paragraph.number in seen:
            detail = f"{paragraph.number} is printed again; this one is {paragraph.label}"
            damages.append(Damage("number_repeated", detail, paragraph.label, place))
        seen.add(paragraph.number)
        expected = paragraph.number + 1
    return damages


def _endings(paragraphs: tuple[Paragraph, ...]) -> list[Damage]:
    """Returns the paragraphs whose end is lost: a closing mark, a web address, or the end of a sentence."""
    damages = []
    for paragraph in paragraphs:
        end = paragraph.places[-1].end
        last = paragraph.text.rsplit(" ", 1)[-1]
        if SENTENCE_ENDS.search(paragraph.text):
            continue
        if CLOSING_MARK.search(paragraph.text):
            kind, detail = "closing_mark_cut", "the closing mark breaks off after End"
        elif ADDRESS_ENDS.fullmatch(last):
            kind, detail = "web_address_lost", f"a web address is lost but for {last}"
        else:
            kind, detail = "breaks_off", f"breaks off after: {' '.join(paragraph.text.split(' ')[-4:])}"
        damages.append(Damage(kind, detail, paragraph.label, Range(end, end)))
    return damages


def _lost_headings(blocks: list[Block], paragraphs: tuple[Paragraph, ...]) -> list[Damage]:
    opening = [block for block in blocks if block.opens]
    return [
        Damage(
            "heading_lost",
            "two blank lines where a heading of one word stood",
            paragraph.label,
            Range(block.place.start, block.place.start),
        )
        for block, paragraph in zip(opening, paragraphs, strict=True)
        if block.heading_lost
    ]
