"""Optimistic locking: If-Match names the version of a record, and of several concurrent editors one wins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import httpx
import pytest
from sqlalchemy import Engine, text

from app.main import create_app
from tests.conftest import serving
from tests.drafts.test_writing import code
from tests.fixtures.clients import ASKS, Desk, published, tag
from tests.fixtures.clients import made as made_draft
from tests.fixtures.editing import SETTINGS

AT = "/v1/audit/checkpoints"


@pytest.fixture
def made(auditor: httpx.Client) -> httpx.Response:
    """A new checkpoint."""
    answer = auditor.post(AT, json={})
    assert answer.status_code == 201, answer.text
    return answer


def test_a_created_record_has_the_same_etag_at_its_location(auditor: httpx.Client, made: httpx.Response) -> None:
    found = auditor.get(made.headers["location"])
    assert (found.status_code, found.content) == (200, made.content)
    assert found.headers["etag"] == made.headers["etag"]
    again = auditor.get(made.headers["location"], headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304


def test_without_a_version_it_is_428(auditor: httpx.Client, made: httpx.Response) -> None:
    for headers in ({}, {"If-Match": ""}, {"If-Match": "*"}):
        answer = auditor.patch(made.headers["location"], json={"location": "x"}, headers=headers)
        assert code(answer) == (428, "precondition-required")


def test_a_stale_version_is_412_with_the_present_tag(auditor: httpx.Client, made: httpx.Response) -> None:
    place, tag = made.headers["location"], made.headers["etag"]
    changed = auditor.patch(place, json={"location": "the safe"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.headers["etag"] != tag
    stale = auditor.patch(place, json={"location": "the drawer"}, headers={"If-Match": tag})
    assert code(stale) == (412, "stale")
    assert stale.headers["etag"] == changed.headers["etag"] == auditor.get(place).headers["etag"]
    assert auditor.get(place).json()["location"] == "the safe"
    mended = auditor.patch(place, json={"location": "the drawer"}, headers={"If-Match": stale.headers["etag"]})
    assert mended.json()["location"] == "the drawer"


def test_a_tag_counts_as_proxies_hand_it_on(auditor: httpx.Client, made: httpx.Response) -> None:
    place, tag = made.headers["location"], made.headers["etag"]
    for turn, form in enumerate(("W/{}", '"other", {}', "{}")):
        answer = auditor.patch(place, json={"location": f"place {turn}"}, headers={"If-Match": form.format(tag)})
        assert answer.status_code == 200, form
        tag = answer.headers["etag"]


def test_the_tag_of_another_record_is_stale(auditor: httpx.Client, made: httpx.Response) -> None:
    other = auditor.post(AT, json={})
    answer = auditor.patch(other.headers["location"], json={}, headers={"If-Match": made.headers["etag"]})
    assert code(answer) == (412, "stale")


def test_derived_fields_do_not_make_a_version_stale(
    auditor: httpx.Client, made: httpx.Response, written: Engine
) -> None:
    """The bytes of a response may change without an edit. A write compares the version of the row."""
    place, tag = made.headers["location"], made.headers["etag"]
    with written.begin() as connection:
        connection.execute(text("UPDATE audit_checkpoints SET updated_at = now() + interval '1 s'"))
    now = auditor.get(place)
    assert now.headers["etag"] != tag
    assert auditor.get(place, headers={"If-None-Match": tag}).status_code == 200
    assert auditor.patch(place, json={"location": "still"}, headers={"If-Match": tag}).status_code == 200


def test_a_patch_is_a_merge_patch(auditor: httpx.Client) -> None:
    made = auditor.post(AT, json={"location": "the safe"})
    place, tag = made.headers["location"], made.headers["etag"]
    kind = {"Content-Type": "application/merge-patch+json"}
    same = auditor.patch(place, content=b"{}", headers={"If-Match": tag, **kind})
    assert (same.json()["location"], same.headers["etag"]) == ("the safe", tag)
    emptied = auditor.patch(place, content=b'{"location": null}', headers={"If-Match": tag, **kind})
    assert (emptied.json()["location"], emptied.json()["version"]) == (None, 2)
    assert code(auditor.patch(f"{AT}/999999", json={}, headers={"If-Match": tag})) == (404, "not-found")
    assert code(auditor.patch(place, json={"position": 0}, headers={"If-Match": tag})) == (422, "invalid-request")


@pytest.mark.parametrize(("editors", "rounds"), [(2, 20), (32, 3)])
def test_one_of_several_concurrent_editors_wins(
    writing_url: str, headers: dict[str, str], auditor: httpx.Client, editors: int, rounds: int
) -> None:
    place = auditor.post(AT, json={}).headers["location"]
    tag = auditor.get(place).headers["etag"]
    gate = threading.Barrier(editors)

    def edit(who: int) -> list[tuple[int, str]]:
        seen, known = [], tag
        with httpx.Client(base_url=writing_url, headers=headers, timeout=60) as http:
            for turn in range(rounds):
                gate.wait()
                words = f"{who} in round {turn}"
                answer = http.patch(place, json={"location": words}, headers={"If-Match": known})
                while answer.status_code == 503:
                    answer = http.patch(place, json={"location": words}, headers={"If-Match": known})
                seen.append((answer.status_code, words))
                gate.wait()
                known = http.get(place).headers["etag"]
        return seen

    with ThreadPoolExecutor(editors) as pool:
        results = list(pool.map(edit, range(editors)))
    for turn in range(rounds):
        statuses = sorted(one[turn][0] for one in results)
        assert statuses == [200] + [412] * (editors - 1)
    last = auditor.get(place).json()
    assert last["version"] == rounds + 1
    assert last["location"] in [one[-1][1] for one in results if one[-1][0] == 200]


def test_an_etag_cannot_be_guessed(auditor: httpx.Client, made: httpx.Response) -> None:
    """The digest of a text is not enough either: only a reader of a version can change it."""
    record, place = f"audit_checkpoints/{made.json()['id']}", made.headers["location"]
    guessed = [
        f'"{blake2b(f"{record}@{version}".encode(), key=key, digest_size=size).hexdigest()}-x"'
        for version in range(1, 30)
        for key in (b"", b"\x00" * 32, b"entity tags")
        for size in (8, 16)
    ]
    assert code(auditor.patch(place, json={}, headers={"If-Match": ", ".join(guessed)})) == (412, "stale")
    digest = made.headers["etag"].partition("-")[2]
    assert code(auditor.patch(place, json={}, headers={"If-Match": f'"-{digest}'})) == (412, "stale")


def test_tags_hold_in_every_process_of_a_service(writing_url: str, written_url: str, headers: dict[str, str]) -> None:
    with serving(create_app(SETTINGS, database_url=written_url)) as other:
        made = httpx.post(f"{writing_url}{AT}", json={}, headers=headers)
        place, tag = made.headers["location"], made.headers["etag"]
        assert httpx.get(f"{other}{place}", headers=headers).headers["etag"] == tag
        answer = httpx.patch(f"{other}{place}", json={"location": "x"}, headers={**headers, "If-Match": tag})
        assert answer.status_code == 200


def test_a_412_names_the_resource_of_the_expected_etag(desk: Desk) -> None:
    draft = made_draft(desk, text="A draft, and the record beside it.")
    at = f"{ASKS}/{draft.json()['record_id']}"
    record = published(desk, draft)
    opened = desk.editor.patch(at, headers=tag(record), json={"text": "A draft beside the record."})
    stale = desk.editor.post(f"{at}/submit", headers={"If-Match": record.headers["etag"]})
    assert code(stale) == (412, "stale")
    assert f"the current ETag of {at}/draft" in stale.json()["detail"]
    assert stale.headers["etag"] == opened.headers["etag"] == desk.editor.get(f"{at}/draft").headers["etag"]
