"""Feeds of the latest changes of a target or reform: valid for a feed parser, and readable without the register."""

import warnings
from datetime import datetime
from typing import Any

import feedparser
import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving, walk

NAMES = [f"targets/{word}" for word in ("embassy", "usg", "china", "industry")]
NAMES += [f"reforms/{slug}" for slug in ("patent-law", "wto-ds362", "plant-variety-protection")]


def parsed(answer: httpx.Response) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        feed = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed


@pytest.mark.parametrize("name", NAMES)
def test_atom_and_json_feed_say_the_same(client: httpx.Client, name: str) -> None:
    atom_answer, json_answer = client.get(f"/v1/feeds/{name}.atom"), client.get(f"/v1/feeds/{name}.json")
    assert atom_answer.headers["content-type"] == "application/atom+xml"
    assert json_answer.headers["content-type"] == "application/feed+json"
    atom, feed = parsed(atom_answer), json_answer.json()
    assert atom.feed.title == feed["title"]
    assert (atom.feed.link, atom.feed.subtitle) == (feed["home_page_url"], feed["description"])
    assert [entry.id for entry in atom.entries] == [item["id"] for item in feed["items"]]
    assert [entry.link for entry in atom.entries] == [item["url"] for item in feed["items"]]
    assert [entry.title for entry in atom.entries] == [item["title"] for item in feed["items"]]
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].endswith(f"/v1/feeds/{name}.json")
    assert feed["items"]
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"]) <= 100
    assert all(datetime.fromisoformat(item["date_modified"]).tzinfo for item in feed["items"])
    assert all(one.startswith("/v1/") for one in (feed["feed_url"], feed["home_page_url"], feed["items"][0]["url"]))
    assert client.get(feed["items"][0]["url"]).status_code == 200
    assert client.get(feed["home_page_url"]).status_code == 200


def test_the_feed_of_a_target_has_what_is_asked_of_it(client: httpx.Client) -> None:
    items = client.get("/v1/feeds/targets/usg.json").json()["items"]
    asked = {ask["text"]: ask for ask in walk(client, "/v1/recommendations", target="usg", limit=200)}
    assert {item["title"] for item in items} == set(asked)
    content = next(item["content_html"] for item in items if "customs forms" in item["title"])
    assert content.startswith("<blockquote>")
    assert "07BEIJING7192, para. 6" in content


def test_the_feed_of_a_reform_has_its_events_and_what_is_asked(client: httpx.Client) -> None:
    titles = [item["title"] for item in client.get("/v1/feeds/reforms/trademark-law.json").json()["items"]]
    events = walk(client, "/v1/reforms/trademark-law/events", limit=200)
    asked = walk(client, "/v1/recommendations", reform="trademark-law", limit=200)
    assert len(titles) == len(events) + len(asked)
    assert all(any(event["text"] in title for title in titles) for event in events)


def test_changed_records_come_first_and_withdrawn_ones_leave_the_feed(
    scratch_client: httpx.Client, scratch_engine: Engine
) -> None:
    address = "/v1/feeds/targets/embassy"
    before = scratch_client.get(f"{address}.json")
    changed, withdrawn = "07BEIJING7192-R088", "07BEIJING7192-R003"
    with scratch_engine.begin() as connection:
        connection.execute(
            text("UPDATE recommendations SET text = :words WHERE id = :id"),
            {"words": "Ask <WIPO> & co.", "id": changed},
        )
        connection.execute(
            text("UPDATE recommendations SET publication = 'withdrawn' WHERE id = :id"), {"id": withdrawn}
        )
    after = scratch_client.get(f"{address}.json", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    items = after.json()["items"]
    assert items[0]["title"] == "Ask <WIPO> & co."
    assert items[0]["url"].endswith(changed)
    old = {item["url"]: item["id"] for item in before.json()["items"]}
    assert items[0]["id"] == old[items[0]["url"]]
    assert {item["url"].rpartition("/")[2] for item in items} == {url.rpartition("/")[2] for url in old} - {withdrawn}
    atom = parsed(scratch_client.get(f"{address}.atom"))
    assert atom.entries[0].title == "Ask <WIPO> & co."
    assert atom.feed.updated == atom.entries[0].updated


def test_a_feed_without_entries_is_still_one(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(text("UPDATE recommendations SET publication = 'draft'"))
    assert scratch_client.get("/v1/feeds/targets/usg.json").json()["items"] == []
    first, second = (scratch_client.get("/v1/feeds/targets/usg.atom") for _ in range(2))
    assert parsed(first).entries == []
    assert first.headers["etag"] == second.headers["etag"]


@pytest.mark.parametrize(
    "name", ["targets/moon", "targets/EMBASSY", "reforms/none", "reforms/No_Slug", "topics/patent"]
)
def test_a_feed_of_nothing_is_not_found(client: httpx.Client, name: str) -> None:
    for form in ("atom", "json", "rss"):
        assert client.get(f"/v1/feeds/{name}.{form}").status_code == 404


HEADERS = [
    {"Host": "evil.example"},
    {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=["host", "forwarded"])
@pytest.mark.parametrize("set_to", ["", "https://register.example", "https://intranet.example:8443/register/"])
def test_no_header_gets_into_an_address(served_url: str, set_to: str, headers: dict[str, str]) -> None:
    settings = Settings.model_validate({"public_url": set_to, "anonymous": "SBU"})
    base = set_to.rstrip("/")
    with serving(create_app(settings, database_url=served_url)) as address:
        for name in ("targets/embassy", "reforms/patent-law"):
            plain, conditional = (
                httpx.get(f"{address}/v1/feeds/{name}.json", headers=one, timeout=60) for one in ({}, headers)
            )
            assert conditional.content == plain.content
            feed = conditional.json()
            assert feed["feed_url"] == f"{base}/v1/feeds/{name}.json"
            assert all(
                url.startswith(f"{base}/v1/") for url in [feed["home_page_url"], *(i["url"] for i in feed["items"])]
            )
            atom = httpx.get(f"{address}/v1/feeds/{name}.atom", headers=headers, timeout=60)
            assert b"evil" not in atom.content
            assert all(entry.link.startswith(f"{base}/v1/") for entry in parsed(atom).entries)
            assert {one.href for one in parsed(atom).feed.links} == {
                f"{base}/v1/feeds/{name}.atom",
                feed["home_page_url"],
            }


def test_without_an_address_the_prefix_of_the_proxy_leads(served_url: str) -> None:
    settings = Settings.model_validate({"root_path": "/register", "anonymous": "SBU"})
    with serving(create_app(settings, database_url=served_url), settings) as address:
        feed = httpx.get(f"{address}/v1/feeds/targets/embassy.json", timeout=60).json()
    assert feed["feed_url"] == "/register/v1/feeds/targets/embassy.json"
    assert feed["items"][0]["url"].startswith("/register/v1/recommendations/")


WRONG = [
    "register.example",
    "ftp://register.example",
    "https://",
    "https://user@register.example",
    "https://a.example?q=1",
]
WRONG += [
    "https://a.example/#top",
    "https://a b.example",
    "https://a.example\n",
    "javascript:alert(1)",
    "https://a.example//b",
]


@pytest.mark.parametrize("address", WRONG)
def test_an_invalid_public_url_is_rejected(address: str) -> None:
    with pytest.raises(ValidationError, match=r"https://register\.example"):
        Settings.model_validate({"public_url": address})


def updated(client: httpx.Client) -> list[str]:
    names = [f"targets/{word}" for word in ("embassy", "usg", "china", "industry")] + ["reforms/patent-law"]
    return [parsed(client.get(f"/v1/feeds/{name}.atom")).feed.updated for name in names]


STEPS = [
    "UPDATE recommendations SET text = 'It was changed.' WHERE id = '07BEIJING7192-R003'",
    "UPDATE recommendations SET publication = 'withdrawn' WHERE id = '07BEIJING7192-R003'",
    "UPDATE recommendations SET text = 'It was changed too.' WHERE id = '07BEIJING7192-R088'",
    "UPDATE recommendation_targets SET target = 'industry' WHERE recommendation_id = '07BEIJING7192-R088'",
    "UPDATE recommendations SET publication = 'withdrawn'",
]


def test_when_a_feed_was_updated_never_goes_back(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    """Also if the newest entry is withdrawn or now has another link. A removed entry updates the feed."""
    before = updated(scratch_client)
    for step in STEPS:
        with scratch_engine.begin() as connection:
            connection.execute(text(step))
        after = updated(scratch_client)
        assert all(new >= old for new, old in zip(after, before, strict=True)), step
        assert after[0] > before[0], step
        before = after


def test_a_date_in_words_is_shown_with_its_parsed_date(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(
            text("UPDATE events SET date_text = 'Thursday', date = '2008-12-25' WHERE id = 'patent-law-E03'")
        )
    titles = [item["title"] for item in scratch_client.get("/v1/feeds/reforms/patent-law.json").json()["items"]]
    assert any(title.startswith("Thursday (2008-12-25): ") for title in titles)
