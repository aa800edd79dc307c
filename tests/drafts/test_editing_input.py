"""Validation of drafts: an invalid body is rejected with advice, and nothing of it is stored."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.fixtures.clients import (
    ASKS,
    CABLE,
    EVENTS,
    FIGURES,
    QUOTE,
    Desk,
    a_figure,
    an_ask,
    an_event,
    code,
    made,
    tag,
)

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("a wrong word", {"targets": ["ambassador"]}, "/targets/0", "known are china, embassy, industry, usg"),
    ("an unknown person", {"proposers": [{"person": "nobody"}]}, "/proposers/0/person", "GET /v1/people"),
    (
        "an unknown organization",
        {"proposers": [{"person": "jeremie-waterman"}, {"organization": "acme"}]},
        "/proposers/1/organization",
        "GET /v1/organizations",
    ),
    ("nobody", {"proposers": [{}]}, "/proposers/0", "a person, an organization or a description is required"),
    ("an unknown body", {"bodies": ["acme"]}, "/bodies", "GET /v1/bodies"),
    ("a company as a body", {"addressees": [{"body": "nike", "basis": "named"}]}, "/addressees", "GET /v1/bodies"),
    ("an unknown reform", {"reforms": ["no-law"]}, "/reforms", "GET /v1/reforms"),
    ("a word twice", {"topics": ["staffing", "staffing"]}, "/topics", "twice"),
    ("another's panel", {"panel": 2}, "/panel", "panel 1"),
    ("no panel", {"panel": None}, "/panel", "panel 1"),
    ("an unknown relation", {"related": [{"kind": "related", "id": f"{CABLE}-R999"}]}, "/related", "R999"),
    ("words not there", {"quote": "appoint a Minister of all"}, "/quote", "exactly as the paragraph prints"),
    ("words there twice", {"quote": "the"}, "/quote", "`occurrence`"),
    ("an occurrence beyond", {"occurrence": 2}, "/occurrence", "1 times"),
    ("a lead-in not there", {"lead_in": "He said so"}, "/lead_in", "words not found"),
    ("ranges elsewhere", {"ranges": [{"start": 0, "end": 9}]}, "/ranges", "omit `ranges`"),
    ("ranges beyond", {"ranges": [{"start": 0, "end": 99_999_999}]}, "/ranges", "the words are at"),
    ("no such paragraph", {"paragraph": "99"}, "/paragraph", "known are 1, 3, 4"),
    ("no such cable", {"cable_id": "07BEIJING1"}, "/cable_id", "GET /v1/cables"),
    ("control characters", {"text": "The \u0007 bell."}, "/text", "control characters"),
    ("lines", {"text": "One.\nTwo."}, "/text", "on one line"),
    ("a number as text", {"panel": "1"}, "/panel", "a whole number, without quotes"),
    ("a member that is none", {"position": "supported"}, "/position", "unknown member"),
    ("a classified mark", {"text": "(S//NF) The office is asked."}, "/text", "mark of a classified document"),
    ("an id", {"id": f"{CABLE}-A777"}, "/id", "unknown member"),
]
WRONG_FIGURES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no figure", {"value": None, "qualifier": None}, "", "`value` is required"),
    ("a range that is none", {"value_to": 3}, "", "requires `value`, and must be greater"),
    ("another's word", {"qualifier": "about"}, "/qualifier", "is not in the quote"),
    ("another time", {"period": "in 2001", "date": "2001"}, "/period", "is not in the paragraph"),
    ("a date that is none", {"date": "soon"}, "/date", "EDTF"),
]


def rows(written: Engine) -> int:
    with written.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM revisions")).scalar_one())


@pytest.mark.parametrize(
    ("at", "changes", "pointer", "words"),
    [(ASKS, *one[1:]) for one in WRONG] + [(FIGURES, *one[1:]) for one in WRONG_FIGURES],
    ids=[one[0] for one in [*WRONG, *WRONG_FIGURES]],
)
def test_an_invalid_draft_is_rejected(
    desk: Desk, written: Engine, at: str, changes: dict[str, Any], pointer: str, words: str
) -> None:
    before = rows(written)
    answer = desk.editor.post(at, json=an_ask(**changes) if at == ASKS else a_figure(**changes))
    assert code(answer) == (422, "invalid-request"), answer.text
    faults = answer.json()["errors"]
    assert any(one["pointer"] == pointer and words in one["message"] for one in faults), faults
    assert rows(written) == before


@pytest.mark.parametrize(
    ("member", "words", "reason"),
    [
        ("text", "(SBU) The office was asked.", "a mark above U"),
        ("text", "The office was asked. SECRET: it was.", "a mark above U"),
        ("note", "BEGIN SBU It was so.", "a mark above U"),
        ("note", "Classified by: A. Person", "mark of a classified document"),
    ],
)
def test_a_text_for_readers_of_u_has_no_mark_above(
    desk: Desk, written: Engine, member: str, words: str, reason: str
) -> None:
    """Events from web pages are read by all: nothing marks them, so nothing in them may be marked."""
    before = rows(written)
    answer = desk.editor.post(EVENTS, json=an_event(**{member: words}))
    assert answer.status_code == 422, answer.text
    assert [(one["pointer"], reason in one["message"]) for one in answer.json()["errors"]] == [(f"/{member}", True)]
    assert rows(written) == before


def test_all_validation_errors_are_reported_at_once(desk: Desk) -> None:
    answer = desk.editor.post(ASKS, json=an_ask(quote="not there", bodies=["acme"], panel=3))
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/quote", "/bodies", "/panel"}


def test_a_change_is_validated_like_a_new_record(desk: Desk, written: Engine) -> None:
    place = f"{ASKS}/{CABLE}-R003"
    read = tag(desk.editor.get(place))
    before = rows(written)
    for body, pointer in (
        ({"quote": "not there"}, "/quote"),
        ({"text": None}, "/text"),
        ({"panel": None}, "/panel"),
        ({"cable_id": CABLE}, "/cable_id"),
        ({"ranges": [{"start": 1, "end": 2}]}, "/ranges"),
        ({"paragraph": "6"}, "/quote"),
    ):
        answer = desk.editor.patch(place, headers=read, json=body)
        assert code(answer) == (422, "invalid-request"), body
        assert pointer in {one["pointer"] for one in answer.json()["errors"]}, body
    assert rows(written) == before


NULLED: dict[str, list[Any]] = {"addressees": [], "bodies": [], "reforms": [], "related": []}
BODY = "us-customs-and-border-protection"
NEEDED = ("targets", "topics", "proposers")


def test_null_empties_a_list_that_may_be_empty(desk: Desk) -> None:
    draft = made(desk, text="It is asked of a body.", addressees=[{"body": BODY, "basis": "named"}], bodies=[BODY])
    place = f"{ASKS}/{draft.json()['record_id']}"
    emptied = desk.editor.patch(place, headers=tag(draft), json=dict.fromkeys(NULLED))
    assert emptied.status_code == 200, emptied.text
    assert {name: emptied.json()["content"].get(name, []) for name in NULLED} == NULLED
    refused = desk.editor.patch(place, headers=tag(emptied), json=dict.fromkeys(NEEDED))
    faults = {one["pointer"]: one["message"] for one in refused.json()["errors"]}
    assert faults == {f"/{name}": "it cannot be cleared: give at least one" for name in NEEDED}


@pytest.mark.parametrize("url", ["http://example.com/\u00fc", "HTTPS://X.EXAMPLE/", "https://x.example/a b"])
def test_the_message_for_an_address_covers_its_fault(desk: Desk, url: str) -> None:
    place = f"{ASKS}/{CABLE}-R003/position"
    body = {"value": "noted", "source": {"title": "A", "url": url, "retrieved": "2026-11-01"}}
    message = desk.editor.put(place, headers={"If-Match": '"x"'}, json=body).json()["errors"][0]["message"]
    assert all(word in message for word in ("ASCII", "lower case", "%C3%BC"))


def test_repeated_words_are_distinguished_by_their_ranges(desk: Desk) -> None:
    twice = an_ask(quote="the", text="It says the.")
    by_count = desk.editor.post(ASKS, json={**twice, "occurrence": 2})
    assert by_count.json()["content"]["occurrence"] == 2
    message = desk.editor.post(ASKS, json={**twice, "ranges": [{"start": 0, "end": 3}]}).json()["errors"][0]["message"]
    start, end = message.removeprefix("the words are at ").split("; or ")[1].split(" to ")
    by_place = desk.editor.post(ASKS, json={**twice, "ranges": [{"start": int(start), "end": int(end)}]})
    assert code(by_place) == (409, "conflict")
    assert by_count.json()["record_id"] in by_place.json()["detail"]


def test_a_duplicate_is_a_conflict_that_names_the_record(desk: Desk, written: Engine) -> None:
    draft = made(desk, text="It is said once.").json()
    curated = desk.reader.get(f"{ASKS}/{CABLE}-R003").json()
    before = rows(written)
    for body, other in ((an_ask(text="It is said once."), draft["record_id"]), (an_ask(text=curated["text"]), "-R003")):
        answer = desk.editor.post(ASKS, json={**body, "quote": QUOTE})
        assert code(answer) == (409, "conflict")
        assert other in answer.json()["detail"]
    assert rows(written) == before


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}], ids=["none", "any"])
def test_each_write_to_a_record_names_its_version(desk: Desk, headers: dict[str, str]) -> None:
    place = f"{ASKS}/{CABLE}-R003"
    asked = [
        desk.editor.patch(place, json={}, headers=headers),
        desk.editor.delete(place, headers=headers),
        *(desk.editor.post(f"{place}/{name}", headers=headers) for name in ("submit", "withdraw")),
        desk.reviewer.post(f"{place}/publish", headers=headers),
        desk.reviewer.post(f"{place}/return", json={"note": "x"}, headers=headers),
    ]
    assert [code(answer) for answer in asked] == [(428, "precondition-required")] * 6
