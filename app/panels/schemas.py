"""What is asked and answered about roundtables, panels and those who took part."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.core.paging import Page, PageQuery
from app.core.shapes import Count, Identifier, Line, Names, Number, Out, Query, Reference
from app.vocabulary import CapacityWord, Citation, ParticipationOut, TargetWord


class RoundtableFilters(Query):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports it."""
    country: Annotated[Names, Field(examples=[["CN"]])] = []
    """ISO 3166 code of the country it was held in."""


class RoundtableQuery(PageQuery, RoundtableFilters):
    pass


class PanelFilters(Query):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports it."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable."""
    person: Annotated[Names, Field(examples=[["doe"]])] = []
    """Someone who took part: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """An organization that took part, or was spoken for: slug, code or any alias."""


class PanelQuery(PageQuery, PanelFilters):
    pass


class ParticipationFilters(Query):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports it."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable."""
    panel: Annotated[list[Number], Field(max_length=50, examples=[[4]])] = []
    """Number of the panel."""
    person: Annotated[Names, Field(examples=[["doe"]])] = []
    """Who took part: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """The employer, or who was spoken for: slug, code or any alias."""
    capacity: Annotated[list[CapacityWord], Field(max_length=20, examples=[["panelist"]])] = []
    """In what capacity."""


class ParticipationQuery(PageQuery, ParticipationFilters):
    pass


class ParticipationPage(Page):
    """One page of participations, in the order of their ids."""

    items: list[ParticipationOut]


class AttendanceOut(Out):
    """How many took part, as the cable says it."""

    qualifier: Line | None
    value: Count
    of: Line
    """Who is counted."""
    citation: Citation


class FollowUpOut(Out):
    """What the Mission says it will do itself."""

    id: Identifier
    text: Line
    responsible: list[Reference]
    due: date | None
    citation: Citation


class PanelReference(Out):
    """A panel named in another record."""

    id: Identifier
    number: Number
    title: Line


class RoundtableOut(Out):
    """A roundtable: its theme, days, place, keynote speakers and panels."""

    id: Identifier
    cable_id: Identifier
    name: Line
    edition: Number
    theme: Line
    starts_on: date
    ends_on: date
    place: Line
    country: Identifier
    host: Reference
    attendance: AttendanceOut | None
    keynotes: list[ParticipationOut]
    panels: list[PanelReference]
    follow_up: list[FollowUpOut]
    """What the Mission plans to do about what was asked."""
    citation: Citation


class SectionOut(Out):
    """A heading of the cable and the paragraphs below it."""

    heading: Line | None
    """Null for paragraphs that no heading stands above."""
    paragraphs: list[Identifier]


class SessionOut(Out):
    """A part of the panel that the cable names."""

    name: Line
    paragraphs: list[Identifier]
    citation: Citation


class TargetCount(Out):
    """How many recommendations ask a target to act."""

    target: TargetWord
    count: Count


class PanelOut(Out):
    """A panel of a roundtable: who took part, what reports it, and how much was asked there.

    Number and title are unclassified; of the rest, a reader sees what rests on paragraphs that it may see.
    """

    id: Identifier
    roundtable_id: Identifier | None
    """Null where the reader may not see the roundtable."""
    cable_id: Identifier
    number: Number
    title: Line
    paragraphs: list[Identifier]
    """Labels of the paragraphs that report it."""
    sections: list[SectionOut]
    sessions: list[SessionOut]
    participants: list[ParticipationOut]
    recommendations_by_target: list[TargetCount]
    citation: Citation | None
    """Null where the reader may not see the paragraph."""


class RoundtablePage(Page):
    """One page of the roundtables."""

    items: list[RoundtableOut]


class PanelPage(Page):
    """One page of the panels."""

    items: list[PanelOut]
