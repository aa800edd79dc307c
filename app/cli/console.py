"""Shared code of the commands: output, settings, database, and error messages in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.embedded_postgres import EmbeddedUnavailable, embedded_database, stored_secret
from app.core.session import UnfitServer
from app.core.settings import SECRET_LEAST, Settings, SettingsError, settings_of_environment
from app.models.roles import RolesMissing
from app.records.errors import CurationError


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
    """Yields the URL of the database. Starts the embedded one for as long as the context is open."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with embedded_database(Path(settings.data_dir), say=print_progress) as url:
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
