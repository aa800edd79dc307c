"""Schemathesis against the service on a real socket: every operation, all phases and all checks, from a fixed seed.

`FUZZ_EXAMPLES=200 python3 run.py verify tests/verify/test_schemathesis.py` is the longer form.
"""

import json
import os
import sys
from pathlib import Path

from fastapi import FastAPI

from app.core.http.document import operations_of
from tests.conftest import ROOT, admit_auditor
from tests.verify.conftest import run

PHASES = {"examples", "coverage", "fuzzing", "stateful"}


def test_no_case_of_any_operation_finds_a_fault(base_url: str, app: FastAPI, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    more = os.environ.get("FUZZ_EXAMPLES")
    shown = admit_auditor(app)["Authorization"]
    run(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", ROOT / "tests/verify/schemathesis.toml"),
        *("run", f"{base_url}/openapi.json", "--no-color", "--report", "json", "--report-json-path", report),
        *("--header", f"Authorization: {shown}"),
        *(("--max-examples", more) if more else ()),
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        timeout=3_600 if more else 400,
    )
    told = json.loads(report.read_text(encoding="utf-8"))
    count = len(list(operations_of(app.openapi())))
    print(f"{count} operations, {told['test_cases']['generated']} cases, {told['filtered']} refusals earned")  # noqa: T201 - the count is what a reader wants
    assert told["operations"]["tested"] == told["operations"]["total"] == count
    assert {name: phase["status"] for name, phase in told["phases"].items()} == dict.fromkeys(PHASES, "success")
    assert (told["failures"], told["errors"], told["stop_reason"]) == ([], [], "completed")
    assert told["test_cases"]["generated"] > 100 * count
