"""Captions of drawings: dates, stages, outcomes, and the description of a whole reform for screen readers."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from app.reforms.schemas import EventOut, ReformDetailOut, ReformOut
from app.vocabulary import Confidence, EventKind, Marking

ABBREVIATIONS = (
    "NPCSC: Standing Committee of the National People's Congress. "
    "SC/LAO: Legislative Affairs Office of the State Council."
)
_SPELLED = {"npcsc": "NPCSC", "sclao": "SC/LAO", "state": "State", "council": "Council"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def in_words(code: str) -> str:
    """Enum value as a caption: `npcsc_reading_1` becomes `NPCSC reading 1`."""
    words = " ".join(_SPELLED.get(word, word) for word in code.split("_"))
    return words[0].upper() + words[1:]


def month_in_words(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def day_in_words(day: date) -> str:
    return f"{day.day} {month_in_words(day)}"


def when(event: EventOut) -> str:
    """Days that the date allows: `June 2009`, `about January to April 2008`, `by 21 November 2007`."""
    text = _span(event.earliest, event.latest)
    if "~" in (event.date or ""):
        text = f"about {text}"
    return f"perhaps {text}" if "?" in (event.date or "") else text


def _span(earliest: date | None, latest: date | None) -> str:
    if earliest is None or latest is None:
        sides = [
            f"by {day_in_words(latest)}" if latest else "",
            f"from {day_in_words(earliest)} on" if earliest else "",
        ]
        return "".join(sides) or "no date given"
    whole_months = earliest.day == 1 and latest.day == monthrange(latest.year, latest.month)[1]
    if whole_months and (earliest.month, latest.month) == (1, 12):
        return _joined(str(earliest.year), str(latest.year), shared="")
    if whole_months:
        return _joined(month_in_words(earliest), month_in_words(latest), shared=f" {latest.year}")
    month = earliest.replace(day=1) == latest.replace(day=1)
    return _joined(
        day_in_words(earliest),
        day_in_words(latest),
        shared=day_in_words(latest).lstrip("0123456789") if month else f" {latest.year}",
    )


def _joined(first: str, last: str, *, shared: str) -> str:
    """Range `first to last`, without the ending that both share; one of them if they are equal."""
    return last if first == last else f"{first.removesuffix(shared)} to {last}"


def said(event: EventOut) -> str | None:
    """Date as the source prints it, in quotation marks; null if it adds nothing to the days."""
    if event.date_text is None or _tokens(event.date_text) == _tokens(when(event)):
        return None
    return f"“{event.date_text}”"


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - {"to", "and"}


class EventCaptions:
    """Captions of the events of one reform, by their numbers in its drawing."""

    def __init__(self, reform: ReformDetailOut) -> None:
        self.numbers: Mapping[str, int] = {event.id: place for place, event in enumerate(reform.timeline, start=1)}
        self._rounds = {entry.number: entry.name for entry in reform.rounds}

    def outcome_note(self, event: EventOut) -> str:
        """Caption `occurred`, or `expected` with its outcome."""
        if event.kind is EventKind.OCCURRED or event.outcome is None:
            return event.kind.value
        met_by = self._listed([event.fulfilled_by] if event.fulfilled_by else [])
        return f"expected: {in_words(event.outcome).lower()}{f', see {met_by}' if met_by else ''}"

    def remarks(self, event: EventOut) -> str:
        """Caveats of the event: confidence, prospective wording, conflicting sources."""
        remarks = []
        if event.confidence is not Confidence.HIGH:
            remarks.append(f"Confidence: {event.confidence.value}.")
        if event.prospective:
            remarks.append("The source speaks of it as still to come.")
        others = self._listed(event.conflicts_with)
        if others:
            remarks.append(f"Another source differs, see {others}.")
        return " ".join(remarks)

    def caption(self, event: EventOut) -> str:
        """Full caption of an event with its source, for the drawing, the key and the description."""
        quoted = said(event)
        facts = [in_words(event.stage) if event.stage else "no stage", self._rounds.get(event.round or 0)]
        facts += [event.instrument, self.outcome_note(event)]
        cable, page = event.citation.cable, event.citation.source
        sources = [f"{cable.cable_id}, para. {cable.paragraph}"] if cable else []
        sources += [page.title] if page else []
        parts = [
            f"{when(event)}{f' ({quoted})' if quoted else ''}: {', '.join(fact for fact in facts if fact)}.",
            event.text,
            self.remarks(event),
            f"Source: {'; '.join(sources)}." if sources else "",
        ]
        return " ".join(part for part in parts if part)

    def _listed(self, ids: list[str]) -> str:
        return ", ".join(str(self.numbers[each]) for each in ids if each in self.numbers)


def stage_in_words(reform: ReformOut) -> str:
    if reform.stage is None:
        return "none"
    return f"{in_words(reform.stage)}{f', {reform.round.name}' if reform.round else ''}"


def clocks_in_words(reform: ReformOut) -> str:
    return f"As of {day_in_words(reform.as_of)}, by what was known on {day_in_words(reform.known_at)}."


def prospects_in_words(reform: ReformDetailOut) -> str:
    """Round in force and next expected event; empty if neither is known."""
    parts = []
    if reform.in_force:
        rests_on = next((event for event in reform.timeline if event.id == reform.in_force.event), None)
        begun = f", effective {when(rests_on)}" if rests_on else ""
        parts.append(f"In force: {reform.in_force.round.name}{begun}.")
    coming = reform.next_expected
    if coming:
        what = in_words(coming.stage) if coming.stage else coming.text.rstrip(".")
        parts.append(f"Next expected: {what}, {when(coming)}.")
    return " ".join(parts)


def nothing_yet(reform: ReformOut) -> str:
    return f"The register has no event of this reform as of {day_in_words(reform.as_of)}."


def describe(reform: ReformDetailOut) -> str:
    """Text description of the whole drawing of a reform, for screen readers."""
    event_captions = EventCaptions(reform)
    head = f"{reform.name}. Stage: {stage_in_words(reform)}. {clocks_in_words(reform)} {prospects_in_words(reform)}"
    events = [f"{event_captions.numbers[event.id]}. {event_captions.caption(event)}" for event in reform.timeline]
    return "\n".join([head.strip(), *(events or [nothing_yet(reform)])])


def highest_marking(reforms: list[ReformDetailOut]) -> Marking:
    """Marking of a drawing: the highest marking of the events on it."""
    sensitive = any(event.marking is Marking.SBU for reform in reforms for event in reform.timeline)
    return Marking.SBU if sensitive else Marking.U
