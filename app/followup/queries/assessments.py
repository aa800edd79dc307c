"""Selects over assessments of recommendations, published and drafted."""

import json

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import as_text, json_object
from app.core.errors import ProblemError, not_found
from app.core.etags import Versioned
from app.drafts.workflow import OPEN_STATES
from app.followup.schemas.writes import AssessmentOut
from app.models import Anchor, Assessment, Recommendation
from app.models.expressions.followup import assessment_source_json
from app.vocabulary import UNASSESSED, Aspect, Marking, Publication

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


async def check_published(connection: AsyncConnection, recommendation_id: str) -> None:
    """Raises gone for a withdrawn recommendation, and not found for one that is not published."""
    row = select(Recommendation.publication).where(Recommendation.id == recommendation_id)
    publication = await connection.scalar(row)
    if publication == Publication.WITHDRAWN:
        raise ProblemError("gone", f"Recommendation {recommendation_id} was withdrawn.")
    if publication != Publication.PUBLISHED:
        raise not_found("recommendation", recommendation_id)


async def get_assessment(
    connection: AsyncConnection, recommendation_id: str, aspect: Aspect, *, number: int | None = None
) -> Versioned:
    """Returns the open draft if the caller may see it, otherwise the published assessment.

    `number` selects a revision instead.
    """
    await check_published(connection, recommendation_id)
    of_aspect = (Assessment.recommendation_id == recommendation_id, Assessment.aspect == aspect)
    there = or_(Assessment.recorded_at.is_not(None), Assessment.publication.in_(OPEN_STATES))
    version = int((await connection.scalar(select(func.sum(Assessment.version)).where(*of_aspect))) or 0)
    rows = (
        select(as_text(_ASSESSMENT))
        .select_from(Assessment)
        .outerjoin(Anchor, Anchor.id == Assessment.anchor_id)
        .where(*of_aspect, Assessment.number == number if number is not None else there)
    )
    found = await connection.scalar(rows.order_by(Assessment.number.desc()).limit(1))
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
