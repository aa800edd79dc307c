"""Audit trail over HTTP: recorded entries, their callers, and read access."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.core.db import write_engine
from app.vocabulary import Marking, Role
from tests.conftest import bearer, new_key, walk
from tests.drafts.test_writing import code

AT = "/v1/audit/checkpoints"


def newest(auditor: httpx.Client, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = auditor.get("/v1/audit", params={"limit": 1, **asked}).json()["items"][0]
    return found


def count(auditor: httpx.Client) -> int:
    return int(auditor.get("/v1/audit", params={"limit": 1, "include": "total"}).json()["total"])


@pytest.fixture(scope="module", autouse=True)
def _something_done(auditor: httpx.Client, anyone: httpx.Client) -> None:
    for place in ("the safe", None, "the vault"):
        made = auditor.post(AT, json={"location": place})
        auditor.patch(made.headers["location"], json={}, headers={"If-Match": '"none"'})
    anyone.post(AT, json={})


def test_only_an_auditor_reads_it(anyone: httpx.Client) -> None:
    for path in ("/v1/audit", AT, f"{AT}/1"):
        assert code(anyone.get(path)) == (401, "unauthenticated")


@pytest.mark.parametrize("granted", [(Role.READER, Marking.SBU), (Role.AUDITOR, Marking.U)])
def test_the_trail_shows_text_of_any_marking_so_auditors_need_full_clearance(
    writing_url: str, written_url: str, granted: tuple[Role, Marking]
) -> None:
    role, clearance = granted
    shown = bearer(new_key(written_url, role, clearance=clearance))
    assert code(httpx.get(f"{writing_url}/v1/audit", headers=shown)) == (403, "forbidden")


def test_a_write_is_recorded_with_caller_operation_and_request_id(auditor: httpx.Client) -> None:
    made = auditor.post(AT, json={"location": "here"}, headers={"X-Request-Id": "memo-8"})
    number = made.json()["id"]
    entry = newest(auditor)
    assert (entry["caller_name"], entry["operation"], entry["outcome"]) == ("auditor", "create_checkpoint", "done")
    assert (entry["record"], entry["request_id"]) == (f"audit_checkpoints/{number}", "memo-8")
    assert entry["detail"]["location"] == "here"
    changed = auditor.patch(f"{AT}/{number}", json={"location": "there"}, headers={"If-Match": made.headers["etag"]})
    assert changed.status_code == 200
    assert newest(auditor)["detail"] == {"location": {"from": "here", "to": "there"}}


@pytest.mark.parametrize("condition", [{}, {"If-Match": '"stale"'}])
def test_a_refusal_is_entered_with_its_code(auditor: httpx.Client, condition: dict[str, str]) -> None:
    refused = auditor.patch(f"{AT}/1", json={"location": "x"}, headers=condition)
    entry = newest(auditor)
    assert (entry["outcome"], entry["code"]) == ("refused", refused.json()["code"])
    assert entry["request_id"] == refused.headers["x-request-id"]
    assert entry["detail"] == {"path": f"{AT}/1"}


def test_a_caller_without_the_role_is_entered(auditor: httpx.Client, anyone: httpx.Client, written_url: str) -> None:
    anyone.post(AT, json={}, headers=bearer(new_key(written_url, Role.READER, name="a reader")))
    assert (newest(auditor)["caller_name"], newest(auditor)["code"]) == ("a reader", "forbidden")


def test_malformed_requests_and_empty_changes_are_not_recorded(auditor: httpx.Client) -> None:
    before = count(auditor)
    for body in (b"{", b'{"position": 1}'):
        auditor.post(AT, content=body, headers={"Content-Type": "application/json"})
    tag = auditor.get(f"{AT}/1").headers["etag"]
    assert auditor.patch(f"{AT}/1", json={}, headers={"If-Match": tag}).status_code == 200
    assert auditor.get("/v1/recommendations").status_code == 200
    assert count(auditor) == before


def test_an_idempotent_replay_is_not_recorded_twice(auditor: httpx.Client) -> None:
    asked = {"Idempotency-Key": "again"}
    auditor.post(AT, json={}, headers=asked)
    before = count(auditor)
    assert auditor.post(AT, json={}, headers=asked).headers["idempotent-replayed"] == "true"
    assert count(auditor) == before


def test_an_export_is_recorded_when_it_is_sent(auditor: httpx.Client) -> None:
    before = count(auditor)
    answer = auditor.get("/v1/exports/statistics.csv", params={"panel": 1})
    entry = newest(auditor)
    assert (entry["caller_name"], entry["operation"]) == ("auditor", "export_statistics_csv")
    assert entry["detail"] == {"query": "panel=1"}
    auditor.head("/v1/exports/statistics.csv")
    unchanged = auditor.get(
        "/v1/exports/statistics.csv", params={"panel": 1}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert unchanged.status_code == 304
    assert count(auditor) == before + 1


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"caller": "auditor"}, lambda one: one["caller_name"] == "auditor"),
        ({"record": "1"}, lambda one: one["record"] == "audit_checkpoints/1"),
        ({"operation": ["create_checkpoint", "none"]}, lambda one: one["operation"] == "create_checkpoint"),
        ({"record": "audit_checkpoints/1"}, lambda one: one["record"] == "audit_checkpoints/1"),
        ({"outcome": "refused"}, lambda one: one["outcome"] == "refused"),
        ({"outcome": "done", "operation": "change_checkpoint"}, lambda one: one["outcome"] == "done"),
    ],
)
def test_filters_pick_what_they_say(auditor: httpx.Client, asked: dict[str, Any], holds: Any) -> None:
    found = walk(auditor, "/v1/audit", limit=3, **asked)
    assert found
    assert all(holds(one) for one in found)
    whole = walk(auditor, "/v1/audit", limit=200)
    if len(asked) == 1:
        assert found == [one for one in whole if holds(one)]


def test_times_cut_the_trail_in_two(auditor: httpx.Client) -> None:
    whole = walk(auditor, "/v1/audit", sort="id")
    middle = whole[len(whole) // 2]["recorded_at"]
    later = walk(auditor, "/v1/audit", sort="id", **{"from": middle})
    assert later[0]["recorded_at"] == middle
    assert walk(auditor, "/v1/audit", sort="id", to=middle) + later == whole
    assert [one["id"] for one in whole] == list(range(1, len(whole) + 1))
    bad = auditor.get("/v1/audit", params={"from": "2026-02-02", "to": "2026-02-01"})
    assert code(bad) == (422, "invalid-request")


def test_an_entry_is_made_in_the_transaction_of_its_write(auditor: httpx.Client, written: Engine) -> None:
    """If the audit entry cannot be written, the write fails too."""
    with written.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries ADD CONSTRAINT is_full CHECK (position < 0) NOT VALID"))
    try:
        before = auditor.get(AT, params={"include": "total"}).json()["total"]
        assert auditor.post(AT, json={}).status_code == 422
        assert auditor.get(AT, params={"include": "total"}).json()["total"] == before
    finally:
        with written.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entries DROP CONSTRAINT is_full"))


def test_entries_are_json_of_one_spelling(auditor: httpx.Client, written: Engine) -> None:
    auditor.post(AT, json={"location": "Zürich, “safe”\n2"})
    with written.connect() as connection:
        detail = connection.execute(
            text("SELECT detail FROM audit_entries ORDER BY position DESC LIMIT 1")
        ).scalar_one()
    assert detail == json.dumps(json.loads(detail), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert newest(auditor)["detail"]["location"] == "Zürich, “safe”\n2"


def test_reads_are_counted_by_hour_caller_and_operation(
    auditor: httpx.Client, writing_url: str, written_url: str, writing_app: FastAPI
) -> None:
    shown = bearer(new_key(written_url, Role.READER, name="who reads"))
    with httpx.Client(base_url=writing_url, headers=shown) as http:
        for path in ("/v1/panels", "/v1/panels", "/v1/panels/none", "/healthz/live"):
            http.get(path)
    caller = walk(auditor, "/v1/audit", operation="create_key")[0]["record"].replace("keys/", "key:")

    async def write() -> None:
        engine = write_engine(written_url)
        await writing_app.state.read_counts.write(engine)
        await engine.dispose()

    for again in (False, True):
        asyncio.run(write())
        found = {one["operation"]: one["count"] for one in walk(auditor, "/v1/audit/reads", caller=caller, limit=1)}
        assert found == {"list_panels": 3 if again else 2, "get_panel": 1}
        httpx.get(f"{writing_url}/v1/panels", headers=shown)


def test_a_read_that_the_role_does_not_open_is_entered(
    auditor: httpx.Client, writing_url: str, written_url: str
) -> None:
    refused = httpx.get(f"{writing_url}/v1/audit", headers=bearer(new_key(written_url, Role.READER)))
    entry = newest(auditor)
    assert (entry["operation"], entry["code"], entry["request_id"]) == (
        "list_audit_entries",
        "forbidden",
        refused.headers["x-request-id"],
    )
