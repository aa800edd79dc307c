"""Exportable lists: each with its filters, the shape of its rows, and the select that all endpoints share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, UnaryExpression, func
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cables.queries import listed_cables, listed_paragraphs
from app.cables.schemas import CableOut, ParagraphFilters, ParagraphOut
from app.core.pagination import Listing
from app.core.schemas import QueryParams
from app.core.statements import Bound
from app.facets.queries import listed_bodies, listed_targets, listed_topics
from app.facets.schemas import BodyFilters, BodyOut, TargetOut, TopicOut
from app.followup.queries.actions import listed_actions, listed_reports
from app.followup.schemas.actions import ActionOut, ActionSelection, ProgressReportOut, ReportFilters
from app.models import Action, Paragraph, ProgressReport
from app.panels.queries import listed_panels, listed_participations, listed_roundtables
from app.panels.schemas import PanelFilters, PanelOut, ParticipationFilters, RoundtableFilters, RoundtableOut
from app.parties.queries import listed_organizations, listed_people
from app.parties.schemas import OrganizationFilters, OrganizationOut, PersonFilters, PersonOut
from app.recommendations.queries import listed as listed_recommendations
from app.recommendations.schemas import RecommendationOut, RecommendationSelection
from app.reforms.queries import listed_events, listed_reforms
from app.reforms.schemas import AllEventFilters, EventOut, ReformFilters, ReformOut
from app.statistics.queries import listed as listed_statistics
from app.statistics.schemas import StatisticFilters, StatisticOut
from app.vocabulary import ParticipationOut

Listed = Callable[[AsyncConnection, Any], Awaitable[Bound[Listing]]]


@dataclass(frozen=True)
class Export:
    """Exportable list.

    `key` is the expression of a record's id if the last column of the list's order is not the id.
    """

    filters: type[QueryParams]
    shape: type[BaseModel]
    listed: Listed
    key: ColumnElement[str] | None = None


EXPORTS = {
    "recommendations": Export(RecommendationSelection, RecommendationOut, listed_recommendations),
    "reforms": Export(ReformFilters, ReformOut, listed_reforms),
    "events": Export(AllEventFilters, EventOut, listed_events),
    "statistics": Export(StatisticFilters, StatisticOut, listed_statistics),
    "actions": Export(ActionSelection, ActionOut, listed_actions, key=Action.id.expression),
    "progress_reports": Export(ReportFilters, ProgressReportOut, listed_reports, key=ProgressReport.id.expression),
    "roundtables": Export(RoundtableFilters, RoundtableOut, listed_roundtables),
    "panels": Export(PanelFilters, PanelOut, listed_panels),
    "participations": Export(ParticipationFilters, ParticipationOut, listed_participations),
    "people": Export(PersonFilters, PersonOut, listed_people),
    "organizations": Export(OrganizationFilters, OrganizationOut, listed_organizations),
    "cables": Export(QueryParams, CableOut, listed_cables),
    "paragraphs": Export(
        ParagraphFilters,
        ParagraphOut,
        listed_paragraphs,
        key=func.concat(Paragraph.cable_id, "-", Paragraph.label),
    ),
    "targets": Export(QueryParams, TargetOut, listed_targets),
    "topics": Export(QueryParams, TopicOut, listed_topics),
    "bodies": Export(BodyFilters, BodyOut, listed_bodies),
}


def key_of(export: Export, listing: Listing) -> Any:
    """Returns the column or expression of a record's id in the select of its list."""
    last = listing.order[-1]
    return export.key if export.key is not None else last.element if isinstance(last, UnaryExpression) else last
