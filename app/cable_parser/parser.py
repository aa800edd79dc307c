"""Parser of a whole cable: splits off page chrome, header, headings, paragraphs and page lines, and names damage."""

from collections import Counter
from dataclasses import replace

from app.cable_parser.body import Block, read_blocks
from app.cable_parser.classification import classify
from app.cable_parser.damage import name_damage
from app.cable_parser.header import read_header
from app.cable_parser.lines import CHROME_AFTER, HEADER_START, PARAGRAPH, TextLine, split_lines
from app.cable_parser.model import (
    Classified,
    Heading,
    Note,
    Paragraph,
    ParsedCable,
    Range,
    Span,
    SpanKind,
    Unreadable,
    fold,
    spell,
    trim,
)
from app.cable_parser.notes import find_notes
from app.cable_parser.understanding import mark_parts


def parse_cable(text: str, *, reviewed: frozenset[int] = frozenset()) -> ParsedCable:
    """Parses a stored copy, in time linear in its length. The spans join to `text`.

    Raises `Classified`, without parsing, if the text has a mark of a classified document. `reviewed` are the lines that
    resemble such a mark and that a person has reviewed.
    """
    classification = classify(text, reviewed=reviewed)
    if classification.refusals:
        raise Classified(classification.refusals)
    lines = split_lines(text)
    start, body, end = _parts(lines)
    header = read_header(text, lines[start:body])
    blocks = read_blocks(lines[body:end])
    headings = _headings(text, blocks)
    paragraphs = _paragraphs(text, blocks)
    spans = _joined(
        [
            *(Span(SpanKind.CHROME, line.place) for line in lines[:start]),
            *(Span(SpanKind.BLANK if line.blank else SpanKind.HEADER, line.place) for line in lines[start:body]),
            *(Span(block.kind, line.place) for block in blocks for line in block.lines),
            *(Span(SpanKind.CHROME, line.place) for line in lines[end:]),
        ]
    )
    damages = name_damage(text, blocks=blocks, paragraphs=paragraphs, spans=spans)
    return mark_parts(
        ParsedCable(header, headings, paragraphs, damages, spans),
        classification,
        around=[*lines[:start], *lines[end:]],
        header=lines[start:body],
        body=blocks,
    )


def _parts(lines: list[TextLine]) -> tuple[int, int, int]:
    """Returns the line indexes at which the header, the body and the trailing page chrome start."""
    start = next((at for at, line in enumerate(lines) if HEADER_START.fullmatch(line.words)), None)
    if start is None:
        raise Unreadable("no header found: looked for a transmission id, routing or DE line")
    body = next((at for at in range(start, len(lines)) if lines[at].starts_paragraph), None)
    if body is None:
        raise Unreadable("no numbered paragraph with a marking found, such as: 1. (SBU) ...")
    end = next((at for at in range(body, len(lines)) if CHROME_AFTER.match(lines[at].words)), len(lines))
    # Include the blank lines above the first paragraph: they show whether a heading was lost there.
    above = body
    while lines[above - 1].blank:
        above -= 1
    return start, above, end


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Merges neighboring spans of one kind."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].kind == span.kind and span.kind is not SpanKind.PAGE_LINE:
            joined[-1] = replace(joined[-1], place=Range(joined[-1].place.start, span.place.end))
        elif span.place.start < span.place.end:
            joined.append(span)
    return tuple(joined)


def _headings(text: str, blocks: list[Block]) -> tuple[Heading, ...]:
    headings = []
    for block in blocks:
        if block.kind is SpanKind.HEADING:
            place = trim(text, block.place)
            headings.append(Heading(fold(text[place.start : place.end]), place, block.underlined))
    return tuple(headings)


def _paragraphs(text: str, blocks: list[Block]) -> tuple[Paragraph, ...]:
    paragraphs: list[Paragraph] = []
    occurrences: Counter[int] = Counter()
    for heading, parts in _opened(blocks):
        paragraph = _paragraph(text, parts, ordinal=len(paragraphs) + 1, heading=heading)
        occurrences[paragraph.number] += 1
        times = occurrences[paragraph.number]
        label = str(paragraph.number) if times == 1 else f"{paragraph.number}-{times}"
        paragraphs.append(replace(paragraph, label=label))
    return tuple(paragraphs)


def _opened(blocks: list[Block]) -> list[tuple[int | None, list[Block]]]:
    """Returns the blocks of each paragraph, with the index of the heading above it."""
    opened: list[tuple[int | None, list[Block]]] = []
    heading: int | None = None
    count = 0
    for block in blocks:
        if block.kind is SpanKind.HEADING:
            heading = count
            count += 1
        elif block.opens:
            heading = None if block.heading_lost else heading
            opened.append((heading, [block]))
        elif block.kind is SpanKind.PARAGRAPH:
            opened[-1][1].append(block)
    return opened


def _paragraph(text: str, parts: list[Block], *, ordinal: int, heading: int | None) -> Paragraph:
    opening = PARAGRAPH.match(parts[0].lines[0].words)
    assert opening is not None  # noqa: S101 - the pattern that opens the block
    first = trim(text, parts[0].place)
    places = tuple(
        place
        for place in (
            trim(text, Range(first.start + opening.end(), first.end)),
            *(trim(text, part.place) for part in parts[1:]),
        )
        if place.start < place.end
    )
    notes = tuple(Note(spell(text, found), found) for found in find_notes(text, places))
    number = int(opening["number"])
    return Paragraph(str(number), number, ordinal, opening["marking"], heading, spell(text, places), places, notes)
