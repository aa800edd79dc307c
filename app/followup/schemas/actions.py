"""Query and response models of actions and progress reports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.pagination import Page, PageQuery
from app.core.schemas import Identifier, LongText, Names, Number, OnDay, QueryParams, ResponseModel, ShortText
from app.vocabulary import ActionStatus, Marking, Publication, Recurrence, open_list

Publications = Annotated[list[Publication], Field(max_length=10, examples=[["published"]])]


class ActionOrder(StrEnum):
    """Sort order of actions; a minus sign reverses it."""

    ID = "id"
    ID_DOWN = "-id"
    DUE = "due"
    DUE_DOWN = "-due"


class AsOfQuery(QueryParams):
    as_of: Annotated[Day | None, Field(examples=["2026-11-22"])] = None
    """Day at whose end (UTC) the status is computed; today by default."""


class ActionFilters(AsOfQuery):
    """Filters of actions: several values of one filter mean any of them; several filters are combined with AND."""

    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Ids, to fetch several at once."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Id of a recommendation that the action is about."""
    body: Annotated[Names, Field(examples=[["CBP"]])] = []
    """Responsible body: slug, code or any alias."""
    status: Annotated[list[ActionStatus], Field(max_length=10, examples=[["overdue"]])] = []
    """Status on the day of `as_of`."""
    overdue: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """True selects actions that are overdue on the day of `as_of`, false all others."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable that the action was carried to."""
    carried_from: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Id of the action that it was carried from."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2026-01-01"])] = None
    """Actions whose due date may be on this day or later. Actions without a due date are excluded."""
    to: Annotated[Day | None, Field(examples=["2026-12-31"])] = None
    """Actions whose due date may be on this day or earlier. Actions without a due date are excluded."""
    publication: Publications = []
    """Editing state; `published` by default. Only editors and reviewers see the other states."""


class ActionSelection(ActionFilters):
    sort: Annotated[ActionOrder, open_list(ActionOrder), Field(examples=["due"])] = ActionOrder.ID
    """Sort by id, or by the last day that the due date allows. Open due dates and missing ones come last."""


class ActionQuery(ActionSelection, PageQuery):
    pass


class ActionOut(ResponseModel):
    """Action on recommendations, with the responsible body, due date and status."""

    id: Identifier
    title: ShortText
    recommendations: list[Identifier]
    """Ids of its recommendations."""
    body: Identifier | None
    """Slug of the responsible body."""
    due: ShortText | None
    """Due date, in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """First day that the due date allows; null for an open start or without a due date."""
    latest: OnDay | None
    """Last day that the due date allows; null for an open end or without a due date."""
    recurrence: Recurrence | None
    """Recurrence; null for an action that is done once."""
    status: ActionStatus
    """Status at the end of the requested day: overdue once the last day of the due date has passed."""
    done_on: OnDay | None
    """Day on which the action was done, according to its reports."""
    roundtable: Identifier | None
    """Id of the roundtable that the action was carried to."""
    edition: ShortText | None
    """That roundtable in words, if the register does not have it."""
    carried_from: Identifier | None
    """Id of the action that it was carried from."""
    note: ShortText | None
    marking: Marking
    publication: Publication
    version: Number
    """Version number; increases with each change of the record."""
    recorded_at: datetime | None
    """Time of publication; null for unpublished data."""
    updated_at: datetime


class ActionPage(Page):
    """One page of the actions."""

    items: list[ActionOut]


class ReportFilters(QueryParams):
    """Filters of reports: several values of one filter mean any of them; several filters are combined with AND."""

    id: Annotated[Names, Field(examples=[["REP-0001"]])] = []
    """Ids, to fetch several at once."""
    action: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Id of the action that the report is about."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Id of a recommendation that the action is about."""
    done: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """True selects reports that the action was done, false all others."""
    publication: Publications = []
    """Editing state; `published` by default. Only editors and reviewers see the other states."""


class ReportQuery(ReportFilters, PageQuery):
    pass


class EvidenceOut(ResponseModel):
    """Web page as evidence of a report."""

    title: ShortText
    url: ShortText
    retrieved: OnDay
    """Day on which the page was read."""


class ProgressReportOut(ResponseModel):
    """Progress report on an action, with its evidence."""

    id: Identifier
    action: Identifier
    text: LongText
    evidence: list[EvidenceOut]
    done: bool
    """True if the report says that the action was done."""
    done_on: OnDay | None
    """Day on which the action was done; null if it was not."""
    note: ShortText | None
    marking: Marking
    publication: Publication
    version: Number
    """Version number; increases with each change of the record."""
    recorded_at: datetime | None
    """Time of publication; null for unpublished data."""
    updated_at: datetime


class ProgressReportPage(Page):
    """One page of the progress reports."""

    items: list[ProgressReportOut]
