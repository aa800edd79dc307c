"""BibTeX format of a citation; valid for BibTeX and biblatex."""

from urllib.parse import quote

from app.citations.formats.latex import escaped
from app.citations.formats.wording import MONTHS, in_words, link, nested, paragraph, sender, subject
from app.citations.schemas import Cited, CitedCable, CitedPage

ADDRESS_SIGNS = ":/?#[]@!$&'()*+,;=%-._~"
"""Characters that an address keeps. The others are percent-encoded: braces, above all, would end or break the field."""


def as_bibtex(cited: Cited) -> str:
    """Renders one entry; its key is the record's id, which never changes."""
    if isinstance(cited, CitedPage):
        return _entry("misc", cited.record_id, _page(cited))
    return _entry("techreport", cited.record_id, _cable(cited))


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    listed = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{listed}\n}}\n"


def _cable(cited: CitedCable) -> dict[str, str]:
    who = escaped(sender(cited))
    fields = {
        # A second pair of braces preserves capitals, and keeps a name of several words together.
        "author": f"{{{{{who}}}}}",
        "title": f"{{{{{escaped(subject(cited) or f'Cable {cited.cable_id}')}}}}}",
        "institution": f"{{{who}}}",
        "type": "{Diplomatic cable}",
        "number": f"{{{escaped(cited.cable_id)}}}",
        "year": f"{{{cited.sent_on.year}}}",
        "month": MONTHS[cited.sent_on.month - 1][:3].lower(),
        "day": f"{{{cited.sent_on.day}}}",
    }
    if cited.address:
        fields["url"] = f"{{{_address(link(cited.address))}}}"
    if cited.paragraph:
        words = f': "{nested(cited.quote)}"' if cited.quote else ""
        fields["note"] = f"{{{escaped(paragraph(cited.paragraph) + words)}}}"
    return fields


def _page(cited: CitedPage) -> dict[str, str]:
    fields = {"title": f"{{{{{escaped(cited.title)}}}}}"}
    if cited.published_on:
        fields |= {
            "year": f"{{{cited.published_on.year}}}",
            "month": MONTHS[cited.published_on.month - 1][:3].lower(),
            "day": f"{{{cited.published_on.day}}}",
        }
    read = f"Retrieved {in_words(cited.retrieved)}; read in a stored excerpt of the page, not live"
    return fields | {
        "url": f"{{{_address(cited.url)}}}",
        "urldate": f"{{{cited.retrieved.isoformat()}}}",
        "note": f"{{{escaped(read)}}}",
    }


def _address(url: str) -> str:
    return quote(url, safe=ADDRESS_SIGNS)
