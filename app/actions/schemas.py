"""What is asked and answered about actions and progress reports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.paging import Page, PageQuery
from app.core.shapes import Identifier, Line, Names, Number, OnDay, Out, Prose, Query
from app.vocabulary import ActionStatusWord, Marking, PublicationWord, RecurrenceWord, open_list

Publications = Annotated[list[PublicationWord], Field(max_length=10, examples=[["published"]])]


class ActionOrder(StrEnum):
    """The orders that actions come in; a minus sign turns them round."""

    ID = "id"
    ID_DOWN = "-id"
    DUE = "due"
    DUE_DOWN = "-due"


class AsOfQuery(Query):
    as_of: Annotated[Day | None, Field(examples=["2026-11-22"])] = None
    """The day at whose end the status is told, in UTC; without it, today."""


class ActionFilters(AsOfQuery):
    """Filters of actions: each takes several words (any of), and together they narrow (all of)."""

    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Ids, to fetch several at once."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Id of a recommendation that it is about."""
    body: Annotated[Names, Field(examples=[["CBP"]])] = []
    """The body responsible: slug, code or any alias."""
    status: Annotated[list[ActionStatusWord], Field(max_length=10, examples=[["overdue"]])] = []
    """How it stands on the day asked."""
    overdue: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """Whether it is overdue on the day asked."""
    roundtable: Annotated[Names, Field(examples=[["beijing-2007"]])] = []
    """Id of the roundtable that it was carried to."""
    carried_from: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Id of the action that it was carried from."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2026-01-01"])] = None
    """Actions whose due date may be this day or a later one; those without a due date are left out."""
    to: Annotated[Day | None, Field(examples=["2026-12-31"])] = None
    """Actions whose due date may be this day or an earlier one; those without a due date are left out."""
    publication: Publications = []
    """How far the review is; without it, what is published. The rest is there for editors and reviewers alone."""


class ActionSelection(ActionFilters):
    sort: Annotated[ActionOrder, open_list(ActionOrder), Field(examples=["due"])] = ActionOrder.ID
    """By id, or by the last day that the due date allows; those without a last day or a due date are due last."""


class ActionQuery(ActionSelection, PageQuery):
    pass


class ActionOut(Out):
    """Something to be done about recommendations: what, by whom, by when, and how it stands."""

    id: Identifier
    title: Line
    recommendations: list[Identifier]
    """Ids of its recommendations."""
    body: Identifier | None
    """Slug of the body responsible."""
    due: Line | None
    """When it is due, in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """The first day that the due date allows; null where open or where there is none."""
    latest: OnDay | None
    """The last day that the due date allows; null where open or where there is none."""
    recurrence: RecurrenceWord | None
    """How often it is to be done again; null where once."""
    status: ActionStatusWord
    """How it stands at the end of the day asked: overdue once the last day of its due date has passed."""
    done_on: OnDay | None
    """The day on which it was done, by its reports."""
    roundtable: Identifier | None
    """Id of the roundtable that it was carried to."""
    edition: Line | None
    """That roundtable in words, where the register does not have it."""
    carried_from: Identifier | None
    """Id of the action that it was carried from."""
    note: Line | None
    marking: Marking
    publication: PublicationWord
    version: Number
    """Goes up with each change of this record."""
    recorded_at: datetime | None
    """When this was published; null where it was not."""
    updated_at: datetime


class ActionPage(Page):
    """One page of the actions."""

    items: list[ActionOut]


class ReportFilters(Query):
    """Filters of progress reports: each takes several words (any of), and together they narrow (all of)."""

    id: Annotated[Names, Field(examples=[["REP-0001"]])] = []
    """Ids, to fetch several at once."""
    action: Annotated[Names, Field(examples=[["ACT-0001"]])] = []
    """Id of the action that it reports on."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Id of a recommendation that the action is about."""
    done: Annotated[list[bool], Field(max_length=2, examples=[[True]])] = []
    """Whether it says that the action was done."""
    publication: Publications = []
    """How far the review is; without it, what is published. The rest is there for editors and reviewers alone."""


class ReportQuery(ReportFilters, PageQuery):
    pass


class EvidenceOut(Out):
    """A web page that shows what a report says."""

    title: Line
    url: Line
    retrieved: OnDay
    """The day on which the page was read."""


class ProgressReportOut(Out):
    """What was done on an action, and what shows it."""

    id: Identifier
    action: Identifier
    text: Prose
    evidence: list[EvidenceOut]
    done: bool
    """Whether it says that the action was done."""
    done_on: OnDay | None
    """The day on which it was; null where it was not."""
    note: Line | None
    marking: Marking
    publication: PublicationWord
    version: Number
    """Goes up with each change of this record."""
    recorded_at: datetime | None
    """When this was published; null where it was not."""
    updated_at: datetime


class ProgressReportPage(Page):
    """One page of the progress reports."""

    items: list[ProgressReportOut]
