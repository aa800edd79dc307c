"""SQLAlchemy models of all tables."""

from app.models.api_key import ApiKey
from app.models.audit import AuditCheckpoint, AuditEntry, ReadCount
from app.models.base import Base
from app.models.cable import Cable, Damage, HeaderField, Paragraph, Reading, Section, Witness
from app.models.change import Change, CursorKey, Register
from app.models.citation import Anchor
from app.models.count import CountFacet, RecommendationCount
from app.models.data_version import DataRevision
from app.models.draft import Draft, RecordContent, RecordEdit
from app.models.event import Event, EventConflict, EventOutcome, EventSource, Source
from app.models.followup import (
    Action,
    ActionRecommendation,
    ActionRevision,
    Assessment,
    ProgressReport,
    ProgressReportRevision,
    RecommendationVersion,
)
from app.models.idempotency import IdempotencyKey
from app.models.load import Load
from app.models.panel import FollowUp, FollowUpBody, Panel, PanelParagraph, PanelSession, Participation, Roundtable
from app.models.party import Organization, OrganizationName, Person, PersonName
from app.models.recommendation import (
    Recommendation,
    RecommendationAddressee,
    RecommendationBody,
    RecommendationProposer,
    RecommendationReform,
    RecommendationRelation,
    RecommendationTarget,
    RecommendationTopic,
)
from app.models.reform import Concern, ConcernRaiser, ConcernReform, Reform, ReformRound
from app.models.search import SearchEntry, SearchWord
from app.models.statistic import Statistic, StatisticSpeaker

__all__ = [
    "Action",
    "ActionRecommendation",
    "ActionRevision",
    "Anchor",
    "ApiKey",
    "Assessment",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "Cable",
    "Change",
    "Concern",
    "ConcernRaiser",
    "ConcernReform",
    "CountFacet",
    "CursorKey",
    "Damage",
    "DataRevision",
    "Draft",
    "Event",
    "EventConflict",
    "EventOutcome",
    "EventSource",
    "FollowUp",
    "FollowUpBody",
    "HeaderField",
    "IdempotencyKey",
    "Load",
    "Organization",
    "OrganizationName",
    "Panel",
    "PanelParagraph",
    "PanelSession",
    "Paragraph",
    "Participation",
    "Person",
    "PersonName",
    "ProgressReport",
    "ProgressReportRevision",
    "ReadCount",
    "Reading",
    "Recommendation",
    "RecommendationAddressee",
    "RecommendationBody",
    "RecommendationCount",
    "RecommendationProposer",
    "RecommendationReform",
    "RecommendationRelation",
    "RecommendationTarget",
    "RecommendationTopic",
    "RecommendationVersion",
    "RecordContent",
    "RecordEdit",
    "Reform",
    "ReformRound",
    "Register",
    "Roundtable",
    "SearchEntry",
    "SearchWord",
    "Section",
    "Source",
    "Statistic",
    "StatisticSpeaker",
    "Witness",
]
