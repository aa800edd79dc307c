"""SVG canvas: elements, and text with its estimated width."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

WIDTH = 1200
MARGIN = 24
BLACK, DARK, GREY, LIGHT, PALE, WHITE = "#000", "#444", "#777", "#ccc", "#f3f3f3", "#fff"
TEXT, SMALL, LARGE = 16, 14, 27
"""Font sizes, in units of the canvas."""
LEADING = 1.3

_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_LAYERS = ("ground", "lines", "bars", "marks", "words")
"""Layers from the bottom up: later layers cover earlier ones."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_EM = {
    **dict.fromkeys("ijlI' ", 0.32),
    **dict.fromkeys(".,;:|!f/-·", 0.37),
    **dict.fromkeys("rt()[]", 0.42),
    **dict.fromkeys("csz“”", 0.55),
    **dict.fromkeys("ABEFKLPRSTXYZV", 0.7),
    **dict.fromkeys("CDGHNOQUw&", 0.8),
    **dict.fromkeys("mMW%@—…", 1.0),
}
"""Widths of characters in DejaVu Sans, the widest of the fonts in `_FONT`, in units of the font size."""
_BOLD = 1.14


def width_of(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Returns the width of a text, in units. It is a high estimate, since the reader's font is not known."""
    ems = sum(_EM.get(sign, 0.635 if sign < "\u2e80" else 1.0) for sign in text)
    return ems * size * (_BOLD if bold else 1.0)


def wrap(text: str, room: float, size: float = TEXT, *, bold: bool = False) -> list[str]:
    """Splits a text into lines that fit the width; cuts a word that is longer than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, bold=bold) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if lines[-1] and width_of(lines[-1] + sign, size, bold=bold) > room:
                lines.append("")
            lines[-1] += sign
    return lines


def add_element(parent: Element, tag: str, **attributes: str | float) -> Element:
    """Appends an element to its parent; `stroke_width` becomes `stroke-width`, `class_` becomes `class`."""
    spelled = {name.rstrip("_").replace("_", "-"): _number(value) for name, value in attributes.items()}
    return SubElement(parent, tag, spelled)


def add_text(parent: Element, at: tuple[float, float], text: str, **attributes: str | float) -> Element:
    """Appends a line of text with its baseline at the given point."""
    element = add_element(parent, "text", x=at[0], y=at[1], **{"font_size": TEXT, **attributes})
    element.text = clean(text)
    return element


def add_text_lines(parent: Element, at: tuple[float, float], lines: list[str], **attributes: str | float) -> float:
    """Appends lines of text one below the other. Returns the y of the next line."""
    x, y = at
    for line in lines:
        add_text(parent, (x, y), line, **attributes)
        y += LEADING * float(attributes.get("font_size", TEXT))
    return y


def add_title(element: Element, text: str) -> None:
    """Appends a `title` element, which browsers show as a tooltip."""
    add_element(element, "title").text = clean(text)


def clean(text: str) -> str:
    """Replaces the control characters that XML forbids by blanks."""
    return _NO_XML.sub(" ", text)


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 1) + 0.0:g}"


class SvgCanvas:
    """SVG canvas under construction: of fixed width, and as high as its contents."""

    def __init__(self, name: str, *, title: str, description: str) -> None:
        self.root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "version": "1.1", "role": "img"})
        self.root.set("aria-labelledby", f"{name}-title {name}-desc")
        self.root.set("font-family", _FONT)
        add_element(self.root, "title", id=f"{name}-title").text = clean(title)
        add_element(self.root, "desc", id=f"{name}-desc").text = clean(description)
        self._paper = add_element(self.root, "rect", class_="paper", x=0, y=0, width=WIDTH, fill=WHITE)
        self.background, self.lines, self.bars, self.marks, self.words = (
            add_element(self.root, "g", class_=layer) for layer in _LAYERS
        )

    def finish(self, height: float) -> str:
        """Returns the document as text, cut off at the height."""
        high = f"{height:.0f}"
        self._paper.set("height", high)
        self.root.set("width", str(WIDTH))
        self.root.set("height", high)
        self.root.set("viewBox", f"0 0 {WIDTH} {high}")
        indent(self.root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(self.root, encoding="unicode")}\n'


def draw_heading(sheet: SvgCanvas, name: str, lines: list[str], *, marking: str) -> float:
    """Draws the title, the first line in bold, the other lines below, and the marking in the corner.

    Returns the y below.
    """
    corner = width_of(marking, TEXT, bold=True) + 2 * MARGIN
    room = WIDTH - MARGIN - corner
    add_text(sheet.words, (WIDTH - MARGIN, 40), marking, font_weight="bold", text_anchor="end")
    y = add_text_lines(
        sheet.words, (MARGIN, 44), wrap(name, room, LARGE, bold=True), font_size=LARGE, font_weight="bold"
    )
    first, *others = lines
    size = TEXT + 2
    y = add_text_lines(sheet.words, (MARGIN, y), wrap(first, room, size, bold=True), font_size=size, font_weight="bold")
    for line in others:
        y = add_text_lines(sheet.words, (MARGIN, y), wrap(line, WIDTH - 2 * MARGIN) if line else [])
    return y


def draw_note(sheet: SvgCanvas, text: str, *, top: float) -> float:
    """Draws a framed note in place of a chart. Returns the y below it."""
    lines = wrap(text, WIDTH - 4 * MARGIN)
    high = 2 * MARGIN + LEADING * TEXT * len(lines)
    box = {"x": MARGIN, "y": top, "width": WIDTH - 2 * MARGIN, "height": high}
    add_element(sheet.background, "rect", class_="note", **box, fill=PALE, stroke=GREY)
    add_text_lines(sheet.words, (2 * MARGIN, top + MARGIN + TEXT), lines)
    return top + high
