"""Request and response schemas of roundtables, panels and participations."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import Count, Identifier, Names, Number, QueryParams, Reference, ResponseModel, ShortText
from app.vocabulary import CapacityWord, Citation, ParticipationOut, TargetWord


class RoundtableFilters(QueryParams):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports the roundtable."""
    country: Annotated[Names, Field(examples=[["CN"]])] = []
    """ISO 3166 code of the country in which the roundtable took place."""


class RoundtableQuery(PageQuery, RoundtableFilters):
    pass


class PanelFilters(QueryParams):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports the panel."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable."""
    person: Annotated[Names, Field(examples=[["doe"]])] = []
    """Participant: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """Organization that took part or was represented: slug, code or any alias."""


class PanelQuery(PageQuery, PanelFilters):
    pass


class ParticipationFilters(QueryParams):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable that reports the participation."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable."""
    panel: Annotated[list[Number], Field(max_length=50, examples=[[4]])] = []
    """Number of the panel."""
    person: Annotated[Names, Field(examples=[["doe"]])] = []
    """Participant: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """Employer or represented organization: slug, code or any alias."""
    capacity: Annotated[list[CapacityWord], Field(max_length=20, examples=[["panelist"]])] = []
    """Capacity of the participant."""


class ParticipationQuery(PageQuery, ParticipationFilters):
    pass


class ParticipationPage(Page):
    """One page of participations, ordered by id."""

    items: list[ParticipationOut]


class AttendanceOut(ResponseModel):
    """Attendance as the cable states it."""

    qualifier: ShortText | None
    value: Count
    of: ShortText
    """Group of people that is counted."""
    citation: Citation


class FollowUpOut(ResponseModel):
    """Follow-up that the Mission announces for itself."""

    id: Identifier
    text: ShortText
    responsible: list[Reference]
    due: date | None
    citation: Citation


class PanelReference(ResponseModel):
    """Reference to a panel from another record."""

    id: Identifier
    number: Number
    title: ShortText


class RoundtableOut(ResponseModel):
    """Roundtable: its theme, days, place, keynote speakers and panels."""

    id: Identifier
    cable_id: Identifier
    name: ShortText
    edition: Number
    theme: ShortText
    starts_on: date
    ends_on: date
    place: ShortText
    country: Identifier
    host: Reference
    attendance: AttendanceOut | None
    keynotes: list[ParticipationOut]
    panels: list[PanelReference]
    follow_up: list[FollowUpOut]
    """Follow-up that the Mission plans on what was asked."""
    citation: Citation


class SectionOut(ResponseModel):
    """Heading of the cable and the paragraphs below it."""

    heading: ShortText | None
    """Null for paragraphs without a heading above."""
    paragraphs: list[Identifier]


class SessionOut(ResponseModel):
    """Part of the panel that the cable names."""

    name: ShortText
    paragraphs: list[Identifier]
    citation: Citation


class TargetCount(ResponseModel):
    """Number of recommendations that ask a target to act."""

    target: TargetWord
    count: Count


class PanelOut(ResponseModel):
    """Panel of a roundtable: participants, reporting paragraphs, and number of recommendations by target.

    Number and title are unclassified. Of the rest, a reader sees what rests on paragraphs that the reader may see.
    """

    id: Identifier
    roundtable_id: Identifier | None
    """Null where the reader may not see the roundtable."""
    cable_id: Identifier
    number: Number
    title: ShortText
    paragraphs: list[Identifier]
    """Labels of the paragraphs that report the panel."""
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
