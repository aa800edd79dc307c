"""The records that editors give: the fields of curated entries, whole in a new record and in part in a change."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.core.shapes import In
from app.editorial.schemas.events import EventIn, EventPatch
from app.editorial.schemas.given import (
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
    """Who is meant: at least one of a person, an organization and the cable's own word."""

    person: GivenSlug | None = None
    organization: GivenSlug | None = None
    """The employer."""
    on_behalf_of: GivenSlug | None = None
    """The organization spoken for, where it is another."""
    description: GivenWords | None = None
    """The cable's own word for someone it does not name."""


class AddresseeIn(In):
    """The agency inside the target that is asked."""

    body: GivenSlug
    basis: BasisWord


_RELATIONS = [RelationKind.DUPLICATE_OF, RelationKind.RELATED]
_RELATION_WORDS = {"type": "string", "maxLength": 64, "examples": ["related"], "x-extensible-enum": _RELATIONS}


def _given_relation(word: Any) -> Any:
    if word == RelationKind.DUPLICATED_BY:
        raise ValueError("give `duplicate_of` with the later of the two")
    return word


class RelationIn(In):
    """An earlier recommendation, and how this one stands to it."""

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
    """A new recommendation: one ask, in the exact words of a paragraph."""

    cable_id: GivenCable
    paragraph: GivenLabel
    """Its label."""
    quote: GivenWords
    """Their words, exactly as the paragraph prints them, white space folded."""
    occurrence: GivenNumber | None = None
    """Which one, from 1, where the words stand there more than once."""
    ranges: Ranges = LEFT_OUT
    """Where the words stand; found where it is left out, and held to the words where it is given."""
    lead_in: GivenWords | None = None
    """Of a list: the words that say who asks whom."""
    lead_in_occurrence: GivenNumber | None = None
    text: GivenWords
    """The ask in one plain sentence of ours."""
    targets: Targets
    addressees: Addressees = []
    seeks_change_by: TargetWord | None = None
    """The party whose conduct is finally to change, where it is not the addressee."""
    proposers: Parties
    bodies: Slugs = []
    """Bodies that the ask mentions."""
    topics: Topics
    panel: GivenNumber | None
    """The number of the panel that the paragraph reports; null where it reports none."""
    certainty: CertaintyWord
    continuing: bool
    reforms: Slugs = []
    related: Relations = []


class RecommendationPatch(In):
    """What is to change of a recommendation, as a JSON Merge Patch: what is left out stays, null empties."""

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
    """A new figure, in the exact words of a paragraph."""

    cable_id: GivenCable
    paragraph: GivenLabel
    quote: GivenWords
    """The words that give the figure, exactly as the paragraph prints them, white space folded."""
    occurrence: GivenNumber | None = None
    ranges: Ranges = LEFT_OUT
    """Where the words stand; found where it is left out, and held to the words where it is given."""
    lead_in: GivenWords | None = None
    value: Amount | None
    """Null where the source has a word and no number, such as several."""
    value_to: Amount | None = None
    """Of a range: its other end."""
    qualifier: GivenWords | None
    """How the source takes the number, in its own words: more than, nearly, up to."""
    unit: GivenUnit
    """A plural, or the code of a currency."""
    what: GivenWords
    """One sentence of ours that can be read alone."""
    period: GivenWords | None
    """The time that it is about, in the words of the source."""
    date: GivenDate | None
    """That time as EDTF, level 1."""
    said_by: Parties


class StatisticPatch(In):
    """What is to change of a figure, as a JSON Merge Patch: what is left out stays, null empties."""

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
    """Someone's part in a panel, or in a roundtable as a whole, in the exact words that report it."""

    cable_id: GivenCable
    panel: GivenNumber | None
    """The panel's number; null where the part was in the roundtable as a whole."""
    capacity: CapacityWord
    person: GivenSlug | None = None
    organization: GivenSlug | None = None
    """The employer, as the cable has it."""
    on_behalf_of: GivenSlug | None = None
    """The organization spoken for, where it is another."""
    title: GivenWords | None = None
    """Role or title then held."""
    description: GivenWords | None = None
    """The cable's words for someone it leaves unnamed."""
    citation: CitedIn


class ParticipationPatch(In):
    """What is to change of a participation, as a JSON Merge Patch: what is left out stays, null empties."""

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
