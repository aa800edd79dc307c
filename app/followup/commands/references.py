"""References in request bodies: resolves them in the register, or raises a validation error."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cable_parser.model import Range
from app.core.edtf import edtf_bounds
from app.core.errors import invalid_body_field, safe_repr
from app.followup.schemas.writes import PassageIn
from app.models import Anchor, Organization, Paragraph, Recommendation, Roundtable, Witness
from app.models.expressions.party import organization_ids_by_name, public_body_ids
from app.records.anchors import FoldedText, QuoteNotFound
from app.records.rows.ranges import multirange
from app.vocabulary import Publication


async def organization_id_by_name(connection: AsyncConnection, name: str | None, *, pointer: str) -> str | None:
    """Returns the slug of the organization with this name."""
    if name is None:
        return None
    found: str | None = await connection.scalar(organization_ids_by_name(literal(name)))
    if found is None:
        raise invalid_body_field(pointer, f"no organization goes by {safe_repr(name)}")
    return found


async def body_id_by_name(connection: AsyncConnection, name: str | None, *, pointer: str) -> str | None:
    """Returns the slug of the body with this name: an organization that the filter `body=` accepts."""
    found = await organization_id_by_name(connection, name, pointer=pointer)
    if found is not None and await connection.scalar(public_body_ids().where(Organization.id == found)) is None:
        raise invalid_body_field(pointer, f"{safe_repr(found)} is no public body; GET /v1/bodies lists those there are")
    return found


async def roundtable_id_by_name(connection: AsyncConnection, name: str | None, *, pointer: str) -> str | None:
    """Returns the id of a roundtable in the register."""
    if name is not None and await connection.scalar(select(Roundtable.id).where(Roundtable.id == name)) is None:
        raise invalid_body_field(pointer, f"there is no roundtable {safe_repr(name)}; one to come is told in `edition`")
    return name


async def check_recommendations(connection: AsyncConnection, ids: Sequence[str], *, pointer: str) -> None:
    """Rejects ids that are not published recommendations."""
    held = select(Recommendation.id).where(
        Recommendation.id.in_(ids), Recommendation.publication == Publication.PUBLISHED
    )
    known = set(await connection.scalars(held))
    for place, one in enumerate(ids):
        if one not in known:
            raise invalid_body_field(f"{pointer}/{place}", f"there is no published recommendation {safe_repr(one)}")


async def create_anchor(connection: AsyncConnection, passage: PassageIn, *, anchor_id: str, pointer: str) -> str:
    """Stores the anchor of exact words of a cable. Rejects words that are not in the paragraph."""
    rows = (
        select(Paragraph.ranges, Witness.text)
        .join(Witness, Witness.id == Paragraph.witness_id)
        .where(Paragraph.cable_id == passage.cable_id, Paragraph.label == passage.paragraph)
    )
    found: Any = (await connection.execute(rows)).one_or_none()
    if found is None:
        raise invalid_body_field(pointer, "there is no such paragraph of a cable")
    folded = FoldedText(found.text, tuple(Range(part.lower, part.upper) for part in found.ranges))
    try:
        ranges = folded.find(passage.quote, occurrence=passage.occurrence)
    except QuoteNotFound as error:
        raise invalid_body_field(f"{pointer}/quote", str(error)) from error
    values = {"cable_id": passage.cable_id, "paragraph": passage.paragraph, "quote": passage.quote}
    await connection.execute(insert(Anchor).values(id=anchor_id, ranges=multirange(ranges), **values))
    return anchor_id


def date_bounds(text: str | None, *, prefix: str = "") -> dict[str, Any]:
    """Returns the columns of the bounds of an uncertain date."""
    first, last = edtf_bounds(text) if text is not None else (None, None)
    return {f"{prefix}earliest": first, f"{prefix}latest": last}
