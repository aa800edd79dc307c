"""Schemathesis against the service on a real socket: every operation, all phases and all checks, from a fixed seed.

`FUZZ_EXAMPLES=200 python3 run.py e2e tests/e2e/test_schemathesis.py` is the longer form.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.http.openapi.document import operations_of
from app.main import create_app
from tests.conftest import EVERY_ROLE, KEY_SECRET, ROOT, serving
from tests.e2e.conftest import run
from tests.fixtures.oidc_issuer import AUDIENCE, NAME, key_file, new_keys, token

PHASES = {"examples", "coverage", "fuzzing", "stateful"}


@pytest.fixture
def token_and_app(copy_database: Callable[[str], str], tmp_path: Path) -> tuple[str, FastAPI]:
    """A token with every role, and the service that accepts it. A test case can revoke a key, but not a token."""
    keys = new_keys()
    options = {"oidc_issuer": NAME, "oidc_audience": AUDIENCE, "oidc_jwks": key_file(tmp_path, keys)}
    settings = Settings.model_validate({**options, "api_key_secret": KEY_SECRET})
    roles = [role.value for role in EVERY_ROLE]
    shown = token(keys["ES256"], "ES256", roles=roles, clearance="SBU", exp=int(time.time()) + 7_200)
    return shown, create_app(settings, database_url=copy_database("fuzzed"))


@pytest.fixture
def base_url(token_and_app: tuple[str, FastAPI]) -> Iterator[str]:
    with serving(token_and_app[1]) as address:
        yield address


def test_no_case_of_any_operation_finds_a_fault(
    base_url: str, token_and_app: tuple[str, FastAPI], tmp_path: Path
) -> None:
    shown, app = token_and_app
    report = tmp_path / "report.json"
    more = os.environ.get("FUZZ_EXAMPLES")
    run(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", ROOT / "tests/e2e/schemathesis.toml"),
        *(
            "run",
            f"{base_url}/openapi.json",
            "--no-color",
            "--header",
            f"Authorization: Bearer {shown}",
            "--report",
            "json",
            "--report-json-path",
            report,
        ),
        *(("--max-examples", more) if more else ()),
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        timeout=3_600 if more else 400,
    )
    result = json.loads(report.read_text(encoding="utf-8"))
    count = len(list(operations_of(app.openapi())))
    print(f"{count} operations, {result['test_cases']['generated']} cases, {result['filtered']} refusals earned")  # noqa: T201 - the count is what a reader wants
    assert result["operations"]["tested"] == result["operations"]["total"] == count
    assert {name: phase["status"] for name, phase in result["phases"].items()} == dict.fromkeys(PHASES, "success")
    assert (result["failures"], result["errors"], result["stop_reason"]) == ([], [], "completed")
    assert result["test_cases"]["generated"] > 100 * count
