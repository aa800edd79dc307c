"""Rows of a cable, its stored copy and its parse result."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.cable_parser.sensitivity import is_sensitive_field
from app.cable_parser.understanding import is_doubtful
from app.records.anchors import Anchored
from app.records.curated_cable import CuratedCable
from app.records.reconcile import Row
from app.records.rows.ranges import multirange
from app.vocabulary import DamageKind, Marking


def _witness_id(cable: CuratedCable) -> str:
    return f"{cable.manifest.cable}-{cable.manifest.sha256[:12]}"


def cable(cable: CuratedCable) -> Row:
    header = cable.finding.header
    post = cable.manifest.cable[2:].rstrip("0123456789")
    return {
        "id": cable.manifest.cable,
        "post": post,
        "year": header.year,
        "serial": header.serial,
        "originator": header.originator,
        "precedence": header.precedence,
        "date_time_group": header.date_time_group,
        "sent_at": datetime.fromisoformat(header.sent_at),
        "marking": cable.finding.marking,
        "source_marking": cable.finding.source_marking,
        "doubts": len(cable.finding.classification.doubts),
        "witness_id": _witness_id(cable),
    }


def witness(cable: CuratedCable) -> Row:
    manifest = cable.manifest
    return {
        "id": _witness_id(cable),
        "cable_id": manifest.cable,
        "publisher": manifest.publisher,
        "address": manifest.address,
        "terms": manifest.terms,
        "sha256": manifest.sha256,
        "text": cable.text,
    }


def header_fields(cable: CuratedCable) -> Iterator[Row]:
    elsewhere = {entry.field: entry for entry in cable.elsewhere}
    for place, field in enumerate(cable.finding.header.fields):
        other = elsewhere.get(field.name)
        yield {
            "cable_id": cable.manifest.cable,
            "name": field.name,
            "ordinal": place,
            "value": field.value,
            "ranges": multirange([field.place]) if field.place else None,
            "other_value": other.value if other else None,
            "other_origin": other.origin if other else None,
            "marking": field.marking,
            "other_marking": _marking_elsewhere(field.name, other.value) if other else Marking.U.value,
        }


def _marking_elsewhere(name: str, value: str) -> str:
    raised = is_sensitive_field(name, value) or is_doubtful(value)
    return Marking.SBU.value if raised else Marking.U.value


def sections(cable: CuratedCable) -> list[Row]:
    return [
        {
            "cable_id": cable.manifest.cable,
            "ordinal": place,
            "heading": heading.text,
            "ranges": multirange([heading.place]),
            "underlined": heading.underlined,
            "marking": cable.finding.source_marking,
        }
        for place, heading in enumerate(cable.finding.headings)
    ]


def paragraphs(cable: CuratedCable) -> list[Row]:
    return [
        {
            "cable_id": cable.manifest.cable,
            "label": one.label,
            "witness_id": _witness_id(cable),
            "ordinal": one.ordinal,
            "number": one.number,
            "marking": one.marking,
            "section": one.heading,
            "text": one.text,
            "ranges": multirange(one.places),
            "notes": [
                {
                    "quote": note.text,
                    "ranges": [{"start": place.start, "end": place.end} for place in note.places],
                }
                for note in one.notes
            ],
        }
        for one in cable.finding.paragraphs
    ]


def damages(cable: CuratedCable) -> list[Row]:
    """Returns the damages of the parse result, after the header fields that only other copies have."""
    present = {field.name for field in cable.finding.header.fields if field.value is not None}
    lost = [
        (DamageKind.HEADER_FIELD_LOST.value, None, None, f"the field {entry.field} is lost")
        for entry in cable.elsewhere
        if entry.field not in present
    ]
    found = [(one.kind, one.paragraph, one.place, one.detail) for one in cable.finding.damages]
    return [
        {
            "cable_id": cable.manifest.cable,
            "ordinal": place,
            "kind": kind,
            "paragraph": paragraph,
            "ranges": multirange([where]) if where and where.start < where.end else None,
            "detail": detail,
        }
        for place, (kind, paragraph, where, detail) in enumerate([*lost, *found])
    ]


def readings(cable: CuratedCable) -> list[Row]:
    return [
        {
            "cable_id": cable.manifest.cable,
            "ordinal": place,
            "paragraph": one.entry.paragraph,
            "original": one.entry.original,
            "ranges": multirange(one.ranges),
            "reading": one.entry.reading,
            "note": one.entry.note,
        }
        for place, one in enumerate(cable.readings)
    ]


def anchors(cable_id: str, anchors: Iterable[Anchored]) -> list[Row]:
    return [
        {
            "id": anchor.id,
            "cable_id": cable_id,
            "paragraph": anchor.paragraph,
            "quote": anchor.quote,
            "ranges": multirange(anchor.ranges),
        }
        for anchor in anchors
    ]
