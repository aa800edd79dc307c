"""Numbers in request bodies: each is rejected, or returned as exactly the number sent."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from app.core.schemas import EXACT_MOST
from tests.conftest import CABLE, ROOT
from tests.conventions.test_examples import BODIES
from tests.fixtures.clients import FIGURES, Desk, a_figure, changed, published, tag

DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
ODD: tuple[str, ...] = (
    "0",
    "-0.0",
    "0.1",
    "-5",
    "5.0",
    "5e0",
    "1e-320",
    "1e308",
    "1e400",
    "1e-400",
    "10000000000000000.5",
)
ODD += ("9007199254740993.0", "4503599627370496.3", "0.1000000000000000000001", "9" * 5_000)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return resolved(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    parts = [resolved(one) for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return {**parts[0], **schema} if parts else schema


def numbers_in(schema: dict[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yields every number member of a body: its path and its schema."""
    found = resolved(schema)
    types = found.get("type", [])
    if {"integer", "number"} & set([types] if isinstance(types, str) else types):
        yield at, found
    for name, inner in found.get("properties", {}).items():
        yield from numbers_in(inner, (*at, name))
    if "items" in found:
        yield from numbers_in(found["items"], (*at, 0))


MEMBERS = [
    pytest.param(method, path, way, member, id=f"{operation['operationId']}-{'-'.join(map(str, way))}")
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    for content in operation.get("requestBody", {}).get("content", {}).values()
    for way, member in numbers_in(content["schema"])
    if content is next(iter(operation["requestBody"]["content"].values()))
]
RECORDS = {"recommendation_id": f"{CABLE}-R003", "statistic_id": f"{CABLE}-S14", "event_id": "patent-law-E03"}
RECORDS |= {"participation_id": f"{CABLE}-PT04"}


def body_with(base: dict[str, Any], way: tuple[str | int, ...], digits: str) -> bytes:
    """Returns a body with a number in a given spelling, which Python's JSON writer would not produce."""
    base = json.loads(json.dumps(base))
    here: Any = base
    for name, further in zip(way, [*way[1:], None], strict=True):
        if further is None:
            here[name] = "<here>"
        elif isinstance(here, list):
            here.append({})
            here = here[0]
        else:
            here[name] = here.get(name) or ([] if isinstance(further, int) else {})
            here = here[name]
    return json.dumps(base).replace('"<here>"', digits).encode()


def at(document: Any, way: tuple[str | int, ...]) -> Any:
    for name in way:
        document = document[name]
    return document


@pytest.mark.parametrize(("method", "path", "way", "member"), MEMBERS)
def test_a_number_is_refused_or_read_back_as_it_was_sent(
    desk: Desk, method: str, path: str, way: tuple[str | int, ...], member: dict[str, Any]
) -> None:
    operation = DOCUMENT["paths"][path][method]["operationId"]
    most, least = int(member["maximum"]), int(member["minimum"])
    assert max(most, -least) <= EXACT_MOST
    for digits in (*(str(one) for one in (least, most, most + 1, least - 1)), *ODD):
        address = path.format(**{**RECORDS, **dict.fromkeys(("action_id", "report_id", "checkpoint_id"), "1")})
        headers = {"Content-Type": "application/json"}
        if method != "post":
            headers |= tag(desk.editor.get(address))
        content = body_with(BODIES.get(operation, {}), way, digits)
        answer = desk.editor.request(method, address, headers=headers, content=content)
        assert answer.status_code in {200, 201, 403, 409, 422}, (digits[:40], answer.text)
        if not least <= Decimal(digits) <= most:
            assert answer.status_code in {403, 422}, digits[:40]
        if answer.is_success:
            read = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal).get("content")
            assert read is None or at(read, way) == Decimal(digits)
            made_at = address if method == "patch" else answer.headers.get("location", address).removesuffix("/draft")
            gone = desk.editor.post(f"{made_at}/withdraw", headers=tag(answer))
            assert gone.is_success, gone.text


@pytest.mark.parametrize(("digits", "shown"), [("5", "5"), ("5.0", "5"), ("0.1", "0.1"), ("-9007199254740992", None)])
def test_a_published_figure_preserves_its_spelling(desk: Desk, digits: str, shown: str | None) -> None:
    what = f"The Chamber held {digits} events."
    content = body_with(a_figure(what=what, qualifier="nearly"), ("value",), digits)
    draft = desk.editor.post(FIGURES, content=content, headers={"Content-Type": "application/json"})
    shown = shown or digits
    assert f'"value": {shown},' in draft.text.replace('"value" : ', '"value": ')
    record = published(desk, draft).text
    assert json.loads(record, parse_float=Decimal)["value"] == Decimal(shown)
    assert f'"value" : {shown},' in record or len(shown) > len("0.1")


def test_the_sign_and_the_fraction_of_a_changed_figure_stay(desk: Desk) -> None:
    draft = changed(desk, f"{CABLE}-S14", at=FIGURES, value=-0.5, value_to=None)
    assert published(desk, draft).json()["value"] == -0.5
