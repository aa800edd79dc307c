"""Stored cable: its bytes, its paragraphs, and its damages."""

import hashlib
from typing import Any

import httpx
import pytest

from app.ingest.fingerprint import DATA
from tests.conftest import CABLE, walk

WITNESS = (DATA / f"sources/{CABLE}/cable.txt").read_bytes()


def test_source_is_byte_identical_and_known_by_its_digest(client: httpx.Client) -> None:
    answer = client.get(f"/v1/cables/{CABLE}/source")
    assert answer.content == WITNESS
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    digest = hashlib.sha256(WITNESS).hexdigest()
    assert answer.headers["etag"] == f'"{digest}"'
    again = client.get(f"/v1/cables/{CABLE}/source", headers={"If-None-Match": f'"{digest}"'})
    assert (again.status_code, again.content) == (304, b"")


def test_a_lost_field_is_absent_here_and_known_from_elsewhere(client: httpx.Client) -> None:
    cable = client.get(f"/v1/cables/{CABLE}").json()
    header = {field["name"]: field for field in cable["header"]}
    subject = header["subject"]
    assert (subject["status"], subject["value"], subject["ranges"]) == ("absent", None, None)
    assert subject["elsewhere"]["value"].endswith("AMBASSADOR'S SIXTH IPR ROUNDTABLE")
    assert "wikileaks" in subject["elsewhere"]["origin"]
    assert header["reference"] == {
        "name": "reference",
        "status": "absent",
        "value": None,
        "ranges": None,
        "elsewhere": None,
    }
    assert header["date_time_group"]["value"] == "O 210642Z NOV 07"
    assert (cable["precedence"], cable["sent_at"]) == ("immediate", "2007-11-21T06:42:00Z")


def test_damage_is_listed_by_kind(client: httpx.Client) -> None:
    damages = client.get(f"/v1/cables/{CABLE}").json()["damages"]
    count = {kind: sum(damage["kind"] == kind for damage in damages) for kind in {one["kind"] for one in damages}}
    assert count == {
        "header_field_lost": 10,
        "page_chrome": 2,
        "page_line": 13,
        "number_missing": 3,
        "number_repeated": 1,
        "breaks_off": 7,
        "closing_mark_cut": 2,
        "web_address_lost": 1,
        "heading_lost": 2,
    }


@pytest.mark.parametrize("label", ["1", "3", "27", "31", "34", "35", "35-2", "36"])
def test_every_paragraph_has_its_address(client: httpx.Client, label: str) -> None:
    paragraph = client.get(f"/v1/cables/{CABLE}/paragraphs/{label}").json()
    assert (paragraph["label"], paragraph["marking"]) == (label, "SBU")
    assert paragraph["cite_as"] == f"{CABLE}, para. {label}"


def test_both_paragraphs_numbered_35_are_parsed(client: httpx.Client) -> None:
    first, second = (client.get(f"/v1/cables/{CABLE}/paragraphs/{label}").json() for label in ("35", "35-2"))
    assert first["number"] == second["number"] == 35
    assert "white paper" in first["text"]
    assert second["text"].endswith("available online at A16E&OID=")
    assert (first["breaks_off"], second["breaks_off"]) == (False, True)


def spelled(ranges: list[dict[str, int]]) -> str:
    text = WITNESS.decode()
    return " ".join(" ".join(text[one["start"] : one["end"]] for one in ranges).split())


def test_text_and_notes_are_what_their_ranges_spell(client: httpx.Client) -> None:
    paragraphs = walk(client, f"/v1/cables/{CABLE}/paragraphs", limit=10)
    assert [one["ordinal"] for one in paragraphs] == list(range(1, 35))
    for one in paragraphs:
        assert one["text"] == spelled(one["ranges"])
        for note in one["notes"]:
            assert note["quote"] == spelled(note["ranges"])


def test_heading_is_the_nearest_above_and_null_where_it_is_lost(client: httpx.Client) -> None:
    headings = {one["label"]: one["heading"] for one in walk(client, f"/v1/cables/{CABLE}/paragraphs")}
    assert headings["1"] is None
    assert headings["35-2"] == "Planned Follow-Up Actions"
    assert headings["36"] is None


def test_misprints_stay_in_the_text_with_the_reading_beside(client: httpx.Client) -> None:
    paragraph = client.get(f"/v1/cables/{CABLE}/paragraphs/5").json()
    assert "including Congres;" in paragraph["text"]
    reading: dict[str, Any] = next(one for one in paragraph["readings"] if one["original"] == "Congres")
    assert reading["reading"] == "Congress"
    assert spelled(reading["ranges"]) == "Congres"
    unresolved = client.get(f"/v1/cables/{CABLE}/paragraphs/7").json()["readings"]
    assert next(one["reading"] for one in unresolved if one["original"] == "MORO") is None


@pytest.mark.parametrize(
    "path",
    ["99BEIJING1", "nonsense", "07BEIJING7192/paragraphs/2", "07BEIJING7192/paragraphs/35-3", "99BEIJING1/source"]
    + ["07BEIJING7192/paragraphs/five", "99BEIJING1/paragraphs", "%FF", "07beijing7192"],
)
def test_a_missing_record_is_404(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/v1/cables/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
