"""Callers with their roles and clearance; request and response models of API keys."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from app.core.errors import ProblemError
from app.core.folding import clean_text
from app.core.grants import check_usable
from app.core.pagination import Page, PageQuery
from app.core.persons import is_person
from app.core.schemas import Identifier, RequestModel, ResponseModel, ShortText, TextPattern
from app.vocabulary import Marking, Role

ANONYMOUS = "anonymous"
READ_ONLY_ROLES = frozenset({Role.READER, Role.AUDITOR})
CHALLENGE = 'Bearer realm="roundtable"'
INVALID_CREDENTIALS = f'{CHALLENGE}, error="invalid_token"'


@dataclass(frozen=True)
class Caller:
    """Authenticated caller. `id` names the method and the identity, as in `key:4f2a` or `anonymous`."""

    id: str
    name: str
    roles: frozenset[Role]
    clearance: Marking
    """Highest marking that the caller may read."""
    person: str
    """Normalized name of the person: the same for each method of authentication."""

    @cached_property
    def is_anonymous(self) -> bool:
        return self.id == ANONYMOUS

    @cached_property
    def is_read_only(self) -> bool:
        """True for a reader without a write role. All others read their own writes, so the cache is not for them."""
        return Role.READER in self.roles and self.roles <= READ_ONLY_ROLES


@cache
def anonymous(clearance: Marking) -> Caller:
    return Caller(ANONYMOUS, ANONYMOUS, frozenset({Role.READER}), clearance, person=ANONYMOUS)


def invalid_credentials() -> ProblemError:
    """The problem (401) for all invalid credentials; it does not disclose the reason."""
    return ProblemError(
        "unauthenticated", "The credentials are invalid.", headers={"WWW-Authenticate": INVALID_CREDENTIALS}
    )


def _each_once(roles: list[Role]) -> list[Role]:
    return [role for role in Role if role in roles]


def _named(person: str) -> str:
    if not is_person(person):
        raise ValueError(
            "must be the name with which the person signs on, in letters and digits that everybody can see"
        )
    return person


def _number(value: object) -> object:
    """Validates a JSON number: `30` and `30.0` are numbers, `"30"` is not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("must be a whole number")  # noqa: TRY004 - pydantic expects ValueError
    return value


ON_ONE_LINE = TextPattern(r"^[^\x00-\x1F\x7F-\x9F]*$", "a name on one line, without control characters")


class KeyIn(RequestModel):
    """New API key. A caller can only grant roles and a clearance that he has himself."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=200, examples=["weekly export"]),
        ON_ONE_LINE,
        AfterValidator(clean_text),
    ]
    """Purpose or user of the key."""
    person: Annotated[
        str,
        Field(min_length=1, max_length=200, examples=["a.officer@office.example"]),
        ON_ONE_LINE,
        AfterValidator(clean_text),
        AfterValidator(_named),
    ]
    """The responsible person, by sign-on name. Two keys of one person count as one author."""
    roles: Annotated[list[Role], Field(min_length=1, max_length=20), AfterValidator(_each_once)]
    """Roles of the key."""
    clearance: Annotated[Marking, Field(strict=False)]
    """Highest marking that the key may read."""
    expires_in_days: Annotated[
        int,
        Field(ge=1, le=1_095, json_schema_extra={"format": "int32"}, examples=[365]),
        BeforeValidator(_number),
    ] = 365
    """Validity in days."""

    @field_validator("clearance")
    @classmethod
    def _opens_something(cls, clearance: Marking, info: ValidationInfo) -> Marking:
        check_usable(info.data.get("roles", ()), clearance)
        return clearance


class KeyOut(ResponseModel):
    """API key without its secret."""

    id: Identifier
    name: ShortText
    """Purpose or user of the key."""
    person: ShortText
    """The responsible person."""
    roles: list[Role]
    """Roles of the key."""
    clearance: Marking
    """Highest marking that the key may read."""
    created_at: datetime
    created_by: ShortText
    """Id of the caller who created the key."""
    expires_at: datetime
    """Time at which the key expires."""
    last_used_at: datetime | None
    """Time of the last use, up to a minute behind; null if the key was never used."""


class KeyMadeOut(ResponseModel):
    """New API key with its secret, which is shown only once."""

    key: Annotated[str, Field(max_length=200, examples=["rr_..."])]
    """The key to send as `Authorization: Bearer`. It is not stored in the service: save it now."""
    made: KeyOut


class KeyQuery(PageQuery):
    pass


class KeyPage(Page):
    """One page of the keys."""

    items: list[KeyOut]
