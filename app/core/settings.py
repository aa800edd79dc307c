"""What can be set from outside: environment variables that start with ROUNDTABLE_."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


def check_database_url(address: str | None) -> str | None:
    """Refuses what is no address of a PostgreSQL database."""
    try:
        driver = None if address is None else make_url(address).get_backend_name()
    except (ArgumentError, ValueError):
        driver = "nothing"
    if driver not in {None, "postgresql"}:
        raise ValueError("give an address such as postgresql://user:password@host:5432/name")
    return address


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ROUNDTABLE_", use_attribute_docstrings=True, frozen=True)

    database_url: Annotated[str | None, AfterValidator(check_database_url)] = None
    """PostgreSQL to use, as postgresql://user:password@host:port/name; without it the embedded one is started."""
    data_dir: str = ".data"
    """Folder that the embedded PostgreSQL keeps its data in."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    prepare: Literal["on", "off"] = "on"
    """Whether `serve` migrates and loads first; off where a separate step does."""
    pool_size: int = Field(default=8, ge=1, le=100)
    """Connections to PostgreSQL that one process keeps."""
