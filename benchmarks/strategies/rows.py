"""SQLAlchemy Core rows: a fixed number of statements, joined in Python, serialized by pydantic's JSON writer."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from pydantic_core import to_json
from sqlalchemy import ARRAY, Row, Select, Text, any_, case, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from starlette.responses import Response
from starlette.types import ASGIApp

from app.auth.queries import published
from app.core.db import read_engine
from app.core.settings import Settings
from app.models import (
    Anchor,
    Assessment,
    Organization,
    Panel,
    Paragraph,
    Person,
    Recommendation,
    RecommendationAddressee,
    RecommendationBody,
    RecommendationProposer,
    RecommendationReform,
    RecommendationRelation,
    RecommendationTarget,
    RecommendationTopic,
)
from app.recommendations.queries.recommendations import ORDERS
from app.recommendations.schemas import RecommendationQuery
from app.vocabulary import RelationKind
from benchmarks.database import READER

Json = dict[str, Any]
Rows = Select[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]

_lead_in = aliased(Anchor)
_answer = aliased(Anchor)
_employer = aliased(Organization)
_spoken_for = aliased(Organization)

SAID = {aspect: aliased(Assessment) for aspect in ("position", "implementation")}
SHOWN = {aspect: aliased(Anchor) for aspect in SAID}
SOURCE_COLUMNS = (
    *("source_title", "source_url", "source_retrieved", "source_words"),
    *("said_by_id", "dated", "earliest", "latest"),
)

_recommendations = (
    select(
        Recommendation.id,
        Recommendation.cable_id,
        Anchor.paragraph,
        Anchor.quote,
        Anchor.ranges,
        _lead_in.quote.label("lead_in_quote"),
        _lead_in.ranges.label("lead_in_ranges"),
        Recommendation.text,
        Recommendation.seeks_change_by,
        Panel.number.label("panel"),
        Recommendation.certainty,
        Recommendation.continuing,
        Paragraph.marking,
        Recommendation.position,
        _answer.cable_id.label("answer_cable_id"),
        _answer.paragraph.label("answer_paragraph"),
        _answer.quote.label("answer_quote"),
        _answer.ranges.label("answer_ranges"),
        Recommendation.implementation,
        Recommendation.state,
        Recommendation.updated_at,
        *(
            column.label(f"{aspect}_{column.key}")
            for aspect, said in SAID.items()
            for column in (*(getattr(said, name) for name in SOURCE_COLUMNS), said.anchor_id)
        ),
        *(
            getattr(shown, name).label(f"{aspect}_{name}")
            for aspect, shown in SHOWN.items()
            for name in ("cable_id", "paragraph", "quote", "ranges")
        ),
    )
    .select_from(Recommendation)
    .join(Anchor, Anchor.id == Recommendation.anchor_id)
    .join(Paragraph, (Paragraph.cable_id == Anchor.cable_id) & (Paragraph.label == Anchor.paragraph))
    .outerjoin(_lead_in, _lead_in.id == Recommendation.lead_in_anchor_id)
    .outerjoin(_answer, _answer.id == Recommendation.position_anchor_id)
    .outerjoin(SAID["position"], SAID["position"].id == Recommendation.position_assessment_id)
    .outerjoin(SHOWN["position"], SHOWN["position"].id == SAID["position"].anchor_id)
    .outerjoin(SAID["implementation"], SAID["implementation"].id == Recommendation.implementation_assessment_id)
    .outerjoin(SHOWN["implementation"], SHOWN["implementation"].id == SAID["implementation"].anchor_id)
    .outerjoin(Panel, Panel.id == Recommendation.panel_id)
    .where(published())
)


def _hanging(rows: Rows, table: Any, order: Any) -> tuple[Rows, Any]:
    """Returns a select of rows that belong to recommendations, and the column with the recommendation's id."""
    return rows.add_columns(table.recommendation_id.label("of")).order_by(order), table.recommendation_id


_relation = RecommendationRelation
_LISTS: dict[str, tuple[Rows, Any, Callable[[Found], Any]]] = {
    "targets": (
        *_hanging(select(RecommendationTarget.target), RecommendationTarget, RecommendationTarget.target),
        lambda row: row.target,
    ),
    "addressee_bodies": (
        *_hanging(
            select(Organization.id, Organization.name, RecommendationAddressee.basis).join_from(
                RecommendationAddressee, Organization
            ),
            RecommendationAddressee,
            Organization.id,
        ),
        lambda row: {"body": {"id": row.id, "name": row.name}, "basis": row.basis},
    ),
    "proposers": (
        *_hanging(
            select(
                RecommendationProposer.description,
                Person.id.label("person_id"),
                Person.name.label("person"),
                _employer.id.label("employer_id"),
                _employer.name.label("employer"),
                _spoken_for.id.label("spoken_for_id"),
                _spoken_for.name.label("spoken_for"),
            )
            .select_from(RecommendationProposer)
            .outerjoin(Person, Person.id == RecommendationProposer.person_id)
            .outerjoin(_employer, _employer.id == RecommendationProposer.organization_id)
            .outerjoin(_spoken_for, _spoken_for.id == RecommendationProposer.on_behalf_of_id),
            RecommendationProposer,
            RecommendationProposer.ordinal,
        ),
        lambda row: {
            "person": _reference(row.person_id, row.person),
            "organization": _reference(row.employer_id, row.employer),
            "on_behalf_of": _reference(row.spoken_for_id, row.spoken_for),
            "description": row.description,
        },
    ),
    "named_bodies": (
        *_hanging(
            select(Organization.id, Organization.name).join_from(RecommendationBody, Organization),
            RecommendationBody,
            Organization.id,
        ),
        lambda row: {"id": row.id, "name": row.name},
    ),
    "topics": (
        *_hanging(select(RecommendationTopic.topic), RecommendationTopic, RecommendationTopic.ordinal),
        lambda row: row.topic,
    ),
    "reforms": (
        *_hanging(select(RecommendationReform.reform_id), RecommendationReform, RecommendationReform.reform_id),
        lambda row: row.reform_id,
    ),
    "relations": (
        *_hanging(
            select(_relation.other_id.label("id"), _relation.kind).join(
                Recommendation, (Recommendation.id == _relation.other_id) & published()
            ),
            _relation,
            _relation.other_id,
        ),
        lambda row: {"id": row.id, "kind": row.kind},
    ),
    "relations_back": (
        select(
            _relation.recommendation_id.label("id"),
            case(
                (_relation.kind == RelationKind.DUPLICATE_OF, RelationKind.DUPLICATED_BY.value), else_=_relation.kind
            ).label("kind"),
            _relation.other_id.label("of"),
        ).join(Recommendation, (Recommendation.id == _relation.recommendation_id) & published()),
        _relation.other_id,
        lambda row: {"id": row.id, "kind": row.kind},
    ),
}
"""For each list of a recommendation: its select, the column with the recommendation's id, and the row's conversion."""


def build(source: str) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        service.state.engine = read_engine(source, pool_size=Settings().pool_size, **READER)
        yield
        await service.state.engine.dispose()

    service = FastAPI(lifespan=lifespan)
    service.add_api_route("/v1/recommendations", list_recommendations)
    return service


async def connection_of(request: Request) -> AsyncIterator[AsyncConnection]:
    async with request.app.state.engine.connect() as connection:
        yield connection


async def list_recommendations(
    query: Annotated[RecommendationQuery, Query()], connection: Annotated[AsyncConnection, Depends(connection_of)]
) -> Response:
    rows = _recommendations.order_by(*ORDERS[query.sort]).limit(query.limit + 1)
    found = (await connection.execute(rows)).all()
    shown = found[: query.limit]
    lists = await _lists_of(connection, [row.id for row in shown])
    page = {
        "items": [_recommendation(row, lists) for row in shown],
        "next_cursor": shown[-1].id if len(found) > query.limit else None,
        "total": None,
    }
    return Response(to_json(page), media_type="application/json")


async def _lists_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """Returns the dependent rows of the recommendations, by list and id, with one statement for each list."""
    lists: dict[str, dict[str, list[Any]]] = {}
    asked = any_(literal(ids, ARRAY(Text)))
    for name, (rows, hangs_by, shape) in _LISTS.items():
        found: dict[str, list[Any]] = defaultdict(list)
        for row in await connection.execute(rows.where(hangs_by == asked)):
            found[row.of].append(shape(row))
        lists[name] = found
    return lists


def _recommendation(row: Found, lists: dict[str, dict[str, list[Any]]]) -> Json:
    related = lists["relations"][row.id] + lists["relations_back"][row.id]
    return {
        "id": row.id,
        "cable_id": row.cable_id,
        "paragraph": row.paragraph,
        "quote": row.quote,
        "ranges": _ranges(row.ranges),
        "lead_in": row.lead_in_quote and {"quote": row.lead_in_quote, "ranges": _ranges(row.lead_in_ranges)},
        "text": row.text,
        "targets": lists["targets"][row.id],
        "addressee_bodies": lists["addressee_bodies"][row.id],
        "seeks_change_by": row.seeks_change_by,
        "proposers": lists["proposers"][row.id],
        "named_bodies": lists["named_bodies"][row.id],
        "topics": lists["topics"][row.id],
        "reforms": lists["reforms"][row.id],
        "panel": row.panel,
        "certainty": row.certainty,
        "continuing": row.continuing,
        "marking": row.marking,
        "position": row.position,
        "position_citation": row.answer_quote and _citation(row, "answer"),
        "position_source": _source(row, "position"),
        "implementation": row.implementation,
        "implementation_source": _source(row, "implementation"),
        "state": row.state,
        "related": sorted(related, key=lambda one: str(one["id"])),
        "cite_as": f"{row.cable_id}, para. {row.paragraph}",
        "updated_at": row.updated_at,
    }


def _citation(row: Found, of: str) -> Json:
    values = {name: getattr(row, f"{of}_{name}") for name in ("cable_id", "paragraph", "quote")}
    return {**values, "ranges": _ranges(getattr(row, f"{of}_ranges"))}


def _source(row: Found, aspect: str) -> Json | None:
    values = {name: getattr(row, f"{aspect}_{name}") for name in SOURCE_COLUMNS}
    cited = getattr(row, f"{aspect}_anchor_id")
    if cited is None and not any(values.values()):
        return None
    named = {name.removeprefix("source_").removesuffix("_id"): value for name, value in values.items()}
    return {"citation": _citation(row, aspect) if cited else None, **named}


def _ranges(ranges: Any) -> list[Json]:
    return [{"start": one.lower, "end": one.upper} for one in ranges]


def _reference(party_id: str | None, name: str | None) -> Json | None:
    return None if party_id is None else {"id": party_id, "name": name}
