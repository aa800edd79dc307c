"""Search entries: the searched and shown text of each record.

To add a kind of record: add its value to `RecordKind` and, by a migration, to the CHECK of the table; a function here
and a line in `of_registry`, or in `of_cable` and `CABLE_KINDS`; and the rule for its entry at U in
`app/models/clearance.py`.

Every record has an entry for readers of SBU. If readers of U may find it too, but by fewer words, it has a second
entry. If the words are the same, one entry is for all.
"""

from collections.abc import Iterable, Iterator, Mapping

from app.cable_parser.model import Paragraph, Range
from app.records.anchors import Anchored, FoldedText
from app.records.cable_text import CableText
from app.records.curated_cable import CuratedCable
from app.records.reconcile import Row
from app.records.registry import Registry, names_of
from app.records.rows.recommendations import CUT_AT_LINE_END
from app.records.rows.reforms import EventCableInfo
from app.records.schemas.cables import OrganizationEntry, PersonEntry, ProposerEntry, RecommendationEntry
from app.vocabulary import Marking, Publication, RecordKind

CABLE_KINDS = (RecordKind.PARAGRAPH, RecordKind.RECOMMENDATION)
"""Kinds whose entries belong to a cable; the others belong to the registry."""

NO_RECOMMENDATION: Row = {"publication": None, "targets": [], "topics": []}

Names = dict[str, str]
"""Names of each person and organization, by slug."""
ALL = "all"
MARKINGS = [marking.value for marking in Marking]
"""Markings, lowest first."""


def names_by_slug(registry: Registry, at: Marking) -> Names:
    """Returns the name of each party. For readers of SBU, adds its other names in brackets, including misspellings."""
    organizations = {one.id: _called(one, at) for one in registry.organizations}
    return organizations | {one.id: _called(one, at) for one in registry.people}


def _called(party: OrganizationEntry | PersonEntry, at: Marking) -> str:
    others = "; ".join(_other_names(party, at))
    return f"{party.name} ({others})" if others else party.name


def _other_names(party: OrganizationEntry | PersonEntry, at: Marking) -> list[str]:
    if at is Marking.U:
        return []
    return [name for name, kind in names_of(party) if kind in {"alias", "misspelling"}]


def of_registry(registry: Registry, event_cables: Mapping[str, EventCableInfo]) -> Iterator[Row]:
    """Yields the entries of the registry. `event_cables` are the cables that events rest on."""

    def entries(at: Marking) -> Iterator[Row]:
        events = list(_events(registry, event_cables, names=names_by_slug(registry, at)))
        visible = {row["record_id"] for row in events if at is Marking.SBU or row["marking"] == Marking.U}
        yield from (row for row in events if row["record_id"] in visible)
        yield from _reforms(registry, at, visible=visible)
        yield from _parties(registry.people, at, kind=RecordKind.PERSON, path="people")
        yield from _parties(registry.organizations, at, kind=RecordKind.ORGANIZATION, path="organizations")

    yield from _for_readers(entries(Marking.SBU), entries(Marking.U))


def of_cable(cable: CuratedCable, registry: Registry) -> Iterator[Row]:
    def entries(at: Marking) -> Iterator[Row]:
        names = names_by_slug(registry, at)
        rows = [
            *(_paragraph(cable, paragraph, at) for paragraph in cable.finding.paragraphs),
            *(
                _recommendation(cable.cable_text, ask, anchors=cable.anchors, names=names)
                for ask in cable.recommendations
                if not ask.withdrawn
            ),
        ]
        yield from (row for row in rows if at is Marking.SBU or row["marking"] == Marking.U)

    yield from _for_readers(entries(Marking.SBU), entries(Marking.U))


def of_recommendation(
    cable_text: CableText, ask: RecommendationEntry, *, anchors: Mapping[str, Anchored], registry: Registry
) -> Iterator[Row]:
    """Yields the entries of one recommendation, equal to those of `of_cable`."""
    at = {
        marking: _recommendation(cable_text, ask, anchors=anchors, names=names_by_slug(registry, marking))
        for marking in Marking
    }
    yield from _for_readers([at[Marking.SBU]], [row for row in [at[Marking.U]] if row["marking"] == Marking.U])


def _for_readers(at_sbu: Iterable[Row], at_u: Iterable[Row]) -> Iterator[Row]:
    """Yields each entry with its readers; one entry for all if it is the same for both clearances."""
    lower = {(row["kind"], row["record_id"]): row for row in at_u}
    for row in at_sbu:
        same = lower.get((row["kind"], row["record_id"])) == row
        yield {**row, "readers": ALL if same else Marking.SBU.value}
        if same:
            del lower[row["kind"], row["record_id"]]
    for row in lower.values():
        yield {**row, "readers": Marking.U.value}


def _entry(  # noqa: PLR0913 - a column each
    kind: RecordKind,
    record_id: str,
    *,
    url: str,
    title: str,
    body: str = "",
    context: Iterable[str] = (),
    marking: str | None = None,
    cite_as: str | None = None,
    **of_recommendation: object,
) -> Row:
    return {
        "kind": kind.value,
        "record_id": record_id,
        "url": f"/v1/{url}",
        "marking": marking,
        "cite_as": cite_as,
        "title": title,
        "body": body,
        "context": "; ".join(context),
        **NO_RECOMMENDATION,
        **of_recommendation,
    }


def _reforms(registry: Registry, at: Marking, *, visible: set[str]) -> Iterator[Row]:
    """Yields the entries of reforms. `visible` are the events that the reader may see, which reveal their rounds."""
    begun = {(event.reform, event.round) for event in registry.published_events if event.id in visible}
    for reform in registry.reforms:
        summary = [reform.summary] if Marking.SBU is at or reform.summary_marking is Marking.U else []
        rounds = [one.name for one in reform.rounds if at is Marking.SBU or (reform.id, one.number) in begun]
        body = "; ".join([*summary, *rounds])
        yield _entry(RecordKind.REFORM, reform.id, url=f"reforms/{reform.id}", title=reform.name, body=body)


def _events(registry: Registry, event_cables: Mapping[str, EventCableInfo], *, names: Names) -> Iterator[Row]:
    reforms = {reform.id: reform.name for reform in registry.reforms}
    rounds = {(reform.id, one.number): one.name for reform in registry.reforms for one in reform.rounds}
    for event in registry.published_events:
        cited = (event.cable, event.cite.paragraph) if event.cable and event.cite else None
        context = [
            event.instrument,
            reforms.get(event.reform or ""),
            rounds.get((event.reform or "", event.round or 0)),
            names.get(event.body or ""),
        ]
        yield _entry(
            RecordKind.EVENT,
            event.id,
            url=f"events/{event.id}",
            title=event.text,
            context=[part for part in context if part],
            marking=event_cables[cited[0]].markings[cited[1]] if cited else Marking.U.value,
            cite_as=_cite(*cited) if cited else None,
        )


def _parties(
    parties: Iterable[OrganizationEntry | PersonEntry], at: Marking, *, kind: RecordKind, path: str
) -> Iterator[Row]:
    for party in parties:
        others = "; ".join(_other_names(party, at))
        yield _entry(kind, party.id, url=f"{path}/{party.id}", title=party.name, body=others)


def _paragraph(cable: CuratedCable, paragraph: Paragraph, at: Marking) -> Row:
    own = cable.manifest.cable
    readable = at is Marking.SBU or cable.finding.is_clear
    heading = cable.finding.headings[paragraph.heading].text if readable and paragraph.heading is not None else None
    return _entry(
        RecordKind.PARAGRAPH,
        f"{own}-{paragraph.label}",
        url=f"cables/{own}/paragraphs/{paragraph.label}",
        title=f"Paragraph {paragraph.label} of {own}" + (f": {heading}" if heading else ""),
        body=_readable(cable.cable_text, paragraph.label, paragraph.places),
        marking=paragraph.marking,
        cite_as=_cite(own, paragraph.label),
    )


def _recommendation(
    cable_text: CableText, ask: RecommendationEntry, *, anchors: Mapping[str, Anchored], names: Names
) -> Row:
    quoted = [anchors.get(f"{ask.id}:{role}") for role in ("lead-in", "quote")]
    cited = [ask.paragraph, *([ask.position.paragraph] if ask.position else [])]
    asked = [one.body for one in ask.addressees]
    parties = [names[slug] for slug in dict.fromkeys([*_proposing(ask.proposers), *asked, *ask.bodies])]
    return _entry(
        RecordKind.RECOMMENDATION,
        ask.id,
        url=f"recommendations/{ask.id}",
        title=ask.text,
        body=" ... ".join(_readable(cable_text, ask.paragraph, words.ranges) for words in quoted if words),
        context=[*parties, *(who.description for who in ask.proposers if who.description)],
        marking=max((cable_text.markings[label] for label in cited), key=MARKINGS.index),
        cite_as=_cite(cable_text.cable, ask.paragraph),
        publication=Publication.PUBLISHED.value,
        targets=[target.value for target in ask.targets],
        topics=[topic.value for topic in ask.topics],
    )


def _proposing(proposers: Iterable[ProposerEntry]) -> Iterator[str]:
    for who in proposers:
        yield from filter(None, (who.person, who.organization, who.on_behalf_of))


def _cite(cable: str, label: str) -> str:
    return f"{cable}, para. {label}"


def _readable(cable_text: CableText, label: str, places: tuple[Range, ...]) -> str:
    """Returns the words of some ranges, with broken words joined, and resolved readings of misprints in brackets."""
    folded = FoldedText(cable_text.text, places)
    text = folded.text
    for one in sorted(cable_text.readings, key=lambda one: one.ranges[-1].end, reverse=True):
        start, end = folded.index_of(one.ranges[0].start), folded.index_of(one.ranges[-1].end - 1)
        if one.entry.paragraph == label and one.entry.reading and start is not None and end is not None:
            text = f"{text[: end + 1]} [{one.entry.reading}]{text[end + 1 :]}"
    return CUT_AT_LINE_END.sub("-", text)
