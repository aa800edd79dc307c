"""Proxy authentication and anonymous callers: accepted only where nobody else could send the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving

SSO = {"proxy_auth_header": "X-Remote-User", "anonymous": "off"}


@contextmanager
def service(**options: Any) -> Iterator[httpx.Client]:
    """Yields a client of the service with these settings. `/who` returns the authenticated caller."""
    settings = Settings.model_validate(options)
    app: FastAPI = create_app(settings, database_url="postgresql://nowhere")

    @app.get("/who")
    async def who(request: Request) -> dict[str, Any] | None:
        if refusal := request.scope.get("refusal"):
            raise refusal
        if (caller := request.scope["caller"]) is None:
            return None
        return {"id": caller.id, "roles": sorted(caller.roles), "clearance": caller.clearance}

    with serving(app, settings) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield http


def test_a_trusted_proxy_says_who_has_signed_on() -> None:
    with service(
        **SSO, trusted_proxies="127.0.0.1", proxy_auth_roles="reader,editor", proxy_auth_clearance="SBU"
    ) as http:
        caller = http.get("/who", headers={"X-Remote-User": "a.reader@office"}).json()
        assert caller == {"id": "sso:a.reader@office", "roles": ["editor", "reader"], "clearance": "SBU"}
        # The service checks the address of the proxy, not of the proxy's client.
        forwarded = {"X-Remote-User": "a.reader", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
        assert http.get("/who", headers=forwarded).json()["id"] == "sso:a.reader"
        assert http.get("/who").json() is None
        assert http.get("/who", headers={"X-Remote-User": ""}).json() is None


def test_user_headers_from_other_peers_are_refused() -> None:
    with service(**SSO, trusted_proxies="10.0.0.0/8") as http:
        for more in ({}, {"X-Forwarded-For": "10.1.2.3"}, {"X-Real-IP": "10.1.2.3"}, {"Forwarded": "for=10.1.2.3"}):
            answer = http.get("/who", headers={"X-Remote-User": "a.reader", **more})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), more


def test_without_a_known_peer_no_proxy_is_trusted() -> None:
    settings = Settings.model_validate({**SSO, "trusted_proxies": "127.0.0.1"})
    app = create_app(settings, database_url="postgresql://nowhere")
    with pytest.raises(Exception, match="credentials are invalid"):
        app.state.authenticator.authenticate([(b"x-remote-user", b"a")], peer=None).send(None)


@pytest.mark.parametrize("user", ["(null)", "a b", "-", "a,b", "x" * 201, "\u00e9", "a\tb"])
def test_an_invalid_user_name_is_rejected(user: str) -> None:
    with service(**SSO, trusted_proxies="127.0.0.1") as http:
        assert http.get("/who", headers=[(b"X-Remote-User", user.encode("latin-1"))]).status_code == 401


def test_two_user_headers_are_refused() -> None:
    with service(**SSO, trusted_proxies="127.0.0.1") as http:
        assert http.get("/who", headers=[("X-Remote-User", "a"), ("X-Remote-User", "b")]).status_code == 401


def test_an_ipv4_proxy_is_known_in_its_ipv6_form() -> None:
    app = create_app(
        Settings.model_validate({**SSO, "trusted_proxies": "10.0.0.5"}), database_url="postgresql://nowhere"
    )
    proxy_auth = app.state.authenticator.proxy_auth
    assert proxy_auth.caller("a", peer="::ffff:10.0.0.5").id == "sso:a"
    for peer in ("::ffff:10.0.0.6", "testclient", "", None):
        with pytest.raises(Exception, match="credentials are invalid"):
            proxy_auth.caller("a", peer=peer)


def test_without_the_setting_user_headers_are_ignored() -> None:
    with service(trusted_proxies="127.0.0.1", anonymous="U") as http:
        assert http.get("/who", headers={"X-Remote-User": "a.reader"}).json()["id"] == "anonymous"


# Anonymous callers


@pytest.mark.parametrize("anonymous", ["U", "SBU"])
def test_an_explicit_clearance_applies_to_all_anonymous_callers(anonymous: str) -> None:
    with service(anonymous=anonymous, root_path="/register", trusted_proxies="127.0.0.1") as http:
        caller = http.get("/who", headers={"X-Forwarded-For": "192.0.2.7"}).json()
        assert caller == {"id": "anonymous", "roles": ["reader"], "clearance": anonymous}


def test_the_anonymous_default_covers_direct_loopback_clients() -> None:
    with service() as http:
        assert http.get("/who").json() == {"id": "anonymous", "roles": ["reader"], "clearance": "SBU"}


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-anything", "X-Client-IP"],
)
def test_the_anonymous_default_excludes_forwarded_requests(header: str) -> None:
    with service() as http:
        assert http.get("/who", headers={header: "192.0.2.7"}).json() is None
        answer = http.get("/v1/panels", headers={header: "192.0.2.7"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="roundtable"'


@pytest.mark.parametrize(
    "options",
    [{"root_path": "/register"}, {"trusted_proxies": "10.0.0.1"}, {"host": "192.0.2.1"}, {"anonymous": "off"}],
)
def test_the_anonymous_default_excludes_exposed_services(options: dict[str, str]) -> None:
    with service(**options) as http:
        assert http.get("/who").json() is None
        assert http.get("/v1/panels").status_code == 401
        assert http.get("/openapi.json").status_code == 200
