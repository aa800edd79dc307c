"""SQLAlchemy ORM objects and a response model, as everyone writes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import joinedload, selectinload
from starlette.types import ASGIApp

from app.core.db import read_engine
from app.core.schemas import Reference
from app.core.settings import Settings
from app.recommendations.schemas import (
    AddresseeOut,
    RecommendationOut,
    RecommendationPage,
    RecommendationQuery,
    RelatedOut,
)
from app.vocabulary import AssessmentSourceOut, Citation, Passage, ProposerOut, Publication, RelationKind, TextRange
from benchmarks.database import READER
from benchmarks.strategies.records import (
    AddresseeRecord,
    AnchorRecord,
    AssessmentRecord,
    OrganizationRecord,
    PersonRecord,
    ProposerRecord,
    RecommendationRecord,
    RelationRecord,
)


def build(source: str) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        engine = read_engine(source, pool_size=Settings().pool_size, **READER)
        service.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        yield
        await engine.dispose()

    service = FastAPI(lifespan=lifespan)
    service.add_api_route("/v1/recommendations", list_recommendations)
    return service


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


async def list_recommendations(
    query: Annotated[RecommendationQuery, Query()], session: Annotated[AsyncSession, Depends(session_of)]
) -> RecommendationPage:
    records = (await session.scalars(_recommendations().limit(query.limit + 1))).all()
    shown = records[: query.limit]
    return RecommendationPage(
        items=[_recommendation(record) for record in shown],
        next_cursor=shown[-1].id if len(records) > query.limit else None,
        total=None,
        total_at_least=None,
    )


def _recommendations() -> Select[RecommendationRecord]:
    record, proposer, relation = RecommendationRecord, ProposerRecord, RelationRecord
    return (
        select(record)
        .where(record.publication == Publication.PUBLISHED.value)
        .order_by(record.id)
        .options(
            joinedload(record.anchor).joinedload(AnchorRecord.paragraph_read),
            joinedload(record.lead_in),
            joinedload(record.answer),
            joinedload(record.position_said).joinedload(AssessmentRecord.anchor),
            joinedload(record.implementation_said).joinedload(AssessmentRecord.anchor),
            joinedload(record.panel),
            selectinload(record.targets),
            selectinload(record.addressees).joinedload(AddresseeRecord.body),
            selectinload(record.proposers).options(
                joinedload(proposer.person), joinedload(proposer.organization), joinedload(proposer.on_behalf_of)
            ),
            selectinload(record.named_bodies),
            selectinload(record.topics),
            selectinload(record.reforms),
            selectinload(record.relations).joinedload(relation.earlier),
            selectinload(record.relations_back).joinedload(relation.later),
        )
    )


def _recommendation(record: RecommendationRecord) -> RecommendationOut:
    return RecommendationOut(
        id=record.id,
        cable_id=record.cable_id,
        paragraph=record.anchor.paragraph,
        quote=record.anchor.quote,
        ranges=_ranges(record.anchor),
        lead_in=Passage(quote=record.lead_in.quote, ranges=_ranges(record.lead_in)) if record.lead_in else None,
        text=record.text,
        targets=[one.target for one in record.targets],
        addressee_bodies=[AddresseeOut(body=_named(one.body), basis=one.basis) for one in record.addressees],
        seeks_change_by=record.seeks_change_by,
        proposers=[_proposer(one) for one in record.proposers],
        named_bodies=[_named(one) for one in record.named_bodies],
        topics=[one.topic for one in record.topics],
        reforms=[one.reform_id for one in record.reforms],
        panel=record.panel.number if record.panel else None,
        certainty=record.certainty,
        continuing=record.continuing,
        marking=record.anchor.paragraph_read.marking,
        position=record.position,
        position_citation=_citation(record.answer) if record.answer else None,
        position_source=_source(record.position_said),
        implementation=record.implementation,
        implementation_source=_source(record.implementation_said),
        state=record.state,
        related=_related(record),
        cite_as=f"{record.anchor.cable_id}, para. {record.anchor.paragraph}",
        updated_at=record.updated_at,
    )


def _ranges(anchor: AnchorRecord) -> list[TextRange]:
    return [TextRange(start=one.lower, end=one.upper) for one in anchor.ranges]


def _citation(anchor: AnchorRecord) -> Citation:
    return Citation(cable_id=anchor.cable_id, paragraph=anchor.paragraph, quote=anchor.quote, ranges=_ranges(anchor))


def _source(said: AssessmentRecord | None) -> AssessmentSourceOut | None:
    if said is None:
        return None
    return AssessmentSourceOut(
        citation=_citation(said.anchor) if said.anchor else None,
        title=said.source_title,
        url=said.source_url,
        retrieved=said.source_retrieved,
        words=said.source_words,
        said_by=said.said_by_id,
        dated=said.dated,
        earliest=said.earliest,
        latest=said.latest,
    )


def _named(party: OrganizationRecord | PersonRecord) -> Reference:
    return Reference(id=party.id, name=party.name)


def _proposer(record: ProposerRecord) -> ProposerOut:
    return ProposerOut(
        person=_named(record.person) if record.person else None,
        organization=_named(record.organization) if record.organization else None,
        on_behalf_of=_named(record.on_behalf_of) if record.on_behalf_of else None,
        description=record.description,
    )


def _related(record: RecommendationRecord) -> list[RelatedOut]:
    """Returns both directions of the relations, if the other recommendation is published."""
    found = [(one.earlier, one.kind) for one in record.relations]
    found += [(one.later, _seen_from_behind(one.kind)) for one in record.relations_back]
    whole = [RelatedOut(id=other.id, kind=kind) for other, kind in found if other.publication == Publication.PUBLISHED]
    return sorted(whole, key=lambda one: one.id)


def _seen_from_behind(kind: str) -> str:
    return RelationKind.DUPLICATED_BY if kind == RelationKind.DUPLICATE_OF else kind
