"""OIDC bearer tokens (JWT): validates signature, issuer, audience and expiry."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from app.auth.schemas import Caller, invalid_credentials
from app.core.errors import ProblemError
from app.core.grants import Groups, split_groups
from app.core.persons import Realms, is_person
from app.vocabulary import Marking, Role

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""Asymmetric algorithms only: a party that verifies tokens must not be able to sign them."""
TYPES = frozenset({"jwt", "at+jwt"})
"""Media types of access tokens (RFC 9068) in lower case. Issuers sign other tokens by the same keys."""
TOKEN_MAX_BYTES = 8 * 1024
LEEWAY_SECONDS = 30
"""Allowed clock difference to the issuer, in seconds."""
JWKS_CACHE_SECONDS = 300.0
"""Seconds for which the issuer's keys are cached: a revoked key is accepted for that long at most."""
JWKS_RETRY_SECONDS = 5.0
"""Minimum seconds between two key requests, for tokens with an unknown key or an issuer that does not answer."""
JWKS_TIMEOUT_SECONDS = 3.0
JWKS_MAX_BYTES = 1024 * 1024
RSA_MIN_BITS = 2048
CLAIM_MAX_LENGTH = 200
"""Maximum length of a subject or name, in characters."""


@dataclass(frozen=True)
class OidcConfig:
    """Trusted issuer, the required audience, and the source of the issuer's keys."""

    issuer: str
    audience: str
    keys: str
    """URL or file path of the JWK set."""


@dataclass(frozen=True)
class Claims:
    """Names of the token claims that are read."""

    roles: str
    clearance: str
    groups: str
    person: str


class _Registry(jws.JWSRegistry):
    """Accepts the algorithms of `ALGORITHMS` only. They include `EdDSA`, the older name that issuers still use."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class OidcVerifier:
    """OIDC issuer with its cached keys."""

    def __init__(self, config: OidcConfig, claims: Claims, *, groups: Groups, realms: Realms) -> None:
        self.config = config
        self.claims = claims
        self.groups = groups
        self.realms = realms
        # Nonstandard header members of an issuer are accepted, unless it marks them as critical.
        self._registry = _Registry(algorithms=ALGORITHMS, strict_check_header=False)
        self._keys: dict[str, RSAKey | ECKey | OKPKey] = {}
        self._seen_at = float("-inf")
        self._asked_at = float("-inf")
        self._fetch_lock = asyncio.Lock()
        self._answered = False

    async def caller_of(self, token: str) -> Caller:
        """Validates a token and returns its caller. Raises the same error for every invalid token."""
        try:
            head = jws.extract_compact(token.encode(), registry=self._registry).headers()
            if len(token) > TOKEN_MAX_BYTES or head.get("alg") not in ALGORITHMS or not _is_access_token(head):
                raise invalid_credentials()
            key = await self._key(str(head.get("kid", "")))
            if key.get("use", "sig") != "sig" or key.get("alg", head["alg"]) != head["alg"]:
                raise invalid_credentials()
            claims = jwt.decode(token, key, algorithms=ALGORITHMS, registry=self._registry).claims
            self._checked.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise invalid_credentials() from None
        return self._caller(claims)

    @property
    def _checked(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.config.issuer},
            aud={"essential": True, "value": self.config.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        subject = claims["sub"]
        # A logout token is a security event (RFC 8417), which some issuers send without a type of its own.
        if not subject.isprintable() or not 0 < len(subject) <= CLAIM_MAX_LENGTH or "events" in claims:
            raise invalid_credentials()
        named = claims.get("preferred_username") or claims.get("name")
        name = named if _is_name(named) else subject
        person = claim_at(claims, self.claims.person)
        if person is None:
            person = subject
        if not _is_name(person) or not is_person(person):
            # Another name in its place would make one human two persons.
            raise invalid_credentials()
        said = claim_at(claims, self.claims.roles)
        words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
        roles = {role for role in Role if role.value in words}
        cleared = claim_at(claims, self.claims.clearance) == Marking.SBU.value
        # Grants of groups are added to the claims, since one issuer asserts both.
        granted = self.groups.grant(_listed(claim_at(claims, self.claims.groups)))
        if granted is not None:
            roles |= {Role(role) for role in granted.roles}
            cleared = cleared or granted.clearance == Marking.SBU.value
        return Caller(
            id=f"oidc:{subject}",
            name=name,
            roles=frozenset(roles),
            clearance=Marking.SBU if cleared else Marking.U,
            person=self.realms.person(person),
        )

    async def _key(self, key_id: str) -> RSAKey | ECKey | OKPKey:
        """Returns the issuer's key of this id. Raises 503 while the issuer's keys are not available."""
        if not self._is_fresh or key_id not in self._keys:
            async with self._fetch_lock:
                known = self._is_fresh and key_id in self._keys
                if not known and time.monotonic() - self._asked_at >= JWKS_RETRY_SECONDS:
                    self._answered = await self._ask()
                    self._asked_at = time.monotonic()
        if key_id in self._keys and self._is_fresh:
            return self._keys[key_id]
        # An unknown key may be a new one while the issuer does not answer.
        if not self._answered:
            raise ProblemError("unavailable", "The keys of the issuer of tokens cannot be had.")
        raise invalid_credentials()

    @property
    def _is_fresh(self) -> bool:
        return time.monotonic() - self._seen_at < JWKS_CACHE_SECONDS

    async def _ask(self) -> bool:
        """Fetches and caches the issuer's keys. Returns False on failure."""
        try:
            text = await _fetched(self.config.keys)
            keys = KeySet.import_key_set({"keys": _asymmetric(text)}).keys
        except (httpx.HTTPError, OSError, TimeoutError, JoseError, ValueError, TypeError, KeyError):
            return False
        self._keys = {key.kid: key for key in keys if isinstance(key, RSAKey | ECKey | OKPKey) and key.kid}
        self._seen_at = time.monotonic()
        return True


def _is_access_token(head: Mapping[str, Any]) -> bool:
    """True if a token has no type, or the one of an access token. `application/` before it may be omitted."""
    kind = head.get("typ", "JWT")
    return isinstance(kind, str) and kind.lower().removeprefix("application/") in TYPES


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= CLAIM_MAX_LENGTH


def _listed(value: Any) -> list[str]:
    """Returns the groups of a claim, which is a list of strings or one string."""
    if isinstance(value, str):
        return split_groups(value)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def claim_at(claims: Mapping[str, Any], path: str) -> Any:
    """Returns a claim by its name, or by a dotted path such as `realm_access.roles`."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


async def _fetched(source: str) -> bytes:
    """Reads a file or fetches a URL. Redirects are not followed, since the operator named the location."""
    if "://" not in source:
        return await asyncio.to_thread(Path(source).read_bytes)
    async with (
        asyncio.timeout(JWKS_TIMEOUT_SECONDS),
        httpx.AsyncClient(timeout=JWKS_TIMEOUT_SECONDS) as client,
        client.stream("GET", source, headers={"Accept": "application/json"}) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise ValueError("the issuer answers with another status than 200")
        text = b""
        async for part in answer.aiter_bytes():
            text += part
            if len(text) > JWKS_MAX_BYTES:
                raise ValueError("the issuer's keys are too large")
    return text


def _asymmetric(text: bytes) -> list[Any]:
    """Returns the public keys of a JWK set: EC, OKP and long enough RSA keys with an id, without private parts."""
    listed = json.loads(text)["keys"]
    usable = [key for key in listed if key.get("kty") in {"EC", "OKP"} or _is_long(key)]
    return [{name: value for name, value in key.items() if name != "d"} for key in usable if key.get("kid")]


def _is_long(key: Mapping[str, Any]) -> bool:
    bits_of_a_letter = 6
    return key.get("kty") == "RSA" and len(str(key.get("n", ""))) * bits_of_a_letter >= RSA_MIN_BITS
