"""Request and response schemas of statistics."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.pagination import Page, PageQuery
from app.core.schemas import Identifier, LongText, Names, Number, Numbers, OnDay, QueryParams, ResponseModel, ShortText
from app.vocabulary import Marking, Passage, ProposerOut, TextRange

Amount = Annotated[float, Field(json_schema_extra={"format": "double"})]


class StatisticFilters(QueryParams):
    """Filters of statistics: values of one filter combine with OR, filters combine with AND."""

    model_config = ConfigDict(populate_by_name=True)

    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""
    paragraph: Annotated[Names, Field(examples=[["30"]])] = []
    """Label of the paragraph."""
    panel: Annotated[Numbers, Field(examples=[[6]])] = []
    """Number of the panel in which the figure was given."""
    unit: Annotated[Names, Field(examples=[["percent"]])] = []
    """Unit of the figure, in any case."""
    said_by: Annotated[Names, Field(examples=[["roe"]])] = []
    """Person who gave the figure: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["CBP"]])] = []
    """Organization that gave the figure, as employer or represented: slug, code or any alias."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2006-01-01"])] = None
    """Figures whose period reaches this day or goes beyond it; figures without a period are left out."""
    to: Annotated[Day | None, Field(examples=["2006-12-31"])] = None
    """Figures whose period had begun by this day; figures without a period are left out."""


class StatisticQuery(StatisticFilters, PageQuery):
    pass


class StatisticOut(ResponseModel):
    """Figure that the cable gives, with its speaker and exact words."""

    id: Identifier
    cable_id: Identifier
    paragraph: Identifier
    """Label of the paragraph."""
    quote: LongText
    """Exact words as printed."""
    ranges: list[TextRange]
    lead_in: Passage | None
    """Words before the quote that name the speaker or the subject."""
    value: Amount | None
    """Number; the lower end of a range. Null where the source has a word instead of a number."""
    value_to: Amount | None
    """Upper end of a range; null otherwise."""
    qualifier: ShortText | None
    """Qualifier of the number in the source's own words, such as `more than`."""
    unit: Identifier
    """Unit counted, as a plural, or the code of a currency; a `rank` is a place in an order."""
    what: ShortText
    """Paraphrase of the figure in one plain sentence."""
    period: ShortText | None
    """Period of the figure as the source has it; null where it names none."""
    date: ShortText | None
    """Period in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """First day that the date allows; null where open or without a date."""
    latest: OnDay | None
    """Last day that the date allows; null where open or without a date."""
    said_by: list[ProposerOut]
    """Speakers to whom the cable attributes the figure."""
    panel: Number | None
    """Number of the panel; null outside the panels."""
    marking: Marking
    cite_as: ShortText
    updated_at: datetime


class StatisticPage(Page):
    """One page of the statistics."""

    items: list[StatisticOut]
