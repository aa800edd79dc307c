"""Text validation: every text from a client or a file is in NFC, has no forbidden characters, and is not blank."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import psycopg
import pytest

from app.auth.schemas import KeyIn
from app.records.errors import IssueCollector
from app.records.schemas.cables import PeopleFile
from app.records.yaml_files import read_file
from tests.conftest import CABLE, IN_PATHS, openapi_document

NO_TEXT = {
    "noncharacter": "A\uffffB",
    "another noncharacter": "A\ufdd0B",
    "the last of a plane": "A\U0001fffeB",
    "bidi override": "A\u202eB",
    "bidi isolate": "A\u2066B",
    "mark of direction": "A\u200eB",
    "line separator": "A\u2028B",
    "paragraph separator": "A\u2029B",
    "control": "A\x07B",
    "C1 control": "A\x85B",
    "lone surrogate": "A\ud800B",
    "tag": "A\U000e0041B",
    "blanks": "   ",
    "zero width": "\u200b",
    "soft hyphens": "\u00ad\u00ad",
    "no-break space": "\u00a0",
    "filler": "\u3164",
    "marks alone": "\u0301",
    "empty": "",
}


def bodies() -> Iterator[tuple[str, str, Any]]:
    """Yields each write operation with the example of its body."""
    document = openapi_document()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            for media in content.values():
                shown = next((one["value"] for one in media.get("examples", {}).values()), A_KEY)
                yield method.upper(), path.format(**IN_PATHS), shown


def grown(found: list[tuple[str, str, Any]]) -> list[tuple[str, str, Any]]:
    """Adds the members of the POST example to each change, whose example shows only one member."""
    made: dict[str, Any] = {path: shown for method, path, shown in found if method == "POST"}
    return [
        (
            method,
            path,
            {**made[path.rpartition("/")[0]], **shown}
            if method == "PATCH" and path.rpartition("/")[0] in made
            else shown,
        )
        for method, path, shown in found
    ]


A_KEY = {"name": "weekly export", "roles": ["reader"], "clearance": "U"}
"""The API document has no example body for keys."""
BODIES = grown(list(bodies()))


def members(value: Any, pointer: str = "") -> Iterator[str]:
    """Yields the pointer of each text in a body."""
    if isinstance(value, str):
        yield pointer
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from members(inner, f"{pointer}/{place}")


def with_text(body: Any, pointer: str, words: str) -> Any:
    changed = copy.deepcopy(body)
    *way, last = pointer.split("/")[1:]
    inner = changed
    for step in way:
        inner = inner[int(step) if isinstance(inner, list) else step]
    inner[int(last) if isinstance(inner, list) else last] = words
    return changed


def test_bodies_have_texts() -> None:
    assert len(BODIES) > 15
    assert sum(len(list(members(shown))) for _, _, shown in BODIES) > 100


@pytest.mark.parametrize(("method", "path", "shown"), BODIES, ids=[f"{method} {path}" for method, path, _ in BODIES])
def test_no_member_accepts_a_forbidden_text(client: httpx.Client, method: str, path: str, shown: Any) -> None:
    for pointer in members(shown):
        for kind, words in NO_TEXT.items():
            answer = client.request(
                method,
                path,
                content=json.dumps(with_text(shown, pointer, words)),
                headers={"Content-Type": "application/json", "If-Match": '"0"'},
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request"), (pointer, kind, answer.text)
            assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), (pointer, kind)


def test_decomposed_unicode_is_stored_as_nfc(client: httpx.Client) -> None:
    key = client.post(
        "/v1/admin/keys", json={"name": "cafe\u0301", "person": "a.officer", "roles": ["reader"], "clearance": "U"}
    ).json()
    assert key["made"]["name"] == "caf\u00e9"


def test_no_parameter_takes_such_characters(client: httpx.Client) -> None:
    for kind, words in NO_TEXT.items():
        if words.startswith("A") and kind != "lone surrogate":
            for path, name in (("people", "name"), ("search", "q"), ("recommendations", "body"), ("events", "body")):
                answer = client.get(f"/v1/{path}", params={name: words})
                assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name), (kind, path)


def test_a_parameter_is_one_in_both_forms_of_unicode(client: httpx.Client) -> None:
    for path, name in (("search", "q"), ("recommendations", "q"), ("people", "name")):
        pages = [client.get(f"/v1/{path}?{name}={word}&limit=1") for word in ("caf%C3%A9", "cafe%CC%81")]
        assert pages[0].json() == pages[1].json()


def test_a_cursor_goes_on_in_the_other_form(client: httpx.Client) -> None:
    first = client.get("/v1/search?q=patent+or+caf%C3%A9&limit=1")
    cursor = first.json()["next_cursor"]
    assert client.get(f"/v1/search?q=patent+or+cafe%CC%81&limit=1&cursor={cursor}").status_code == 200


@pytest.mark.parametrize("name", [words for words in NO_TEXT.values() if words])
def test_a_name_on_the_command_line_is_validated_alike(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        KeyIn.model_validate_json(
            json.dumps({"name": name, "person": "a.officer", "roles": ["reader"], "clearance": "U"})
        )


@pytest.mark.parametrize("words", ["A\u202eB", "A\u2028B", "\u200b", "A\u200fB"])
def test_curated_texts_are_validated_alike(tmp_path: Any, words: str) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(f'people:\n  - id: someone\n    name: "{words.encode("unicode_escape").decode()}"\n', "utf-8")
    faults = IssueCollector()
    assert read_file(file, PeopleFile, name="people.yaml", faults=faults) is None
    (fault,) = faults.found
    assert (fault.file, fault.line, fault.record) == ("people.yaml", 3, "someone")
    assert fault.message.startswith("name: ")


def test_a_curated_text_is_read_in_one_form(tmp_path: Any) -> None:
    file = tmp_path / "people.yaml"
    file.write_text("people:\n  - id: someone\n    name: Jose\u0301\n", "utf-8")
    read = read_file(file, PeopleFile, name="people.yaml", faults=IssueCollector())
    assert read is not None
    assert read.people[0].name == "Jos\u00e9"


def test_feeds_are_whole_whatever_is_stored(scratch_client: httpx.Client, scratch_url: str) -> None:
    """Stored texts may be older than their validation."""
    bad = "A\ufffe\uffff\x01\x1f\u202e\U0001fffe & <B>\x7f"
    with psycopg.connect(scratch_url, autocommit=True) as connection:
        connection.execute("UPDATE recommendations SET text = text || %s WHERE id = %s", [bad, f"{CABLE}-R003"])
        connection.execute("UPDATE events SET text = text || %s WHERE id = 'patent-law-E03'", [bad])
        connection.execute("UPDATE reforms SET name = name || %s WHERE id = 'patent-law'", [bad])
    for path in ("feeds/targets/embassy.atom", "feeds/reforms/patent-law.atom", "reforms/patent-law/timeline.svg"):
        answer = scratch_client.get(f"/v1/{path}")
        assert answer.status_code == 200
        fromstring(answer.content)  # noqa: S314 - our own answer
    assert "\u202e" not in scratch_client.get("/v1/feeds/targets/embassy.json").text
