"""Enums documented as open strings in the OpenAPI document, so that a new value breaks no generated client."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from app.vocabulary.enums import (
    ActionStatus,
    Aspect,
    AuditOutcome,
    Basis,
    Capacity,
    Certainty,
    Collection,
    Confidence,
    DamageKind,
    Editable,
    EventKind,
    HistoryKind,
    Implementation,
    InstrumentKind,
    KnownFromBasis,
    OrganizationKind,
    Outcome,
    Position,
    Publication,
    RecordKind,
    Recurrence,
    ReformKind,
    RelationKind,
    Role,
    Stage,
    State,
    Target,
    Topic,
)


class OpenList(WithJsonSchema):
    """Annotation that documents an enum as an open string, and accepts strings for it in strict mode too."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del handler  # it would refer to a shared definition, whose strictness cannot be changed here
        return core_schema.enum_schema(source, list(source), sub_type="str", strict=False)


def open_list(words: type[StrEnum]) -> OpenList:
    """Returns the annotation that documents and validates the values of an enum."""
    values = [word.value for word in words]
    return OpenList({"type": "string", "maxLength": 64, "examples": values[:1], "x-extensible-enum": values})


TargetWord = Annotated[Target, open_list(Target)]
TopicWord = Annotated[Topic, open_list(Topic)]
OrganizationKindWord = Annotated[OrganizationKind, open_list(OrganizationKind)]
DamageKindWord = Annotated[DamageKind, open_list(DamageKind)]
CollectionWord = Annotated[Collection, open_list(Collection)]
RecordKindWord = Annotated[RecordKind, open_list(RecordKind)]
RelationKindWord = Annotated[RelationKind, open_list(RelationKind)]
EditableWord = Annotated[Editable, open_list(Editable)]
PublicationWord = Annotated[Publication, open_list(Publication)]
CapacityWord = Annotated[Capacity, open_list(Capacity)]
PositionWord = Annotated[Position, open_list(Position)]
ImplementationWord = Annotated[Implementation, open_list(Implementation)]
StateWord = Annotated[State, open_list(State)]
CertaintyWord = Annotated[Certainty, open_list(Certainty)]
RoleWord = Annotated[Role, open_list(Role)]
StageWord = Annotated[Stage, open_list(Stage)]
EventKindWord = Annotated[EventKind, open_list(EventKind)]
OutcomeWord = Annotated[Outcome, open_list(Outcome)]
ConfidenceWord = Annotated[Confidence, open_list(Confidence)]
KnownFromBasisWord = Annotated[KnownFromBasis, open_list(KnownFromBasis)]
ReformKindWord = Annotated[ReformKind, open_list(ReformKind)]
InstrumentKindWord = Annotated[InstrumentKind, open_list(InstrumentKind)]
BasisWord = Annotated[Basis, open_list(Basis)]
AuditOutcomeWord = Annotated[AuditOutcome, open_list(AuditOutcome)]
AspectWord = Annotated[Aspect, open_list(Aspect)]
RecurrenceWord = Annotated[Recurrence, open_list(Recurrence)]
ActionStatusWord = Annotated[ActionStatus, open_list(ActionStatus)]
HistoryKindWord = Annotated[HistoryKind, open_list(HistoryKind)]
