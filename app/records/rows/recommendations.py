"""Rows of recommendations and their child tables."""

import re
from collections.abc import Iterator, Sequence

from app.records.reconcile import Row
from app.records.rows.parties import party
from app.records.schemas.cables import RecommendationEntry
from app.vocabulary import Implementation, Position, Publication, State

CUT_AT_LINE_END = re.compile(r"(?<=\w)- (?=(?!and\b|or\b)\w)")
"""Word broken at a line end, as in `long- term`, but not `small- and medium-sized`; the search joins it."""

Asks = Sequence[RecommendationEntry]


def recommendations(cable_id: str, asks: Asks, *, names: dict[str, str]) -> list[Row]:
    """Returns the rows of recommendations. `names` maps slugs of people and organizations to names, for the search."""
    return [
        {
            "id": ask.id,
            "cable_id": cable_id,
            "anchor_id": f"{ask.id}:quote",
            "lead_in_anchor_id": f"{ask.id}:lead-in" if ask.lead_in else None,
            "text": ask.text,
            "seeks_change_by": ask.seeks_change_by.value if ask.seeks_change_by else None,
            "panel_id": f"{cable_id}-P{ask.panel}" if ask.panel else None,
            "certainty": ask.certainty.value,
            "continuing": ask.continuing,
            "position": (ask.position.value if ask.position else Position.NONE).value,
            "position_anchor_id": f"{ask.id}:position" if ask.position else None,
            "implementation": Implementation.UNKNOWN.value,
            "implementation_source": None,
            "state": State.OPEN_UNRESOLVED.value,
            "publication": (Publication.WITHDRAWN if ask.withdrawn else Publication.PUBLISHED).value,
            "searched": _searched(ask, names=names),
        }
        for ask in asks
    ]


def _searched(ask: RecommendationEntry, *, names: dict[str, str]) -> str:
    """Returns the searched text: our sentence, the quote as printed and with broken words joined, and the proposers."""
    whole = CUT_AT_LINE_END.sub("-", ask.quote)
    proposers = [
        names.get(slug, slug)
        for who in ask.proposers
        for slug in (who.person, who.organization, who.on_behalf_of)
        if slug
    ]
    described = [who.description for who in ask.proposers if who.description]
    return "\n".join([ask.text, ask.quote, *([whole] if whole != ask.quote else []), *proposers, *described])


def targets(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for target in ask.targets:
            yield {"recommendation_id": ask.id, "target": target.value}


def addressees(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for one in ask.addressees:
            yield {"recommendation_id": ask.id, "organization_id": one.body, "basis": one.basis.value}


def proposers(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for place, who in enumerate(ask.proposers):
            yield {"recommendation_id": ask.id, "ordinal": place, **party(who)}


def bodies(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for slug in ask.bodies:
            yield {"recommendation_id": ask.id, "organization_id": slug}


def topics(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for place, topic in enumerate(ask.topics):
            yield {"recommendation_id": ask.id, "topic": topic.value, "ordinal": place}


def recommended_reforms(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for slug in ask.reforms:
            yield {"recommendation_id": ask.id, "reform_id": slug}


def relations(asks: Asks) -> Iterator[Row]:
    for ask in asks:
        for relation in ask.related:
            yield {"recommendation_id": ask.id, "other_id": relation.id, "kind": relation.kind.value}
