"""Embedded PostgreSQL: runs in any folder and environment, and stops with the last process that uses it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.core.embedded_postgres import EmbeddedUnavailable, embedded_database, embedded_program
from app.core.session import libpq_parameters
from tests.conftest import ROOT

ODD = "a'b\"c`d$e;f&g%20h=i#j?k@l:m\\n,o ü"
HOSTILE = {
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGSERVICE": "none",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGTZ": "nonsense",
    "PGDATA": "/nowhere",
    "LC_ALL": "xx_YY.UTF-8",
    "XDG_RUNTIME_DIR": "/nowhere",
}
SPEAK = """\
import sys, psycopg
from pathlib import Path
from app.core.embedded_postgres import embedded_database
with embedded_database(Path(sys.argv[1]), say=lambda _: None) as url, psycopg.connect(url) as connection:
    print(connection.execute("SELECT datcollate, datctype FROM pg_database").fetchall()[-1])
"""


def spoken(folder: Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SPEAK, str(folder)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", [ODD, "-D", "x" * 200])
def test_the_server_runs_in_any_folder(name: str, tmp_path: Path) -> None:
    """A relative path works too, and a path that begins with a dash is not taken for an option."""
    done = spoken(Path(name), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / name / "postgres" / "PG_VERSION").exists()
    assert not (tmp_path / name / "socket").exists()


def test_the_packages_may_lie_in_any_folder_too(tmp_path: Path) -> None:
    program = embedded_program("postgres")
    assert program is not None
    packages = tmp_path / "it's 50% & more; #1?"
    # The shared libraries are beside the package that contains the programs.
    installed, package = program.parents[1], program.parents[2]
    shutil.copytree(installed, packages / package.name / installed.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, packages / libraries.name)
    programs = Path(package.name) / installed.name / "bin"
    with (
        embedded_database(tmp_path / "data", say=print, programs=packages / programs) as url,
        psycopg.connect(url) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)
    odd = packages.rename(tmp_path / 'a "b"')
    with (
        pytest.raises(EmbeddedUnavailable, match="move the project"),
        embedded_database(tmp_path / "other", say=print, programs=odd / programs),
    ):
        pass
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["two\nlines", "a\ttab"])
def test_a_folder_that_cannot_be_is_refused_in_a_line_before_anything_is_made(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(EmbeddedUnavailable, match="--data-dir") as refused,
        embedded_database(tmp_path / name, say=print),
    ):
        pass
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_the_environment_leads_to_no_other_server_and_makes_no_other_cluster(tmp_path: Path) -> None:
    done = spoken(tmp_path, tmp_path, **HOSTILE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "('C', 'C.UTF-8')\n"


def test_the_socket_folder_is_private(tmp_path: Path) -> None:
    with embedded_database(tmp_path, say=print) as url:
        folder = Path(libpq_parameters(url)["host"])
        assert folder.stat().st_mode & 0o777 == 0o700
        # A second user of the same folder gets the same server, and leaves it running for the first.
        with embedded_database(tmp_path, say=print) as same:
            assert same == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert not folder.exists()


def test_without_its_setting_alembic_says_which_is_missing() -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    for more, said in (
        ({}, "ROUNDTABLE_DATABASE_URL is not set"),
        ({"ROUNDTABLE_DATABASE_URL": "postgresq://user@host/name"}, "ROUNDTABLE_DATABASE_URL: give an address"),
        (
            {"ROUNDTABLE_DATABASE_URL": "postgresql://user@host"},
            "ROUNDTABLE_DATABASE_URL: the address names no database",
        ),
        ({"ROUNDTABLE_DATABASE_URL": "postgresql://user@127.0.0.1:1/name"}, "onnection"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={**own, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode != 0
        assert len((done.stdout + done.stderr).splitlines()) == 1, done.stderr
        assert said in done.stdout + done.stderr
