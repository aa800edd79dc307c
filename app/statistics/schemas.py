"""What is asked and answered about statistics."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.paging import Page, PageQuery
from app.core.shapes import Identifier, Line, Names, Number, Numbers, OnDay, Out, Prose, Query
from app.vocabulary import Marking, Passage, ProposerOut, TextRange

Amount = Annotated[float, Field(json_schema_extra={"format": "double"})]


class StatisticFilters(Query):
    """Filters of statistics: each takes several words (any of), and together they narrow (all of)."""

    model_config = ConfigDict(populate_by_name=True)

    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""
    paragraph: Annotated[Names, Field(examples=[["30"]])] = []
    """Label of the paragraph."""
    panel: Annotated[Numbers, Field(examples=[[6]])] = []
    """Number of the panel that it was given in."""
    unit: Annotated[Names, Field(examples=[["percent"]])] = []
    """What is counted: a unit of the register's figures, in any case."""
    said_by: Annotated[Names, Field(examples=[["roe"]])] = []
    """The person who gave it: slug or any alias."""
    organization: Annotated[Names, Field(examples=[["CBP"]])] = []
    """The organization that gave it, as employer or spoken for: slug, code or any alias."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2006-01-01"])] = None
    """Figures whose period reaches this day or goes beyond it; those without a period are left out."""
    to: Annotated[Day | None, Field(examples=["2006-12-31"])] = None
    """Figures whose period had begun by this day; those without a period are left out."""


class StatisticQuery(StatisticFilters, PageQuery):
    pass


class StatisticOut(Out):
    """A figure that the cable gives, with who said it and in what words."""

    id: Identifier
    cable_id: Identifier
    paragraph: Identifier
    """The paragraph's label."""
    quote: Prose
    """Their words, exactly as printed."""
    ranges: list[TextRange]
    lead_in: Passage | None
    """The words before the quote that say who speaks, or of what."""
    value: Amount | None
    """The number; of a range its lower end. Null where the source has a word and no number."""
    value_to: Amount | None
    """Of a range its upper end; null otherwise."""
    qualifier: Line | None
    """How the source takes the number, in its own words, such as `more than`."""
    unit: Identifier
    """What is counted, as a plural, or the code of a currency; a `rank` is a place in an order."""
    what: Line
    """The figure in one plain sentence of ours."""
    period: Line | None
    """The time that it is about as the source has it; null where it names none."""
    date: Line | None
    """That time in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """The first day that the date allows; null where open or where there is no date."""
    latest: OnDay | None
    """The last day that the date allows; null where open or where there is no date."""
    said_by: list[ProposerOut]
    """Whom the cable has it from."""
    panel: Number | None
    """The panel's number; null outside the panels."""
    marking: Marking
    cite_as: Line
    updated_at: datetime


class StatisticPage(Page):
    """One page of the statistics."""

    items: list[StatisticOut]
