"""Rows of a roundtable, its panels and participations."""

from collections.abc import Iterable, Iterator

from app.records.curated_cable import CuratedCable
from app.records.reconcile import Row
from app.records.rows.parties import party
from app.records.schemas.cables import ParticipationEntry


def roundtable(cable: CuratedCable) -> Row:
    held = cable.roundtable.roundtable
    attendance = held.attendance
    return {
        "id": held.id,
        "cable_id": held.cable,
        "name": held.name,
        "edition": held.edition,
        "theme": held.theme,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
        "place": held.place,
        "country": held.country,
        "host_id": held.host,
        "attendance": attendance.value if attendance else None,
        "attendance_qualifier": attendance.qualifier if attendance else None,
        "attendance_of": attendance.who if attendance else None,
        "attendance_anchor_id": f"{held.id}:attendance" if attendance else None,
        "anchor_id": f"{held.id}:quote",
    }


def panels(cable: CuratedCable) -> list[Row]:
    return [
        {
            "id": panel.id,
            "roundtable_id": cable.roundtable.roundtable.id,
            "cable_id": cable.roundtable.roundtable.cable,
            "number": panel.number,
            "title": panel.title,
            "anchor_id": f"{panel.id}:quote",
        }
        for panel in cable.roundtable.panels
    ]


def panel_sessions(cable: CuratedCable) -> list[Row]:
    return [
        {
            "panel_id": panel.id,
            "ordinal": place,
            "name": session.name,
            "anchor_id": f"{panel.id}:session-{place}",
        }
        for panel in cable.roundtable.panels
        for place, session in enumerate(panel.sessions, start=1)
    ]


def panel_paragraphs(cable: CuratedCable) -> Iterator[Row]:
    for panel in cable.roundtable.panels:
        session_of = {
            label: place for place, session in enumerate(panel.sessions, start=1) for label in session.paragraphs
        }
        for label in panel.paragraphs:
            yield {
                "cable_id": cable.manifest.cable,
                "paragraph": label,
                "panel_id": panel.id,
                "session": session_of.get(label),
            }


def participations(cable_id: str, roundtable_id: str, parts: Iterable[ParticipationEntry]) -> Iterator[Row]:
    for one in parts:
        yield {
            "id": one.id,
            "roundtable_id": roundtable_id,
            "panel_id": None if one.panel is None else f"{cable_id}-P{one.panel}",
            "capacity": one.capacity.value,
            **party(one),
            "title": one.title,
            "anchor_id": f"{one.id}:quote",
        }


def follow_ups(cable: CuratedCable) -> list[Row]:
    return [
        {
            "id": plan.id,
            "roundtable_id": cable.roundtable.roundtable.id,
            "text": plan.text,
            "due": plan.due,
            "anchor_id": f"{plan.id}:quote",
        }
        for plan in cable.follow_up
    ]


def follow_up_bodies(cable: CuratedCable) -> list[Row]:
    return [
        {"follow_up_id": plan.id, "organization_id": slug, "ordinal": place}
        for plan in cable.follow_up
        for place, slug in enumerate(plan.responsible)
    ]
