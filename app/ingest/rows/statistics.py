"""Rows of statistics and of who said them."""

from collections.abc import Iterator

from app.core.dates import edtf_bounds
from app.ingest.curation.cable import CuratedCable
from app.ingest.rows.places import party
from app.ingest.sync import Row


def statistics(cable: CuratedCable) -> list[Row]:
    rows: list[Row] = []
    for figure in cable.statistics:
        earliest, latest = edtf_bounds(figure.date) if figure.date is not None else (None, None)
        rows.append(
            {
                "id": figure.id,
                "cable_id": cable.manifest.cable,
                "anchor_id": f"{figure.id}:quote",
                "lead_in_anchor_id": f"{figure.id}:lead-in" if figure.lead_in else None,
                "value": figure.value,
                "value_to": figure.value_to,
                "qualifier": figure.qualifier,
                "unit": figure.unit,
                "what": figure.what,
                "period": figure.period,
                "date": figure.date,
                "earliest": earliest,
                "latest": latest,
            }
        )
    return rows


def speakers(cable: CuratedCable) -> Iterator[Row]:
    for figure in cable.statistics:
        for place, who in enumerate(figure.said_by):
            yield {"statistic_id": figure.id, "ordinal": place, **party(who)}
