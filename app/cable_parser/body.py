"""Blocks of a cable's body: paragraphs and their continuations, headings, underlines, page lines, blanks."""

from dataclasses import dataclass, replace

from app.cable_parser.lines import TextLine
from app.cable_parser.model import Range, SpanKind

LOST_LINE_BLANKS = 2
"""Number of blank lines that replace a lost one-word line."""
HEADING_LINES = 2
"""Maximum number of lines of a heading."""


@dataclass(frozen=True)
class Block:
    """Consecutive lines of one kind."""

    kind: SpanKind
    lines: tuple[TextLine, ...]
    opens: bool = False
    """For a paragraph: true for its first block, which has number and marking."""
    underlined: bool = False
    """For a heading: true if its dashed line survived."""
    heading_lost: bool = False
    """For a paragraph: true if a one-word heading directly above it is lost."""

    @property
    def place(self) -> Range:
        return Range(self.lines[0].place.start, self.lines[-1].place.end)


def read_blocks(lines: list[TextLine]) -> list[Block]:
    """Splits the body into blocks; joined, their lines equal the input."""
    raw = _gathered(lines)
    before_opening = _followed_by_opening(raw)
    blocks: list[Block] = []
    open_paragraph = False
    cut = False  # True if a page line separates the open paragraph from this block.
    for at, block in enumerate(raw):
        read = block
        if block.kind is SpanKind.PAGE_LINE:
            cut = open_paragraph
        elif block.kind is SpanKind.PARAGRAPH and block.opens:
            above = raw[at - 1] if at else None
            lost = above is not None and above.kind is SpanKind.BLANK and len(above.lines) >= LOST_LINE_BLANKS
            read = replace(block, heading_lost=lost)
            open_paragraph, cut = True, False
        elif block.kind is SpanKind.PARAGRAPH:
            underlined = at + 1 < len(raw) and raw[at + 1].kind is SpanKind.UNDERLINE
            is_set_apart = not cut and before_opening[at] and len(block.lines) <= HEADING_LINES
            if underlined or is_set_apart or not open_paragraph:
                read = replace(block, kind=SpanKind.HEADING, underlined=underlined)
                open_paragraph = False
            cut = False
        blocks.append(read)
    return blocks


def _followed_by_opening(raw: list[Block]) -> list[bool]:
    """Returns, for each block, whether the next text block opens a paragraph."""
    followed = [False] * len(raw)
    opening = False
    for at in range(len(raw) - 1, -1, -1):
        followed[at] = opening
        if raw[at].kind is SpanKind.PARAGRAPH:
            opening = raw[at].opens
    return followed


def _gathered(lines: list[TextLine]) -> list[Block]:
    """Groups neighboring lines of one kind; the opening of a paragraph and a page line always start a new block."""
    gathered: list[tuple[SpanKind, bool, list[TextLine]]] = []
    for line in lines:
        kind = _kind(line)
        opens = kind is SpanKind.PARAGRAPH and line.starts_paragraph
        if gathered and gathered[-1][0] is kind and not opens and kind is not SpanKind.PAGE_LINE:
            gathered[-1][2].append(line)
        else:
            gathered.append((kind, opens, [line]))
    return [Block(kind, tuple(grouped), opens=opens) for kind, opens, grouped in gathered]


def _kind(line: TextLine) -> SpanKind:
    if line.blank:
        return SpanKind.BLANK
    if line.is_page_line:
        return SpanKind.PAGE_LINE
    return SpanKind.UNDERLINE if line.is_underline else SpanKind.PARAGRAPH
