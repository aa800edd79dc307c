"""Validation of record content: turns a request body into valid content, or raises with all validation errors."""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from app.core.errors import FieldError, ProblemError
from app.core.strict_json import escaped
from app.core.validation_messages import setting_message
from app.records.anchors import FoldedText, QuoteNotFound
from app.records.context import NotLoaded, ValidationContext
from app.records.types import RecordType, validate_record
from app.records.writer import content_of, entry_of

Content = dict[str, Any]
PARTIES = ("person", "organization", "on_behalf_of")
LOOKUP_HINTS = {
    field: f"GET /v1/{listed} lists the known ones"
    for field, listed in {
        "person": "people",
        "organization": "organizations",
        "on_behalf_of": "organizations",
        "addressees": "bodies",
        "bodies": "bodies",
        "body": "organizations",
        "outcome_of": "recommendations",
        "reform": "reforms",
        "reforms": "reforms",
        "related": "recommendations",
    }.items()
} | {
    "source": "GET /v1/events has the known ones in each `citation`; send a new one as `page`",
    "also_sources": "GET /v1/events has the known ones in each `citation`",
}
"""Lookup hint of each field: the endpoint that lists its valid values."""
NOT_LOADED = "The record cannot be changed yet. Load the register with this release first."


def validation_context(connection: Connection, kind: RecordType, cable_id: str | None) -> ValidationContext:
    """Returns the validation context of a record. `cable_id` is null if the record rests on no cable."""
    try:
        context = kind.context(connection, cable_id)
    except NotLoaded:
        raise ProblemError("conflict", NOT_LOADED) from None
    if context is None:
        pointer = "/cable_id" if kind.of_cable else "/cable"
        raise _refusal([_fault(pointer, f"there is no cable {cable_id}; GET /v1/cables lists the known ones")])
    return context


def apply_merge_patch(kind: RecordType, content: Content, patch: Mapping[str, Any]) -> Content:
    """Applies a merge patch to a content. A new quote or paragraph discards the old occurrence."""
    members = {name: value for name, value in patch.items() if name != "cable_id"}
    if kind.cited and isinstance(members.get(kind.cited), dict):
        members[kind.cited] = _cited_anew(content.get(kind.cited) or {}, members[kind.cited])
        return {**content, **members}
    return {**content, **members} if kind.cited else _cited_anew(content, members)


def _cited_anew(content: Content, patch: Content) -> Content:
    result = {**content, **patch}
    if not {"quote", "paragraph", "ranges"}.isdisjoint(patch):
        result["occurrence"] = patch.get("occurrence")
    if not {"lead_in", "paragraph"}.isdisjoint(patch) and "lead_in_occurrence" in result:
        result["lead_in_occurrence"] = patch.get("lead_in_occurrence")
    return result


def validate_content(
    connection: Connection, kind: RecordType, content: Content, *, context: ValidationContext
) -> Content:
    """Returns the content as it is stored: quotes are located, and all references are known. Raises with all errors."""
    content = deepcopy(content)
    cited = content if not kind.cited else content.get(kind.cited)
    faults = [] if cited is None else list(_locate_quote(cited, at=f"/{kind.cited}".rstrip("/"), context=context))
    try:
        entry = entry_of(kind.schema, content)
    except ValidationError as error:
        raise _refusal([*faults, *_schema_errors(error)]) from None
    faults += (
        _located(message, content, kind=kind) for message in validate_record(connection, kind, entry, context=context)
    )
    if faults:
        raise _refusal(faults)
    try:
        context.cable_text.anchors_of(entry)
    except QuoteNotFound as missing:
        raise _refusal([_fault("/lead_in", f"{missing}. Send other words that occur once")]) from None
    return content_of(entry)


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Returns the names of the fields in which two contents differ, sorted."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def audit_diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Content:
    """Returns the same fields for the audit trail, each with its old and new value."""
    return {
        name: {"from": _audit_value(before.get(name)), "to": _audit_value(after.get(name))}
        for name in changed_fields(before, after)
    }


def _audit_value(value: Any) -> Any:
    """Converts fractions to text: entries are hashed as canonical JSON, and such numbers have no single spelling."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    return value


def _locate_quote(cited: Content, *, at: str, context: ValidationContext) -> Iterator[FieldError]:
    """Locates the quote in its paragraph, sets its occurrence, and yields the errors."""
    ranges, label = cited.pop("ranges", None), cited.get("paragraph")
    paragraph = context.cable_text.paragraphs.get(str(label))
    if paragraph is None:
        known = ", ".join(context.cable_text.paragraphs) or "none: send its cable"
        yield _fault(f"{at}/paragraph", f"{context.cable or 'No cable'} has no paragraph {label}; known are {known}")
        return
    quote = cited.get("quote")
    if quote is None:
        yield _fault(f"{at}/quote", "is required: the words exactly as the paragraph prints them")
        return
    places = [[{"start": one.start, "end": one.end} for one in place] for place in paragraph.places(quote)]
    if not places:
        yield _missing(paragraph, f"{at}/quote", quote)
    elif ranges is not None:
        if ranges not in places:
            found = "; or ".join(_spell_ranges(place) for place in places)
            yield _fault(f"{at}/ranges", f"the words are at {found}: send these ranges, or omit `ranges`")
        else:
            cited["occurrence"] = places.index(ranges) + 1 if len(places) > 1 else None
    elif cited.get("occurrence") is None and len(places) > 1:
        advice = "select one by `occurrence` or `ranges`, or send more words"
        yield _fault(f"{at}/quote", f"these words occur {len(places)} times; {advice}")
    elif (cited.get("occurrence") or 1) > len(places):
        yield _fault(f"{at}/occurrence", f"these words occur {len(places)} times")
    if cited.get("lead_in") is not None and not paragraph.places(cited["lead_in"]):
        yield _missing(paragraph, "/lead_in", cited["lead_in"])


def _missing(paragraph: FoldedText, pointer: str, words: str) -> FieldError:
    try:
        paragraph.find(words, occurrence=None)
    except QuoteNotFound as missing:
        return _fault(pointer, f"{missing}. Send them exactly as the paragraph prints them, misprints included")
    raise AssertionError  # unreachable: the caller found no place for these words


def _spell_ranges(place: list[dict[str, int]]) -> str:
    return ", ".join(f"{one['start']} to {one['end']}" for one in place)


def _schema_errors(error: ValidationError) -> Iterator[FieldError]:
    for one in error.errors():
        pointer = "".join(f"/{escaped(str(part))}" for part in one["loc"])
        yield _fault(pointer, setting_message(one))


def _located(message: str, content: Content, *, kind: RecordType) -> FieldError:
    """Converts an error of the curated files into one of a request body, with a pointer and a lookup hint."""
    field, _, words = message.partition(": ")
    pointer = f"/{field}" if field in kind.schema.model_fields else ""
    for name, who, place in _parties(content):
        if field in PARTIES and f'"{who.get(field)}"' in words:
            pointer = f"/{name}/{place}/{field}"
    words = re.sub(r"is not known in \w+\.yaml", "is not known", words or message)
    hint = f"; {LOOKUP_HINTS[field]}" if field in LOOKUP_HINTS and "not known" in words else ""
    return _fault(pointer, f"{words}{hint}")


def _parties(content: Content) -> Iterator[tuple[str, Content, int]]:
    for name in ("proposers", "said_by"):
        for place, who in enumerate(content.get(name, [])):
            yield name, who, place


def _fault(pointer: str, message: str) -> FieldError:
    return FieldError(parameter=None, pointer=pointer[:200], message=message)


def _refusal(faults: Iterable[FieldError]) -> ProblemError:
    found = tuple(faults)
    return ProblemError("invalid-request", f"{found[0].pointer or 'body'}: {found[0].message}", found)
