"""Request and response schemas of recommendations and of the enum values that filter them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.dates import Instant
from app.core.pagination import Page, PageQuery
from app.core.schemas import (
    Count,
    Identifier,
    LongText,
    Names,
    Number,
    Numbers,
    QueryParams,
    Reference,
    ResponseModel,
    ShortText,
)
from app.vocabulary import (
    AssessmentSourceOut,
    Basis,
    Certainty,
    Citation,
    Implementation,
    Marking,
    Passage,
    Position,
    ProposerOut,
    RelationKind,
    State,
    TargetWord,
    TextRange,
    TopicWord,
    open_list,
)


class Order(StrEnum):
    """Sort orders of recommendations; a minus sign is newest or last first."""

    ID = "id"
    ID_DOWN = "-id"
    UPDATED = "updated_at"
    UPDATED_DOWN = "-updated_at"


Targets = Annotated[list[TargetWord], Field(max_length=20, examples=[["embassy"]])]


class RecommendationFilters(QueryParams):
    """Filters of recommendations: values of one filter combine with OR, filters combine with AND."""

    target: Targets = []
    """Party asked to act, as the text has it."""
    concerns: Annotated[list[TargetWord], Field(max_length=20, examples=[["china"]])] = []
    """Party asked to act, or whose conduct is finally to change."""
    seeks_change_by: Annotated[list[TargetWord], Field(max_length=20, examples=[["china"]])] = []
    """Party whose conduct is finally to change, where it is not the addressee."""
    addressee: Annotated[Names, Field(examples=[["fda"]])] = []
    """Agency asked: slug, code or any alias of a body."""
    body: Annotated[Names, Field(examples=[["WIPO"]])] = []
    """Body that the ask mentions: slug, code or any alias."""
    topic: Annotated[list[TopicWord], Field(max_length=50, examples=[["customs"]])] = []
    """Topic of the ask."""
    panel: Annotated[Numbers, Field(examples=[[1]])] = []
    """Number of the panel in which the ask was made."""
    proposer: Annotated[Names, Field(examples=[["doe"]])] = []
    """Person who asks: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """Organization that asks, as employer or represented: slug, code or any alias."""
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""
    paragraph: Annotated[Names, Field(examples=[["5"]])] = []
    """Label of the paragraph."""
    reform: Annotated[Names, Field(examples=[["trademark-law"]])] = []
    """Slug of a reform that the ask mentions."""
    certainty: Annotated[list[Certainty], Field(max_length=10, examples=[["implied"]])] = []
    """Certainty: asked outright, or implied."""
    continuing: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """True for asks to continue what is already done."""
    position: Annotated[list[Position], Field(max_length=10, examples=[["noted"]])] = []
    """Answer of the addressee."""
    implementation: Annotated[list[Implementation], Field(max_length=10, examples=[["unknown"]])] = []
    """Implementation of the ask."""
    state: Annotated[list[State], Field(max_length=10, examples=[["open_unresolved"]])] = []
    """State of the follow-up."""
    has_action: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """True for recommendations with an action, planned or done."""
    overdue: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """True for recommendations with an action that is overdue today."""
    id: Annotated[Names, Field(examples=[["07BEIJING7192-R001"]])] = []
    """Ids, to fetch two or more recommendations at once."""
    updated_since: Annotated[Instant | None, Field(examples=["2026-01-01"])] = None
    """Only what changed at this time or later: a full date (midnight UTC) or an RFC 3339 time. A transaction that
    commits late can have a time below one you have already used. `/v1/changes` misses nothing."""
    q: Annotated[str | None, Field(min_length=1, max_length=512, examples=["customs"])] = None
    """Full text over the paraphrase, the quote and the proposers; accepts "phrases", `or` and -not."""


class RecommendationSelection(RecommendationFilters):
    """Filters and sort order: the parameters that pages and exported files share."""

    sort: Annotated[Order, open_list(Order), Field(examples=["id"])] = Order.ID
    """`id` is the order of the cable. Under `updated_at` rows move while they change: a client that pages through the
    list can miss a row by `-updated_at`, or get it twice by `updated_at`. Use `/v1/changes` to synchronize."""


class RecommendationQuery(RecommendationSelection, PageQuery):
    pass


class AddresseeOut(ResponseModel):
    """Agency inside the target that is asked."""

    body: Reference
    basis: Basis


class RelatedOut(ResponseModel):
    """Another recommendation, and its relation to this one."""

    id: Identifier
    kind: RelationKind
    """`duplicate_of` points to the same ask made earlier, `duplicated_by` to the same ask made later."""


class RecommendationOut(ResponseModel):
    """One ask: proposers, targets, exact words, and state."""

    id: Identifier
    cable_id: Identifier
    paragraph: Identifier
    """Label of the paragraph."""
    quote: LongText
    """Exact words as printed."""
    ranges: list[TextRange]
    lead_in: Passage | None
    """For an item of a list: the words that name who asks whom."""
    text: ShortText
    """Paraphrase of the ask in one plain sentence."""
    targets: list[TargetWord]
    addressee_bodies: list[AddresseeOut]
    seeks_change_by: TargetWord | None
    """Party whose conduct is finally to change, where it is not the addressee."""
    proposers: list[ProposerOut]
    named_bodies: list[Reference]
    topics: list[TopicWord]
    reforms: list[Identifier]
    panel: Number | None
    """Number of the panel; null where the ask is the Mission's own."""
    certainty: Certainty
    continuing: bool
    marking: Marking
    position: Position
    position_citation: Citation | None
    """Citation of the addressee's answer, if it is in a cable."""
    position_source: AssessmentSourceOut | None
    """Source of the position; null where the register has none."""
    implementation: Implementation
    implementation_source: AssessmentSourceOut | None
    """Source of the implementation; null where it is unknown."""
    state: State
    related: list[RelatedOut]
    cite_as: ShortText
    updated_at: datetime


class RecommendationPage(Page):
    """One page of the recommendations."""

    items: list[RecommendationOut]


class TopicCount(ResponseModel):
    """Number of recommendations to a target about a topic."""

    target: TargetWord
    value: TopicWord
    count: Count


class PanelCount(ResponseModel):
    """Number of recommendations to a target made in a panel."""

    target: TargetWord
    value: Number | None
    """Number of the panel; null where the asks are the Mission's own."""
    count: Count


class CertaintyCount(ResponseModel):
    """Number of recommendations to a target by certainty: outright, or implied."""

    target: TargetWord
    value: Certainty
    count: Count


class StateCount(ResponseModel):
    """Number of recommendations to a target in a state."""

    target: TargetWord
    value: State
    count: Count


class BodyCount(ResponseModel):
    """Number of recommendations that ask an agency to act."""

    body: Reference
    """Agency asked, named in the text or inferred."""
    count: Count


class OverdueCount(ResponseModel):
    """Number of recommendations to a target with an overdue action."""

    target: TargetWord
    count: Count


class SummaryOut(ResponseModel):
    """Counts of recommendations. A recommendation to two targets, or of two topics, is counted under each."""

    recommendation_count: Count
    """Number of recommendations, each counted once."""
    marking: Marking
    """Highest marking of the recommendations counted."""
    cables: Annotated[list[Identifier], Field(max_length=2)]
    """First and last cable by id, or the only one."""
    by_topic: list[TopicCount]
    by_panel: list[PanelCount]
    by_certainty: list[CertaintyCount]
    by_state: list[StateCount]
    by_body: list[BodyCount]
    """Largest count first; asks that address no particular agency are left out."""
    overdue_count: Count
    """Number of recommendations with an action that is overdue today, each counted once."""
    by_overdue: list[OverdueCount]
    """Overdue recommendations by target."""
