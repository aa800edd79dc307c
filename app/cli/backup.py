"""`roundtable backup` and `restore`: dump and restore of the whole database, with PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import click
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text

from app.cli.console import database, fail, new_database, operator_errors, print_progress, read_settings
from app.cli.foreign_objects import foreign_entry, foreign_object
from app.core.db import admin_engine
from app.core.embedded_postgres import EMBEDDED_VERSIONS, embedded_program
from app.core.migrations import SCHEMA_REVISION
from app.core.session import SESSION, check_order, libpq_options, libpq_parameters
from app.models.clearance import ROLES
from app.models.clearance_views import create_views
from app.models.roles import make_roles

DATA_DIR = click.option("--data-dir", help="Folder of the embedded database; .data by default.")
LOOK_SECONDS = 0.2
SAID_EVERY_SECONDS = 5.0
OF_PROGRAMS = (
    "client_encoding",
    "default_transaction_read_only",
    "default_transaction_isolation",
    "default_transaction_deferrable",
)
"""Session settings that these programs do not set themselves."""
COPIED_REVISION = b"COPY public.alembic_version "
"""Start of the line before the schema revision, in a dump as SQL."""
AS_BACKUP = ("--format=custom", "--no-owner", "--no-publications", "--no-subscriptions", "--no-blobs")
"""Options of pg_dump. Large objects and replication are not of the register."""
HEAD = b"PGDMP"
"""First bytes of pg_dump's custom format."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@DATA_DIR
def backup(file: Path, data_dir: str | None) -> None:
    """Back up the whole register, with its audit trail and API keys, into FILE. The service may be running."""
    settings = read_settings(data_dir=data_dir)
    if not file.parent.is_dir():
        fail(f"there is no folder {file.parent}: make it first")
    with operator_errors(), database(settings) as url:
        program = _program("pg_dump", url)
        # Only the owner can read the file, and it gets its name when it is complete.
        with _partial(file) as part:
            _run([program, *AS_BACKUP, "--file", str(part)], url, grows=part)
            _refuse_other_objects(part, "the database")
    print_progress(f"{_size(file)} written to {file}; who can read it can read everything")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATA_DIR
def restore(file: Path, data_dir: str | None) -> None:
    """Restore FILE, which `backup` wrote, into an empty database."""
    settings = read_settings(data_dir=data_dir)
    try:
        with file.open("rb") as opened:
            head = opened.read(len(HEAD))
    except OSError as error:
        fail(f"{file} cannot be read ({error.strerror})")
    if head != HEAD:
        fail(f"{file} was not written by `backup`")
    _refuse_another_dump(file)
    with operator_errors(), new_database(settings) as url:
        engine = admin_engine(url)
        with engine.begin() as connection:
            check_order(connection)
            _refuse_what_is_not_empty(connection)
            # Roles belong to the server, so they are not in the file.
            make_roles(connection, ROLES)
        program = _program("pg_restore", url)
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--dbname"]
        _run([program, *words, _conninfo(url)[0], str(file)], url, grows=None)
        with engine.begin() as connection:
            create_views(connection)
            # Synchronized copies may contain changes from after the backup: the new id makes them start again.
            connection.execute(text("UPDATE register SET id = gen_random_uuid()"))
    print_progress(
        "restored; run `audit verify` with a checkpoint that is older than the backup, then start the service"
    )


def _refuse_another_dump(file: Path) -> None:
    """Fails unless a dump is readable to its end and holds a register at the schema of this release."""
    revision = _revision_in(file)
    if revision is None:
        fail(f"{file} holds no register: give a file that `backup` wrote")
    if revision != SCHEMA_REVISION:
        fail(f"{file} is of another release (schema {revision}): restore it with that release, then upgrade")
    _refuse_other_objects(file, str(file))


def _refuse_other_objects(file: Path, where: str) -> None:
    found = foreign_entry(_any_program(), str(file))
    if found:
        fail(f"{where} has an object that is not of the register, and that `restore` refuses: {found}")


def _revision_in(file: Path) -> str | None:
    """Schema revision in a dump; None if it has none. Reads the whole dump, so that a damaged one fails here."""
    program = _any_program()
    revision, is_next = None, False
    with NamedTemporaryFile("w+", encoding="utf-8", errors="replace") as error_log:
        words = [program, "--file=-", str(file)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=error_log) as process:  # noqa: S603 - fixed program, no shell
            for line in process.stdout or ():
                revision = line.decode().strip() if is_next else revision
                is_next = line.startswith(COPIED_REVISION)
        _fail_if_ended_badly(process, program, error_log)
    return revision


def _any_program() -> str:
    program = max(_programs("pg_restore"), key=_major, default=None)
    if program is None:
        fail("pg_restore is needed: install the `embedded` extra, or the package postgresql-client")
    return program


def _refuse_what_is_not_empty(connection: Connection) -> None:
    found = foreign_object(connection)
    if found:
        words = "restore into a new one (CREATE DATABASE, or another --data-dir)"
        fail(f"the database is not empty: {words}; this one has {found}")


def _program(name: str, url: str) -> str:
    """Finds the oldest program, in PATH and in the wheel, that is not older than the server.

    An older program cannot read the server; a newer one writes more than needed.
    """
    found = _programs(name)
    engine = admin_engine(url)
    with engine.connect() as connection:
        server = int(str(connection.scalar(text("SHOW server_version_num")))) // 10_000
    nearest = min((one for one in found if _major(one) >= server), key=_major, default=None)
    if nearest is None:
        fail(f"{name} of PostgreSQL {server} or newer is needed: install the package postgresql-client-{server}")
    return nearest


def _programs(name: str) -> list[str]:
    wheel = (embedded_program(name, major=major) for major in EMBEDDED_VERSIONS)
    return [str(one) for one in (shutil.which(name), *wheel) if one]


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed program, no shell
    number = re.search(r"([0-9]+)", said.stdout)
    return int(number[1]) if number else 0


def _conninfo(url: str) -> tuple[str, dict[str, str]]:
    """Returns the libpq connection string without the password, which other users could see in the process list.

    The second value is the environment with the password.
    """
    address = libpq_parameters(url)
    password = address.pop("password", None)
    options = libpq_options({name: SESSION[name] for name in OF_PROGRAMS})
    more = {"options": f"{options} {address.pop('options')}".strip()}
    return make_conninfo(**address, **more), {"PGPASSWORD": str(password)} if password else {}


def _run(words: list[str], url: str, *, grows: Path | None) -> None:
    """Runs a program on the database, and prints its progress."""
    address, password = _conninfo(url)
    if "--dbname" not in words:
        words = [*words, "--dbname", address]
    began = said = time.monotonic()
    with NamedTemporaryFile("w+", encoding="utf-8") as error_log:
        with subprocess.Popen(words, env={**os.environ, **password}, stderr=error_log) as process:  # noqa: S603 - fixed program, no shell
            while process.poll() is None:
                time.sleep(LOOK_SECONDS)
                if sys.stderr.isatty() and time.monotonic() - said > SAID_EVERY_SECONDS:
                    said = time.monotonic()
                    print_progress(f"{said - began:.0f} s{f', {_size(grows)}' if grows else ''}")
        _fail_if_ended_badly(process, words[0], error_log)


def _fail_if_ended_badly(process: subprocess.Popen[bytes], program: str, error_log: IO[str]) -> None:
    """Fails with the first line of a program's errors if the program failed."""
    error_log.seek(0)
    errors = error_log.read().strip()
    if process.returncode:
        fail(f"{Path(program).name}: {errors.splitlines()[0] if errors else f'ended with {process.returncode}'}")


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as made:
            part = Path(made.name)
    except OSError as error:
        fail(f"cannot write to {file.parent} ({error.strerror})")
    try:
        yield part
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1e6:.1f} MB"
