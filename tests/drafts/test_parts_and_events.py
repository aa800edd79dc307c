"""Editing of participations and events, and of the rows that depend on them."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from app.ingest.pipeline import check, ingest
from app.ingest.yaml_export import Exported, export_edits
from tests.conftest import walk
from tests.drafts.test_races import at_once
from tests.fixtures.clients import (
    CABLE,
    EVENTS,
    PAGE,
    PARTS,
    PLANTED,
    Desk,
    a_part,
    an_event,
    changed,
    code,
    move,
    published,
    tag,
)


def drafted(desk: Desk, at: str, body: dict[str, Any]) -> httpx.Response:
    answer = desk.editor.post(at, json=body)
    assert answer.status_code == 201, answer.text
    return answer


def refused(desk: Desk, at: str, body: dict[str, Any]) -> dict[str, str]:
    """Returns the validation errors of a body, by pointer."""
    answer = desk.editor.post(at, json=body)
    assert code(answer) == (422, "invalid-request"), answer.text
    return {one["pointer"]: one["message"] for one in answer.json()["errors"]}


def test_a_published_participation_appears_in_every_response(desk: Desk) -> None:
    draft = drafted(desk, PARTS, a_part(capacity="introducer"))
    record = draft.json()["record_id"]
    assert record.startswith(f"{CABLE}-PTA")
    assert desk.reader.get(f"{PARTS}/{record}").status_code == 404
    read = published(desk, draft)
    assert read.status_code == 200
    assert read.json()["person"]["id"] == "jack-chang"
    assert (read.json()["panel"], read.json()["roundtable_id"]) == (1, "beijing-2007")
    assert read.json()["citation"]["quote"] == "Jack Chang"
    assert read.json() in walk(desk.reader, PARTS, panel=1, capacity="introducer")
    panel = desk.reader.get(f"/v1/panels/{CABLE}-P1").json()
    assert read.json() in panel["participants"]
    assert read.json() in desk.reader.get("/v1/people/jack-chang").json()["participations"]
    after = published(desk, changed(desk, record, PARTS, panel=2, citation={"quote": "Richard Lavin"}))
    assert (after.json()["panel"], after.json()["citation"]["quote"]) == (2, "Richard Lavin")
    assert after.json()["citation"]["paragraph"] == "4"
    gone = published(desk, desk.editor.delete(f"{PARTS}/{record}", headers=tag(after)))
    assert code(gone) == (410, "gone")
    assert record not in {one["id"] for one in walk(desk.reader, PARTS)}
    assert record not in desk.reader.get("/v1/people/jack-chang").text


def test_errors_in_a_participation_name_the_field(desk: Desk) -> None:
    assert refused(desk, PARTS, a_part(panel=9)) == {"/panel": "there is no panel 9; known are 1, 2, 3, 4, 5, 6"}
    errors = refused(desk, PARTS, a_part(person="nobody", organization="nowhere"))
    assert errors["/person"] == '"nobody" is not known; GET /v1/people lists the known ones'
    assert errors["/organization"] == '"nowhere" is not known; GET /v1/organizations lists the known ones'
    errors = refused(desk, PARTS, a_part(citation={"paragraph": "4", "quote": "Jack Chong"}))
    assert "words not found" in errors["/citation/quote"]
    assert (
        "has no paragraph 99"
        in refused(desk, PARTS, a_part(citation={"paragraph": "99", "quote": "x"}))["/citation/paragraph"]
    )
    nobody = refused(desk, PARTS, a_part(person=None, organization=None))
    assert nobody[""] == "a person, an organization or a description is required"
    curated = desk.reader.get(f"{PARTS}/{CABLE}-PT06").json()
    again = a_part(organization="general-electric", on_behalf_of="quality-brands-protection-committee")
    assert curated["on_behalf_of"]["id"] == again["on_behalf_of"]
    assert code(desk.editor.post(PARTS, json=again)) == (409, "conflict")


def test_an_event_brings_its_page_and_moves_the_reform(desk: Desk) -> None:
    before = desk.reader.get("/v1/reforms/patent-law").json()
    draft = drafted(desk, EVENTS, an_event(date="2026-01-05", date_text="5 January 2026"))
    record = draft.json()["record_id"]
    assert record.startswith("patent-law-EA")
    read = published(desk, draft)
    assert read.status_code == 200, read.text
    source = read.json()["citation"]["source"]
    assert {name: source[name] for name in PAGE} == PAGE
    assert read.json() in walk(desk.reader, "/v1/reforms/patent-law/events")
    found = desk.reader.get("/v1/search", params={"q": PLANTED}).json()["items"]
    assert [one["id"] for one in found if one["kind"] == "event"] == [record]
    assert desk.reader.get("/v1/reforms/patent-law").json() != before
    # The page is in the register now, so the next event names its id.
    again = refused(desk, EVENTS, an_event(text="Once more."))
    assert again["/page"] == f'the register has this page; name it in `source`: "{source["id"]}"'
    other = an_event(text="It was applied again.", source=source["id"])
    del other["page"]
    assert published(desk, drafted(desk, EVENTS, other)).json()["citation"]["source"] == source
    gone = published(desk, desk.editor.delete(f"{EVENTS}/{record}", headers=tag(read)))
    assert code(gone) == (410, "gone")
    assert record not in {one["id"] for one in walk(desk.reader, EVENTS, reform="patent-law")}
    assert PLANTED not in desk.reader.get("/v1/search", params={"q": PLANTED}).text.replace(f'"q":"{PLANTED}"', "")


def test_an_event_is_cited_from_the_cable_to_the_letter(desk: Desk) -> None:
    quote = "China-s patent law is the most ripe"
    cited = an_event(cable=CABLE, cite={"paragraph": "20", "quote": quote}, round=3, date="2007-11", stage=None)
    del cited["page"]
    read = published(desk, drafted(desk, EVENTS, cited))
    citation = read.json()["citation"]["cable"]
    assert (citation["quote"], citation["paragraph"], citation["cable_id"]) == (quote, "20", CABLE)
    copy = desk.reader.get(f"/v1/cables/{CABLE}/source").text
    spelled = " ".join(copy[one["start"] : one["end"]] for one in citation["ranges"])
    assert " ".join(spelled.split()) == quote
    record = read.json()["id"]
    after = published(desk, changed(desk, record, EVENTS, cite={"quote": "patent law is the most ripe"}))
    assert after.json()["citation"]["cable"]["quote"] == "patent law is the most ripe"
    after = published(desk, changed(desk, record, EVENTS, cable=None, cite=None, source="sipo-basic-facts"))
    assert after.json()["citation"]["cable"] is None
    assert (
        "words not found"
        in refused(desk, EVENTS, {**cited, "cite": {"paragraph": "20", "quote": "riper"}})["/cite/quote"]
    )
    assert "there is no cable" in refused(desk, EVENTS, {**cited, "cable": "08BEIJING1"})["/cable"]


def test_rows_that_depend_on_an_event_follow_it(desk: Desk) -> None:
    met = published(desk, drafted(desk, EVENTS, an_event(text="It came about.", source="sipo-basic-facts", page=None)))
    hoped = published(
        desk,
        drafted(
            desk,
            EVENTS,
            an_event(
                text="It is hoped for.",
                kind="expected",
                stage=None,
                date="2021-05",
                source="sipo-basic-facts",
                page=None,
                fulfilled_by=met.json()["id"],
                conflicts_with=["patent-law-E01"],
                outcome_of=[{"recommendation": f"{CABLE}-R001", "wording": "Came about in part."}],
            ),
        ),
    ).json()
    assert (hoped["fulfilled_by"], hoped["outcome"]) == (met.json()["id"], "met_late")
    assert hoped["outcome_of"][0]["recommendation"] == f"{CABLE}-R001"
    assert hoped["id"] in desk.reader.get(f"{EVENTS}/patent-law-E01").json()["conflicts_with"]
    assert code(published(desk, desk.editor.delete(f"{EVENTS}/{met.json()['id']}", headers=tag(met)))) == (410, "gone")
    left = desk.reader.get(f"{EVENTS}/{hoped['id']}")
    assert (left.json()["fulfilled_by"], left.json()["outcome"]) == (None, "not_met")
    published(desk, desk.editor.delete(f"{EVENTS}/{hoped['id']}", headers=tag(desk.editor.get(left.url.path))))
    assert desk.reader.get(f"{EVENTS}/patent-law-E01").json()["conflicts_with"] == []


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"round": 99}, "/round", "there is no round 99 of patent-law; known are 2, 3, 4"),
        ({"reform": "no-law"}, "/reform", "GET /v1/reforms"),
        ({"body": "nobody"}, "/body", "GET /v1/organizations"),
        ({"page": None}, "", "exactly one of `source`, `page`, and `cable` with `cite` is required"),
        ({"source": "sipo-basic-facts"}, "", "exactly one of `source`, `page`, and `cable` with `cite` is required"),
        ({"page": None, "source": "no-page"}, "/source", "send a new one as `page`"),
        ({"fulfilled_by": "patent-law-E07"}, "", "`fulfilled_by` is only allowed for an expected event"),
        ({"conflicts_with": ["patent-law-E99"]}, "/conflicts_with", "patent-law-E99 is not another event"),
        ({"date": None}, "", "exactly one of `date` and `latest` is required"),
        ({"date": "2021-13"}, "/date", "EDTF"),
        ({"reform": None}, "", "`reform` and `round` require each other"),
        ({"outcome_of": [{"recommendation": f"{CABLE}-R999", "wording": "x"}]}, "/outcome_of", "is not known"),
        ({"also_sources": ["no-page"]}, "/also_sources", '"no-page" is not known'),
    ],
)
def test_errors_in_an_event_name_the_field(desk: Desk, changes: dict[str, Any], pointer: str, words: str) -> None:
    assert words in refused(desk, EVENTS, an_event(**changes))[pointer]


def test_edits_survive_a_load_and_are_exported(
    desk: Desk, written: Engine, common_folder: Path, tmp_path: Path
) -> None:
    parts = [
        published(desk, drafted(desk, PARTS, a_part(title="Exported"))).json()["id"],
        published(desk, changed(desk, f"{CABLE}-PT05", PARTS, title="Chairman of it all")).json()["id"],
    ]
    page = {**PAGE, "url": "https://example.org/exported", "published_on": "2026-10-01"}
    events = [
        published(desk, drafted(desk, EVENTS, an_event(text="Exported.", page=page))).json()["id"],
        published(
            desk,
            drafted(
                desk,
                EVENTS,
                an_event(reform=None, round=None, stage=None, text="Of none.", page=None, source="sipo-basic-facts"),
            ),
        ).json()["id"],
        published(desk, changed(desk, "patent-law-E02", EVENTS, text="Work began.", note=None)).json()["id"],
        published(desk, changed(desk, "patent-law-E03", EVENTS, cite={"quote": "China-s patent law"})).json()["id"],
    ]
    withdrawn = desk.editor.get(f"{EVENTS}/patent-law-E13")
    assert code(published(desk, desk.editor.delete(withdrawn.url.path, headers=tag(withdrawn)))) == (410, "gone")
    places = [*(f"{PARTS}/{one}" for one in parts), *(f"{EVENTS}/{one}" for one in events)]
    before = [desk.reader.get(place).content for place in places]
    loaded = ingest(written, common_folder)
    assert (loaded.tally.changed, loaded.differences) == (0, [])
    assert [desk.reader.get(place).content for place in places] == before
    data = Path(shutil.copytree(common_folder, tmp_path / "data"))
    exported = export_edits(written, data)
    names = exported.files
    assert not exported.left_out
    assert {"curated/events/general.yaml", "curated/events/patent-law.yaml"} <= set(names)
    assert f"curated/{CABLE}/participations.yaml" in names
    curated = check(data)
    events_by_id = {event.id: event for event in curated.registry.events}
    assert events_by_id[events[0]].page is not None
    assert events_by_id["patent-law-E13"].withdrawn
    assert {one.id for one in curated.cables[0].participations} >= set(parts)
    again = ingest(written, data)
    assert (again.tally.changed, again.differences) == (0, [])
    assert [desk.reader.get(place).content for place in places] == before
    assert export_edits(written, data) == Exported([], [])


def test_a_file_that_differs_from_an_edit_is_reported(
    desk: Desk, written: Engine, common_folder: Path, tmp_path: Path
) -> None:
    published(desk, changed(desk, "patent-law-E05", EVENTS, text="Said by a person."))
    data = Path(shutil.copytree(common_folder, tmp_path / "data"))
    path = data / "curated/events/patent-law.yaml"
    content = path.read_text(encoding="utf-8")
    at = content.index("text:", content.index("id: patent-law-E05"))
    end = content.index("\n", at)
    path.write_text(f"{content[:at]}text: Said by a curator.{content[end:]}", encoding="utf-8")
    loaded = ingest(written, data)
    assert any("events/patent-law-E05: text: the files changed from" in one for one in loaded.differences)
    assert desk.reader.get(f"{EVENTS}/patent-law-E05").json()["text"] == "Said by a person."
    ingest(written, common_folder)


def test_events_published_at_once_are_all_there(desk: Desk, written: Engine) -> None:
    handed_in = [
        move(
            desk.editor,
            drafted(desk, EVENTS, an_event(text=f"Number {one}.", source="sipo-basic-facts", page=None)),
            "submit",
        )
        for one in range(8)
    ]
    with written.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM events"))
    answers = at_once(8, lambda number: move(desk.reviewer, handed_in[number], "publish"))
    assert [answer.status_code for answer in answers] == [200] * 8
    with written.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM events")) == before + 8
