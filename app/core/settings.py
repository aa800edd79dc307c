"""What can be set from outside: environment variables that start with ROUNDTABLE_."""

import re
from ipaddress import ip_network
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


def listed(text: str) -> list[str]:
    """The parts of a setting that takes several values, which commas part."""
    return [part for part in (one.strip() for one in text.split(",")) if part]


def check_root_path(path: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path):
        raise ValueError("give the path that the proxy strips, such as /register, without a slash at its end")
    return path


def check_networks(text: str) -> str:
    """Refuses what is no address or network, and a network that is everybody."""
    for one in listed(text):
        try:
            everybody = ip_network(one).prefixlen == 0
        except ValueError:
            raise ValueError(f"{one!r} is no address or network; give such as 127.0.0.1 or 10.1.0.0/16") from None
        if everybody:
            raise ValueError(f"{one!r} trusts everybody; name the addresses of your proxies")
    return text


def check_origins(text: str) -> str:
    """Refuses a wildcard, and what a browser would never send as an origin."""
    for one in listed(text):
        if not re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", one):
            raise ValueError(f"{one!r} is no single origin; name each, such as https://wiki.example, without a path")
    return text


def check_hosts(text: str) -> str:
    for one in listed(text):
        if not re.fullmatch(r"\[[0-9a-f:.]+\]|[a-z0-9._-]+", one):
            raise ValueError(
                f"{one!r} is no name of a host; give such as register.example, in lower case, without port"
            )
    return text


def check_contact(contact: str) -> str:
    if not re.fullmatch(r"((mailto|tel):[!-~]+|https://[!-~]+)?", contact):
        raise ValueError("give an address such as mailto:security@register.example or https://register.example/report")
    return contact


SHORTEST_KEY = 32


def check_keys(text: str) -> str:
    """Refuses a key that could be guessed."""
    for one in listed(text):
        if len(one) < SHORTEST_KEY or len(set(one)) < SHORTEST_KEY // 4:
            raise ValueError(f"give at least {SHORTEST_KEY} random characters, such as `openssl rand -hex 32` makes")
    return text


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
    root_path: Annotated[str, AfterValidator(check_root_path)] = ""
    """Path that a reverse proxy strips from addresses before it passes them on; links and problems carry it."""
    trusted_proxies: Annotated[str, AfterValidator(check_networks)] = ""
    """Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count; commas between them."""
    allowed_hosts: Annotated[str, AfterValidator(check_hosts)] = ""
    """Names that the service goes by; a request for another one is refused. Empty: any name."""
    cors_origins: Annotated[str, AfterValidator(check_origins)] = ""
    """Origins whose pages may read answers; commas between them."""
    anonymous: Literal["off", "U", "SBU"] | None = None
    """Up to which marking those may read who show no credentials; unset, SBU on loopback alone, else off."""
    audit_key: Annotated[str, AfterValidator(check_keys), Field(repr=False)] = ""
    """Key that seals the audit trail; after a comma, keys of before, which seal nothing new."""
    security_contact: Annotated[str, AfterValidator(check_contact)] = ""
    """Whom to tell of a security fault, as a mailto:, tel: or https: address; without it there is no security.txt."""

    @property
    def trusted_networks(self) -> list[str]:
        return listed(self.trusted_proxies)

    @property
    def allowed_origins(self) -> list[str]:
        return listed(self.cors_origins)

    @property
    def known_hosts(self) -> list[str]:
        return listed(self.allowed_hosts)
