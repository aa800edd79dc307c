"""Request schemas of records: the fields of curated entries, complete for a new record, partial for a change."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from app.core.schemas import RequestModel
from app.records.schemas.input_fields import (
    NOT_EMPTIED,
    NULL_EMPTIES,
    OMITTED,
    Amount,
    CitedIn,
    CitedPatch,
    InputCableId,
    InputDate,
    InputLabel,
    InputNumber,
    InputRecommendationId,
    InputSlug,
    InputUnit,
    InputWords,
    Ranges,
    Slugs,
)
from app.vocabulary import Basis, CapacityWord, Certainty, RelationKind, TargetWord, TopicWord
from app.vocabulary.open_enum import OpenList


class PartyIn(RequestModel):
    """Party: at least one of a person, an organization and the cable's own description."""

    person: InputSlug | None = None
    organization: InputSlug | None = None
    """Employer."""
    on_behalf_of: InputSlug | None = None
    """Represented organization, if it is another."""
    description: InputWords | None = None
    """Description in the cable's own words, for someone it does not name."""

    @model_validator(mode="after")
    def _names_somebody(self) -> "PartyIn":
        if not (self.person or self.organization or self.description):
            raise ValueError("a person, an organization or a description is required")
        return self


class AddresseeIn(RequestModel):
    """Agency inside the target that is asked."""

    body: InputSlug
    basis: Basis


_RELATIONS = [RelationKind.DUPLICATE_OF, RelationKind.RELATED]
_RELATION_WORDS = {"type": "string", "maxLength": 64, "examples": ["related"], "x-extensible-enum": _RELATIONS}


def _relation_input(word: Any) -> Any:
    if word == RelationKind.DUPLICATED_BY:
        raise ValueError("set `duplicate_of` on the later of the two recommendations")
    return word


class RelationIn(RequestModel):
    """Earlier recommendation, and the relation of this one to it."""

    kind: Annotated[
        RelationKind,
        OpenList({**_RELATION_WORDS, "x-extensible-enum": [word.value for word in _RELATIONS]}),
        BeforeValidator(_relation_input),
    ]
    id: InputRecommendationId


Targets = Annotated[list[TargetWord], Field(min_length=1, max_length=20, examples=[["embassy"]])]
Topics = Annotated[list[TopicWord], Field(min_length=1, max_length=50, examples=[["staffing"]])]
Parties = Annotated[list[PartyIn], Field(min_length=1, max_length=50)]
Addressees = Annotated[list[AddresseeIn], Field(max_length=50)]
Relations = Annotated[list[RelationIn], Field(max_length=50)]


class RecommendationIn(RequestModel):
    """New recommendation: one ask, in the exact words of a paragraph."""

    cable_id: InputCableId
    paragraph: InputLabel
    """Label of the paragraph."""
    quote: InputWords
    """Words exactly as the paragraph prints them, with white space collapsed."""
    occurrence: InputNumber | None = None
    """Occurrence of the words, from 1, if the paragraph contains them more than once."""
    ranges: Ranges = OMITTED
    """Ranges of the words; located if omitted, compared with the words if given."""
    lead_in: InputWords | None = None
    """For an item of a list: the words that name who asks whom."""
    lead_in_occurrence: InputNumber | None = None
    text: InputWords
    """Paraphrase of the ask in one plain sentence."""
    targets: Targets
    addressees: Addressees = []
    seeks_change_by: TargetWord | None = None
    """Party whose conduct is finally to change, if it is not the addressee."""
    proposers: Parties
    bodies: Slugs = []
    """Bodies that the ask mentions."""
    topics: Topics
    panel: InputNumber | None
    """Number of the panel that the paragraph reports; null if it reports none."""
    certainty: Certainty
    continuing: bool
    reforms: Slugs = []
    related: Relations = []


class RecommendationPatch(RequestModel):
    """JSON Merge Patch of a recommendation: omitted fields stay, null clears a field."""

    paragraph: InputLabel = OMITTED
    quote: InputWords = OMITTED
    occurrence: InputNumber | None = None
    ranges: Ranges = OMITTED
    lead_in: InputWords | None = None
    lead_in_occurrence: InputNumber | None = None
    text: InputWords = OMITTED
    targets: Annotated[Targets, NOT_EMPTIED] = OMITTED
    addressees: Annotated[Addressees | None, NULL_EMPTIES] = OMITTED
    seeks_change_by: TargetWord | None = None
    proposers: Annotated[Parties, NOT_EMPTIED] = OMITTED
    bodies: Annotated[Slugs | None, NULL_EMPTIES] = OMITTED
    topics: Annotated[Topics, NOT_EMPTIED] = OMITTED
    panel: InputNumber | None = None
    certainty: Certainty = OMITTED
    continuing: bool = OMITTED
    reforms: Annotated[Slugs | None, NULL_EMPTIES] = OMITTED
    related: Annotated[Relations | None, NULL_EMPTIES] = OMITTED


class StatisticIn(RequestModel):
    """New figure, in the exact words of a paragraph."""

    cable_id: InputCableId
    paragraph: InputLabel
    quote: InputWords
    """Words that give the figure, exactly as the paragraph prints them, with white space collapsed."""
    occurrence: InputNumber | None = None
    ranges: Ranges = OMITTED
    """Ranges of the words; located if omitted, compared with the words if given."""
    lead_in: InputWords | None = None
    value: Amount | None
    """Number; null if the source has a word instead, such as several."""
    value_to: Amount | None = None
    """Other end of a range."""
    qualifier: InputWords | None
    """Qualifier of the number in the source's own words: more than, nearly, up to."""
    unit: InputUnit
    """Unit as a plural, or the code of a currency."""
    what: InputWords
    """Paraphrase of the figure in one sentence that can be read alone."""
    period: InputWords | None
    """Period of the figure, in the words of the source."""
    date: InputDate | None
    """Period in EDTF, level 1."""
    said_by: Parties


class StatisticPatch(RequestModel):
    """JSON Merge Patch of a figure: omitted fields stay, null clears a field."""

    paragraph: InputLabel = OMITTED
    quote: InputWords = OMITTED
    occurrence: InputNumber | None = None
    ranges: Ranges = OMITTED
    lead_in: InputWords | None = None
    value: Amount | None = None
    value_to: Amount | None = None
    qualifier: InputWords | None = None
    unit: InputUnit = OMITTED
    what: InputWords = OMITTED
    period: InputWords | None = None
    date: InputDate | None = None
    said_by: Annotated[Parties, NOT_EMPTIED] = OMITTED


class ParticipationIn(RequestModel):
    """Participation in a panel, or in a roundtable as a whole, with the exact words that report it."""

    cable_id: InputCableId
    panel: InputNumber | None
    """Number of the panel; null for the roundtable as a whole."""
    capacity: CapacityWord
    person: InputSlug | None = None
    organization: InputSlug | None = None
    """Employer, as the cable has it."""
    on_behalf_of: InputSlug | None = None
    """Represented organization, if it is another."""
    title: InputWords | None = None
    """Role or title at the time."""
    description: InputWords | None = None
    """Description in the cable's words, for someone it leaves unnamed."""
    citation: CitedIn


class ParticipationPatch(RequestModel):
    """JSON Merge Patch of a participation: omitted fields stay, null clears a field."""

    panel: InputNumber | None = None
    capacity: CapacityWord = OMITTED
    person: InputSlug | None = None
    organization: InputSlug | None = None
    on_behalf_of: InputSlug | None = None
    title: InputWords | None = None
    description: InputWords | None = None
    citation: CitedPatch = OMITTED
