"""Query and response models of facets."""

from typing import Annotated

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import Count, Identifier, QueryParams, Reference, ResponseModel, ShortText
from app.vocabulary import OrganizationKind, TargetWord, TopicWord


class TargetQuery(PageQuery):
    pass


class TopicQuery(PageQuery):
    pass


class BodyFilters(QueryParams):
    kind: Annotated[list[OrganizationKind], Field(max_length=20, examples=[["china_government"]])] = []
    """Kind of body."""


class BodyQuery(PageQuery, BodyFilters):
    pass


class TargetOut(ResponseModel):
    """A party that can be asked to act."""

    id: TargetWord
    description: ShortText
    recommendation_count: Count


class TopicOut(ResponseModel):
    """Topic of recommendations."""

    id: TopicWord
    description: ShortText
    recommendation_count: Count


class BodyOut(ResponseModel):
    """An agency, court, government, forum or international body."""

    id: Identifier
    name: ShortText
    kind: OrganizationKind
    part_of: Reference | None
    aliases: list[ShortText]
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
