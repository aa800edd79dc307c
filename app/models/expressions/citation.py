"""Select expressions of citations: an anchor as the JSON that responses show."""

from sqlalchemy import ColumnElement, case, literal_column

from app.core.db import json_object, json_ranges
from app.models.citation import Anchor
from app.vocabulary import Citation, Passage


def citation_json(anchor: type[Anchor]) -> ColumnElement[object]:
    """JSON citation of an anchor that is joined to the select; null without an anchor."""
    return _unless_missing(
        anchor,
        json_object(
            Citation,
            cable_id=anchor.cable_id,
            paragraph=anchor.paragraph,
            quote=anchor.quote,
            ranges=json_ranges(anchor.ranges),
        ),
    )


def passage_json(anchor: type[Anchor]) -> ColumnElement[object]:
    """JSON of quote and ranges only, for a passage whose paragraph its record already names."""
    return _unless_missing(anchor, json_object(Passage, quote=anchor.quote, ranges=json_ranges(anchor.ranges)))


def _unless_missing(anchor: type[Anchor], json: ColumnElement[object]) -> ColumnElement[object]:
    return case((anchor.id.is_(None), literal_column("NULL::json")), else_=json)
