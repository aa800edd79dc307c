"""What can be set from outside: environment variables that start with ROUNDTABLE_."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ROUNDTABLE_", use_attribute_docstrings=True, frozen=True)

    database_url: str | None = None
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
