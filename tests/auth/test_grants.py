"""Grants: nobody grants or revokes a role or clearance that he does not have."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from app.auth.commands import check_grantor
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.grants import CLEARED_ROLES
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.conftest import EVERY_ROLE, KEY_SECRET, bearer, new_key, serving

AT = "/v1/admin/keys"
OTHERS = [role for role in Role if role is not Role.ADMIN]


def body(*roles: Role, clearance: Marking, **more: Any) -> dict[str, Any]:
    return {"name": "made", "person": "ann", "roles": list(roles), "clearance": clearance, **more}


@pytest.fixture(scope="module")
def address(served_url: str) -> Iterator[str]:
    app = create_app(Settings(anonymous="off", api_key_secret=SecretStr(KEY_SECRET)), database_url=served_url)
    with serving(app) as address:
        yield address


@pytest.mark.parametrize(
    ("extra", "clearance"),
    # Other combinations are not created: without the clearance SBU, some roles permit nothing.
    [
        (one, marking)
        for one, marking in product([None, *OTHERS], Marking)
        if one not in CLEARED_ROLES or marking == "SBU"
    ],
)
def test_an_admin_makes_and_revokes_keys_up_to_its_own_rights(
    address: str, served_url: str, extra: Role | None, clearance: Marking
) -> None:
    held = {Role.ADMIN, *([extra] if extra else [])}
    admin = bearer(new_key(served_url, *held, clearance=clearance, name="an admin"))
    with httpx.Client(base_url=address, headers=admin, timeout=60) as http:
        for role, wanted in product(Role, Marking):
            if role in CLEARED_ROLES and wanted is not Marking.SBU:
                continue
            allowed = role in held and (wanted is Marking.U or clearance is Marking.SBU)
            answer = http.post(AT, json=body(role, clearance=wanted))
            assert answer.status_code == (201 if allowed else 403), (role, wanted, answer.text)
            # The same holds when the request also names a role that the caller has.
            both = http.post(AT, json=body(Role.ADMIN, role, clearance=wanted))
            assert both.status_code == (201 if allowed else 403), (role, wanted, both.text)
            other = new_key(served_url, role, clearance=wanted, name="another")
            revoked = http.delete(f"{AT}/{other[3:15]}")
            assert revoked.status_code == (204 if allowed else 403), (role, wanted, revoked.text)
            shown = httpx.get(f"{address}/v1/panels", headers=bearer(other))
            assert (shown.status_code == 401) is allowed


def test_a_refused_grant_creates_no_key_and_is_refused_again(address: str, served_url: str) -> None:
    """Also when the request is repeated with its idempotency key, or with that of a successful request."""
    admin = bearer(new_key(served_url, Role.ADMIN, Role.READER, clearance=Marking.U, name="an admin of U"))
    with httpx.Client(base_url=address, headers=admin, timeout=60) as http, psycopg.connect(served_url) as connection:
        for _ in range(2):
            refused = http.post(AT, json=body(*EVERY_ROLE, clearance=Marking.SBU), headers={"Idempotency-Key": "one"})
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert http.post(AT, json=body(Role.READER, clearance=Marking.U), headers={"Idempotency-Key": "two"}).is_success
        again = http.post(AT, json=body(*EVERY_ROLE, clearance=Marking.SBU), headers={"Idempotency-Key": "two"})
        assert again.status_code in {403, 409, 422}
        found = connection.execute("SELECT count(*) FROM api_keys WHERE name = 'made' AND cardinality(roles) = 5")
        assert found.fetchone() == (0,)


def test_a_key_that_would_open_nothing_is_refused_in_words(address: str, served_url: str) -> None:
    admin = bearer(new_key(served_url, *EVERY_ROLE, name="everything else"))
    for role in CLEARED_ROLES:
        answer = httpx.post(f"{address}{AT}", headers=admin, json=body(Role(role), clearance=Marking.U))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/clearance")
        assert f"{role} requires the clearance SBU" in answer.json()["detail"]


@pytest.mark.parametrize("held", [frozenset(), frozenset({Role.ADMIN}), frozenset(OTHERS), frozenset(Role)])
def test_grants_are_checked_for_any_number_of_roles(held: frozenset[Role]) -> None:
    by = Caller("key:1", "one", held, Marking.U, "one")
    for roles in ([], [Role.READER], [Role.READER, Role.ADMIN], list(Role)):
        if set(roles) <= held:
            check_grantor(by, roles=roles, clearance="U")
        for clearance in ("U", "SBU"):
            if clearance == "SBU" or not set(roles) <= held:
                with pytest.raises(ProblemError):
                    check_grantor(by, roles=roles, clearance=clearance)
