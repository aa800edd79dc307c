"""SQLAlchemy ORM classes with relationships over the register's tables, for the strategy `objects`."""

from datetime import date, datetime

from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, registry, relationship

from app.models import Base

_tables = Base.metadata.tables
_registry = registry(metadata=Base.metadata)


class ParagraphRecord:
    marking: Mapped[str]


class AnchorRecord:
    cable_id: Mapped[str]
    paragraph: Mapped[str]
    quote: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    paragraph_read: Mapped[ParagraphRecord]


class AssessmentRecord:
    anchor: Mapped[AnchorRecord | None]
    source_title: Mapped[str | None]
    source_url: Mapped[str | None]
    source_retrieved: Mapped[date | None]
    source_words: Mapped[str | None]
    said_by_id: Mapped[str | None]
    dated: Mapped[str | None]
    earliest: Mapped[date | None]
    latest: Mapped[date | None]


class PanelRecord:
    number: Mapped[int]


class OrganizationRecord:
    id: Mapped[str]
    name: Mapped[str]


class PersonRecord:
    id: Mapped[str]
    name: Mapped[str]


class TargetRecord:
    target: Mapped[str]


class TopicRecord:
    topic: Mapped[str]


class ReformRecord:
    reform_id: Mapped[str]


class AddresseeRecord:
    basis: Mapped[str]
    body: Mapped[OrganizationRecord]


class ProposerRecord:
    description: Mapped[str | None]
    person: Mapped[PersonRecord | None]
    organization: Mapped[OrganizationRecord | None]
    on_behalf_of: Mapped[OrganizationRecord | None]


class RelationRecord:
    kind: Mapped[str]
    later: "Mapped[RecommendationRecord]"
    earlier: "Mapped[RecommendationRecord]"


class RecommendationRecord:
    id: Mapped[str]
    cable_id: Mapped[str]
    text: Mapped[str]
    seeks_change_by: Mapped[str | None]
    certainty: Mapped[str]
    continuing: Mapped[bool]
    position: Mapped[str]
    implementation: Mapped[str]
    state: Mapped[str]
    publication: Mapped[str]
    updated_at: Mapped[datetime]
    anchor: Mapped[AnchorRecord]
    lead_in: Mapped[AnchorRecord | None]
    answer: Mapped[AnchorRecord | None]
    position_said: Mapped[AssessmentRecord | None]
    implementation_said: Mapped[AssessmentRecord | None]
    panel: Mapped[PanelRecord | None]
    targets: Mapped[list[TargetRecord]]
    addressees: Mapped[list[AddresseeRecord]]
    proposers: Mapped[list[ProposerRecord]]
    named_bodies: Mapped[list[OrganizationRecord]]
    topics: Mapped[list[TopicRecord]]
    reforms: Mapped[list[ReformRecord]]
    relations: Mapped[list[RelationRecord]]
    relations_back: Mapped[list[RelationRecord]]


def _map_parties() -> None:
    for record, table in (
        (PanelRecord, "panels"),
        (OrganizationRecord, "organizations"),
        (PersonRecord, "people"),
        (TargetRecord, "recommendation_targets"),
        (TopicRecord, "recommendation_topics"),
        (ReformRecord, "recommendation_reforms"),
    ):
        _registry.map_imperatively(record, _tables[table])
    _registry.map_imperatively(
        ParagraphRecord, _tables["paragraphs"], include_properties=["cable_id", "label", "marking"]
    )
    _registry.map_imperatively(
        AnchorRecord, _tables["anchors"], properties={"paragraph_read": relationship(ParagraphRecord)}
    )
    _registry.map_imperatively(
        AssessmentRecord, _tables["assessments"], properties={"anchor": relationship(AnchorRecord)}
    )


def _map_links() -> None:
    proposers, relations = _tables["recommendation_proposers"].c, _tables["recommendation_relations"].c
    _registry.map_imperatively(
        AddresseeRecord, _tables["recommendation_addressees"], properties={"body": relationship(OrganizationRecord)}
    )
    _registry.map_imperatively(
        ProposerRecord,
        _tables["recommendation_proposers"],
        properties={
            "person": relationship(PersonRecord),
            "organization": relationship(OrganizationRecord, foreign_keys=proposers.organization_id),
            "on_behalf_of": relationship(OrganizationRecord, foreign_keys=proposers.on_behalf_of_id),
        },
    )
    _registry.map_imperatively(
        RelationRecord,
        _tables["recommendation_relations"],
        properties={
            "later": relationship(RecommendationRecord, foreign_keys=relations.recommendation_id, viewonly=True),
            "earlier": relationship(RecommendationRecord, foreign_keys=relations.other_id, viewonly=True),
        },
    )


def _map_recommendations() -> None:
    own, relations = _tables["recommendations"].c, _tables["recommendation_relations"].c
    bodies = _tables["recommendation_bodies"]
    ordered = {
        "targets": (TargetRecord, _tables["recommendation_targets"].c.target),
        "addressees": (AddresseeRecord, _tables["recommendation_addressees"].c.organization_id),
        "proposers": (ProposerRecord, _tables["recommendation_proposers"].c.ordinal),
        "topics": (TopicRecord, _tables["recommendation_topics"].c.ordinal),
        "reforms": (ReformRecord, _tables["recommendation_reforms"].c.reform_id),
    }
    _registry.map_imperatively(
        RecommendationRecord,
        _tables["recommendations"],
        # Columns that only the search reads are not loaded.
        exclude_properties=["searched", "search"],
        properties={
            "anchor": relationship(AnchorRecord, foreign_keys=own.anchor_id),
            "lead_in": relationship(AnchorRecord, foreign_keys=own.lead_in_anchor_id),
            "answer": relationship(AnchorRecord, foreign_keys=own.position_anchor_id),
            **{
                f"{aspect}_said": relationship(
                    AssessmentRecord,
                    primaryjoin=own[f"{aspect}_assessment_id"] == _tables["assessments"].c.id,
                    foreign_keys=own[f"{aspect}_assessment_id"],
                    viewonly=True,
                )
                for aspect in ("position", "implementation")
            },
            "panel": relationship(PanelRecord),
            "named_bodies": relationship(
                OrganizationRecord, secondary=bodies, order_by=_tables["organizations"].c.id, viewonly=True
            ),
            "relations": relationship(RelationRecord, foreign_keys=relations.recommendation_id, viewonly=True),
            "relations_back": relationship(RelationRecord, foreign_keys=relations.other_id, viewonly=True),
            **{
                name: relationship(record, order_by=column, viewonly=True) for name, (record, column) in ordered.items()
            },
        },
    )


_map_parties()
_map_links()
_map_recommendations()
