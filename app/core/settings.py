"""Settings, read from environment variables that start with ROUNDTABLE_."""

import json
import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.core import grants
from app.core.literals import read_value
from app.core.networks import parse_networks
from app.core.persons import parse_realms
from app.core.validation_messages import setting_message

SECRET_LEAST = 32
LETTERS_LEAST = 8
"""Minimum number of different characters in a secret."""
PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
"""Pattern of a port, 1 to 65535."""
SEGMENT = r"(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+"
"""Pattern of a path segment. Clients resolve `.` and `..` before they send a request."""
LOOPBACK_ADDRESS = rf"http://(127\.0\.0\.1|localhost|\[::1\])(:{PORT})?/[!-~]*"
TAKEN_HEADERS = {"authorization", "cookie", "host", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-request-id"}
"""Headers with a fixed meaning, which cannot carry the name of a signed-on user."""


def check_database_url(address: str | None) -> str | None:
    """Validates the URL of a PostgreSQL database. Accepts `postgres:`, the older spelling of `postgresql:`."""
    if address is None:
        return None
    address = re.sub("^postgres:", "postgresql:", address)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    fits = url is not None and (url.port is None or re.fullmatch(PORT, str(url.port)))
    if url is None or not fits or url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError("give an address such as postgresql://user:password@host:5432/name")
    if not url.database and "dbname" not in url.query and "service" not in url.query:
        raise ValueError("the address names no database; end it with one, as in postgresql://user@host:5432/name")
    return address


def listed(text: str) -> list[str]:
    """Splits a comma-separated setting into its values."""
    return [part for part in (one.strip() for one in text.split(",")) if part]


def check_root_path(path: str) -> str:
    if not re.fullmatch(rf"(/{SEGMENT})*", path):
        raise ValueError("give the path that the proxy strips, such as /register, without a slash at its end")
    return path


def check_public_url(address: str) -> str:
    """Validates a base URL, which has neither a query nor a user. Removes the trailing slash."""
    host = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)"
    if address and not re.fullmatch(rf"https?://{host}(:{PORT})?(/{SEGMENT})*/?", address):
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
    """Rejects a wildcard, and values that a browser never sends as an origin."""
    for one in listed(text):
        if not re.fullmatch(rf"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:{PORT})?", one):
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
    """Rejects short secrets and placeholders from examples. Returns None for an empty one."""
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
    """Rejects a URL that others could answer for, and a file that does not contain a JWK set."""
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
    """True if only this machine can reach an address to listen on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_audit_keys(keys: SecretStr) -> SecretStr:
    """Rejects keys that could be guessed; checks each key of the list."""
    for one in listed(keys.get_secret_value()):
        check_secret(SecretStr(one))
    return keys


def check_collector(address: str) -> str:
    if address and not re.fullmatch(rf"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:{PORT})?/?", address):
        raise ValueError("give the address of a collector without a path, such as http://127.0.0.1:4318")
    return address


class SettingsError(Exception):
    """Invalid setting. The message is one line that names the setting and says how to correct it."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ROUNDTABLE_", use_attribute_docstrings=True, frozen=True)

    database_url: Annotated[str | None, AfterValidator(check_database_url)] = None
    """PostgreSQL database, as postgresql://user:password@host:port/name. Empty: the embedded PostgreSQL is started."""
    data_dir: str = ".data"
    """Data folder of the embedded PostgreSQL."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 selects a free one."""
    migrate_on_start: Literal["on", "off"] = "on"
    """Migrate and load data when `serve` starts; off if a separate step does so."""
    pool_size: int = Field(default=8, ge=1, le=100)
    """Size of the connection pool for readers of one clearance, per process."""
    response_cache_bytes: int = Field(default=32 * 1024 * 1024, ge=0, le=4 * 1024**3)
    """Size of the response cache of one process, in bytes. 0 disables the cache."""
    max_concurrent_requests: int = Field(default=128, ge=1, le=10_000)
    """Maximum number of concurrent requests per process; further requests are rejected with 503."""
    progress_timeout: float = Field(default=30, ge=0.1, le=3_600)
    """Seconds without progress, sending or receiving, after which the connection of a request is closed."""
    rate_limit: Annotated[str, AfterValidator(check_rate)] = ""
    """Rate limit for each caller with valid credentials, per process, such as 600/minute. Empty: no limit."""
    anonymous_rate_limit: Annotated[str, AfterValidator(check_rate)] = "1200/minute"
    """Rate limit for all other requests, for each client address and per process. Empty: no limit."""
    log_format: Literal["json", "text"] = "text"
    """Format of log lines."""
    access_log: Literal["on", "off"] = "off"
    """Access log: one log line for each request."""
    metrics: Literal["on", "off"] = "off"
    """Prometheus metrics at /metrics, for requests that no proxy forwarded."""
    otlp_endpoint: Annotated[str, AfterValidator(check_collector)] = ""
    """OpenTelemetry collector that receives traces, as http://host:4318. Empty: no tracing."""
    root_path: Annotated[str, AfterValidator(check_root_path)] = ""
    """Path prefix that a reverse proxy strips before it forwards a request; links and problems include it."""
    public_url: Annotated[str, AfterValidator(check_public_url)] = ""
    """Public base URL of the service, as https://register.example, for links in feeds. Empty: relative links."""
    trusted_proxies: Annotated[str, AfterValidator(check_networks)] = ""
    """Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted; comma-separated."""
    allowed_hosts: Annotated[str, AfterValidator(check_hosts)] = ""
    """Host names of the service; requests for another name are rejected. Empty: any name."""
    cors_origins: Annotated[str, AfterValidator(check_origins)] = ""
    """Allowed CORS origins, whose pages may read and write; comma-separated."""
    anonymous: Literal["off", "U", "SBU"] | None = None
    """Highest marking that requests without credentials may read. Unset: SBU on loopback only, otherwise off."""
    api_key_secret: Annotated[SecretStr | None, AfterValidator(check_secret)] = None
    """Secret of the HMAC that API keys are stored under, at least 32 bytes. Empty: no API keys."""
    oidc_issuer: Annotated[str, AfterValidator(str.strip)] = ""
    """OpenID Connect issuer whose tokens are accepted, exactly as in their `iss` claim."""
    oidc_audience: Annotated[str, AfterValidator(str.strip)] = ""
    """Required audience of these tokens: the name of this service at the issuer."""
    oidc_jwks: Annotated[str, AfterValidator(check_keys)] = ""
    """Public keys of the issuer: the https: URL of its JWK set, or a file."""
    oidc_roles_claim: Annotated[str, Field(min_length=1)] = "roles"
    """Claim that lists the caller's roles, in this service's names; dots select members of objects."""
    oidc_clearance_claim: Annotated[str, Field(min_length=1)] = "clearance"
    """Claim that gives the clearance, U or SBU; U where it gives neither."""
    oidc_groups_claim: Annotated[str, Field(min_length=1)] = "groups"
    """Claim that lists groups, for ROUNDTABLE_GROUP_GRANTS; dots select members of objects."""
    oidc_person_claim: Annotated[str, Field(min_length=1)] = "preferred_username"
    """Claim that names the person; the subject is used if the claim is absent. An unusable one is a 401."""
    proxy_auth_header: Annotated[str, AfterValidator(check_header)] = ""
    """Header in which a trusted proxy sends the name of the signed-on user. Empty: no header is trusted."""
    proxy_auth_roles: Annotated[str, AfterValidator(check_roles)] = "reader"
    """Roles of users who signed on at the proxy; comma-separated."""
    proxy_auth_clearance: Literal["U", "SBU"] = "U"
    """Clearance of users who signed on at the proxy."""
    proxy_auth_groups_header: Annotated[str, AfterValidator(check_header)] = ""
    """Header in which that proxy lists the user's groups. Empty: no header is trusted."""
    group_grants: Annotated[str, AfterValidator(check_groups)] = ""
    """Roles and clearance per group, in place of the two above: editors=reader+editor:SBU; readers=reader:SBU."""
    realm_aliases: Annotated[str, AfterValidator(check_realms)] = ""
    """Aliases of the domains of user names, such as EX=ex.com; comma-separated."""
    audit_signing_keys: Annotated[SecretStr, AfterValidator(check_audit_keys)] = SecretStr("")
    """Key that signs the audit trail; after a comma, earlier keys, which only verify."""
    security_contact: Annotated[str, AfterValidator(check_contact)] = ""
    """Contact for security reports, as a mailto:, tel: or https: address. Empty: no security.txt."""

    read = field_validator("*", mode="before")(read_value)

    @model_validator(mode="after")
    def _go_together(self) -> "Settings":
        """Rejects a setting that needs another one, where the other is missing."""
        parts = ("oidc_issuer", "oidc_audience", "oidc_jwks")
        lacking = [name for name in parts if not getattr(self, name)]
        if 0 < len(lacking) < len(parts):
            raise ValueError(f"ROUNDTABLE_{lacking[0].upper()}: is needed too, for tokens of an issuer to count")
        if self.proxy_auth_header and not self.trusted_networks:
            raise ValueError(
                "ROUNDTABLE_TRUSTED_PROXIES: name the proxies that may say ROUNDTABLE_PROXY_AUTH_HEADER, "
                "or everybody could say who they are"
            )
        self._check_groups()
        return self

    def _check_groups(self) -> None:
        try:
            grants.check_usable(self.proxy_auth_role_list, self.proxy_auth_clearance)
        except ValueError as error:
            raise ValueError(f"ROUNDTABLE_PROXY_AUTH_ROLES: {error}; set ROUNDTABLE_PROXY_AUTH_CLEARANCE") from None
        if self.proxy_auth_groups_header and not (self.proxy_auth_header and self.group_grants):
            lacking = "GROUP_GRANTS" if self.proxy_auth_header else "PROXY_AUTH_HEADER"
            raise ValueError(f"ROUNDTABLE_{lacking}: is needed too, for ROUNDTABLE_PROXY_AUTH_GROUPS_HEADER to count")
        if self.proxy_auth_groups_header and self.proxy_auth_groups_header.lower() == self.proxy_auth_header.lower():
            raise ValueError(
                "ROUNDTABLE_PROXY_AUTH_GROUPS_HEADER: is the header of the user; give the one that lists groups"
            )
        if self.group_grants and not (self.proxy_auth_groups_header or self.oidc_issuer):
            raise ValueError(
                "ROUNDTABLE_PROXY_AUTH_GROUPS_HEADER: is needed too, or an issuer of tokens, "
                "to use ROUNDTABLE_GROUP_GRANTS"
            )

    @property
    def listens_unguarded(self) -> bool:
        """True if the service listens beyond loopback and no setting decides who may access it."""
        opened = self.anonymous is not None or self.api_key_secret or self.oidc_issuer or self.proxy_auth_header
        return not is_loopback(self.host) and not opened

    @property
    def audit_keys(self) -> list[bytes]:
        return [one.encode() for one in listed(self.audit_signing_keys.get_secret_value())]

    @property
    def proxy_auth_role_list(self) -> list[str]:
        return listed(self.proxy_auth_roles)

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
    """Settings of the environment; `options`, from the command line, override them. Raises `SettingsError`."""
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
