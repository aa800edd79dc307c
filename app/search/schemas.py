"""What is asked and answered when words are looked for."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.paging import Page, PageQuery
from app.core.shapes import Count, Identifier, Line, Out
from app.vocabulary import Marking, RecordKindWord, TargetWord, TopicWord, open_list


class Match(StrEnum):
    """Whether the hits hold all the words, or some of them."""

    ALL = "all"
    ANY = "any"


class SearchQuery(PageQuery):
    """The words, and what narrows the hits; filters take several words each (any of) and combine (all of)."""

    q: Annotated[str, Field(max_length=512, examples=["customs forms"])]
    """Words to look for; "phrases", `or` and -not are understood. Other forms of a word are found too."""
    kind: Annotated[list[RecordKindWord], Field(max_length=20, examples=[["recommendation"]])] = []
    """What kind of record."""
    target: Annotated[list[TargetWord], Field(max_length=20, examples=[["usg"]])] = []
    """Only recommendations, and of these the ones that ask this party to act."""
    topic: Annotated[list[TopicWord], Field(max_length=50, examples=[["customs"]])] = []
    """Only recommendations, and of these the ones about this."""


class HitOut(Out):
    """A record that the words were found in."""

    kind: RecordKindWord
    id: Identifier
    """The record's id; of a paragraph the cable's, a hyphen and the label. Unique within the kind."""
    title: Line
    """Plain text: of a recommendation or event its sentence, of a paragraph its label and heading, else the name."""
    snippet: Line
    """The words around the hits, as HTML: `<mark>` and `</mark>` around each word found are the only tags, and `&`,
    `<` and `>` of the text are written `&amp;`, `&lt;`, `&gt;`. For plain text take out the two tags, then decode the
    three. A reading aid, not a quotation: ` ... ` parts two passages; after ` | ` stands what the record belongs to
    and who has to do with it; words cut at line ends are whole; readings of misprints stand in brackets. It is taken
    from the title where the hits are there alone, and nothing is marked where only the id was found."""
    url: Line
    """Path of the record."""
    marking: Annotated[Marking, open_list(Marking)] | None
    """Marking of the words; null for records without one of their own: people, organizations, reforms."""
    cite_as: Line | None
    """How to cite it; null for what does not rest on the words of one paragraph."""
    rank: Annotated[float, Field(ge=0, le=1_000, json_schema_extra={"format": "double"})]
    """Higher is better. It compares hits of one search and means nothing beyond it."""


class FacetOut(Out):
    """How many hits bear a word."""

    word: Identifier
    count: Count


class FacetsOut(Out):
    """Hits under the filters given, counted by each word that would narrow them further; most frequent first."""

    hits: Annotated[int, Field(ge=0, le=10_000, json_schema_extra={"format": "int32"})]
    """All of them; 10,000 where there are as many or more, and then only these are counted by word."""
    kind: list[FacetOut]
    target: list[FacetOut]
    topic: list[FacetOut]


class SearchPage(Page):
    """One page of the hits, best first."""

    items: list[HitOut]
    match: Annotated[Match, open_list(Match)]
    """`all`: the hits hold all the words. `any`: no record does, and these hold some, those with the most first."""
    facets: FacetsOut
    did_you_mean: Line | None
    """The `q` with words that are found in place of those that are not, where these look misspelled."""
