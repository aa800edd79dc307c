"""Authentication of callers: by API key, OIDC token, a trusted proxy's header, or anonymously."""

import re
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.auth.api_keys import ApiKeyCache
from app.auth.schemas import Caller, anonymous, invalid_credentials
from app.core.db import write_engine
from app.core.grants import Grant, Groups, split_groups
from app.core.networks import Network, is_within, parse_networks
from app.core.persons import Realms, parse_realms
from app.core.settings import Settings, is_loopback
from app.http.forwarding_headers import is_from_this_machine, local_hosts
from app.vocabulary import Marking, Role

if TYPE_CHECKING:
    from app.auth.oidc import OidcVerifier

Headers = Collection[tuple[bytes, bytes]]

KEY_CONNECTIONS = 2
BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")
USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@\\+-]{0,199}")
"""Valid user names from a proxy. An Apache without a user would send `(null)`."""


@dataclass(frozen=True)
class ProxyHeaderAuth:
    """Proxy authentication: the headers that name the signed-on user, and the networks of the proxies to trust."""

    header: bytes
    groups_header: bytes
    """Header that lists groups; empty for none."""
    networks: tuple[Network, ...]
    everyone: Grant
    """Grant of users without a grant by group."""
    groups: Groups
    realms: Realms

    def caller(self, user: str, *, groups: Iterable[str] = (), peer: str | None) -> Caller:
        """Returns the user as a caller. Raises if the request does not come directly from one of the networks."""
        if peer is None or not USER.fullmatch(user) or not is_within(self.networks, peer):
            raise invalid_credentials()
        granted = self.groups.grant(groups) or self.everyone
        roles = frozenset(Role(role) for role in granted.roles)
        return Caller(f"sso:{user}", user, roles, Marking(granted.clearance), self.realms.person(user))


@dataclass(frozen=True)
class Authenticator:
    """Authenticator with the methods that the settings enable."""

    clearance: Marking | None
    """Clearance of anonymous callers; None if anonymous access is off."""
    hosts: frozenset[str] | None
    """Host names that anonymous requests from this machine must use; None if anonymous access is open to all."""
    keys: ApiKeyCache | None
    verifier: "OidcVerifier | None"
    proxy_auth: ProxyHeaderAuth | None

    async def authenticate(self, headers: Headers, *, peer: str | None) -> Caller | None:
        """Authenticates a request. Returns None for a request without credentials if anonymous access is off.

        Raises `ProblemError` (401) for invalid credentials. `peer` is the address of the connection; None if unknown.
        """
        shown = [value for name, value in headers if name == b"authorization"]
        if shown:
            return await self._bearer(shown)
        if (proxy := self.proxy_auth) is not None:
            users = [value for name, value in headers if name == proxy.header and value]
            groups = [value for name, value in headers if name == proxy.groups_header and value]
            if users or groups:
                # Groups without a user are invalid.
                return proxy.caller(_only(users), groups=_groups_in(groups), peer=peer)
        if self.clearance is None:
            return None
        if self.hosts is not None and not is_from_this_machine(tuple(headers), peer, self.hosts):
            return None
        return anonymous(self.clearance)

    async def _bearer(self, shown: list[bytes]) -> Caller:
        found = BEARER.fullmatch(_only(shown))
        if found is None:
            raise invalid_credentials()
        if found[1].startswith("rr_") and self.keys is not None:
            return await self.keys.caller_of(found[1])
        if not found[1].startswith("rr_") and self.verifier is not None:
            return await self.verifier.caller_of(found[1])
        raise invalid_credentials()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Context of the running service: records the last use of API keys."""
        if self.keys is None:
            yield
            return
        async with self.keys.track_last_used():
            yield


def _only(values: list[bytes]) -> str:
    """Returns the single value of a header. Raises for several values, which may name different people."""
    if len(values) != 1:
        raise invalid_credentials()
    return values[0].decode("latin-1")


def _groups_in(values: list[bytes]) -> list[str]:
    """Returns the groups in all fields of a header."""
    return [one for value in values for one in split_groups(value.decode(errors="replace"))]


def build_authenticator(settings: Settings, *, database_url: str) -> Authenticator:
    """Builds the authenticator from the settings."""
    keys = verifier = proxy_auth = None
    realms, groups = Realms(parse_realms(settings.realm_aliases)), Groups.parse(settings.group_grants)
    if settings.api_key_secret is not None:
        engine = write_engine(database_url, pool_size=KEY_CONNECTIONS).execution_options(isolation_level="AUTOCOMMIT")
        keys = ApiKeyCache(engine, settings.api_key_secret.get_secret_value().encode(), realms=realms)
    if settings.oidc_issuer:
        # Token validation takes 15 MiB, so it is imported only if an issuer is set.
        from app.auth.oidc import Claims, OidcConfig, OidcVerifier  # noqa: PLC0415 - see above

        config = OidcConfig(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks)
        claims = Claims(
            settings.oidc_roles_claim,
            settings.oidc_clearance_claim,
            settings.oidc_groups_claim,
            settings.oidc_person_claim,
        )
        verifier = OidcVerifier(config, claims, groups=groups, realms=realms)
    if settings.proxy_auth_header:
        header, groups_header = (
            one.lower().encode() for one in (settings.proxy_auth_header, settings.proxy_auth_groups_header)
        )
        everyone = Grant(frozenset(settings.proxy_auth_role_list), settings.proxy_auth_clearance)
        networks = parse_networks(settings.trusted_networks)
        proxy_auth = ProxyHeaderAuth(header, groups_header, networks, everyone, groups, realms)
    anonymous_clearance = settings.anonymous
    if anonymous_clearance is None:
        local_only = is_loopback(settings.host) and not settings.root_path and not settings.trusted_networks
        anonymous_clearance = "SBU" if local_only else "off"
    clearance = None if anonymous_clearance == "off" else Marking(anonymous_clearance)
    hosts = local_hosts(settings.host) if settings.anonymous is None else None
    return Authenticator(clearance, hosts, keys, verifier, proxy_auth)
