"""Documents generated from the curated files: JSON Schemas for editors, and the register as a page."""

import json
from typing import Any

from pydantic import BaseModel

from app.ingest.pipeline import Curated
from app.records.curated_cable import CuratedCable
from app.records.registry import Registry
from app.records.schemas import cables, reforms
from app.records.schemas.cables import ProposerEntry, RecommendationEntry

FILES: dict[str, type[BaseModel]] = {
    "organizations": cables.OrganizationsFile,
    "people": cables.PeopleFile,
    "reforms": reforms.ReformsFile,
    "sources": reforms.SourcesFile,
    "events": reforms.EventsFile,
    "concerns": reforms.ConcernsFile,
    "roundtable": cables.RoundtableFile,
    "participations": cables.ParticipationsFile,
    "recommendations": cables.RecommendationsFile,
    "readings": cables.ReadingsFile,
    "follow_up": cables.FollowUpFile,
    "statistics": cables.StatisticsFile,
    "manifest": cables.WitnessFile,
    "header": cables.HeaderElsewhereFile,
}


def documents_of(curated: Curated) -> dict[str, str]:
    """Returns every document by its path in the project."""
    return {
        **{f"data/schema/{name}.schema.json": _json(shape) for name, shape in FILES.items()},
        "docs/register.md": _register(curated),
    }


def _json(shape: type[BaseModel]) -> str:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_closed(shape.model_json_schema()),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _closed(node: Any) -> Any:
    """Closes the open enums of a schema: an editor of a curated file wants the values, and errors for others."""
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    values = node.get("x-extensible-enum")
    if values is None:
        return {name: _closed(one) for name, one in node.items()}
    members = {name: one for name, one in node.items() if name not in {"examples", "maxLength", "x-extensible-enum"}}
    return {**members, "enum": values}


def _register(curated: Curated) -> str:
    """Renders the recommendations of each paragraph by target, with their citation."""
    lines = [
        "# The register",
        "",
        "Every recommendation in the register, paragraph by paragraph, by target, with the exact words it rests on.",
        "Made from `data/curated/` by `python3 run.py generate-docs`; do not edit it here.",
    ]
    for cable in curated.cables:
        lines += _cable(cable, curated.registry)
    return "\n".join(lines) + "\n"


def _cable(cable: CuratedCable, registry: Registry) -> list[str]:
    own = cable.manifest.cable
    names = registry.names()
    lines = ["", f"## {own}: {cable.roundtable.roundtable.name}", ""]
    lines.append(f"{sum(not ask.withdrawn for ask in cable.recommendations)} recommendations.")
    titles = {panel.number: panel.title for panel in cable.roundtable.panels}
    for paragraph in cable.finding.paragraphs:
        asks = [ask for ask in cable.recommendations if ask.paragraph == paragraph.label and not ask.withdrawn]
        if not asks:
            continue
        panel = f"Panel {asks[0].panel}: {titles[asks[0].panel]}" if asks[0].panel else "Outside the panels"
        lines += ["", f"### {own}, para. {paragraph.label}", "", panel]
        by_target: dict[str, list[RecommendationEntry]] = {}
        for ask in asks:
            by_target.setdefault(" and ".join(ask.targets), []).append(ask)
        for target, group in by_target.items():
            lines += ["", f"**{target}**", ""]
            for ask in group:
                lines += _ask(ask, names=names)
    return lines


def _ask(ask: RecommendationEntry, *, names: dict[str, str]) -> list[str]:
    flags = [ask.certainty.value, *(["continuing"] if ask.continuing else [])]
    if ask.seeks_change_by:
        flags.append(f"seeks change by {ask.seeks_change_by.value}")
    flags += [f"asked: {names[one.body]} ({one.basis.value})" for one in ask.addressees]
    flags += [f"{relation.kind.value} {relation.id}" for relation in ask.related]
    if ask.position:
        flags.append(f'answered, {ask.position.value}: "{ask.position.quote}"')
    said = f'"{ask.quote}"' if ask.lead_in is None else f'"{ask.lead_in} ... {ask.quote}"'
    proposers = "; ".join(_proposer(who, names=names) for who in ask.proposers)
    return [f"- `{ask.id}` {ask.text}", f"  {said} ({proposers})", f"  *{'; '.join(flags)}*"]


def _proposer(who: ProposerEntry, *, names: dict[str, str]) -> str:
    parts = [names[slug] for slug in (who.person, who.organization) if slug]
    if who.on_behalf_of:
        parts.append(f"for {names[who.on_behalf_of]}")
    return ", ".join(parts or [who.description or ""])
