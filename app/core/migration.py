"""Bringing a database's schema to this release, and asking which revision that is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


def migration_config(url: str = "") -> Config:
    """Alembic's settings from pyproject.toml, for the database at `url`."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def head_revision() -> str | None:
    """The revision that this release's schema has."""
    return ScriptDirectory.from_config(migration_config()).get_current_head()


def upgrade(url: str, revision: str = "head") -> None:
    command.upgrade(migration_config(url), revision)
