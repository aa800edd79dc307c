"""Proxy groups and their roles: an editor and a reviewer are two people by headers alone."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.core.grants import Groups
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.auth.test_authenticator import service
from tests.conftest import KEY_SECRET, bearer, new_key, serving
from tests.fixtures.clients import ASKS, an_ask, code, tag

GROUPS = "register-editors=reader+editor:SBU; Register Reviewers = reviewer + reader : SBU; low=reader:U; desk-editors=editor:SBU; Pr\u00fcfer=auditor:SBU"
SSO = {
    "proxy_auth_header": "X-Remote-User",
    "proxy_auth_groups_header": "X-Remote-Groups",
    "group_grants": GROUPS,
    "anonymous": "off",
    "trusted_proxies": "127.0.0.1",
}
EDITOR, REVIEWER = ["editor", "reader"], ["reader", "reviewer"]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with service(**SSO) as http:
        yield http


def signed_on(user: str, *groups: str) -> list[tuple[str, str]]:
    """Returns the headers of a proxy for a user, one field for each group."""
    return [("X-Remote-User", user), *(("X-Remote-Groups", one) for one in groups)]


@pytest.mark.parametrize(
    ("groups", "roles", "clearance"),
    [
        (["register-editors"], EDITOR, "SBU"),
        (["REGISTER-EDITORS"], EDITOR, "SBU"),
        (["staff, register-editors"], EDITOR, "SBU"),
        (["staff|register reviewers;all"], REVIEWER, "SBU"),
        (["register-editors", "register reviewers"], ["editor", "reader", "reviewer"], "SBU"),
        (["low,register-editors"], EDITOR, "SBU"),
        (["low"], ["reader"], "U"),
        (["pr\u00fcfer"], ["auditor"], "SBU"),
        # These groups grant nothing, so the default roles remain.
        ([], ["reader"], "U"),
        ([""], ["reader"], "U"),
        (
            ["staff", "editor", "register", "register-editors2", "register-editors:SBU", "*", "=", ",;|"],
            ["reader"],
            "U",
        ),
        (["regi\u017fter-editors", "\uff52egister-editors", "r\u00e9gister-editors"], ["reader"], "U"),
        (["des\u212a-editors"], ["reader"], "U"),
    ],
)
def test_groups_give_what_the_setting_says(
    http: httpx.Client, groups: list[str], roles: list[str], clearance: str
) -> None:
    headers = [(name.encode(), value.encode()) for name, value in signed_on("alice", *groups)]
    caller = http.get("/who", headers=headers).json()
    assert caller == {"id": "sso:alice", "roles": roles, "clearance": clearance}


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Remote-Groups", "register-editors")],
        [("X-Remote-User", ""), ("X-Remote-Groups", "register-editors")],
        [*signed_on("alice", "register-editors"), ("X-Remote-User", "bob")],
    ],
)
def test_groups_without_a_user_are_refused(http: httpx.Client, headers: list[tuple[str, str]]) -> None:
    assert http.get("/who", headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["X_Remote_Groups", "X-Remote_Groups", "X-Remote-Group", "X-Remote-Groups-2"])
def test_headers_with_similar_names_are_ignored(http: httpx.Client, name: str) -> None:
    caller = http.get("/who", headers={"X-Remote-User": "alice", name: "register-editors"}).json()
    assert caller["roles"] == ["reader"]
    assert http.get("/who", headers={"X_Remote_User": "alice", "X_Remote_Groups": "register-editors"}).json() is None


def test_groups_from_anybody_but_the_proxy_are_refused() -> None:
    with service(**{**SSO, "trusted_proxies": "10.0.0.1"}) as http:
        for headers in (signed_on("alice", "register-editors"), [("X-Remote-Groups", "register-editors")]):
            for more in ([], [("X-Forwarded-For", "10.0.0.1")]):
                assert http.get("/who", headers=[*headers, *more]).status_code == 401


def test_groups_add_nothing_to_a_key(served_url: str) -> None:
    settings = Settings.model_validate({**SSO, "api_key_secret": KEY_SECRET})
    shown = bearer(new_key(served_url, Role.READER, name="a reader"))
    with serving(create_app(settings, database_url=served_url)) as address:
        answer = httpx.get(f"{address}/v1/drafts", headers=[*signed_on("alice", "register-editors"), *shown.items()])
    assert answer.status_code == 403


def test_cached_responses_are_not_served_to_a_lower_clearance(served_url: str) -> None:
    """Responses are cached by clearance. A caller who loses the group with SBU gets the responses of U."""
    at = "/v1/recommendations?limit=200"
    settings = Settings.model_validate({**SSO, "group_grants": f"{GROUPS}; high=reader:SBU"})
    with serving(create_app(settings, database_url=served_url)) as address, httpx.Client(base_url=address) as http:

        def asked(*groups: str) -> tuple[int, int]:
            answer = http.get(at, headers=signed_on("alice", *groups))
            return answer.status_code, len(answer.json().get("items", []))

        whole, low = asked("high"), asked("low")
        assert whole[1] > low[1]
        for _ in range(2):
            assert [asked("high"), asked("low"), asked(), asked("high,low")] == [whole, low, low, whole]
        assert http.get("/v1/drafts", headers=signed_on("alice", "register-editors")).status_code == 200
        assert http.get("/v1/drafts", headers=signed_on("alice", "low")).status_code == 403


@pytest.fixture(scope="module")
def desk(copy_database: Callable[[str], str]) -> Iterator[Callable[..., httpx.Response]]:
    """Returns a function that sends requests as a user signed on at the proxy."""
    settings = Settings.model_validate({**SSO, "response_cache_bytes": 0})
    app = create_app(settings, database_url=copy_database("by_groups"))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:

        def ask(who: tuple[str, str], method: str, path: str, *, of: Any = None, **more: Any) -> httpx.Response:
            headers = [*signed_on(*who), *(tag(of).items() if of is not None else ())]
            return http.request(method, path, headers=headers, **more)

        yield ask


def test_an_editor_drafts_and_a_reviewer_publishes_by_proxy_headers(desk: Callable[..., httpx.Response]) -> None:
    alice, bob = ("alice", "register-editors"), ("bob", "register reviewers")
    both = "register-editors,register reviewers"
    assert code(desk(bob, "POST", ASKS, json=an_ask())) == (403, "forbidden")
    draft = desk(alice, "POST", ASKS, json=an_ask())
    assert (draft.status_code, draft.json()["author"], draft.json()["persons"]) == (201, "sso:alice", ["alice"])
    at = f"{ASKS}/{draft.json()['record_id']}"
    submitted = desk(alice, "POST", f"{at}/submit", of=draft)
    assert code(desk(alice, "POST", f"{at}/publish", of=submitted)) == (403, "forbidden")
    for name in ("alice", "Alice", "EX\\alice", "alice@ex.com", "ALICE@EX"):
        assert code(desk((name, both), "POST", f"{at}/publish", of=submitted)) == (409, "conflict"), name
    published = desk(bob, "POST", f"{at}/publish", of=submitted)
    assert (published.status_code, published.json()["reviewer"]) == (200, "sso:bob")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("editors", "is not a valid grant"),
        ("editors=editor", "is not a valid grant"),
        ("editors=editor:TS", "is not a valid grant"),
        ("=editor:SBU", "is not a valid grant"),
        ("a,b=editor:SBU", "is not a valid grant"),
        ("editors=:SBU", "is not a role"),
        ("editors=king:SBU", "is not a role"),
        ("editors=editor,reader:SBU", "is not a role"),
        ("editors=reader+editor:U", "requires the clearance SBU"),
        ("a=reader:U; A=reader:SBU", "occurs twice"),
    ],
)
def test_an_ambiguous_mapping_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Groups.parse(text)
