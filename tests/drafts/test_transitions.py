"""Draft transitions: the table of permissions in docs/api.md, tested cell by cell."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.vocabulary import Marking, Role
from tests.conftest import ROOT, bearer, new_key
from tests.fixtures.clients import ASKS, EVENTS, FIGURES, PARTS, a_figure, a_part, an_ask, an_event, move, tag

STATES = ("draft", "in_review", "returned", "published", "withdrawn")
REFUSED = {401, 403, 404, 409, 410}
WHO = {
    "its author": ((Role.READER, Role.EDITOR), Marking.SBU),
    "another editor": ((Role.READER, Role.EDITOR), Marking.SBU),
    "reviewer": ((Role.READER, Role.REVIEWER), Marking.SBU),
    "anyone else": ((Role.READER, Role.AUDITOR, Role.ADMIN), Marking.SBU),
    "an editor cleared for U": ((Role.EDITOR, Role.REVIEWER), Marking.U),
}
"""Callers. The first four are the columns of the table, and the last one has no permission anywhere."""
CHANGES: dict[str, dict[str, Any]] = {
    ASKS: {"continuing": True},
    FIGURES: {"unit": "words"},
    PARTS: {"title": "Counsel"},
    EVENTS: {"note": "Read once more."},
}
"""Request body of a change, by collection."""
LEAVES_IT = {"POST /v1/{collection}", "GET /v1/{collection}/{id}/draft"}
"""Operations that leave the record in its state."""


def table() -> dict[str, dict[str, set[str]]]:
    """Returns the states in which an operation is allowed, by operation and caller."""
    part = (ROOT / "docs/api.md").read_text().split("### Who may do what, and when")[1].split("`{collection}` is")[0]
    rows = [re.findall(r" *([^|]+?) *\|", line[1:]) for line in part.splitlines() if line.startswith("| ")]
    head, *rest = rows
    cells = {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rest if row[0].startswith("`")}
    return {
        operation: {
            who: set(re.findall(r"`(\w+)`", cell)) | ({"any"} if cell == "always" else set())
            for who, cell in row.items()
        }
        for operation, row in cells.items()
    }


TABLE = table()


def operations(app: FastAPI, of: str) -> dict[str, str]:
    """Returns the paths of the draft operations of a collection, by the row of the table."""
    found = {}
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            answers = str([operation["responses"].get(status) for status in ("200", "201")])
            if path.startswith(of) and "schemas/DraftOut" in answers:
                name = re.sub(r"{\w+}", "{id}", path).replace(of, "/v1/{collection}")
                found[f"{method.upper()} {name}"] = path
    return found


@pytest.fixture(scope="module")
def people(writing_url: str, written_url: str) -> Iterator[dict[str, httpx.Client]]:
    with ExitStack() as stack:
        yield {
            who: stack.enter_context(
                httpx.Client(
                    base_url=writing_url,
                    timeout=60,
                    headers=bearer(new_key(written_url, *roles, clearance=marking, name=who)),
                )
            )
            for who, (roles, marking) in WHO.items()
        }


@pytest.fixture(scope="module")
def words(anyone: httpx.Client, written: Engine) -> dict[str, dict[str, Any]]:
    """Returns a citation for each marking: a paragraph, its panel, and words that appear in it once."""
    with written.begin() as connection:
        connection.execute(text("UPDATE paragraphs SET marking = 'U' WHERE label = '29'"))
    found: dict[str, dict[str, Any]] = {}
    for paragraph in anyone.get("/v1/cables/07BEIJING7192/paragraphs", params={"limit": 200}).json()["items"]:
        quote = " ".join(paragraph["text"].split()[1:9])
        if paragraph["text"].count(quote) == 1:
            panels = [
                one["panel"] for one in anyone.get(ASKS, params={"paragraph": paragraph["label"]}).json()["items"]
            ]
            found[paragraph["marking"]] = {
                "paragraph": paragraph["label"],
                "quote": quote,
                "panel": panels[0] if panels else None,
            }
    return found


def brought_to(state: str, body: dict[str, Any], at: str, people: dict[str, httpx.Client]) -> httpx.Response:
    """Brings a record of the author to a state. Returns the response with its current ETag."""
    author, reviewer = people["its author"], people["reviewer"]
    draft = author.post(at, json=body)
    place = f"{at}/{draft.json().get('record_id')}"
    if state == "draft":
        return draft
    draft = move(author, draft, "submit")
    if state == "returned":
        return move(reviewer, draft, "return", note="mend it")
    if state in {"published", "withdrawn"}:
        assert move(reviewer, draft, "publish").status_code == 200
    if state == "withdrawn":
        gone = author.delete(place, headers=tag(author.get(place)))
        draft = move(reviewer, move(author, gone, "submit"), "publish")
    return author.get(place) if state == "published" else draft


@pytest.mark.parametrize("marking", list(Marking))
@pytest.mark.parametrize("at", [ASKS, FIGURES, PARTS, EVENTS])
def test_each_is_allowed_what_the_table_allows(
    people: dict[str, httpx.Client], words: dict[str, dict[str, Any]], writing_app: FastAPI, at: str, marking: Marking
) -> None:
    asked = operations(writing_app, at)
    assert set(asked) == set(TABLE)
    number = 0

    def body() -> dict[str, Any]:
        nonlocal number
        number += 1
        sentence = f"A record cited to what is marked {marking}, number {number}."
        if at == ASKS:
            return an_ask(**words[marking], text=sentence)
        cited = {name: words[marking][name] for name in ("paragraph", "quote")}
        if at == PARTS:
            return a_part(citation=cited, description=sentence)
        if at == EVENTS:
            return an_event(cable="07BEIJING7192", cite=cited, page=None, text=sentence)
        return a_figure(**cited, what=sentence, qualifier=None, period=None, date=None)

    for state in STATES:
        record = brought_to(state, body(), at, people)
        for operation, path in asked.items():
            for who, client in people.items():
                where = TABLE[operation].get(who, set())
                allowed = state in where or "any" in where
                status = ask(client, operation, path, record, body).status_code
                assert status in ({200, 201} if allowed else REFUSED), (state, operation, who, status)
                if allowed and operation not in LEAVES_IT:
                    record = brought_to(state, body(), at, people)


def ask(
    client: httpx.Client, operation: str, path: str, record: httpx.Response, body: Callable[[], dict[str, Any]]
) -> httpx.Response:
    method, _, name = operation.partition(" ")
    record_id = record.json().get("record_id") or record.json()["id"]
    sent: dict[str, Any] | None = None
    if method == "PATCH":
        sent = CHANGES[next(at for at in CHANGES if path.startswith(at))]
    elif name.endswith("/return"):
        sent = {"note": "mend it"}
    elif name == "/v1/{collection}":
        sent = body()
    headers = {} if method == "GET" else {"If-Match": record.headers["etag"]}
    return client.request(method, re.sub(r"{\w+}", record_id, path), json=sent, headers=headers)
