"""Shared code of the commands: output, settings, database, and error messages in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from alembic.util import CommandError
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.db import admin_engine
from app.core.embedded_postgres import INIT_FIRST, EmbeddedUnavailable, embedded_database, stored_secret
from app.core.literals import whole
from app.core.migrations import SCHEMA_REVISION, is_older, revision_of
from app.core.session import UnfitServer, reader_session
from app.core.settings import SECRET_LEAST, Settings, SettingsError, settings_of_environment
from app.models.clearance import READERS
from app.models.roles import RolesMissing
from app.records.errors import CurationError
from app.vocabulary import Marking


class WholeNumber(click.ParamType[int]):
    """Option that is a whole number, in the spelling of settings and query parameters."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = value if isinstance(value, int) else whole(value)
        except ValueError:
            self.fail("must be a whole number", param, ctx)
        return number if number >= 0 else self.fail("give 0 or more", param, ctx)


def print_progress(words: str) -> None:
    """Prints progress on standard error, so that the output can be piped."""
    click.echo(words, err=True)


def fail(words: str) -> NoReturn:
    """Ends the command with one line that says what to do."""
    raise click.ClickException(words)


def pluralize(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def read_settings(**overrides: object) -> Settings:
    """Loads the settings: command line options override the environment."""
    try:
        return settings_of_environment(**overrides)
    except SettingsError as error:
        fail(str(error))


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Yields the URL of a database at the schema of this release, or fails with one line that says what to do.

    Starts the embedded database for as long as the context is open, and creates nothing.
    """
    with new_database(settings, create=False) as url:
        _refuse_another_schema(url)
        yield url


def _refuse_another_schema(url: str) -> None:
    engines = engines_of_revision(url)
    revision = revision_of(*engines)
    if revision is None:
        fail(f"the database holds no register: {INIT_FIRST}, or correct ROUNDTABLE_DATABASE_URL or --data-dir")
    if is_older(*engines):
        fail(f"the database is of an older release: {INIT_FIRST}, or use that release")
    if revision != SCHEMA_REVISION:
        fail("the database is of a later release: use that release")


def engines_of_revision(url: str) -> tuple[Engine, Engine]:
    """Engines that may read the revision of the schema: as the login itself, and as a reader."""
    return admin_engine(url), admin_engine(url, session=reader_session(**READERS[Marking.U]._asdict()))


@contextmanager
def new_database(settings: Settings, *, create: bool = True) -> Iterator[str]:
    """Yields the URL of the database, whatever it holds. Starts the embedded one, and creates it if necessary.

    For the commands that prepare a database. Every other command uses `database`.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with embedded_database(Path(settings.data_dir), say=print_progress, create=create) as url:
            yield url
    except EmbeddedUnavailable as error:
        fail(str(error))


@contextmanager
def operator_errors() -> Iterator[None]:
    """Turns errors that an operator can correct into one line."""
    try:
        yield
    except CurationError as refused:
        for fault in refused.faults:
            click.echo(f"data/{fault}", err=True)
        fail(f"{len(refused.faults)} faults in data/, nothing was loaded: mend them, then run `validate-data`")
    except IntegrityError as error:
        held = getattr(getattr(error.orig, "diag", None), "message_primary", None) or "a rule of the database"
        fail(f"nothing was loaded: {held}")
    except RolesMissing as error:
        fail(str(error))
    except CommandError as error:
        # Alembic does not know the revision: migrating back to an earlier release is not possible.
        fail(f"the schema is not of this release ({error}): use the release that migrated it, or restore a backup")
    except UnfitServer as error:
        fail(str(error))
    except OperationalError as error:
        if isinstance(error.orig, UnfitServer):
            fail(str(error.orig))
        reason = str(error.orig).strip().splitlines()[-1]
        fail(f"the database cannot be reached ({reason}): check ROUNDTABLE_DATABASE_URL and that it runs")


def with_key_secret(settings: Settings) -> Settings:
    """Adds a secret for API keys to the settings: for the embedded database, it is created once and stored beside it.

    Anybody who can read that folder has the whole database. For another database, the operator has to set the secret.
    """
    if settings.api_key_secret is not None or settings.database_url is not None:
        return settings
    try:
        secret = stored_secret(Path(settings.data_dir))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        fail(f"the secret of API keys in {settings.data_dir} cannot be read ({reason}): set ROUNDTABLE_API_KEY_SECRET")
    if len(secret) < SECRET_LEAST:
        fail(f"the file key-secret in {settings.data_dir} is cut short: restore it, or set ROUNDTABLE_API_KEY_SECRET")
    return settings.model_copy(update={"api_key_secret": SecretStr(secret)})
