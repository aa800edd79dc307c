"""Write operations of assessments: draft, transition, and publishing into the columns of the recommendation."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError, invalid_body_field
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.workflow import Transition
from app.followup.commands import references, revisions
from app.followup.commands.revisions import RevisionSubject
from app.followup.queries.assessments import get_assessment
from app.followup.schemas.writes import ImplementationIn, PositionIn, StateIn
from app.models import Assessment, Recommendation
from app.recommendations.commands import keep_versions
from app.vocabulary import UNASSESSED, Aspect

CONTRADICTIONS = {
    "closed_as_implemented_is_implemented": "The state closed_implemented and the implementation implemented "
    "require each other.",
    "closed_as_not_implemented_is_not": "The state closed_not_implemented requires the implementation not_implemented "
    "or overtaken.",
    "resolved_is_agreed": "The state open_resolved requires the position supported or supported_in_part.",
    "unresolved_is_not_agreed": "The state open_unresolved is not allowed with the position supported.",
}
"""Error texts by the name of the database constraint that rejects a combination."""
REMEDY = "Draft and submit the other aspect too, then publish both in one step with `together_with`."


def subject(recommendation_id: str, aspect: Aspect) -> RevisionSubject:
    return RevisionSubject(
        table=Assessment,
        key={"recommendation_id": recommendation_id, "aspect": aspect.value},
        head=Recommendation,
        head_id=recommendation_id,
        record=f"recommendations/{recommendation_id}/{aspect}",
    )


async def draft_assessment(  # noqa: PLR0913 - target, content and caller; the last ones by name
    connection: AsyncConnection,
    recommendation_id: str,
    aspect: Aspect,
    body: PositionIn | ImplementationIn | StateIn,
    *,
    expected: ExpectedVersions,
    by: Caller,
) -> Versioned:
    """Replaces the open draft of the aspect, or creates one."""
    of = subject(recommendation_id, aspect)
    await revisions.lock_subject(connection, of)
    now = await get_assessment(connection, recommendation_id, aspect)
    expected.check(now)
    if body.source is None and aspect is not Aspect.STATE and body.value != UNASSESSED[aspect]:
        raise invalid_body_field("/source", f"{body.value} requires a source: a citation, a page, or words")
    number = await revisions.number_to_draft(connection, of)
    values = {
        "id": f"{recommendation_id}:{aspect}:{number}",
        "value": body.value.value,
        **await _source(connection, body, anchor_id=f"{recommendation_id}:{aspect}:{number}:{now.version + 1}"),
        "said_by_id": await references.organization_id_by_name(connection, body.said_by, pointer="/said_by"),
        "dated": body.dated,
        **references.date_bounds(body.dated),
        "note": body.note,
        "marking": body.marking.value,
    }
    await revisions.save_draft(connection, of, values, number=number, by=by)
    record_event(connection, by=by, record=of.record, detail=body.model_dump(mode="json", exclude_none=True))
    return await get_assessment(connection, recommendation_id, aspect)


async def _source(
    connection: AsyncConnection, body: PositionIn | ImplementationIn | StateIn, *, anchor_id: str
) -> dict[str, Any]:
    source = body.source
    anchor = None
    if source is not None and source.citation is not None:
        pointer = "/source/citation"
        anchor = await references.create_anchor(connection, source.citation, anchor_id=anchor_id, pointer=pointer)
    return {
        "anchor_id": anchor,
        "source_title": source and source.title,
        "source_url": source and source.url,
        "source_retrieved": source and source.retrieved,
        "source_words": source and source.words,
    }


async def move_assessment(  # noqa: PLR0913 - target, transition and caller; the last ones by name
    connection: AsyncConnection,
    recommendation_id: str,
    aspect: Aspect,
    way: Transition,
    *,
    expected: ExpectedVersions,
    by: Caller,
    together_with: Sequence[Aspect] = (),
    note: str | None = None,
) -> Versioned:
    """Applies a transition to the open draft, and to those of further aspects. Each version must match `expected`."""
    aspects = sorted({aspect, *together_with})
    await revisions.lock_subject(connection, subject(recommendation_id, aspect))
    for one in aspects:
        expected.check(await get_assessment(connection, recommendation_id, one))
    done: dict[Aspect, Any] = {}
    for one in aspects:
        of = subject(recommendation_id, one)
        done[one] = await revisions.transition(connection, of, way, by=by)
        values = {"value": done[one].value, "number": done[one].number}
        record_event(connection, by=by, record=of.record, detail=values | ({"note": note} if note else {}))
    if way is Transition.PUBLISH:
        await _take_over(connection, recommendation_id, done)
    return await get_assessment(connection, recommendation_id, aspect, number=done[aspect].number)


async def _take_over(connection: AsyncConnection, recommendation_id: str, published: dict[Aspect, Any]) -> None:
    """Sets the published values in the recommendation, and stores a new version of it."""
    values: dict[str, Any] = {"updated_at": func.clock_timestamp()}
    for aspect, row in published.items():
        values |= {aspect.value: row.value, f"{aspect}_assessment_id": row.id}
        if aspect is Aspect.POSITION:
            values["position_anchor_id"] = row.anchor_id
    try:
        await connection.execute(update(Recommendation).where(Recommendation.id == recommendation_id).values(values))
    except IntegrityError as error:
        raise _contradiction(error) from error
    await connection.run_sync(keep_versions, [recommendation_id])


def _contradiction(error: IntegrityError) -> Exception:
    name = str(getattr(getattr(error.orig, "diag", None), "constraint_name", ""))
    contradiction = CONTRADICTIONS.get(name.removeprefix("ck_recommendations_"))
    return ProblemError("conflict", f"{contradiction} {REMEDY}") if contradiction else error
