"""Request and response schemas of the search."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import Count, Identifier, LongText, ResponseModel, ShortText
from app.vocabulary import Marking, RecordKind, TargetWord, TopicWord, open_list


class Match(StrEnum):
    """Match mode: the hits contain all the words, or some of them."""

    ALL = "all"
    ANY = "any"


class SearchQuery(PageQuery):
    """Search words and filters. Values of one filter combine with OR, filters combine with AND."""

    q: Annotated[str, Field(max_length=512, examples=["customs forms"])]
    """Words to search for; accepts "phrases", `or` and -not. Other forms of a word match too."""
    kind: Annotated[list[RecordKind], Field(max_length=20, examples=[["recommendation"]])] = []
    """Kind of record."""
    target: Annotated[list[TargetWord], Field(max_length=20, examples=[["usg"]])] = []
    """Only recommendations that ask this party to act."""
    topic: Annotated[list[TopicWord], Field(max_length=50, examples=[["customs"]])] = []
    """Only recommendations about this topic."""


class HitOut(ResponseModel):
    """Record that contains the words."""

    kind: RecordKind
    id: Identifier
    """Id of the record; for a paragraph, the cable's id, a hyphen and the label. Unique within the kind."""
    title: ShortText
    """Plain text: the sentence of a recommendation or event, label and heading of a paragraph, else the name."""
    snippet: LongText
    """Passages around the hits, as HTML: `<mark>` and `</mark>` around each word found are the only tags, and `&`, `<`
    and `>` of the text are written `&amp;`, `&lt;`, `&gt;`. For plain text, remove the two tags, then decode the three
    entities. It is a reading aid, not a quotation: ` ... ` separates two passages; the record's context and related
    parties follow after ` | `; words cut at line ends are joined; corrected readings of misprints are in brackets. The
    snippet is taken from the title if only the title has hits. Nothing is marked if only the id matched, or
    words after the first 20,000 characters."""
    url: ShortText
    """Path of the record."""
    marking: Annotated[Marking, open_list(Marking)] | None
    """Marking of the words; null for people, organizations and reforms, which have none of their own."""
    cite_as: ShortText | None
    """Citation; null for records that do not rest on the words of one paragraph."""
    rank: Annotated[float, Field(ge=0, le=500, json_schema_extra={"format": "double"})]
    """Rank; higher is better. It compares hits of one search only."""


class FacetOut(ResponseModel):
    """Number of hits with an enum value."""

    value: Identifier
    count: Count


class FacetsOut(ResponseModel):
    """Facet counts of the hits under the filters given, most frequent first. Each word narrows the search further."""

    hits: Annotated[int, Field(ge=0, le=1_000, json_schema_extra={"format": "int32"})]
    """Number of hits; at most 500, and then only 500 hits are counted by word."""
    kind: list[FacetOut]
    target: list[FacetOut]
    topic: list[FacetOut]


class SearchPage(Page):
    """One page of the hits, best first."""

    items: list[HitOut]
    match: Annotated[Match, open_list(Match)]
    """`all`: the hits contain all the words. `any`: no record does; the hits contain some, ordered by the number of
    words."""
    facets: FacetsOut
    did_you_mean: ShortText | None
    """The `q` with similar words that have hits in place of those that look misspelled; null if there are none."""
