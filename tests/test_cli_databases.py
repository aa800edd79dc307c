"""Commands on a folder without a database, and on a database that holds no register or one of another release."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg
import pytest

from app.cli import main
from app.core.embedded_postgres import embedded_database
from tests.fixtures.commands import run
from tests.test_backup import empty
from tests.test_cli import one_line

CREATING = {"serve", "init", "migrate", "restore"}
"""Commands that may create a data folder."""
WORDS = {
    "backup": ("nightly.backup",),
    "ingest": (),
    "export-edits": ("--into", "exported"),
    "keys create": ("--name", "x", "--person", "ann"),
    "keys list": (),
    "keys revoke": ("4f2a9c01d7e3",),
    "audit verify": (),
    "audit checkpoint": (),
}
"""Words of every command that needs a register."""
FIRST = "run `python3 run.py init` first"


def commands_of(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def words_of(name: str, folder: Path) -> list[str]:
    files = {"nightly.backup", "exported"}
    return [*name.split(" "), *(str(folder / word) if word in files else word for word in WORDS[name])]


def test_each_command_that_uses_a_database_is_here() -> None:
    using = {name for name, one in commands_of(main) if any(part.name == "data_dir" for part in one.params)}
    assert using == CREATING | set(WORDS)


@pytest.mark.parametrize("name", WORDS)
def test_a_folder_without_a_database_is_refused_and_stays_as_it_is(name: str, tmp_path: Path) -> None:
    written = tmp_path / "nightly.backup"
    written.write_text("the one of yesterday")
    said = one_line(run(*words_of(name, tmp_path), "--data-dir", str(tmp_path / "typo")))
    assert said == f"Error: there is no database in {tmp_path / 'typo'} (--data-dir): {FIRST}"
    assert [one.name for one in tmp_path.iterdir()] == [written.name]
    assert written.read_text() == "the one of yesterday"


@pytest.mark.parametrize("name", WORDS)
def test_an_empty_database_is_refused_and_stays_as_it_is(name: str, server_url: str, tmp_path: Path) -> None:
    url = empty(server_url, f"empty_for_{name.replace(' ', '_')}")
    written = tmp_path / "nightly.backup"
    written.write_text("the one of yesterday")
    said = one_line(run(*words_of(name, tmp_path), ROUNDTABLE_DATABASE_URL=url))
    assert FIRST in said
    assert [one.name for one in tmp_path.iterdir()] == [written.name]
    assert written.read_text() == "the one of yesterday"
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


@pytest.mark.parametrize(
    ("revision", "words"), [("a7d41c60e8f2", FIRST), ("ffffffffffff", "the database is of a later release")]
)
def test_a_register_of_another_release_is_refused(
    revision: str, words: str, copy_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = copy_database(f"of_{revision}")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))
    for name in ("backup", "keys list"):
        assert words in one_line(run(*words_of(name, tmp_path), ROUNDTABLE_DATABASE_URL=url))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["migrate", "init"])
def test_a_later_release_is_not_migrated_back(name: str, copy_database: Callable[[str], str]) -> None:
    url = copy_database(f"later_for_{name}")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert "use the release that migrated it" in one_line(run(name, ROUNDTABLE_DATABASE_URL=url))


def test_the_start_of_the_database_is_announced_only_when_it_starts(tmp_path: Path) -> None:
    said: list[str] = []
    with embedded_database(tmp_path, say=said.append), embedded_database(tmp_path, say=said.append, create=False):
        assert len(said) == 1
    assert said[0].startswith("starting PostgreSQL in ")
