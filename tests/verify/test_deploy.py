"""The files of deployment, held to what Docker Compose and systemd take. They read them; nothing is started."""

import json
import re
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.conftest import ROOT
from tests.verify.conftest import Found, run

PRODUCTION = ("-f", "docker-compose.yml", "-f", "deploy/docker-compose.production.yml")
TOLD = {
    "POSTGRES_PASSWORD": "unused",
    "REGISTER_OWNER_PASSWORD": "unused",
    "REGISTER_WEB_PASSWORD": "unused",
    "ROUNDTABLE_KEY_SECRET": "Wq7-9fXkz2vN4mTb1sHcJ8yR5uLd3gPaE6o0iQtM",
    "ROUNDTABLE_AUDIT_KEY": "5a4b3c2d1e0f9182736455463728190a0b1c2d3e4f",
    "ROUNDTABLE_ALLOWED_HOSTS": "register.example",
    "ROUNDTABLE_TRUSTED_PROXIES": "172.17.0.1",
}
MOST_EXPOSED = 15
"""What systemd may find of a unit, in tenths; 100 is a service that may do everything."""


def test_compose_accepts_its_file(program: Found) -> None:
    compose = program("docker-compose", package="docker-compose")
    # Any password will do: the file is only read.
    run(
        compose,
        "-f",
        "docker-compose.yml",
        "config",
        "-q",
        cwd=ROOT,
        env={name: TOLD[name] for name in TOLD if name.endswith("_PASSWORD")},
    )


def in_production(program: Found) -> dict[str, Any]:
    compose = program("docker-compose", package="docker-compose")

    found: dict[str, Any] = yaml.safe_load(run(compose, *PRODUCTION, "config", cwd=ROOT, env=TOLD).stdout)["services"]
    return found


def test_in_production_nobody_reads_unasked_and_nothing_grows_without_end(program: Found) -> None:
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
    # Longer than the service takes to answer what it has.
    assert services["app"]["stop_grace_period"] == "40s"


@pytest.mark.parametrize("left_out", list(TOLD))
def test_what_production_cannot_do_without_is_asked_for(program: Found, left_out: str) -> None:
    with pytest.raises(AssertionError, match=left_out):
        run(
            program("docker-compose", package="docker-compose"),
            *(*PRODUCTION, "config", "-q"),
            cwd=ROOT,
            env={**TOLD, left_out: ""},
        )


def test_systemd_takes_the_unit_and_finds_it_guarded(program: Found) -> None:
    analyze = program("systemd-analyze", package="systemd")
    unit = "deploy/roundtable.service"
    found = run(analyze, "security", "--offline=yes", "--json=short", f"--threshold={MOST_EXPOSED}", unit, cwd=ROOT)
    assert json.loads(found.stdout)
    # All that it says against the file is that the project is not in /opt/roundtable here.
    said = run("sh", "-c", f"'{analyze}' verify {unit} 2>&1 || true", cwd=ROOT).stdout.splitlines()
    assert [line for line in said if "/opt/roundtable/.venv/bin/python is not executable" not in line] == []


def test_the_unit_serves_as_the_image_does() -> None:
    text = (ROOT / "deploy/roundtable.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert command == "/opt/roundtable/.venv/bin/python -P -m app.cli serve"
    assert "-r /opt/roundtable/requirements/server.lock" in text
