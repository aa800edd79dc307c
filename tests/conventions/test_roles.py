"""Authorization, denied by default: every route declares the role it needs, or is listed here as public."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from app.auth.dependencies import ROLES_NEEDING_FULL_CLEARANCE
from app.core.grants import CLEARANCES, ROLES
from app.core.settings import Settings
from app.http.routing import RoleRequirement
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.conftest import IN_PATHS, KEY_SECRET, bearer, new_key, serving, with_required_params

OPEN = {
    "/": "the way in, which tells nothing of the register",
    "/docs": "the interface; it asks as its reader does",
    "/reference": "likewise",
    "/openapi.json": "the contract",
    "/problems": "what each kind of problem means",
    "/problems/{code}": "likewise",
    "/assets/{digest}/{name}": "files of the package",
    "/favicon.ico": "likewise",
    "/healthz/live": "an orchestrator has no credentials",
    "/healthz/ready": "likewise",
    "/metrics": "a collector has none either; off by itself, and never through a proxy",
    "/.well-known/api-catalog": "where the contract is",
    "/.well-known/security.txt": "whom to tell of a fault",
}
"""Public routes, each with its reason."""
EDITS, WRITES = [Role.EDITOR.value], ["editor or reviewer"]
ROLES_OF: list[tuple[str, str, list[str]]] = [
    ("[A-Z]+", "/v1/admin/.*", [Role.ADMIN.value]),
    ("[A-Z]+", "/v1/audit(/.*)?", [Role.AUDITOR.value]),
    ("GET", "/v1/drafts|.*/draft", WRITES),
    ("POST", ".*/(publish|return)", [Role.REVIEWER.value]),
    ("DELETE", "/v1/(actions|progress-reports)/.*", [Role.REVIEWER.value]),
    ("POST", ".*/withdraw", WRITES),
    (
        "POST|PUT|PATCH|DELETE",
        "/v1/(recommendations|statistics|participations|events|actions|progress-reports)(/.*)?",
        EDITS,
    ),
]
"""Roles other than reader, by method and path. The first match counts."""
IN_PAGES = {"code": "not-found", "digest": "0", "name": "none"}
BODY = {"name": "a program", "roles": ["reader"], "clearance": "U"}


def needed(dependant: Dependant) -> Iterator[str]:
    if isinstance(dependant.call, RoleRequirement):
        yield dependant.call.word
    for one in dependant.dependencies:
        yield from needed(one)


def routes(app: FastAPI) -> Iterator[tuple[str, set[str], list[str]]]:
    """Yields every route, documented or not: its path, its methods, and the required roles."""
    for route in iter_route_contexts(app.routes):
        assert route.path is not None
        yield route.path, set(route.methods or ()), list(needed(route.dependant))


def test_every_route_says_what_it_needs(app: FastAPI) -> None:
    found = [(path, method, roles) for path, methods, roles in routes(app) for method in methods]
    assert {path for path, _, roles in found if not roles} == set(OPEN)
    assert set(app.openapi()["paths"]) <= {path for path, _, _ in found}
    for path, method, roles in found:
        assert path in OPEN or roles == asked_for(method, path), (method, path)


def asked_for(method: str, path: str) -> list[str]:
    fitting = (roles for of, at, roles in ROLES_OF if re.fullmatch(of, method) and re.fullmatch(at, path))
    return next(fitting, [Role.READER.value])


def test_roles_are_spelled_alike_in_settings_and_vocabulary() -> None:
    assert tuple(Role) == ROLES
    assert tuple(Marking) == CLEARANCES


@pytest.fixture(scope="module")
def own_url(copy_database: Callable[[str], str]) -> str:
    return copy_database("needs")


@pytest.fixture(scope="module")
def closed(own_url: str) -> Iterator[httpx.Client]:
    """A client of a service without anonymous reads."""
    # This module sends every refused write from one address.
    settings = Settings(anonymous="off", api_key_secret=SecretStr(KEY_SECRET), anonymous_rate_limit="")
    app = create_app(settings, database_url=own_url)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield http


def ask(http: httpx.Client, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    body = BODY if method == "POST" else None
    return http.request(
        method, path.format(**IN_PATHS, **IN_PAGES), params=with_required_params(path), json=body, headers=headers
    )


def test_without_credentials_nothing_but_the_open_routes_answers(closed: httpx.Client, app: FastAPI) -> None:
    for path, methods, roles in routes(app):
        for method in methods:
            answer = ask(closed, method, path, {})
            if roles:
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path
                assert answer.headers["www-authenticate"] == 'Bearer realm="roundtable"', path
                assert answer.headers["cache-control"] == "no-store", path
            else:
                assert answer.status_code in {200, 404}, path


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_needs_it_and_nothing_else(
    closed: httpx.Client, app: FastAPI, own_url: str, role: Role
) -> None:
    shown = bearer(new_key(own_url, role, clearance=Marking.SBU if role in ROLES_NEEDING_FULL_CLEARANCE else Marking.U))
    for path, methods, roles in routes(app):
        # For its own role, only reads are sent: writes would change the keys of other tests. They are tested elsewhere.
        having = any(role in one.split(" or ") for one in roles)
        for method in methods & {"GET"} if having else methods:
            answer = ask(closed, method, path, shown)
            if roles and not having:
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
            else:
                assert answer.status_code in {200, 404}, path


def test_a_stranger_is_refused_before_anything_else_is_looked_at(closed: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for answer in (
        closed.get("/v1/panels?limt=1"),
        closed.get("/v1/panels", params={"limit": "many"}),
        closed.post("/v1/admin/keys", content=b"{", headers=headers),
        closed.post("/v1/admin/keys", json={"name": 5}),
        closed.delete("/v1/admin/keys/no-such-form"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), answer.request.url


def test_with_anonymous_reads_other_roles_still_require_credentials(base_url: str) -> None:
    answer = httpx.get(f"{base_url}/v1/admin/keys")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="roundtable"'


def test_invalid_credentials_are_refused_also_with_anonymous_reads(base_url: str) -> None:
    assert httpx.get(f"{base_url}/v1/panels").status_code == 200
    for shown in ("Bearer x", "Bearer", "", "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer rr_", f"Bearer {'x' * 9000}"):
        answer = httpx.get(f"{base_url}/v1/panels", headers={"Authorization": shown})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), shown
        assert answer.headers["www-authenticate"] == 'Bearer realm="roundtable", error="invalid_token"'
        assert answer.json()["detail"] == "The credentials are invalid."
