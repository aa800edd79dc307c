"""Open enums: closed lists that the OpenAPI document shows as open strings, so that a new value breaks no client."""

from enum import StrEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema


def _json_schema(values: list[str]) -> dict[str, Any]:
    return {"type": "string", "maxLength": 64, "examples": values[:1], "x-extensible-enum": values}


class OpenEnum(StrEnum):
    """Enum whose JSON Schema is an open string. Strict bodies accept its values as text."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type[Self], _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.enum_schema(cls, list(cls), sub_type="str", strict=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _json_schema([word.value for word in cls])


class OpenList(WithJsonSchema):
    """Annotation that gives another enum, or a choice of its values, the schema of an open enum."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del handler  # it would refer to a shared definition, which is strict
        return core_schema.enum_schema(source, list(source), sub_type="str", strict=False)


def open_list(words: type[StrEnum]) -> OpenList:
    return OpenList(_json_schema([word.value for word in words]))
