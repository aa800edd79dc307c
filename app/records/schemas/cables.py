"""Schemas of the curated files; the JSON Schemas for editors are generated from them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.core.folding import clean_text
from app.core.schemas import EXACT_MOST, EXACT_NUMBER, SLUG_MOST, TEXT_MOST
from app.vocabulary import Basis, Capacity, Certainty, OrganizationKind, Position, RelationKind, Target, Topic

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=SLUG_MOST)]
CableId = Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+$", max_length=40)]
Label = Annotated[str, Field(pattern=r"^[0-9]{1,4}(-[0-9]{1,2})?$", description='In quotes: "5", "35-2".')]
Words = Annotated[str, Field(min_length=1, max_length=TEXT_MOST, pattern=r"^\S(.*\S)?$"), AfterValidator(clean_text)]
Occurrence = Annotated[
    int, Field(ge=1, description="Occurrence of the words, from 1, if the paragraph contains them more than once.")
]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-EXACT_MOST, le=EXACT_MOST), EXACT_NUMBER]
RecommendationRef = Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$")]
Withdrawn = Annotated[
    bool, Field(description="True if the record is no longer in the register. Its id is not given to another record.")
]


class Curated(BaseModel):
    """Base of the curated schemas: rejects unknown keys; instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Cited(Curated):
    """Exact words of a paragraph."""

    paragraph: Label
    quote: Words
    occurrence: Occurrence | None = None


class OrganizationEntry(Curated):
    id: Slug
    name: Words
    kind: OrganizationKind
    part_of: Slug | None = None
    aliases: list[Words] = []
    misspellings: list[Words] = []
    """Wrong spellings in a cable."""


class PersonEntry(Curated):
    id: Slug
    name: Words
    aliases: list[Words] = []
    misspellings: list[Words] = []


class Attendance(Curated):
    qualifier: Words | None = None
    value: Annotated[int, Field(ge=0)]
    who: Words
    citation: Cited


class RoundtableEntry(Curated):
    id: Slug
    cable: CableId
    name: Words
    edition: Annotated[int, Field(ge=1)]
    theme: Words
    starts_on: date
    ends_on: date
    place: Words
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    host: Slug
    attendance: Attendance | None = None
    citation: Cited


class ParticipationEntry(Curated):
    """Participation in a panel, or in the roundtable as a whole."""

    id: Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-PTA?[0-9]{2,4}$")]
    panel: Annotated[int, Field(ge=1)] | None
    """Number of the panel; null for the roundtable as a whole."""
    capacity: Capacity
    person: Slug | None = None
    organization: Slug | None = None
    on_behalf_of: Slug | None = None
    title: Words | None = None
    description: Words | None = None
    citation: Cited
    withdrawn: Withdrawn = False


class SessionEntry(Curated):
    name: Words
    paragraphs: list[Label]
    citation: Cited


class PanelEntry(Curated):
    id: Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-P[0-9]{1,3}$")]
    number: Annotated[int, Field(ge=1)]
    title: Words
    citation: Cited
    paragraphs: list[Label]
    sessions: list[SessionEntry] = []


class AddresseeEntry(Curated):
    body: Slug
    basis: Basis


class ProposerEntry(Curated):
    person: Slug | None = None
    organization: Slug | None = None
    on_behalf_of: Slug | None = None
    description: Words | None = None


class RelationEntry(Curated):
    kind: Literal[RelationKind.DUPLICATE_OF, RelationKind.RELATED]
    id: RecommendationRef


class PositionEntry(Cited):
    value: Literal[Position.SUPPORTED, Position.SUPPORTED_IN_PART, Position.NOTED]


class RecommendationEntry(Cited):
    id: RecommendationRef
    lead_in: Words | None = None
    lead_in_occurrence: Occurrence | None = None
    text: Words
    targets: Annotated[list[Target], Field(min_length=1)]
    addressees: list[AddresseeEntry] = []
    seeks_change_by: Target | None = None
    proposers: Annotated[list[ProposerEntry], Field(min_length=1)]
    bodies: list[Slug] = []
    topics: Annotated[list[Topic], Field(min_length=1)]
    panel: Annotated[int, Field(ge=1)] | None
    certainty: Certainty
    continuing: bool
    reforms: list[Slug] = []
    related: list[RelationEntry] = []
    position: PositionEntry | None = None
    withdrawn: Withdrawn = False


class ReadingEntry(Curated):
    paragraph: Label | None
    """Null if the misprint is in the header."""
    original: Words
    occurrence: Occurrence | None = None
    reading: Words | None
    """Null if the misprint stays unresolved."""
    note: Words | None = None


class FollowUpEntry(Curated):
    id: Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-F[0-9]{2,4}$")]
    text: Words
    responsible: list[Slug]
    citation: Cited
    due: date | None


class StatisticEntry(Cited):
    """Quotable figure."""

    id: Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$")]
    lead_in: Words | None = None
    value: Amount | None
    """Number; null if the source has a word instead, such as several."""
    value_to: Amount | None = None
    """Other end of a range."""
    qualifier: Words | None
    """Qualifier of the number in the source's own words: more than, nearly, up to."""
    unit: Annotated[
        str, Field(pattern=r"^([a-z]+( [a-z]+)*|[A-Z]{3})$", description="Unit as a plural, or the code of a currency.")
    ]
    what: Words
    """Paraphrase of the figure in one sentence that can be read alone."""
    period: Words | None
    """Period of the figure, in the words of the source."""
    date: Annotated[str, Field(max_length=40, description="EDTF level 1, in quotes.")] | None
    said_by: Annotated[list[ProposerEntry], Field(min_length=1)]
    withdrawn: Withdrawn = False

    @model_validator(mode="after")
    def check_whole(self) -> "StatisticEntry":
        if self.value is None and self.qualifier is None:
            raise ValueError("`value` is required, or `qualifier` if the source has a word instead of a number")
        if self.value_to is not None and (self.value is None or self.value_to <= self.value):
            raise ValueError("`value_to` requires `value`, and must be greater than it")
        if self.date is not None and self.period is None:
            raise ValueError("`date` requires `period`, the words of the source for it")
        return self


class OrganizationsFile(Curated):
    organizations: list[OrganizationEntry]


class PeopleFile(Curated):
    people: list[PersonEntry]


class RoundtableFile(Curated):
    roundtable: RoundtableEntry
    panels: list[PanelEntry]


class ParticipationsFile(Curated):
    participations: list[ParticipationEntry]


class RecommendationsFile(Curated):
    recommendations: list[RecommendationEntry]


class ReadingsFile(Curated):
    readings: list[ReadingEntry]


class FollowUpFile(Curated):
    follow_up: list[FollowUpEntry]


class StatisticsFile(Curated):
    statistics: list[StatisticEntry]


class WitnessFile(Curated):
    """Manifest of a stored copy: origin, terms, and digest."""

    cable: CableId
    file: Words
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    publisher: Words
    address: Words
    terms: Words
    retrieved: date | None = None
    reviewed_lines: list[Annotated[int, Field(ge=1)]] = []
    """Lines that resemble a mark of a classified document, and that a person has reviewed and cleared."""


class ElsewhereEntry(Curated):
    """Header field lost in the stored copy, as fuller copies show it."""

    field: Annotated[str, Field(pattern="^[a-z_]+$")]
    value: Words
    origin: Words


class HeaderElsewhereFile(Curated):
    header: list[ElsewhereEntry]
