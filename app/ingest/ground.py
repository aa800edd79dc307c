"""What a single record is held to: the register as it is, read from the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, select

from app.ingest.curation.printed import Placed, Printed
from app.ingest.curation.reform_shapes import ReformEntry, SourceEntry
from app.ingest.curation.registry import Registry
from app.ingest.curation.shapes import OrganizationEntry, PersonEntry, ReadingEntry
from app.ingest.reading import Finding, read
from app.ingest.reading.findings import Range
from app.models import Cable, Entry, Panel, PanelParagraph, Reading, Recommendation, Witness
from app.vocabulary import Publication


@dataclass(frozen=True)
class Ground:
    """What is known of a cable, and of all that its records may name."""

    registry: Registry
    printed: Printed
    panel_of: dict[str, int]
    """The number of the panel that a paragraph reports, by label."""

    @property
    def cable(self) -> str:
        return self.printed.cable


@lru_cache(maxsize=8)
def _read(text: str) -> Finding:
    return read(text)


def ground_of(connection: Connection, cable_id: str) -> Ground | None:
    """The ground of a cable's records; None where there is no such cable."""
    copy = select(Witness.text).join(Cable, Cable.witness_id == Witness.id).where(Cable.id == cable_id)
    text = connection.scalar(copy)
    if text is None:
        return None
    panels = (
        select(PanelParagraph.paragraph, Panel.number)
        .join(Panel, Panel.id == PanelParagraph.panel_id)
        .where(PanelParagraph.cable_id == cable_id)
    )
    printed = Printed(cable_id, text, _read(text), list(_readings(connection, cable_id)))
    panel_of = {row.paragraph: row.number for row in connection.execute(panels)}
    return Ground(_registry(connection), printed, panel_of)


def _readings(connection: Connection, cable_id: str) -> Iterable[Placed]:
    found = select(Reading).where(Reading.cable_id == cable_id).order_by(Reading.ordinal)
    for row in connection.execute(found):
        entry = ReadingEntry(paragraph=row.paragraph, printed=row.printed, reading=row.reading, note=row.note)
        yield Placed(entry, tuple(Range(one.lower, one.upper) for one in row.ranges))


def _registry(connection: Connection) -> Registry:
    """The registry as it was loaded, but for events, which no other record names."""
    kinds = ("organizations", "people", "reforms", "sources")
    of: dict[str, list[object]] = {kind: [] for kind in kinds}
    for collection, content in connection.execute(
        select(Entry.collection, Entry.content).where(Entry.collection.in_(kinds)).order_by(Entry.record_id)
    ):
        of[collection].append(content)
    return Registry(
        organizations=[OrganizationEntry.model_validate(one) for one in of["organizations"]],
        people=[PersonEntry.model_validate(one) for one in of["people"]],
        reforms=[ReformEntry.model_validate(one) for one in of["reforms"]],
        sources=[SourceEntry.model_validate(one) for one in of["sources"]],
        events=[],
    )


def unknown_recommendations(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of the ids that are of no published recommendation."""
    published = Recommendation.publication == Publication.PUBLISHED
    found = connection.scalars(select(Recommendation.id).where(Recommendation.id.in_(list(ids)), published))
    return set(ids) - set(found)
