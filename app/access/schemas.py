"""Who asks: a caller, with what it may do and see; and what is asked and answered about keys."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from app.core.errors import ProblemError
from app.core.folding import clean_text
from app.core.grants import check_usable
from app.core.paging import Page, PageQuery
from app.core.persons import letters
from app.core.shapes import Form, Identifier, In, Line, Out
from app.vocabulary import Marking, Role, RoleWord

ANONYMOUS = "anonymous"
CHALLENGE = 'Bearer realm="roundtable"'
UNPROVEN = f'{CHALLENGE}, error="invalid_token"'


@dataclass(frozen=True)
class Caller:
    """Someone who asks. `id` names the way of coming in and who it is, as in `key:4f2a` or `anonymous`."""

    id: str
    name: str
    roles: frozenset[Role]
    clearance: Marking
    """The highest marking that it may see."""
    person: str
    """The person behind it, as a folded name: the same for each way of coming in."""

    @property
    def is_anonymous(self) -> bool:
        return self.id == ANONYMOUS


@cache
def anonymous(clearance: Marking) -> Caller:
    return Caller(ANONYMOUS, ANONYMOUS, frozenset({Role.READER}), clearance, person=ANONYMOUS)


def unproven() -> ProblemError:
    """The one refusal of credentials that do not hold: what is wrong with them is not told."""
    return ProblemError("unauthenticated", "The credentials shown do not hold.", headers={"WWW-Authenticate": UNPROVEN})


def _each_once(roles: list[Role]) -> list[Role]:
    return [role for role in Role if role in roles]


def _named(person: str) -> str:
    if not letters(person):
        raise ValueError("give the name that the person signs on by")
    return person


def _number(value: object) -> object:
    """A number of JSON: `30` and `30.0` are one, `"30"` is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("give a whole number")  # noqa: TRY004 - pydantic's way to refuse
    return value


ON_ONE_LINE = Form(r"^[^\x00-\x1F\x7F-\x9F]*$", "a name on one line, without control characters")


class KeyIn(In):
    """A key to be made. Nobody makes one with a role or clearance that he does not have."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=200, examples=["weekly export"]),
        ON_ONE_LINE,
        AfterValidator(clean_text),
    ]
    """Who or what it is for."""
    person: Annotated[
        str,
        Field(min_length=1, max_length=200, examples=["a.officer@office.example"]),
        ON_ONE_LINE,
        AfterValidator(clean_text),
        AfterValidator(_named),
    ]
    """The person who answers for it, by the name that he signs on by. Two keys of one person are one author."""
    roles: Annotated[list[RoleWord], Field(min_length=1, max_length=20), AfterValidator(_each_once)]
    """What it may do."""
    clearance: Annotated[Marking, Field(strict=False)]
    """The highest marking that it may see."""
    expires_in_days: Annotated[
        int,
        Field(ge=1, le=1_095, json_schema_extra={"format": "int32"}, examples=[365]),
        BeforeValidator(_number),
    ] = 365
    """For how many days it holds."""

    @field_validator("clearance")
    @classmethod
    def _opens_something(cls, clearance: Marking, info: ValidationInfo) -> Marking:
        check_usable(info.data.get("roles", ()), clearance)
        return clearance


class KeyOut(Out):
    """A key, without its secret."""

    id: Identifier
    name: Line
    """Who or what it is for."""
    person: Line
    """The person who answers for it."""
    roles: list[RoleWord]
    """What it may do."""
    clearance: Marking
    """The highest marking that it may see."""
    created_at: datetime
    created_by: Line
    """Who made it."""
    expires_at: datetime
    """From then on it does not hold."""
    last_used_at: datetime | None
    """When it was last used, up to a minute behind; null where it never was."""


class KeyMadeOut(Out):
    """A key that was just made. Its secret is shown this once."""

    key: Annotated[str, Field(max_length=200, examples=["rr_..."])]
    """What to send as `Authorization: Bearer`. It is kept nowhere: store it now."""
    made: KeyOut


class KeyQuery(PageQuery):
    pass


class KeyPage(Page):
    """One page of the keys."""

    items: list[KeyOut]
