"""Groups that a proxy lists give roles: so an editor and a reviewer are two people by headers alone."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.core.grants import Groups
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.access.test_callers import service
from tests.conftest import KEY_SECRET, bearer, new_key, serving
from tests.editorial.desk import ASKS, an_ask, code, tag

GROUPS = "register-editors=reader+editor:SBU; Register Reviewers = reviewer + reader : SBU; low=reader:U; Pr\u00fcfer=auditor:SBU"
SSO = {
    "sso_header": "X-Remote-User",
    "sso_groups_header": "X-Remote-Groups",
    "sso_groups": GROUPS,
    "anonymous": "off",
    "trusted_proxies": "127.0.0.1",
}
EDITOR, REVIEWER = ["editor", "reader"], ["reader", "reviewer"]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with service(**SSO) as http:
        yield http


def signed_on(user: str, *groups: str) -> list[tuple[str, str]]:
    """What the proxy sends of somebody, a field for each of the groups."""
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
        # Nothing is given for these: what everybody has is left.
        ([], ["reader"], "U"),
        ([""], ["reader"], "U"),
        (
            ["staff", "editor", "register", "register-editors2", "register-editors:SBU", "*", "=", ",;|"],
            ["reader"],
            "U",
        ),
        (["regi\u017fter-editors", "\uff52egister-editors", "r\u00e9gister-editors"], ["reader"], "U"),
    ],
)
def test_groups_give_what_the_setting_says(
    http: httpx.Client, groups: list[str], roles: list[str], clearance: str
) -> None:
    headers = [(name.encode(), value.encode()) for name, value in signed_on("alice", *groups)]
    told = http.get("/who", headers=headers).json()
    assert told == {"id": "sso:alice", "roles": roles, "clearance": clearance}


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Remote-Groups", "register-editors")],
        [("X-Remote-User", ""), ("X-Remote-Groups", "register-editors")],
        [*signed_on("alice", "register-editors"), ("X-Remote-User", "bob")],
    ],
)
def test_groups_of_nobody_are_refused(http: httpx.Client, headers: list[tuple[str, str]]) -> None:
    assert http.get("/who", headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["X_Remote_Groups", "X-Remote_Groups", "X-Remote-Group", "X-Remote-Groups-2"])
def test_a_header_of_another_name_gives_nothing(http: httpx.Client, name: str) -> None:
    told = http.get("/who", headers={"X-Remote-User": "alice", name: "register-editors"}).json()
    assert told["roles"] == ["reader"]
    assert http.get("/who", headers={"X_Remote_User": "alice", "X_Remote_Groups": "register-editors"}).json() is None


def test_groups_from_anybody_but_the_proxy_are_refused() -> None:
    with service(**{**SSO, "trusted_proxies": "10.0.0.1"}) as http:
        for headers in (signed_on("alice", "register-editors"), [("X-Remote-Groups", "register-editors")]):
            for more in ([], [("X-Forwarded-For", "10.0.0.1")]):
                assert http.get("/who", headers=[*headers, *more]).status_code == 401


def test_groups_add_nothing_to_a_key(served_url: str) -> None:
    settings = Settings.model_validate({**SSO, "key_secret": KEY_SECRET})
    shown = bearer(new_key(served_url, Role.READER, name="a reader"))
    with serving(create_app(settings, database_url=served_url)) as address:
        answer = httpx.get(f"{address}/v1/drafts", headers=[*signed_on("alice", "register-editors"), *shown.items()])
    assert answer.status_code == 403


def test_what_was_kept_for_a_caller_is_not_for_the_same_one_with_less(served_url: str) -> None:
    """Answers are kept by clearance; who had one of SBU, and lost the group, gets what U is shown."""
    at = "/v1/recommendations?limit=200"
    settings = Settings.model_validate({**SSO, "sso_groups": f"{GROUPS}; high=reader:SBU"})
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
    """Asks as somebody who has signed on at the proxy."""
    settings = Settings.model_validate({**SSO, "cache_bytes": 0})
    app = create_app(settings, database_url=copy_database("by_groups"))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:

        def ask(who: tuple[str, str], method: str, path: str, *, of: Any = None, **more: Any) -> httpx.Response:
            headers = [*signed_on(*who), *(tag(of).items() if of is not None else ())]
            return http.request(method, path, headers=headers, **more)

        yield ask


def test_an_editor_drafts_and_a_reviewer_publishes_by_headers_alone(desk: Callable[..., httpx.Response]) -> None:
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
        ("editors", "is no grant"),
        ("editors=editor", "is no grant"),
        ("editors=editor:TS", "is no grant"),
        ("=editor:SBU", "is no grant"),
        ("a,b=editor:SBU", "is no grant"),
        ("editors=:SBU", "is no role"),
        ("editors=king:SBU", "is no role"),
        ("editors=editor,reader:SBU", "is no role"),
        ("editors=reader+editor:U", "needs the clearance SBU"),
        ("a=reader:U; A=reader:SBU", "given twice"),
    ],
)
def test_a_map_that_says_nothing_clear_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Groups.parse(text)
