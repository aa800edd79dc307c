"""What can be set from outside: environment variables that start with ROUNDTABLE_."""

import json
import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.core import grants
from app.core.http.messages import setting_message
from app.core.networks import parse_networks
from app.core.persons import parse_realms

SECRET_LEAST = 32
LETTERS_LEAST = 8
"""How many different characters a secret has at least."""
LOOPBACK_ADDRESS = r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/[!-~]*"
TAKEN_HEADERS = {"authorization", "cookie", "host", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-request-id"}
"""Headers that say something else, and could not say who has signed on."""


def check_database_url(address: str | None) -> str | None:
    """Refuses what is no address of a PostgreSQL database; `postgres:` is the older word for `postgresql:`."""
    if address is None:
        return None
    address = re.sub("^postgres:", "postgresql:", address)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError("give an address such as postgresql://user:password@host:5432/name")
    if not url.database and "dbname" not in url.query and "service" not in url.query:
        raise ValueError("the address names no database; end it with one, as in postgresql://user@host:5432/name")
    return address


def listed(text: str) -> list[str]:
    """The parts of a setting that takes several values, which commas part."""
    return [part for part in (one.strip() for one in text.split(",")) if part]


def check_root_path(path: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path):
        raise ValueError("give the path that the proxy strips, such as /register, without a slash at its end")
    return path


def check_public_url(address: str) -> str:
    """Refuses what no address can begin with, such as one with a query or a user; the last slash is taken off."""
    host = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)"
    if address and not re.fullmatch(rf"https?://{host}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~-]+)*/?", address):
        raise ValueError("give an address such as https://register.example or https://intranet.example/register")
    return address.rstrip("/")


def check_rate(rate: str) -> str:
    if not re.fullmatch(r"([1-9][0-9]{0,8}/(second|minute|hour|day))?", rate):
        raise ValueError("give a number for a time, such as 600/minute, 20/second or 5000/hour")
    return rate


def check_networks(text: str) -> str:
    parse_networks(listed(text))
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


def check_secret(secret: SecretStr | None) -> SecretStr | None:
    """Refuses what is short, and what stands for a secret in examples; empty is none."""
    text = "" if secret is None else secret.get_secret_value()
    if not text:
        return None
    if len(text.encode()) < SECRET_LEAST:
        raise ValueError(f"is shorter than {SECRET_LEAST} bytes; make one by: openssl rand -base64 48")
    if len(set(text)) < LETTERS_LEAST or re.search("change.?me|example|placeholder|password|secret", text.lower()):
        raise ValueError("is a default that others know; make one by: openssl rand -base64 48")
    return secret


def check_header(name: str) -> str:
    if not re.fullmatch(r"([A-Za-z0-9-]{1,80})?", name) or name.lower() in TAKEN_HEADERS:
        raise ValueError("give the name of a header of its own, such as X-Remote-User")
    return name


def check_roles(text: str) -> str:
    grants.check_roles(listed(text))
    return text


def check_groups(text: str) -> str:
    grants.Groups.parse(text)
    return text


def check_realms(text: str) -> str:
    parse_realms(text)
    return text


def check_keys(place: str) -> str:
    """Refuses an address that others could answer for, and a file that holds no JWK set."""
    if "://" in place:
        if not re.fullmatch(r"https://[!-~]+", place) and not re.fullmatch(LOOPBACK_ADDRESS, place):
            raise ValueError("give an https: address, or the path of a file")
        return place
    try:
        listed_there = not place or isinstance(json.loads(Path(place).read_bytes())["keys"], list)
    except (OSError, ValueError, KeyError, TypeError):
        listed_there = False
    if not listed_there:
        raise ValueError("is no https: address, nor a file that holds a JWK set")
    return place


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach an address to listen on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_audit_keys(keys: SecretStr) -> SecretStr:
    """Refuses what could be guessed, in each of the keys."""
    for one in listed(keys.get_secret_value()):
        check_secret(SecretStr(one))
    return keys


def check_collector(address: str) -> str:
    if address and not re.fullmatch(r"https?://[^\s/?#@]+(:[0-9]+)?/?", address):
        raise ValueError("give the address of a collector without a path, such as http://127.0.0.1:4318")
    return address


class SettingsError(Exception):
    """One line that names a setting, and says how to mend it."""


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
    """Connections to PostgreSQL that one process keeps for readers of one clearance."""
    cache_bytes: int = Field(default=32 * 1024 * 1024, ge=0, le=4 * 1024**3)
    """How much of ready answers one process keeps, in bytes; 0 keeps none."""
    max_in_flight: int = Field(default=128, ge=1, le=10_000)
    """Requests that one process answers at once; more are refused with 503."""
    progress_timeout: float = Field(default=30, ge=0.1, le=3_600)
    """Seconds for which a client may neither send nor take anything of a request under way; then it is cut off."""
    rate_limit: Annotated[str, AfterValidator(check_rate)] = ""
    """How much one caller with credentials may ask of one process, such as 600/minute. Empty: there is no limit."""
    anonymous_rate_limit: Annotated[str, AfterValidator(check_rate)] = "1200/minute"
    """How much all others may ask of it, from one address. Empty: there is no limit."""
    log_format: Literal["json", "text"] = "text"
    """How log lines are written."""
    access_log: Literal["on", "off"] = "off"
    """Whether each request is a log line."""
    metrics: Literal["on", "off"] = "off"
    """Whether /metrics answers, to requests that no proxy passed on."""
    otlp_endpoint: Annotated[str, AfterValidator(check_collector)] = ""
    """The OpenTelemetry collector that is sent traces, as http://host:4318. Empty: nothing is traced."""
    root_path: Annotated[str, AfterValidator(check_root_path)] = ""
    """Path that a reverse proxy strips from addresses before it passes them on; links and problems carry it."""
    public_url: Annotated[str, AfterValidator(check_public_url)] = ""
    """Where others find the service, as https://register.example; feeds begin their addresses so. Empty: relative."""
    trusted_proxies: Annotated[str, AfterValidator(check_networks)] = ""
    """Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count; commas between them."""
    allowed_hosts: Annotated[str, AfterValidator(check_hosts)] = ""
    """Names that the service goes by; a request for another one is refused. Empty: any name."""
    cors_origins: Annotated[str, AfterValidator(check_origins)] = ""
    """Origins whose pages may read and write; commas between them."""
    anonymous: Literal["off", "U", "SBU"] | None = None
    """Up to which marking those may read who show no credentials; unset, SBU on loopback alone, else off."""
    key_secret: Annotated[SecretStr | None, AfterValidator(check_secret)] = None
    """What API keys are stored under, at least 32 bytes that nobody else knows; without it there are no API keys."""
    oidc_issuer: Annotated[str, AfterValidator(str.strip)] = ""
    """The OpenID Connect issuer whose tokens count, exactly as it names itself in them."""
    oidc_audience: Annotated[str, AfterValidator(str.strip)] = ""
    """For whom its tokens must be made: the name that this service has there."""
    oidc_keys: Annotated[str, AfterValidator(check_keys)] = ""
    """Where its public keys are: the https: address of its JWK set, or a file."""
    oidc_roles_claim: Annotated[str, Field(min_length=1)] = "roles"
    """The claim that lists roles by our words; dots lead into objects."""
    oidc_clearance_claim: Annotated[str, Field(min_length=1)] = "clearance"
    """The claim that gives the clearance, U or SBU; U where it gives neither."""
    oidc_groups_claim: Annotated[str, Field(min_length=1)] = "groups"
    """The claim that lists groups, for ROUNDTABLE_SSO_GROUPS; dots lead into objects."""
    oidc_person_claim: Annotated[str, Field(min_length=1)] = "preferred_username"
    """The claim that names the person; the subject where there is none."""
    sso_header: Annotated[str, AfterValidator(check_header)] = ""
    """The header in which a trusted proxy says who has signed on there. Empty: no header is believed."""
    sso_roles: Annotated[str, AfterValidator(check_roles)] = "reader"
    """What those may do who have signed on at the proxy; commas between the roles."""
    sso_clearance: Literal["U", "SBU"] = "U"
    """Up to which marking they may see."""
    sso_groups_header: Annotated[str, AfterValidator(check_header)] = ""
    """The header in which that proxy lists the groups of who has signed on. Empty: none is believed."""
    sso_groups: Annotated[str, AfterValidator(check_groups)] = ""
    """What groups give in place of the two above: register-editors=reader+editor:SBU; register-readers=reader:SBU."""
    sso_realms: Annotated[str, AfterValidator(check_realms)] = ""
    """Other names of the domains that people sign on in, such as EX=ex.com; commas between them."""
    audit_key: Annotated[SecretStr, AfterValidator(check_audit_keys)] = SecretStr("")
    """Key that seals the audit trail; after a comma, keys of before, which seal nothing new."""
    security_contact: Annotated[str, AfterValidator(check_contact)] = ""
    """Whom to tell of a security fault, as a mailto:, tel: or https: address; without it there is no security.txt."""

    @model_validator(mode="after")
    def _go_together(self) -> "Settings":
        """Refuses half of what only holds as a whole."""
        parts = ("oidc_issuer", "oidc_audience", "oidc_keys")
        lacking = [name for name in parts if not getattr(self, name)]
        if 0 < len(lacking) < len(parts):
            raise ValueError(f"ROUNDTABLE_{lacking[0].upper()}: is needed too, for tokens of an issuer to count")
        if self.sso_header and not self.trusted_networks:
            raise ValueError(
                "ROUNDTABLE_TRUSTED_PROXIES: name the proxies that may say ROUNDTABLE_SSO_HEADER, "
                "or everybody could say who they are"
            )
        self._check_groups()
        return self

    def _check_groups(self) -> None:
        try:
            grants.check_usable(self.sso_role_words, self.sso_clearance)
        except ValueError as error:
            raise ValueError(f"ROUNDTABLE_SSO_ROLES: {error}; set ROUNDTABLE_SSO_CLEARANCE") from None
        if self.sso_groups_header and not (self.sso_header and self.sso_groups):
            lacking = "SSO_GROUPS" if self.sso_header else "SSO_HEADER"
            raise ValueError(f"ROUNDTABLE_{lacking}: is needed too, for ROUNDTABLE_SSO_GROUPS_HEADER to count")
        if self.sso_groups_header and self.sso_groups_header.lower() == self.sso_header.lower():
            raise ValueError("ROUNDTABLE_SSO_GROUPS_HEADER: is the header of the user; give the one that lists groups")
        if self.sso_groups and not (self.sso_groups_header or self.oidc_issuer):
            raise ValueError(
                "ROUNDTABLE_SSO_GROUPS_HEADER: is needed too, or an issuer of tokens, to use ROUNDTABLE_SSO_GROUPS"
            )

    @property
    def listens_unguarded(self) -> bool:
        """Whether others could reach the service, and it was not said who may come in."""
        opened = self.anonymous is not None or self.key_secret or self.oidc_issuer or self.sso_header
        return not is_loopback(self.host) and not opened

    @property
    def audit_keys(self) -> list[bytes]:
        return [one.encode() for one in listed(self.audit_key.get_secret_value())]

    @property
    def sso_role_words(self) -> list[str]:
        return listed(self.sso_roles)

    @property
    def trusted_networks(self) -> list[str]:
        return listed(self.trusted_proxies)

    @property
    def allowed_origins(self) -> list[str]:
        return listed(self.cors_origins)

    @property
    def known_hosts(self) -> list[str]:
        return listed(self.allowed_hosts)


def settings_of_environment(**options: object) -> Settings:
    """The settings of the environment, below those that the command line has."""
    known = {f"ROUNDTABLE_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("ROUNDTABLE_") and name not in known)
    if unknown:
        raise SettingsError(f"there is no setting {unknown[0]}; the settings are {', '.join(sorted(known))}")
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type] # checked by pydantic
    except ValidationError as error:
        fault = error.errors()[0]
        named = f"ROUNDTABLE_{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
        raise SettingsError(f"{named}{setting_message(fault)}") from None
