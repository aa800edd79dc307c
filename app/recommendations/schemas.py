"""What is asked and answered about recommendations and the words that filter them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.dates import Instant
from app.core.paging import Page, PageQuery
from app.core.shapes import Count, Identifier, Line, Names, Number, Numbers, Out, Prose, Query, Reference
from app.vocabulary import (
    AssessmentSourceOut,
    BasisWord,
    CertaintyWord,
    Citation,
    ImplementationWord,
    Marking,
    Passage,
    PositionWord,
    ProposerOut,
    RelationKindWord,
    StateWord,
    TargetWord,
    TextRange,
    TopicWord,
    open_list,
)


class Order(StrEnum):
    """The orders that recommendations come in; a minus sign is newest or last first."""

    ID = "id"
    ID_DOWN = "-id"
    UPDATED = "updated_at"
    UPDATED_DOWN = "-updated_at"


Targets = Annotated[list[TargetWord], Field(max_length=20, examples=[["embassy"]])]


class RecommendationFilters(Query):
    """Filters of recommendations: each takes several words (any of), and together they narrow (all of)."""

    target: Targets = []
    """Who is asked to act, as the text has it."""
    concerns: Annotated[list[TargetWord], Field(max_length=20, examples=[["china"]])] = []
    """Who is asked to act, or whose conduct is finally to change."""
    seeks_change_by: Annotated[list[TargetWord], Field(max_length=20, examples=[["china"]])] = []
    """Whose conduct is finally to change, where it is not the addressee."""
    addressee: Annotated[Names, Field(examples=[["fda"]])] = []
    """The agency asked: slug, code or any alias of a body."""
    body: Annotated[Names, Field(examples=[["WIPO"]])] = []
    """A body that the ask mentions: slug, code or any alias."""
    topic: Annotated[list[TopicWord], Field(max_length=50, examples=[["customs"]])] = []
    """What the ask is about."""
    panel: Annotated[Numbers, Field(examples=[[1]])] = []
    """Number of the panel that it was made in."""
    proposer: Annotated[Names, Field(examples=[["waterman"]])] = []
    """The person who asks: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["QBPC"]])] = []
    """The organization that asks, as employer or spoken for: slug, code or any alias."""
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""
    paragraph: Annotated[Names, Field(examples=[["5"]])] = []
    """Label of the paragraph."""
    reform: Annotated[Names, Field(examples=[["trademark-law"]])] = []
    """Slug of a reform that the ask speaks of."""
    certainty: Annotated[list[CertaintyWord], Field(max_length=10, examples=[["implied"]])] = []
    """Whether the words ask outright."""
    continuing: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """Whether the ask is to go on with what is being done."""
    position: Annotated[list[PositionWord], Field(max_length=10, examples=[["noted"]])] = []
    """What the addressee answered."""
    implementation: Annotated[list[ImplementationWord], Field(max_length=10, examples=[["unknown"]])] = []
    """What was done about it."""
    state: Annotated[list[StateWord], Field(max_length=10, examples=[["open_unresolved"]])] = []
    """Where it stands."""
    has_action: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """Whether an action is to be done about it, or was."""
    overdue: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """Whether an action about it is overdue today."""
    id: Annotated[Names, Field(examples=[["07BEIJING7192-R001"]])] = []
    """Ids, to fetch several at once."""
    updated_since: Annotated[Instant | None, Field(examples=["2026-01-01"])] = None
    """Only what changed at this time or later: a full date (midnight UTC) or an RFC 3339 time. What is committed late
    can come below a mark that was taken before: `/v1/changes` misses nothing."""
    q: Annotated[str, Field(max_length=512, examples=["customs"])] = ""
    """Full text over our sentence, the quote and the proposers; "phrases", `or` and -not are understood."""


class RecommendationSelection(RecommendationFilters):
    """Filters and order: what a page and a file have in common."""

    sort: Annotated[Order, open_list(Order), Field(examples=["id"])] = Order.ID
    """`id` is the order of the cable. By `updated_at` rows move while they change: a walk can miss one by
    `-updated_at`, or have it twice by `updated_at`. `/v1/changes` is the way to stay in step."""


class RecommendationQuery(RecommendationSelection, PageQuery):
    pass


class AddresseeOut(Out):
    """The agency inside the target that is asked."""

    body: Reference
    basis: BasisWord


class RelatedOut(Out):
    """Another recommendation, and how it stands to this one."""

    id: Identifier
    kind: RelationKindWord
    """`duplicate_of` points to the same ask made earlier, `duplicated_by` to the same ask made later."""


class RecommendationOut(Out):
    """One ask: who asks it, of whom, in what words, and where it stands."""

    id: Identifier
    cable_id: Identifier
    paragraph: Identifier
    """The paragraph's label."""
    quote: Prose
    """Their words, exactly as printed."""
    ranges: list[TextRange]
    lead_in: Passage | None
    """Of a list: the words that say who asks whom."""
    text: Line
    """The ask in one plain sentence of ours."""
    targets: list[TargetWord]
    addressee_bodies: list[AddresseeOut]
    seeks_change_by: TargetWord | None
    """The party whose conduct is finally to change, where it is not the addressee."""
    proposers: list[ProposerOut]
    named_bodies: list[Reference]
    topics: list[TopicWord]
    reforms: list[Identifier]
    panel: Number | None
    """The panel's number; null where the ask is the Mission's own."""
    certainty: CertaintyWord
    continuing: bool
    marking: Marking
    position: PositionWord
    position_citation: Citation | None
    """Where the addressee's answer is on record, if that is in a cable."""
    position_source: AssessmentSourceOut | None
    """What the position rests on; null where there is none."""
    implementation: ImplementationWord
    implementation_source: AssessmentSourceOut | None
    """What the implementation rests on; null where it is unknown."""
    state: StateWord
    related: list[RelatedOut]
    cite_as: Line
    updated_at: datetime


class RecommendationPage(Page):
    """One page of the recommendations."""

    items: list[RecommendationOut]


class TopicCount(Out):
    """How many recommendations to a target are about a topic."""

    target: TargetWord
    word: TopicWord
    count: Count


class PanelCount(Out):
    """How many recommendations to a target were made in a panel."""

    target: TargetWord
    word: Number | None
    """The panel's number; null where the asks are the Mission's own."""
    count: Count


class CertaintyCount(Out):
    """How many recommendations to a target are outright, or implied."""

    target: TargetWord
    word: CertaintyWord
    count: Count


class StateCount(Out):
    """How many recommendations to a target stand at a state."""

    target: TargetWord
    word: StateWord
    count: Count


class BodyCount(Out):
    """How many recommendations ask an agency to act."""

    body: Reference
    """The agency asked, named in the text or inferred."""
    count: Count


class OverdueCount(Out):
    """How many recommendations to a target have an overdue action."""

    target: TargetWord
    count: Count


class SummaryOut(Out):
    """How many recommendations there are of each kind. One to two targets, or of two topics, counts with each."""

    recommendation_count: Count
    """Recommendations counted, each once."""
    marking: Marking
    """The highest marking of what is counted."""
    cables: Annotated[list[Identifier], Field(max_length=2)]
    """The cables that it is from: the first and the last one by id, or the only one."""
    by_topic: list[TopicCount]
    by_panel: list[PanelCount]
    by_certainty: list[CertaintyCount]
    by_state: list[StateCount]
    by_body: list[BodyCount]
    """Those asked most first; asks of no agency in particular are left out."""
    overdue_count: Count
    """Recommendations with an action that is overdue today, each once."""
    by_overdue: list[OverdueCount]
    """The same, by who is asked."""
