"""OIDC bearer tokens: checked against the issuer's keys, issuer, audience and time. Everything else is rejected."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth import oidc
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.grants import Groups
from app.core.persons import Realms
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.auth.test_persons import UNSEEN
from tests.conftest import bearer, serving
from tests.fixtures.oidc_issuer import (
    AUDIENCE,
    NAME,
    Key,
    certificate,
    claims,
    issuing,
    key_file,
    new_keys,
    published,
    token,
)

OIDC = {"oidc_issuer": NAME, "oidc_audience": AUDIENCE, "anonymous": "off"}


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return new_keys()


@pytest.fixture(scope="module")
def http(served_url: str, keys: dict[str, Key], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service that trusts the issuer by a file of its keys."""
    place = key_file(tmp_path_factory.mktemp("keys"), keys)
    app = create_app(Settings.model_validate({**OIDC, "oidc_jwks": place}), database_url=served_url)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def status(http: httpx.Client, text: str, path: str = "/v1/panels") -> int:
    answer = http.get(path, headers=bearer(text))
    if answer.status_code == 401:
        assert answer.json()["detail"] == "The credentials are invalid."
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    return answer.status_code


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_token_of_the_issuer_opens(http: httpx.Client, keys: dict[str, Key], algorithm: str) -> None:
    assert status(http, token(keys[algorithm], algorithm)) == 200
    assert status(http, token(keys[algorithm], algorithm, aud=["other", AUDIENCE])) == 200
    assert status(http, token(keys[algorithm], algorithm, header={"typ": "at+jwt", "x5t": "a", "nonce": "b"})) == 200


@pytest.mark.parametrize(
    "kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "Application/AT+JWT", "application/jwt"]
)
def test_a_token_of_the_type_of_access_tokens_opens(http: httpx.Client, keys: dict[str, Key], kind: str) -> None:
    assert status(http, token(keys["ES256"], "ES256", header={"typ": kind})) == 200


@pytest.mark.parametrize(
    "kind", ["logout+jwt", "secevent+jwt", "application/logout+jwt", "dpop+jwt", "JOSE", "jwt2", "", " jwt"]
)
def test_a_token_of_another_type_is_refused(http: httpx.Client, keys: dict[str, Key], kind: str) -> None:
    assert status(http, token(keys["ES256"], "ES256", header={"typ": kind})) == 401


def test_a_security_event_is_no_access_token(http: httpx.Client, keys: dict[str, Key]) -> None:
    events: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert status(http, token(keys["ES256"], "ES256", events=events)) == 401


def test_roles_are_those_of_the_claim(http: httpx.Client, keys: dict[str, Key]) -> None:
    def asked(**changed: Any) -> tuple[int, int]:
        text = token(keys["ES256"], "ES256", **changed)
        return status(http, text), status(http, text, "/v1/admin/keys")

    assert asked(roles=["reader"]) == (200, 403)
    assert asked(roles=["admin", "king"]) == (403, 200)
    assert asked(roles="reader admin") == (200, 200)
    for none in (None, [], ["Reader"], {"reader": True}, 5):
        assert asked(roles=none) == (403, 403), none


NOW = int(time.time())


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": NAME + "/"},
        {"iss": NAME.upper()},
        {"iss": [NAME]},
        {"iss": None},
        {"aud": AUDIENCE + "2"},
        {"aud": [AUDIENCE + "2", ""]},
        {"aud": {AUDIENCE: 1}},
        {"aud": None},
        {"exp": NOW - 60},
        {"exp": str(NOW + 900)},
        {"exp": None},
        {"exp": True},
        {"nbf": NOW + 600},
        {"iat": NOW + 600},
        {"sub": None},
        {"sub": ""},
        {"sub": 4711},
        {"sub": "a\nforged line"},
        {"sub": "x" * 300},
    ],
    ids="-".join,
)
def test_a_token_with_a_wrong_claim_is_refused(
    http: httpx.Client, keys: dict[str, Key], changed: dict[str, Any]
) -> None:
    assert status(http, token(keys["ES256"], "ES256", **changed)) == 401


def test_clocks_may_differ_by_a_little(http: httpx.Client, keys: dict[str, Key]) -> None:
    now = int(time.time())
    assert status(http, token(keys["ES256"], "ES256", exp=now - 5, nbf=now + 20)) == 200


def test_a_token_that_the_issuer_did_not_sign_is_refused(http: httpx.Client, keys: dict[str, Key]) -> None:
    good = token(keys["RS256"], "RS256")
    head, body, signature = good.split(".")

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    unsigned = part({"alg": "none", "kid": "rsa"})
    stranger = RSAKey.generate_key(2048, {"kid": "rsa"})
    symmetric = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{body}"
    public = hmac.digest(keys["RS256"].as_pem(private=False), symmetric.encode(), "sha256")
    forged = [
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        f"{symmetric}.{base64.urlsafe_b64encode(public).decode().rstrip('=')}",
        token(stranger, "RS256"),
        token(keys["RS256"], "RS256", header={"kid": "unknown"}),
        token(keys["RS256"], "RS256", header={"kid": "ec"}),
        token(keys["RS256"], "RS384"),
        f"{part({'alg': 'RS256'})}.{body}.{signature}",
        f"{head}.{part(claims(roles=['admin']))}.{signature}",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        f"{part({'alg': 'RS256', 'kid': 'rsa', 'crit': ['exp']})}.{body}.{signature}",
        token(ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"),
        token(keys["RS256"], "RS256", padding="x" * 7_000),
        f"{part([1])}.{body}.{signature}",
        "[" * 3_000 + ".a.b",
        "..",
    ]
    for text in forged:
        assert status(http, text) == 401, text[:200]
    assert status(http, good) == 200


def test_unsuitable_keys_are_ignored(served_url: str, tmp_path: Path, keys: dict[str, Key]) -> None:
    """A key set with a symmetric key, an encryption key, one of another algorithm, and one that is too short."""
    listed = json.loads(published(keys))["keys"]
    shared = OctKey.generate_key(256, {"kid": "oct"})
    turned = {"rsa": {"use": "enc"}, "ec": {"alg": "ES512"}}
    listed = [{**key, **turned.get(key["kid"], {})} for key in listed] + [shared.as_dict(private=True)]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [*listed, {"kty": "AKP", "kid": "new"}]}))
    place = str(tmp_path / "keys.json")
    app = create_app(Settings.model_validate({**OIDC, "oidc_jwks": place}), database_url=served_url)
    with serving(app) as address, httpx.Client(base_url=address) as http:
        assert status(http, token(keys["RS256"], "RS256")) == 401
        assert status(http, token(keys["ES256"], "ES256")) == 401
        assert status(http, jwt.encode({"alg": "HS256", "kid": "oct"}, claims(), shared, algorithms=["HS256"])) == 401
        assert status(http, token(keys["PS256"], "PS256")) == 200


def test_the_issuer_is_asked_once_and_again_for_a_new_key(
    served_url: str, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "JWKS_RETRY_SECONDS", 0.2)
    first = {"ES256": keys["ES256"]}
    with issuing(published(first)) as issuer:
        settings = Settings.model_validate({**OIDC, "oidc_jwks": issuer.address})
        with serving(create_app(settings, database_url=served_url)) as address, httpx.Client(base_url=address) as http:
            for _ in range(5):
                assert status(http, token(keys["ES256"], "ES256")) == 200
            assert issuer.asked == 1
            time.sleep(0.3)
            assert status(http, token(keys["EdDSA"], "EdDSA")) == 401
            for _ in range(5):
                assert status(http, token(keys["EdDSA"], "EdDSA")) == 401
            assert issuer.asked <= 3
            issuer.body = published(keys)
            time.sleep(0.3)
            assert status(http, token(keys["EdDSA"], "EdDSA")) == 200


def test_an_issuer_has_to_prove_who_it_is(
    served_url: str, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a certificate of an authority that the machine trusts, or that SSL_CERT_FILE names."""
    proof = certificate(tmp_path)
    with issuing(published(keys), tls=proof) as issuer:
        settings = Settings.model_validate({**OIDC, "oidc_jwks": issuer.address})
        for authority, expected in ((None, 503), (proof, 200)):
            if authority is not None:
                monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            app = create_app(settings, database_url=served_url)
            with serving(app) as address, httpx.Client(base_url=address, trust_env=False) as http:
                assert status(http, token(keys["ES256"], "ES256")) == expected


@pytest.mark.parametrize(("answer_status", "body"), [(500, "{}"), (302, "{}"), (200, "no JSON"), (200, '{"keys": 5}')])
def test_an_issuer_without_valid_keys_is_503(
    served_url: str, keys: dict[str, Key], answer_status: int, body: str
) -> None:
    with issuing(body) as issuer:
        issuer.status = answer_status
        settings = Settings.model_validate({**OIDC, "oidc_jwks": issuer.address})
        with serving(create_app(settings, database_url=served_url)) as address, httpx.Client(base_url=address) as http:
            answer = http.get("/v1/panels", headers=bearer(token(keys["ES256"], "ES256")))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


def test_an_issuer_that_is_away_is_not_taken_on_trust_and_comes_back(
    served_url: str, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "JWKS_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(oidc, "JWKS_CACHE_SECONDS", 0.5)
    with issuing(published(keys)) as issuer:
        settings = Settings.model_validate({**OIDC, "oidc_jwks": issuer.address})
        with serving(create_app(settings, database_url=served_url)) as address, httpx.Client(base_url=address) as http:
            assert status(http, token(keys["ES256"], "ES256")) == 200
            issuer.status = 500
            time.sleep(0.6)
            assert status(http, token(keys["ES256"], "ES256")) == 503
            # Malformed tokens cause no request to the issuer.
            assert status(http, "a.b.c") == 401
            issuer.status = 200
            time.sleep(0.3)
            assert status(http, token(keys["ES256"], "ES256")) == 200


@pytest.mark.parametrize(
    ("said", "clearance"),
    [("SBU", Marking.SBU), ("U", Marking.U), (None, Marking.U), ("TS", Marking.U), (["SBU"], Marking.U)],
)
def test_clearance_is_that_of_the_claim_and_low_where_there_is_none(said: Any, clearance: Marking) -> None:
    caller = read(claims(realm_access={"roles": ["editor"]}, clearance=said, preferred_username="a.b"))
    assert (caller.id, caller.name, caller.clearance) == ("oidc:4711", "a.b", clearance)
    assert caller.roles == {Role.EDITOR}


def read(token_claims: dict[str, Any], groups: str = "desk=reader+editor:SBU; /readers=reader:U") -> Caller:
    """Returns the caller for a token's claims."""
    named = oidc.Claims("realm_access.roles", "clearance", "realm.groups", "preferred_username")
    config, realms = oidc.OidcConfig(NAME, AUDIENCE, ""), Realms({"ex": "ex.com"})
    issuer = oidc.OidcVerifier(config, named, groups=Groups.parse(groups), realms=realms)
    return issuer._caller(token_claims)  # noqa: SLF001 - no endpoint returns a caller's clearance


@pytest.mark.parametrize(
    ("listed", "roles", "clearance"),
    [
        (["Desk", "others"], {Role.READER, Role.EDITOR}, Marking.SBU),
        ("others,DESK", {Role.READER, Role.EDITOR}, Marking.SBU),
        (["/readers"], {Role.READER}, Marking.U),
        (["readers", "desks", "de\u017fk", 5, None, ["desk"], {"desk": True}], set(), Marking.U),
        ({"desk": True}, set(), Marking.U),
        (5, set(), Marking.U),
        (None, set(), Marking.U),
    ],
)
def test_groups_of_a_token_grant_what_they_grant_everywhere(listed: Any, roles: set[Role], clearance: Marking) -> None:
    caller = read(claims(realm={"groups": listed}))
    assert caller.roles == roles
    assert caller.clearance is clearance
    beside = read(claims(realm={"groups": listed}, realm_access={"roles": ["auditor"]}))
    assert beside.roles == roles | {Role.AUDITOR}


@pytest.mark.parametrize(
    ("named", "person"),
    [
        ("EX\\Bob", "bob@ex.com"),
        ("BOB@ex", "bob@ex.com"),
        ("Bob", "bob"),
        ("bob+1@ex.com", "bob@ex.com"),
        (None, "4711"),
    ],
)
def test_the_person_of_a_token_is_its_user_and_else_its_subject(named: Any, person: str) -> None:
    assert read(claims(preferred_username=named)).person == person


@pytest.mark.parametrize("subject", UNSEEN)
def test_a_subject_that_nobody_can_see_is_no_person(subject: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(claims(sub=subject, preferred_username=None))
    assert refused.value.code == "unauthenticated"


@pytest.mark.parametrize(
    "named",
    [*UNSEEN, "", "  ", "bo\u200bb", "b" * 201, 5, 0, False, ["bob"], [], {"name": "bob"}, "bob\n", "bob\u202e"],
)
def test_a_person_claim_that_is_there_and_unusable_is_refused(named: Any) -> None:
    with pytest.raises(ProblemError) as refused:
        read(claims(preferred_username=named))
    assert refused.value.code == "unauthenticated"
