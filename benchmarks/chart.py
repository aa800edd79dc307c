"""Bar charts as SVG, on a logarithmic scale, since the compared values differ a hundredfold."""

import math
from collections.abc import Mapping
from html import escape

from benchmarks.goals import RESULTS

WIDTH, LINE, TOP, LEFT = 760, 34, 48, 24
FULL = 560
"""Length of the longest bar."""
DECADES = 3.5
"""The scale: a bar of length zero is this many powers of ten below the longest."""


def save(name: str, svg: str) -> None:
    (RESULTS / f"{name}.svg").write_text(svg, encoding="utf-8")


def bars(title: str, figures: Mapping[str, float]) -> str:
    """Draws one bar for each figure, with the figure at its end."""
    longest = max(figures.values())
    height = TOP + len(figures) * (LINE + 12) + 24
    drawn = "".join(
        _bar(name, figure, longest=longest, y=TOP + place * (LINE + 12))
        for place, (name, figure) in enumerate(figures.items())
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" \
font-family="sans-serif" font-size="13">
<title>{escape(title)}</title>
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="{LEFT}" y="26" font-size="15" fill="#1a1a1a">{escape(title)}</text>
{drawn}<text x="{LEFT}" y="{height - 10}" font-size="11" fill="#595959">\
Logarithmic scale: ten times as much is the same length everywhere.</text>
</svg>
"""


def _bar(name: str, figure: float, *, longest: float, y: int) -> str:
    length = max(2.0, FULL * (1 + math.log10(figure / longest) / DECADES))
    return (
        f'<text x="{LEFT}" y="{y + 12}" fill="#1a1a1a">{escape(name)}</text>\n'
        f'<rect x="{LEFT}" y="{y + 18}" width="{length:.1f}" height="14" fill="#1f5f8b"/>\n'
        f'<text x="{LEFT + length + 8:.1f}" y="{y + 30}" fill="#1a1a1a">{figure:.3g}</text>\n'
    )
