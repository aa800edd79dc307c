"""Editing of records: drafts beside the published record, reviewed by another person."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.conftest import walk
from tests.fixtures.clients import ASKS, CABLE, FIGURES, PLANTED, QUOTE, Desk, changed, code, made, move, published, tag


def test_a_new_recommendation_is_a_draft_until_another_publishes_it(desk: Desk) -> None:
    draft = made(desk, text="The Embassy should appoint a plenipotentiary.")
    shown = draft.json()
    assert (shown["publication"], shown["made"], shown["record_id"][:15]) == ("draft", True, f"{CABLE}-A")
    assert draft.headers["location"] == f"{ASKS}/{shown['record_id']}/draft"
    assert desk.editor.get(draft.headers["location"]).content == draft.content
    assert desk.reader.get(f"{ASKS}/{shown['record_id']}").status_code == 404
    read = published(desk, draft)
    assert (read.status_code, read.json()["quote"], read.json()["paragraph"]) == (200, QUOTE, "5")
    curated = desk.reader.get(f"{ASKS}/{CABLE}-R003").json()
    assert read.json()["ranges"] == curated["ranges"]
    assert read.json()["state"] == "open_unresolved"
    found = desk.reader.get("/v1/search", params={"q": "plenipotentiary"}).json()["items"]
    assert [one["id"] for one in found] == [shown["record_id"]]
    assert desk.editor.get(draft.headers["location"]).status_code == 404
    assert code(move(desk.reviewer, draft, "publish")) == (412, "stale")


def test_a_change_is_a_draft_beside_what_is_published(desk: Desk) -> None:
    place = f"{ASKS}/{CABLE}-R003"
    before = desk.reader.get(place)
    draft = changed(desk, f"{CABLE}-R003", text="The Embassy should appoint a counselor of rank.", topics=["training"])
    assert (draft.json()["changed"], draft.json()["made"]) == (["text", "topics"], False)
    assert desk.reader.get(place).content == before.content
    # While a draft is open, If-Match has to name the version of the draft.
    stale = desk.other.patch(place, headers=tag(before), json={"continuing": True})
    assert (code(stale), stale.headers["etag"]) == ((412, "stale"), draft.headers["etag"])
    more = desk.other.patch(place, headers=tag(draft), json={"continuing": True, "topics": ["staffing"]})
    assert (more.json()["changed"], more.json()["version"]) == (["continuing", "text"], 2)
    read = published(desk, more)
    assert read.json()["text"] == "The Embassy should appoint a counselor of rank."
    assert read.json()["continuing"] is True
    assert read.json()["updated_at"] > before.json()["updated_at"]
    unchanged = {"quote", "ranges", "position", "proposers", "topics"}
    assert {name: read.json()[name] for name in unchanged} == {name: before.json()[name] for name in unchanged}
    again = changed(desk, f"{CABLE}-R003", text=before.json()["text"], continuing=False)
    assert published(desk, again).json()["text"] == before.json()["text"]


def test_authors_of_a_draft_cannot_review_it(desk: Desk, both: httpx.Client) -> None:
    draft = made(desk, text="The Embassy should appoint one more.")
    place = f"{ASKS}/{draft.json()['record_id']}"
    touched = both.patch(place, headers=tag(draft), json={"continuing": True})
    handed_in = move(desk.editor, touched, "submit")
    for name, body in (("publish", {}), ("return", {"note": "mend it"})):
        refused = move(both, handed_in, name, **body)
        assert code(refused) == (409, "conflict"), refused.text
    returned = move(desk.reviewer, handed_in, "return", note="Say for what.")
    assert (returned.json()["publication"], returned.json()["note"]) == ("returned", "Say for what.")
    mended = desk.editor.patch(place, headers=tag(returned), json={"text": "The Embassy should appoint one for it."})
    assert published(desk, mended).json()["text"] == "The Embassy should appoint one for it."


def test_a_draft_in_review_is_locked_and_invalid_transitions_are_conflicts(desk: Desk) -> None:
    draft = made(desk, text="The Embassy should appoint yet another.")
    place = f"{ASKS}/{draft.json()['record_id']}"
    assert code(move(desk.reviewer, draft, "publish")) == (409, "conflict")
    handed_in = move(desk.editor, draft, "submit")
    assert code(desk.editor.patch(place, headers=tag(handed_in), json={"continuing": True})) == (409, "conflict")
    assert code(move(desk.editor, handed_in, "submit")) == (409, "conflict")
    assert code(move(desk.other, handed_in, "withdraw")) == (403, "forbidden")
    gone = desk.editor.delete(place, headers=tag(handed_in))
    assert gone.json()["publication"] == "withdrawn"
    assert desk.editor.get(f"{place}/draft").status_code == 404
    assert desk.editor.patch(place, headers=tag(gone), json={"continuing": True}).status_code == 404
    assert made(desk, text="The Embassy should appoint yet another.").json()["record_id"] > draft.json()["record_id"]


def test_withdrawing_what_is_published_is_reviewed_too(desk: Desk) -> None:
    record = f"{CABLE}-R004"
    read = desk.editor.get(f"{ASKS}/{record}")
    draft = desk.editor.delete(f"{ASKS}/{record}", headers=tag(read))
    assert (draft.json()["withdraws"], draft.json()["publication"]) == (True, "draft")
    assert desk.reader.get(f"{ASKS}/{record}").content == read.content
    refused = desk.editor.patch(f"{ASKS}/{record}", headers=tag(draft), json={"continuing": True})
    assert code(refused) == (409, "conflict")
    assert code(published(desk, draft)) == (410, "gone")
    assert record not in {one["id"] for one in walk(desk.reader, ASKS)}
    assert code(desk.editor.patch(f"{ASKS}/{record}", headers=tag(draft), json={})) == (410, "gone")


def test_a_change_without_effect_opens_no_draft(desk: Desk, written: Engine) -> None:
    read = desk.editor.get(f"{ASKS}/{CABLE}-R005")
    for body in ({}, {"text": read.json()["text"]}, {"quote": read.json()["quote"], "panel": 1}):
        answer = desk.editor.patch(f"{ASKS}/{CABLE}-R005", headers=tag(read), json=body)
        assert code(answer) == (409, "conflict"), answer.text
    with written.connect() as connection:
        assert not connection.scalar(text("SELECT count(*) FROM revisions WHERE record_id LIKE '%R005'"))


def test_statistics_are_edited_like_recommendations(desk: Desk) -> None:
    draft = made(desk, FIGURES, what="The Chamber held some dozen events.")
    record = draft.json()["record_id"]
    assert record == f"{CABLE}-SA01"
    read = published(desk, draft)
    assert (read.json()["value"], read.json()["said_by"][0]["person"]["id"]) == (12, "richard-lavin")
    after = published(desk, changed(desk, record, FIGURES, value=11, qualifier=None))
    assert (after.json()["value"], after.json()["qualifier"]) == (11, None)
    gone = desk.editor.delete(f"{FIGURES}/{record}", headers=tag(after))
    assert code(published(desk, gone)) == (410, "gone")
    assert record not in {one["id"] for one in walk(desk.reader, FIGURES)}


def test_the_list_of_drafts_takes_its_filters(desk: Desk) -> None:
    draft = made(desk, text="The Embassy should appoint the last one.").json()
    everything = walk(desk.reviewer, "/v1/drafts")
    assert everything[0] == draft
    assert [one["id"] for one in everything] == sorted((one["id"] for one in everything), reverse=True)
    for name, value in (
        ("collection", "recommendations"),
        ("publication", "draft"),
        ("author", draft["author"]),
        ("record", draft["record_id"]),
    ):
        field = {"record": "record_id"}.get(name, name)
        found = walk(desk.reviewer, "/v1/drafts", **{name: value, "limit": 2})
        assert found == [one for one in everything if one[field] == value], name
    assert desk.reader.get("/v1/drafts").status_code == 401


def test_each_command_is_in_the_trail_with_what_it_changed(desk: Desk, auditor: httpx.Client) -> None:
    draft = changed(desk, f"{CABLE}-R006", certainty="implied")
    published(desk, draft)
    entries = auditor.get("/v1/audit", params={"record": f"recommendations/{CABLE}-R006"}).json()["items"]
    assert [one["operation"] for one in entries] == [
        "publish_recommendation",
        "submit_recommendation",
        "change_recommendation",
    ]
    change = {"from": "explicit", "to": "implied"}
    assert entries[2]["detail"] == {"certainty": change}
    assert entries[1]["detail"] == {"publication": {"from": "draft", "to": "in_review"}}
    assert entries[0]["detail"] == {"certainty": change, "publication": {"from": "in_review", "to": "published"}}
    assert entries[0]["caller"] != entries[1]["caller"] == entries[2]["caller"] == draft.json()["author"]


def test_draft_text_is_in_no_response_to_readers(desk: Desk, everywhere: Iterator[httpx.Response]) -> None:
    for at in (ASKS, FIGURES):
        made(desk, at)
    changed(desk, f"{CABLE}-R007", text=f"The Embassy should go to {PLANTED}.")
    for answer in everywhere:
        assert PLANTED.encode() not in answer.content, answer.request.url


@pytest.mark.parametrize("name", ["draft", "submit", "publish", "return", "withdraw"])
def test_a_record_that_is_not_there_has_no_drafts(desk: Desk, name: str) -> None:
    at = f"{ASKS}/{CABLE}-A999/{name}"
    here = {"If-Match": '"0-0"'}
    asks = desk.reviewer if name in {"publish", "return"} else desk.editor
    body = {"note": "x"} if name == "return" else None
    answer = asks.get(at) if name == "draft" else asks.post(at, headers=here, json=body)
    assert code(answer) == (404, "not-found")
