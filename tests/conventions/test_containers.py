"""Container files, checked against locks, versions, settings and commands, since this test cannot build them."""

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from app.cli import main as commands
from app.core.embedded_postgres import embedded_program
from app.core.settings import Settings
from app.http.routes import health
from run import HANDED_OVER
from tests.fixtures.commands import run

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app", "load")
PREFIX = "ROUNDTABLE_"


def read_stages() -> list[list[tuple[str, str]]]:
    """Returns the stages of the Dockerfile, each a list of (instruction, rest)."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages: list[list[tuple[str, str]]] = [[]]
    for line in filter(None, joined.splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    return stages


GLOBAL, BUILD, FINAL = read_stages()
(BASE,) = [rest.removeprefix("BASE_IMAGE=docker.io/library/") for word, rest in GLOBAL if word == "ARG"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def only(word: str) -> str:
    """Returns the argument of an instruction that the final stage uses once."""
    (rest,) = [rest for name, rest in FINAL if name == word]
    return rest


def listed(word: str) -> list[str]:
    """Returns an instruction in exec form: no shell between the container and the process that it signals."""
    found: list[str] = json.loads(only(word).removeprefix("CMD "))
    return found


def healthcheck() -> list[str]:
    options, command = only("HEALTHCHECK").split(" CMD ")
    assert "--start-period=" in options
    found: list[str] = json.loads(command)
    return found


def help_of(*words: str) -> str:
    done = run(*words, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


# Lock files


def pins(name: str) -> dict[str, frozenset[str]]:
    """Returns each requirement of a lock, its marker included, with its hashes."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text().replace("\\\n", " ")
    lines = [line.split("--hash=") for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {line[0].strip(): frozenset(digest.strip() for digest in line[1:]) for line in lines}


def test_the_locks_pin_every_package_by_hash_and_hold_one_another() -> None:
    names = ("server", "local", "dev", "supply-chain", "e2e", "bench")
    locks = [pins(name) for name in names]
    assert all(re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+( ; .+)?$", name) for name in locks[-1])
    assert all(digests for digests in locks[-1].values())
    assert all(less.items() < more.items() for less, more in pairwise(locks))
    assert {f"{name}.lock" for name in names} == {path.name for path in (ROOT / "requirements").glob("*.lock")}
    loop = re.search(r"^for lock in (.*); do$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert loop is not None
    assert tuple(loop[1].split()) == names
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(groups) == {*names} - {"server", "local"}


# Image


def test_both_stages_use_one_pinned_python_the_oldest_supported() -> None:
    assert [stage[0][1].removesuffix(" AS build") for stage in (BUILD, FINAL)] == ["${BASE_IMAGE}"] * 2
    version = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-[a-z]+", BASE)
    assert version is not None
    assert PROJECT["project"]["requires-python"] == f">={version[1]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == version[1]
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{version[1].replace('.', '')}"


def test_the_image_holds_the_server_lock_and_nothing_else() -> None:
    install = [rest for word, rest in BUILD if word == "RUN" and " install " in rest]
    assert len(install) == 1
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:", "-r /tmp/server.lock"):
        assert option in install[0]
    assert ("COPY", "requirements/server.lock /tmp/server.lock") in BUILD


def test_copied_paths_exist_and_are_the_whole_build_context() -> None:
    copied = {rest.split()[0].rstrip("/") for word, rest in BUILD if word == "COPY"}
    assert copied == {"requirements/server.lock", "pyproject.toml", "app", "migrations", "data"}
    assert all((ROOT / path).exists() for path in copied)
    ignore = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert ignore[0] == "*"
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    migrations = PROJECT["tool"]["alembic"]["script_location"]
    assert migrations == "%(here)s/migrations"


def test_the_final_stage_only_takes_what_the_first_made() -> None:
    assert not [rest for word, rest in FINAL if word in ("RUN", "ADD")]
    assert all(rest.startswith("--from=build ") for word, rest in FINAL if word == "COPY")


def test_the_image_runs_as_a_number_that_is_not_root_and_writes_nothing() -> None:
    user, group = map(int, only("USER").split(":"))
    assert user > 0
    assert group > 0
    assert "PYTHONDONTWRITEBYTECODE=1" in only("ENV")
    assert only("STOPSIGNAL") == "SIGTERM"


def test_the_image_serves_by_a_command_that_exists() -> None:
    assert listed("ENTRYPOINT") == ["python", "-m", "app.cli"]
    word, *options = listed("CMD")
    assert options == ["--host", "0.0.0.0", "--port", "8000"]  # inside a container  # noqa: S104 # inside a container
    description = help_of(word)
    assert all(option in description for option in options[::2])


def test_one_port_runs_through_all_files() -> None:
    assert only("EXPOSE") == listed("CMD")[-1] == "8000"
    assert ", 8000, " in healthcheck()[-1]
    assert SERVICES["app"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.fixture
def probed() -> Iterator[tuple[ThreadingHTTPServer, list[int]]]:
    """Yields a server that answers the probe with the last status of the list, and any other path with 404."""
    statuses = [200]
    live = health.router.prefix + "/live"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[-1] if self.path == live else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server, statuses
        server.shutdown()
        thread.join()


def test_the_healthcheck_distinguishes_live_from_dead_services(
    probed: tuple[ThreadingHTTPServer, list[int]],
) -> None:
    server, statuses = probed
    python, option, code = healthcheck()
    assert (python, option) == ("python", "-c")
    here = code.replace("8000", str(server.server_port))

    def probe() -> int:
        return subprocess.run([sys.executable, option, here], capture_output=True, check=False).returncode

    assert probe() == 0
    statuses.append(503)
    assert probe() == 1
    server.server_close()
    assert probe() == 1


# Services


def test_the_services_are_the_database_one_step_and_the_app() -> None:
    assert set(SERVICES) == {"db", "load", "app"}
    assert {name: part["condition"] for name, part in SERVICES["app"]["depends_on"].items()} == {
        "db": "service_healthy",
        "load": "service_completed_successfully",
    }
    assert SERVICES["load"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "healthcheck" in SERVICES["db"]
    assert SERVICES["load"]["restart"] == "no"


def test_the_database_is_the_postgresql_that_is_embedded_elsewhere() -> None:
    program = embedded_program("postgres")
    assert program is not None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    assert SERVICES["db"]["image"] == f"postgres:{version}-{BASE.rpartition('-')[2]}"
    script, volume = SERVICES["db"]["volumes"]
    assert script == "./deploy/roles.sql:/docker-entrypoint-initdb.d/roles.sql:ro"
    name, folder = volume.split(":")
    assert name in COMPOSE["volumes"]
    assert folder == "/var/lib/postgresql"


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_read_only_and_without_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["build"] == "."
    assert service["image"] == SERVICES["app"]["image"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # a folder of the container  # noqa: S108 # a folder of the container
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service
    assert "privileged" not in service


def test_only_the_app_is_published_and_only_to_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["app"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["app"]["ports"])


@pytest.mark.parametrize("name", OURS)
def test_our_services_reach_the_database_that_is_made(name: str) -> None:
    made = SERVICES["db"]["environment"]
    environment = SERVICES[name]["environment"]
    address = make_url(environment["ROUNDTABLE_DATABASE_URL"])
    assert (address.host, address.port) == ("db", 5432)
    user = {"app": "register_web", "load": "register_owner"}[name]
    assert (address.username, address.database) == (user, "register")
    assert address.password is None
    password = f"{user.upper()}_PASSWORD"
    assert environment["PGPASSWORD"] == made[password]
    assert made[password].startswith(f"${{{password}:?")
    # The superuser's password is separate, and the app and the migration step do not receive it.
    assert not [one for one in environment.values() if "POSTGRES_PASSWORD" in str(one)]
    check = SERVICES["db"]["healthcheck"]["test"]
    assert "--dbname=register" in check


@pytest.mark.parametrize("name", OURS)
def test_variables_of_our_services_are_settings(name: str) -> None:
    environment = SERVICES[name]["environment"]
    ours = {key.removeprefix(PREFIX).lower(): value for key, value in environment.items() if key.startswith(PREFIX)}
    assert set(ours) <= set(Settings.model_fields)
    # The values that Compose uses when the environment sets none.
    Settings.model_validate({key: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value) for key, value in ours.items()})


def test_compose_says_in_words_who_may_read() -> None:
    assert SERVICES["app"]["environment"]["ROUNDTABLE_ANONYMOUS"] == "${ROUNDTABLE_ANONYMOUS:-SBU}"


def test_one_step_prepares_and_the_app_does_not() -> None:
    assert SERVICES["load"]["command"] == ["init"]
    help_of("init")
    assert "command" not in SERVICES["app"]
    assert SERVICES["app"]["environment"]["ROUNDTABLE_MIGRATE_ON_START"] == "off"
    assert "ROUNDTABLE_MIGRATE_ON_START" not in SERVICES["load"]["environment"]


# Related files


def test_the_example_environment_names_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text()
    named = dict(re.findall(rf"^# .+\n#{PREFIX}([A-Z_]+)=(.*)$", text, flags=re.MULTILINE))
    assert {name.lower() for name in named} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if field.default is not None:
            assert named[name.upper()] == str(field.default)


def test_ci_installs_what_verify_needs_and_calls_all_three() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert re.findall(r"^python3 run\.py (\w+)$", text, flags=re.MULTILINE) == ["check", "test", "e2e"]
    for test in (ROOT / "tests" / "e2e").glob("*.py"):
        for package in re.findall(r'package="([a-z0-9-]+)"', test.read_text()):
            assert f"missing+=({package})" in text, (test.name, package)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


def test_the_makefile_only_calls_run_py() -> None:
    text = (ROOT / "Makefile").read_text()
    assert re.findall(r"^\t(.*)$", text, flags=re.MULTILINE) == ["$(PYTHON) run.py $@"]
    targets = re.findall(r"^(?!\.PHONY)([\w -]+):$", text, flags=re.MULTILINE)
    assert targets
    assert set(targets[0].split()) <= {*HANDED_OVER, "check", *commands.commands}
