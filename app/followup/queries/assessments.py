"""Selects over assessments of recommendations, published and drafted."""

import json

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent
from app.core.db import as_text, json_object
from app.core.etags import Versioned
from app.core.statements import Binds, built_once
from app.drafts.workflow import OPEN_STATES
from app.followup.schemas.writes import AssessmentOut
from app.models import Anchor, Assessment, Recommendation
from app.models.expressions.followup import assessment_source_json
from app.vocabulary import UNASSESSED, Aspect, Collection, Marking, Publication

_other = aliased(Assessment)
_ASSESSMENT = json_object(
    AssessmentOut,
    recommendation=Assessment.recommendation_id,
    aspect=Assessment.aspect,
    value=Assessment.value,
    source=assessment_source_json(Assessment, Anchor),
    note=Assessment.note,
    marking=Assessment.marking,
    publication=Assessment.publication,
    version=select(func.sum(_other.version))
    .where(_other.recommendation_id == Assessment.recommendation_id, _other.aspect == Assessment.aspect)
    .correlate(Assessment)
    .scalar_subquery(),
    recorded_at=Assessment.recorded_at,
)


_PUBLICATION = select(Recommendation.publication).where(Recommendation.id == bindparam("id"))


async def check_published(connection: AsyncConnection, recommendation_id: str) -> None:
    """Raises gone for a withdrawn recommendation, and not found for one that is not published."""
    if await connection.scalar(_PUBLICATION, {"id": recommendation_id}) != Publication.PUBLISHED:
        raise await absent(connection, Collection.RECOMMENDATIONS, recommendation_id, kind="recommendation")


_of_aspect = (
    Assessment.recommendation_id == bindparam("recommendation"),
    Assessment.aspect == bindparam("aspect"),
)
_VERSION = select(func.sum(Assessment.version)).where(*_of_aspect)


@built_once
def _one(binds: Binds) -> Select[str]:
    there = or_(Assessment.recorded_at.is_not(None), Assessment.publication.in_(OPEN_STATES))
    chosen = Assessment.number == binds["number"] if "number" in binds else there
    return (
        select(as_text(_ASSESSMENT))
        .select_from(Assessment)
        .outerjoin(Anchor, Anchor.id == Assessment.anchor_id)
        .where(*_of_aspect, chosen)
        .order_by(Assessment.number.desc())
        .limit(1)
    )


async def get_assessment(
    connection: AsyncConnection, recommendation_id: str, aspect: Aspect, *, number: int | None = None
) -> Versioned:
    """Returns the open draft if the caller may see it, otherwise the published assessment.

    `number` selects a revision instead.
    """
    await check_published(connection, recommendation_id)
    values = {"recommendation": recommendation_id, "aspect": aspect}
    version = int((await connection.scalar(_VERSION, values)) or 0)
    rows = _one(values if number is None else {**values, "number": number})
    found = await connection.scalar(rows.built, rows.values)
    text = str(found) if found is not None else _nothing(recommendation_id, aspect, version=version)
    return Versioned(text, record=f"recommendations/{recommendation_id}/{aspect}", version=version)


def _nothing(recommendation_id: str, aspect: Aspect, *, version: int) -> str:
    """Returns the default assessment of an aspect without any."""
    shown = AssessmentOut(
        recommendation=recommendation_id,
        aspect=aspect,
        value=UNASSESSED[aspect].value,
        source=None,
        note=None,
        marking=Marking.U,
        publication=Publication.PUBLISHED,
        version=version,
        recorded_at=None,
    )
    return json.dumps(shown.model_dump(mode="json"))
