"""Query and response models of facets."""

from typing import Annotated

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import (
    Count,
    Identifier,
    Line,
    Out,
    Query,
    Reference,
)
from app.vocabulary import OrganizationKindWord, TargetWord, TopicWord


class TargetQuery(PageQuery):
    pass


class TopicQuery(PageQuery):
    pass


class BodyFilters(Query):
    kind: Annotated[list[OrganizationKindWord], Field(max_length=20, examples=[["china_government"]])] = []
    """Kind of body."""


class BodyQuery(PageQuery, BodyFilters):
    pass


class TargetOut(Out):
    """A party that can be asked to act."""

    id: TargetWord
    description: Line
    recommendation_count: Count


class TopicOut(Out):
    """Topic of recommendations."""

    id: TopicWord
    description: Line
    recommendation_count: Count


class BodyOut(Out):
    """An agency, court, government, forum or international body."""

    id: Identifier
    name: Line
    kind: OrganizationKindWord
    part_of: Reference | None
    aliases: list[Line]
    """Codes and other names that `body` and `addressee` accept."""
    asked_count: Count
    """Recommendations that ask it to act: `addressee`."""
    named_count: Count
    """Recommendations that mention it: `body`."""


class TargetPage(Page):
    """One page of the targets."""

    items: list[TargetOut]


class TopicPage(Page):
    """One page of the topics."""

    items: list[TopicOut]


class BodyPage(Page):
    """One page of the bodies."""

    items: list[BodyOut]
