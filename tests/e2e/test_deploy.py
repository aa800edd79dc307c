"""Deployment files, checked by Docker Compose and systemd, which parse them and start nothing."""

import json
import re
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.conftest import ROOT
from tests.e2e.conftest import Found, run

PRODUCTION = ("-f", "docker-compose.yml", "-f", "deploy/docker-compose.production.yml")
VARIABLES = {
    "POSTGRES_PASSWORD": "unused",
    "REGISTER_OWNER_PASSWORD": "unused",
    "REGISTER_WEB_PASSWORD": "unused",
    "ROUNDTABLE_API_KEY_SECRET": "Wq7-9fXkz2vN4mTb1sHcJ8yR5uLd3gPaE6o0iQtM",
    "ROUNDTABLE_AUDIT_SIGNING_KEYS": "5a4b3c2d1e0f9182736455463728190a0b1c2d3e4f",
    "ROUNDTABLE_ALLOWED_HOSTS": "register.example",
    "ROUNDTABLE_TRUSTED_PROXIES": "172.17.0.1",
}
MOST_EXPOSED = 15
"""Highest exposure that systemd may report for the unit, in tenths. 100 is a service without any restriction."""


def test_compose_accepts_its_file(program: Found) -> None:
    compose = program("docker-compose", package="docker-compose")
    # Any password works: the file is only parsed.
    run(
        compose,
        "-f",
        "docker-compose.yml",
        "config",
        "-q",
        cwd=ROOT,
        env={name: VARIABLES[name] for name in VARIABLES if name.endswith("_PASSWORD")},
    )


def in_production(program: Found) -> dict[str, Any]:
    compose = program("docker-compose", package="docker-compose")

    found: dict[str, Any] = yaml.safe_load(run(compose, *PRODUCTION, "config", cwd=ROOT, env=VARIABLES).stdout)[
        "services"
    ]
    return found


def test_production_requires_credentials_and_bounds_its_logs(program: Found) -> None:
    services = in_production(program)
    for name in ("app", "load"):
        own = {key: value for key, value in services[name]["environment"].items() if key.startswith("ROUNDTABLE_")}
        settings = Settings.model_validate({key.removeprefix("ROUNDTABLE_").lower(): own[key] for key in own})
        assert settings.anonymous == "off"
        assert settings.log_format == "json"
        assert services[name]["read_only"] is True
    assert services["app"]["ports"] == ["127.0.0.1:8000:8000/tcp"]
    assert "ports" not in services["db"]
    for name in ("app", "db"):
        assert services[name]["mem_limit"]
        assert services[name]["pids_limit"]
        assert services[name]["restart"] == "always"
        assert services[name]["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    # Longer than the service needs to answer the requests in flight.
    assert services["app"]["stop_grace_period"] == "40s"


@pytest.mark.parametrize("left_out", list(VARIABLES))
def test_production_requires_each_setting(program: Found, left_out: str) -> None:
    with pytest.raises(AssertionError, match=left_out):
        run(
            program("docker-compose", package="docker-compose"),
            *(*PRODUCTION, "config", "-q"),
            cwd=ROOT,
            env={**VARIABLES, left_out: ""},
        )


def test_systemd_takes_the_unit_and_finds_it_guarded(program: Found) -> None:
    analyze = program("systemd-analyze", package="systemd")
    unit = "deploy/roundtable.service"
    found = run(analyze, "security", "--offline=yes", "--json=short", f"--threshold={MOST_EXPOSED}", unit, cwd=ROOT)
    assert json.loads(found.stdout)
    # The only permitted complaint is that the project is not in /opt/roundtable here.
    said = run("sh", "-c", f"'{analyze}' verify {unit} 2>&1 || true", cwd=ROOT).stdout.splitlines()
    assert [line for line in said if "/opt/roundtable/.venv/bin/python is not executable" not in line] == []


def test_the_unit_serves_as_the_image_does() -> None:
    text = (ROOT / "deploy/roundtable.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert command == "/opt/roundtable/.venv/bin/python -P -m app.cli serve"
    assert "-r /opt/roundtable/requirements/server.lock" in text
