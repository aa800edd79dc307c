"""Database migrations: upgrades the schema to this release and checks its revision."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]
INSUFFICIENT_PRIVILEGE = "42501"
SCHEMA_REVISION = "3c9e51d7b0f4"
"""Revision of the newest migration. It is a constant, so that a start with nothing to migrate need not load Alembic."""


def migration_config(url: str = "") -> "Config":
    """Alembic configuration from pyproject.toml, for the database at `url`."""
    from alembic.config import Config  # noqa: PLC0415 - see SCHEMA_REVISION

    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def is_current(engine: Engine) -> bool:
    """True if the schema is at the newest migration of this release."""
    return revision_of(engine) == SCHEMA_REVISION


def is_older(*engines: Engine) -> bool:
    """True if the schema lacks migrations of this release; False if only a later release knows its revision."""
    revision = revision_of(*engines)
    if revision is None or revision == SCHEMA_REVISION:
        return revision is None
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see SCHEMA_REVISION

    return revision in {one.revision for one in ScriptDirectory.from_config(migration_config()).walk_revisions()}


def revision_of(*engines: Engine) -> str | None:
    """Revision of the schema; None if no migration ran.

    Uses the first engine that may read the revision: a login that owns nothing may read it only as a reader.
    """
    for engine in engines:
        try:
            with engine.connect() as connection:
                revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
                return revision
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
                break  # no schema yet
    return None


def upgrade(url: str, revision: str = "head") -> None:
    from alembic import command  # noqa: PLC0415 - see SCHEMA_REVISION

    command.upgrade(migration_config(url), revision)
