"""CSL-JSON format of a citation, the input of citation processors and reference managers."""

import json
from datetime import date
from typing import Any

from app.citations.formats.wording import link, paragraph, sender, subject
from app.citations.schemas import Cited, CitedCable, CitedPage


def as_csl_json(cited: Cited) -> str:
    """Renders a list of one item, as the CSL-JSON schema requires."""
    item = _page(cited) if isinstance(cited, CitedPage) else _cable(cited)
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def _cable(cited: CitedCable) -> dict[str, Any]:
    item = {
        "id": cited.record_id,
        "type": "report",
        "genre": "Diplomatic cable",
        "number": cited.cable_id,
        "title": subject(cited) or f"Cable {cited.cable_id}",
        "author": [{"literal": sender(cited)}],
        "issued": _date(cited.sent_on),
    }
    if cited.paragraph:
        item |= {"section": paragraph(cited.paragraph), "locator": cited.paragraph.label}
    if cited.publisher and cited.address:
        item |= {"source": cited.publisher, "URL": link(cited.address)}
    if cited.quote:
        item["note"] = cited.quote
    return item


def _page(cited: CitedPage) -> dict[str, Any]:
    item: dict[str, Any] = {"id": cited.record_id, "type": "webpage", "title": cited.title}
    if cited.published_on:
        item["issued"] = _date(cited.published_on)
    return item | {
        "accessed": _date(cited.retrieved),
        "URL": cited.url,
        "note": "Read in a stored excerpt of the page, not live.",
    }


def _date(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}
