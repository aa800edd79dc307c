"""What every command stands in: its words, its settings, its database, and errors in one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.embedded import EmbeddedUnavailable, embedded_database, kept_secret
from app.core.session import UnfitServer
from app.core.settings import Settings
from app.ingest.faults import Refused
from app.models.roles import RolesMissing


def say(words: str) -> None:
    """Progress, for a person: on standard error, so that output can be piped."""
    click.echo(words, err=True)


def fail(words: str) -> NoReturn:
    """One line that says what to do."""
    raise click.ClickException(words)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def read_settings(**given: object) -> Settings:
    """The settings, those given on the command line over those of the environment."""
    known = {f"ROUNDTABLE_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("ROUNDTABLE_") and name not in known)
    if unknown:
        fail(f"there is no setting {unknown[0]}; the settings are {', '.join(sorted(known))}")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type] # checked by pydantic
    except ValidationError as error:
        fault = error.errors()[0]
        named = f"ROUNDTABLE_{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
        fail(f"{named}{fault['msg'].removeprefix('Value error, ')}")


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The database's address; the embedded one is started for as long as it is needed."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with embedded_database(Path(settings.data_dir), say=say) as url:
            yield url
    except EmbeddedUnavailable as error:
        fail(str(error))


@contextmanager
def told() -> Iterator[None]:
    """Turns what an operator can mend into one line."""
    try:
        yield
    except Refused as refused:
        for fault in refused.faults:
            click.echo(f"data/{fault}", err=True)
        fail(
            f"{len(refused.faults)} faults in data/, nothing was loaded: mend them; `check-data` tells when all is well"
        )
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
    """The settings with a secret for keys: beside a database of our own, one is made once and kept.

    Who can read that folder has the whole database. With another database, the secret is the operator's to give.
    """
    if settings.key_secret is not None or settings.database_url is not None:
        return settings
    try:
        return settings.model_copy(update={"key_secret": SecretStr(kept_secret(Path(settings.data_dir)))})
    except OSError as error:
        fail(
            f"the secret of API keys in {settings.data_dir} cannot be read ({error.strerror}): "
            "set ROUNDTABLE_KEY_SECRET"
        )
