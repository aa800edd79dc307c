"""Refused requests and exports in the audit trail: counted for strangers, one entry each for callers up to a limit, none lost."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from app.audit.summaries import EXPORTS, MAX_ROWS, OWN_ENTRIES, REFUSALS, AuditSummaries, network_of
from app.audit_api.recording import NOBODY
from app.core.db import driver_url, write_engine
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import CABLE, KEY_SECRET, bearer, new_key, serving

AT = "/v1/audit/checkpoints"
MANY = 60


def entries(url: str, outcome: str) -> list[dict[str, Any]]:
    """Returns the entries of an outcome, oldest first, with their details as JSON."""
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT * FROM audit_entries WHERE outcome = :outcome ORDER BY position"), {"outcome": outcome}
        )
        found = [{**row, "detail": json.loads(row["detail"])} for row in rows.mappings()]
    engine.dispose()
    return found


def refusals(url: str) -> list[dict[str, Any]]:
    return entries(url, "refused")


def exports(url: str) -> list[dict[str, Any]]:
    return [one for one in entries(url, "done") if "export" in one["operation"]]


def summarized(found: list[dict[str, Any]]) -> int:
    return sum(one["detail"]["count"] for one in found if one["operation"] == REFUSALS)


def serve(url: str, ask: Callable[[httpx.Client, FastAPI], None], **settings: Any) -> None:
    """Runs a function against a service on the database, and shuts the service down."""
    app = create_app(Settings.model_validate({"api_key_secret": KEY_SECRET, **settings}), database_url=url)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:
        ask(http, app)


def test_strangers_cost_no_entry_each_and_none_is_lost_when_the_service_stops(scratch_url: str) -> None:
    wrong = {"Authorization": "Bearer rr_000000000000_nothing"}

    def ask(http: httpx.Client, _app: FastAPI) -> None:
        for number in range(MANY):
            path = ("/v1/actions", AT, "/v1/admin/keys")[number % 3]
            answer = http.post(path, json={}, headers=wrong if number % 2 else {})
            assert answer.status_code == 401
        assert refusals(scratch_url) == []

    serve(scratch_url, ask)
    (entry,) = refusals(scratch_url)
    assert (entry["caller"], entry["operation"], entry["code"]) == ("unknown", REFUSALS, "unauthenticated")
    assert entry["detail"]["count"] == MANY
    rows = entry["detail"]["refusals"]
    assert {one["operation"] for one in rows} == {"create_action", "create_checkpoint", "create_key"}
    assert {one["network"] for one in rows} == {"127.0.0.0/24"}
    assert sum(one["count"] for one in rows) == MANY
    assert entry["detail"]["since"] <= entry["detail"]["until"]


def test_a_caller_has_entries_of_his_own_up_to_a_limit(scratch_url: str) -> None:
    shown = bearer(new_key(scratch_url, Role.READER, name="who knocks"))
    other = bearer(new_key(scratch_url, Role.READER, name="another"))

    def ask(http: httpx.Client, app: FastAPI) -> None:
        for _ in range(MANY):
            assert http.get("/v1/audit", headers=shown).status_code == 403
        assert http.post(AT, json={}, headers=other).status_code == 403
        names = [one["caller_name"] for one in refusals(scratch_url)]
        assert names == ["who knocks"] * OWN_ENTRIES + ["another"]

        async def write() -> None:
            engine = write_engine(scratch_url)
            await app.state.audit_summaries.write(engine)
            await engine.dispose()

        asyncio.run(write())
        assert http.get("/v1/audit", headers=shown).status_code == 403

    serve(scratch_url, ask)
    found = refusals(scratch_url)
    assert len(found) == OWN_ENTRIES + 3
    assert summarized(found) == MANY - OWN_ENTRIES
    (summary,) = [one for one in found if one["operation"] == REFUSALS]
    assert (summary["caller_name"], summary["code"]) == ("who knocks", "forbidden")
    assert found[-1]["detail"] == {"path": "/v1/audit"}


def test_refusals_are_recorded_later_if_the_database_is_down(scratch_url: str) -> None:
    """Counts for a stranger from many addresses, written over an engine without a server, then over a working one."""
    counted = AuditSummaries()
    ask = 3 * MAX_ROWS
    for number in range(ask):
        counted.count(
            NOBODY, operation="create_key", code="unauthenticated", address=f"10.{number // 200}.{number % 200}.1"
        )

    async def write(url: str) -> None:
        engine = write_engine(url)
        await counted.write(engine)
        await engine.dispose()

    asyncio.run(write("postgresql://127.0.0.1:1/none"))
    counted.count(NOBODY, operation="create_key", code="unauthenticated", address="10.0.0.9")
    asyncio.run(write(scratch_url))
    asyncio.run(write(scratch_url))
    (entry,) = refusals(scratch_url)
    assert entry["detail"]["count"] == ask + 1
    assert len(entry["detail"]["refusals"]) <= MAX_ROWS + 1
    assert sum(one["count"] for one in entry["detail"]["refusals"]) == ask + 1


def test_a_stranger_is_counted_by_network() -> None:
    assert network_of("203.0.113.77") == "203.0.113.0/24"
    assert network_of("::ffff:203.0.113.77") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("fe80::1%eth0") == "fe80::/48"
    assert network_of("testclient") == ""


def test_exports_of_strangers_are_counted_and_those_of_callers_have_an_entry_each(scratch_url: str) -> None:
    shown = bearer(new_key(scratch_url, Role.READER, name="who copies"))

    def ask(http: httpx.Client, _app: FastAPI) -> None:
        for number in range(MANY):
            assert http.get(f"/v1/exports/panels.{('csv', 'jsonl')[number % 2]}").status_code == 200
        assert exports(scratch_url) == []
        for _ in range(OWN_ENTRIES + 1):
            assert http.get("/v1/exports/panels.csv", params={"cable": CABLE}, headers=shown).status_code == 200

    serve(scratch_url, ask)
    *own, summary = exports(scratch_url)
    assert [(one["caller_name"], one["operation"]) for one in own] == [("who copies", "export_panels_csv")] * len(own)
    assert len(own) == OWN_ENTRIES + 1
    assert {one["detail"]["query"] for one in own} == {f"cable={CABLE}"}
    assert (summary["caller"], summary["operation"], summary["code"]) == ("anonymous", EXPORTS, None)
    assert summary["detail"]["count"] == MANY
    assert {(one["operation"], one["network"], one["count"]) for one in summary["detail"]["exports"]} == {
        (f"export_panels_{kind}", "127.0.0.0/24", MANY // 2) for kind in ("csv", "jsonl")
    }
