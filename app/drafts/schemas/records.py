"""Request schemas of records: the fields of curated entries, complete for a new record, partial for a change."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.core.schemas import In
from app.drafts.schemas.events import EventIn, EventPatch
from app.drafts.schemas.fields import (
    LEFT_OUT,
    Amount,
    CitedIn,
    CitedPatch,
    GivenAsk,
    GivenCable,
    GivenDate,
    GivenLabel,
    GivenNumber,
    GivenSlug,
    GivenUnit,
    GivenWords,
    Ranges,
    Slugs,
)
from app.vocabulary import BasisWord, CapacityWord, CertaintyWord, RelationKind, TargetWord, TopicWord
from app.vocabulary.documented import OpenList


class PartyIn(In):
    """Party: at least one of a person, an organization and the cable's own description."""

    person: GivenSlug | None = None
    organization: GivenSlug | None = None
    """Employer."""
    on_behalf_of: GivenSlug | None = None
    """Represented organization, if it is another."""
    description: GivenWords | None = None
    """Description in the cable's own words, for someone it does not name."""


class AddresseeIn(In):
    """Agency inside the target that is asked."""

    body: GivenSlug
    basis: BasisWord


_RELATIONS = [RelationKind.DUPLICATE_OF, RelationKind.RELATED]
_RELATION_WORDS = {"type": "string", "maxLength": 64, "examples": ["related"], "x-extensible-enum": _RELATIONS}


def _given_relation(word: Any) -> Any:
    if word == RelationKind.DUPLICATED_BY:
        raise ValueError("give `duplicate_of` with the later of the two")
    return word


class RelationIn(In):
    """Earlier recommendation, and the relation of this one to it."""

    kind: Annotated[
        RelationKind,
        OpenList({**_RELATION_WORDS, "x-extensible-enum": [word.value for word in _RELATIONS]}),
        BeforeValidator(_given_relation),
    ]
    id: GivenAsk


Targets = Annotated[list[TargetWord], Field(min_length=1, max_length=20, examples=[["embassy"]])]
Topics = Annotated[list[TopicWord], Field(min_length=1, max_length=50, examples=[["staffing"]])]
Parties = Annotated[list[PartyIn], Field(min_length=1, max_length=50)]
Addressees = Annotated[list[AddresseeIn], Field(max_length=50)]
Relations = Annotated[list[RelationIn], Field(max_length=50)]


class RecommendationIn(In):
    """New recommendation: one ask, in the exact words of a paragraph."""

    cable_id: GivenCable
    paragraph: GivenLabel
    """Label of the paragraph."""
    quote: GivenWords
    """Words exactly as the paragraph prints them, with white space collapsed."""
    occurrence: GivenNumber | None = None
    """Occurrence of the words, from 1, if the paragraph contains them more than once."""
    ranges: Ranges = LEFT_OUT
    """Ranges of the words; located if omitted, compared with the words if given."""
    lead_in: GivenWords | None = None
    """For an item of a list: the words that name who asks whom."""
    lead_in_occurrence: GivenNumber | None = None
    text: GivenWords
    """The ask in one plain sentence of ours."""
    targets: Targets
    addressees: Addressees = []
    seeks_change_by: TargetWord | None = None
    """Party whose conduct is finally to change, if it is not the addressee."""
    proposers: Parties
    bodies: Slugs = []
    """Bodies that the ask mentions."""
    topics: Topics
    panel: GivenNumber | None
    """Number of the panel that the paragraph reports; null if it reports none."""
    certainty: CertaintyWord
    continuing: bool
    reforms: Slugs = []
    related: Relations = []


class RecommendationPatch(In):
    """JSON Merge Patch of a recommendation: omitted fields stay, null clears a field."""

    paragraph: GivenLabel = LEFT_OUT
    quote: GivenWords = LEFT_OUT
    occurrence: GivenNumber | None = None
    ranges: Ranges = LEFT_OUT
    lead_in: GivenWords | None = None
    lead_in_occurrence: GivenNumber | None = None
    text: GivenWords = LEFT_OUT
    targets: Targets = LEFT_OUT
    addressees: Addressees = LEFT_OUT
    seeks_change_by: TargetWord | None = None
    proposers: Parties = LEFT_OUT
    bodies: Slugs = LEFT_OUT
    topics: Topics = LEFT_OUT
    panel: GivenNumber | None = None
    certainty: CertaintyWord = LEFT_OUT
    continuing: bool = LEFT_OUT
    reforms: Slugs = LEFT_OUT
    related: Relations = LEFT_OUT


class StatisticIn(In):
    """New figure, in the exact words of a paragraph."""

    cable_id: GivenCable
    paragraph: GivenLabel
    quote: GivenWords
    """Words that give the figure, exactly as the paragraph prints them, with white space collapsed."""
    occurrence: GivenNumber | None = None
    ranges: Ranges = LEFT_OUT
    """Ranges of the words; located if omitted, compared with the words if given."""
    lead_in: GivenWords | None = None
    value: Amount | None
    """Number; null if the source has a word instead, such as several."""
    value_to: Amount | None = None
    """Other end of a range."""
    qualifier: GivenWords | None
    """Qualifier of the number in the source's own words: more than, nearly, up to."""
    unit: GivenUnit
    """Unit as a plural, or the code of a currency."""
    what: GivenWords
    """One sentence of ours that can be read alone."""
    period: GivenWords | None
    """Period of the figure, in the words of the source."""
    date: GivenDate | None
    """Period in EDTF, level 1."""
    said_by: Parties


class StatisticPatch(In):
    """JSON Merge Patch of a figure: omitted fields stay, null clears a field."""

    paragraph: GivenLabel = LEFT_OUT
    quote: GivenWords = LEFT_OUT
    occurrence: GivenNumber | None = None
    ranges: Ranges = LEFT_OUT
    lead_in: GivenWords | None = None
    value: Amount | None = None
    value_to: Amount | None = None
    qualifier: GivenWords | None = None
    unit: GivenUnit = LEFT_OUT
    what: GivenWords = LEFT_OUT
    period: GivenWords | None = None
    date: GivenDate | None = None
    said_by: Parties = LEFT_OUT


class ParticipationIn(In):
    """Participation in a panel, or in a roundtable as a whole, with the exact words that report it."""

    cable_id: GivenCable
    panel: GivenNumber | None
    """Number of the panel; null for the roundtable as a whole."""
    capacity: CapacityWord
    person: GivenSlug | None = None
    organization: GivenSlug | None = None
    """Employer, as the cable has it."""
    on_behalf_of: GivenSlug | None = None
    """Represented organization, if it is another."""
    title: GivenWords | None = None
    """Role or title at the time."""
    description: GivenWords | None = None
    """Description in the cable's words, for someone it leaves unnamed."""
    citation: CitedIn


class ParticipationPatch(In):
    """JSON Merge Patch of a participation: omitted fields stay, null clears a field."""

    panel: GivenNumber | None = None
    capacity: CapacityWord = LEFT_OUT
    person: GivenSlug | None = None
    organization: GivenSlug | None = None
    on_behalf_of: GivenSlug | None = None
    title: GivenWords | None = None
    description: GivenWords | None = None
    citation: CitedPatch = LEFT_OUT


GivenRecord = RecommendationIn | StatisticIn | ParticipationIn | EventIn
GivenPatch = RecommendationPatch | StatisticPatch | ParticipationPatch | EventPatch
