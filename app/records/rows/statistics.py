"""Rows of statistics and their speakers."""

from collections.abc import Iterator, Sequence

from app.core.edtf import edtf_bounds
from app.records.reconcile import Row
from app.records.rows.parties import party
from app.records.schemas.cables import StatisticEntry

Figures = Sequence[StatisticEntry]


def statistics(cable_id: str, figures: Figures) -> list[Row]:
    rows: list[Row] = []
    for figure in figures:
        earliest, latest = edtf_bounds(figure.date) if figure.date is not None else (None, None)
        rows.append(
            {
                "id": figure.id,
                "cable_id": cable_id,
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


def speakers(figures: Figures) -> Iterator[Row]:
    for figure in figures:
        for place, who in enumerate(figure.said_by):
            yield {"statistic_id": figure.id, "ordinal": place, **party(who)}
