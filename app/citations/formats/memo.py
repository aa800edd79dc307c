"""Memo format of a citation: one line of text."""

from app.citations.formats.wording import in_words, nested, paragraph, sender, subject
from app.citations.schemas import Cited, CitedCable, CitedPage


def as_memo(cited: Cited) -> str:
    line = _page(cited) if isinstance(cited, CitedPage) else _cable(cited)
    return f"{line}.\n"


def _cable(cited: CitedCable) -> str:
    title = subject(cited)
    parts = [f"{sender(cited)}, {_titled(title)}" if title else f"{sender(cited)},"]
    parts.append(f"cable {cited.cable_id}, {in_words(cited.sent_on)}")
    line = " ".join(parts)
    if cited.paragraph:
        line += f", {paragraph(cited.paragraph)}"
    if cited.quote:
        line += f': "{nested(cited.quote)}"'
    return f"{line}; {cited.address}" if cited.address else line


def _page(cited: CitedPage) -> str:
    published = f" published {in_words(cited.published_on)}," if cited.published_on else ""
    read = f"retrieved {in_words(cited.retrieved)}, read in a stored excerpt of the page"
    return f"{_titled(cited.title)}{published} {cited.url}, {read}"


def _titled(title: str) -> str:
    """Puts a title in quotation marks, with the following comma inside them."""
    return f'"{nested(title).rstrip(",")},"'
