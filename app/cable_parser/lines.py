"""Lines of a cable, classified by their form alone."""

import re
from dataclasses import dataclass

from app.cable_parser.model import WHITE_SPACE, Range

PAGE_LINE = re.compile(
    r"(?P<post>[A-Z][A-Z ]{0,40}) (?P<serial>[0-9]{5,8}) +(?P<page>[0-9]{3}(?:\.[0-9])?) OF (?P<pages>[0-9]{3})"
)
PARAGRAPH = re.compile(r"(?P<number>[0-9]{1,4})\. \((?P<marking>[A-Z]{1,4}(?:/[A-Z/, -]{1,40})?)\) ?")
UNDERLINE = re.compile(r"-[- ]*-")
HEADER_START = re.compile(r"VZCZC[A-Z0-9]+|DE [A-Z]{4,7} #[0-9]+/[0-9]+ [0-9]{7}|[A-Z]{2} RUE[A-Z0-9]+.*")
CHROME_AFTER = re.compile(r"(©|\(c\)) ")


@dataclass(frozen=True)
class TextLine:
    """Line: its words without white space at the ends, and its range, including the line end."""

    words: str
    place: Range

    @property
    def blank(self) -> bool:
        return not self.words

    @property
    def starts_paragraph(self) -> bool:
        return PARAGRAPH.match(self.words) is not None

    @property
    def is_page_line(self) -> bool:
        return PAGE_LINE.fullmatch(self.words) is not None

    @property
    def is_underline(self) -> bool:
        return len(self.words) > 2 and UNDERLINE.fullmatch(self.words) is not None  # noqa: PLR2004 - a dash is no line


def split_lines(text: str) -> list[TextLine]:
    """Splits a text at line feeds only, so that the lines join to it again."""
    lines, start = [], 0
    for line in text.split("\n"):
        end = min(start + len(line) + 1, len(text))
        lines.append(TextLine(line.strip(WHITE_SPACE), Range(start, end)))
        start = end
    return lines if lines[-1].place.start < lines[-1].place.end or len(lines) == 1 else lines[:-1]
