"""Selects over cables and their paragraphs."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.cables import schemas
from app.core.db import as_text, json_list, json_object, json_ranges
from app.core.errors import not_found
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.schemas import QueryParams
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.models import (
    Anchor,
    Cable,
    Damage,
    HeaderField,
    Panel,
    PanelParagraph,
    Paragraph,
    Reading,
    Recommendation,
    Section,
    Witness,
)
from app.vocabulary import DamageKind

CUT_SHORT = (DamageKind.BREAKS_OFF, DamageKind.CLOSING_MARK_CUT, DamageKind.WEB_ADDRESS_LOST)


def _null_unless(present: ColumnElement[bool], json: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((present, json), else_=literal_column("NULL::json"))


_DAMAGE = json_object(
    schemas.DamageOut,
    kind=Damage.kind,
    paragraph=Damage.paragraph,
    ranges=json_ranges(Damage.ranges),
    detail=Damage.detail,
)
_READING = json_object(
    schemas.ReadingOut,
    paragraph=Reading.paragraph,
    original=Reading.original,
    ranges=json_ranges(Reading.ranges),
    reading=Reading.reading,
    note=Reading.note,
)
_HEADER_FIELD = json_object(
    schemas.HeaderFieldOut,
    name=HeaderField.name,
    status=case((HeaderField.value.is_(None), "absent"), else_="present"),
    value=HeaderField.value,
    ranges=json_ranges(HeaderField.ranges),
    elsewhere=_null_unless(
        HeaderField.other_value.is_not(None),
        json_object(schemas.ElsewhereOut, value=HeaderField.other_value, origin=HeaderField.other_origin),
    ),
)
_CABLE = json_object(
    schemas.CableOut,
    id=Cable.id,
    post=Cable.post,
    year=Cable.year,
    serial=Cable.serial,
    originator=Cable.originator,
    precedence=Cable.precedence,
    date_time_group=Cable.date_time_group,
    sent_at=Cable.sent_at,
    marking=Cable.marking,
    header=json_list(
        select(_HEADER_FIELD).where(HeaderField.cable_id == Cable.id), of=Cable, order_by=HeaderField.ordinal
    ),
    witness=_null_unless(
        Witness.id.is_not(None),
        json_object(
            schemas.WitnessOut,
            id=Witness.id,
            publisher=Witness.publisher,
            address=Witness.address,
            terms=Witness.terms,
            sha256=Witness.sha256,
            length=func.length(Witness.text),
        ),
    ),
    paragraph_count=select(func.count()).where(Paragraph.cable_id == Cable.id).correlate(Cable).scalar_subquery(),
    damages=json_list(select(_DAMAGE).where(Damage.cable_id == Cable.id), of=Cable, order_by=Damage.ordinal),
    readings=json_list(select(_READING).where(Reading.cable_id == Cable.id), of=Cable, order_by=Reading.ordinal),
)
_of_paragraph = and_(Damage.cable_id == Paragraph.cable_id, Damage.paragraph == Paragraph.label)
_source = aliased(Anchor)
_PARAGRAPH = json_object(
    schemas.ParagraphOut,
    cable_id=Paragraph.cable_id,
    label=Paragraph.label,
    number=Paragraph.number,
    ordinal=Paragraph.ordinal,
    marking=Paragraph.marking,
    heading=Section.heading,
    panel=select(Panel.number)
    .join(PanelParagraph, PanelParagraph.panel_id == Panel.id)
    .where(PanelParagraph.cable_id == Paragraph.cable_id, PanelParagraph.paragraph == Paragraph.label)
    .correlate(Paragraph)
    .scalar_subquery(),
    text=Paragraph.text,
    ranges=json_ranges(Paragraph.ranges),
    notes=Paragraph.notes,
    breaks_off=select(literal_column("1"))
    .where(_of_paragraph, Damage.kind.in_(CUT_SHORT))
    .correlate(Paragraph)
    .exists(),
    damages=json_list(select(_DAMAGE).where(_of_paragraph), of=Paragraph, order_by=Damage.ordinal),
    readings=json_list(
        select(_READING).where(Reading.cable_id == Paragraph.cable_id, Reading.paragraph == Paragraph.label),
        of=Paragraph,
        order_by=Reading.ordinal,
    ),
    recommendation_count=select(func.count())
    .select_from(Recommendation)
    .join(_source, _source.id == Recommendation.anchor_id)
    .where(_source.cable_id == Paragraph.cable_id, _source.paragraph == Paragraph.label)
    .correlate(Paragraph)
    .scalar_subquery(),
    cite_as=func.concat(Paragraph.cable_id, ", para. ", Paragraph.label),
)


def _cables() -> Select[str]:
    return select(as_text(_CABLE)).select_from(Cable).outerjoin(Witness, Witness.id == Cable.witness_id)


def _paragraphs() -> Select[str]:
    return (
        select(as_text(_PARAGRAPH))
        .select_from(Paragraph)
        .outerjoin(Section, and_(Section.cable_id == Paragraph.cable_id, Section.ordinal == Paragraph.section))
    )


async def find_cables(connection: AsyncConnection, query: schemas.CableQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_cables(connection, query), query=query)


_ALL_CABLES = Bound(Listing(_cables(), [Cable.id]), {})
_ONE_CABLE = _cables().where(Cable.id == bindparam("id"))


async def listed_cables(_connection: AsyncConnection, _query: QueryParams) -> Bound[Listing]:
    """Listing of all cables; the query has no filters."""
    return _ALL_CABLES


async def get_cable(connection: AsyncConnection, cable_id: str) -> str:
    found = await connection.scalar(_ONE_CABLE, {"id": cable_id})
    if found is None:
        raise not_found("cable", cable_id)
    return found


_CABLE_ID = select(Cable.id).where(Cable.id == bindparam("id"))


async def find_paragraphs(connection: AsyncConnection, cable_id: str, *, query: schemas.ParagraphQuery) -> PageSlice:
    if await connection.scalar(_CABLE_ID, {"id": cable_id}) is None:
        raise not_found("cable", cable_id)
    listing = await listed_paragraphs(connection, schemas.ParagraphFilters(cable=[cable_id]))
    return await fetch_slice(connection, listing, query=query, within=cable_id)


PARAGRAPH_CONDITIONS: Conditions = {"cable": any_of(Paragraph.cable_id)}
"""Condition of each filter of paragraphs."""


@built_once
def _paragraph_listing(binds: Binds) -> Listing:
    rows = _paragraphs().where(*matching(binds, PARAGRAPH_CONDITIONS))
    return Listing(rows, [Paragraph.cable_id, Paragraph.ordinal])


async def listed_paragraphs(_connection: AsyncConnection, query: schemas.ParagraphFilters) -> Bound[Listing]:
    """Listing of the paragraphs of the cables named in the query, or of all cables."""
    return _paragraph_listing(filters_of(query, PARAGRAPH_CONDITIONS))


_ONE_PARAGRAPH = _paragraphs().where(Paragraph.cable_id == bindparam("cable"), Paragraph.label == bindparam("label"))


async def get_paragraph(connection: AsyncConnection, cable_id: str, *, label: str) -> str:
    found = await connection.scalar(_ONE_PARAGRAPH, {"cable": cable_id, "label": label})
    if found is None:
        raise not_found("paragraph", f"{cable_id}, {label}")
    return found


_SOURCE = (
    select(Witness.text, Witness.sha256).join(Cable, Cable.witness_id == Witness.id).where(Cable.id == bindparam("id"))
)


async def get_source(connection: AsyncConnection, cable_id: str) -> tuple[str, str]:
    """Text and sha256 of the cable's witness."""
    found = (await connection.execute(_SOURCE, {"id": cable_id})).one_or_none()
    if found is None:
        raise not_found("source of a cable", cable_id)
    return found.text, found.sha256
