"""Actions and progress reports: drafted, reviewed, published, overdue by date, and carried forward."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.fixtures.transitions import done, publish, refused, step, tag

ACTIONS = "/v1/actions"
REPORTS = "/v1/progress-reports"
R = "07BEIJING7192-R"
TODAY = datetime.now(UTC).date()


def draft(editor: httpx.Client, title: str = "Ask CBP for the figures", **more: Any) -> str:
    made = editor.post(ACTIONS, json={"title": title, "recommendations": [f"{R}003"], **more})
    done(made, 201)
    return str(made.headers["location"])


@pytest.fixture
def holds(editor: httpx.Client, reviewer: httpx.Client) -> Callable[..., str]:
    """Returns a function that makes a published action."""

    def make(**more: Any) -> str:
        place = draft(editor, **more)
        publish(editor, reviewer, place)
        return place

    return make


def report(editor: httpx.Client, reviewer: httpx.Client, action: str, **more: Any) -> str:
    body = {"action": action.rpartition("/")[2], "text": "The figures came.", **more}
    made = editor.post(REPORTS, json=body)
    done(made, 201)
    publish(editor, reviewer, made.headers["location"])
    return str(made.headers["location"])


def test_an_action_goes_from_draft_to_what_readers_see(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client
) -> None:
    place = draft(editor, body="CBP", due="2008-06~", recurrence="yearly", note="By letter.")
    assert refused(reader.get(place)) == (404, "not-found")
    done(step(editor, place, "submit"))
    done(step(reviewer, place, "return"))
    changed = editor.patch(place, json={"note": None, "title": "Ask for the figures"}, headers=tag(editor, place))
    assert (done(changed)["note"], changed.json()["due"]) == (None, "2008-06~")
    publish(editor, reviewer, place)
    found = done(reader.get(place))
    expected = {"title": "Ask for the figures", "recommendations": [f"{R}003"], "due": "2008-06~"}
    expected |= {"earliest": "2008-06-01", "latest": "2008-06-30", "recurrence": "yearly", "status": "overdue"}
    assert found | expected == found
    assert found["id"] in {one["id"] for one in reader.get(ACTIONS).json()["items"]}
    assert reader.get(place, params={"as_of": "2008-06-30"}).json()["status"] == "open"
    assert reader.get(place, params={"as_of": "2008-07-01"}).json()["status"] == "overdue"


def test_a_published_action_is_changed_by_a_draft(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, holds: Callable[..., str]
) -> None:
    place = holds(due="2009")
    before = reader.get(place)
    same = editor.patch(place, json={"due": "2009"}, headers=tag(editor, place))
    assert done(same)["publication"] == "published"
    drafted = editor.patch(place, json={"due": "2010", "recommendations": [f"{R}004"]}, headers=tag(editor, place))
    assert (done(drafted)["publication"], drafted.json()["due"]) == ("draft", "2010")
    assert reader.get(place).content == before.content
    listed = editor.get(ACTIONS, params={"publication": "draft", "id": before.json()["id"]}).json()["items"]
    assert [one["due"] for one in listed] == ["2010"]
    assert reader.get(ACTIONS, params={"publication": "draft"}).json()["items"] == []
    publish(editor, reviewer, place)
    after = reader.get(place).json()
    assert (after["due"], after["recommendations"]) == ("2010", [f"{R}004"])
    emptied = editor.patch(place, json={"title": None}, headers=tag(editor, place))
    assert (emptied.status_code, emptied.json()["errors"][0]["pointer"]) == (422, "/title")


def test_a_report_says_that_it_is_done(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, holds: Callable[..., str]
) -> None:
    place = holds(due="2008")
    page = {"title": "Figures", "url": "https://www.cbp.gov/figures", "retrieved": "2026-11-20"}
    begun = report(editor, reviewer, place, evidence=[page])
    assert reader.get(begun).json()["evidence"] == [page]
    assert (reader.get(begun).json()["done"], reader.get(place).json()["status"]) == (False, "overdue")
    ended = report(editor, reviewer, place, done_on="2008-05-01")
    assert (reader.get(place).json()["done_on"], reader.get(place).json()["status"]) == ("2008-05-01", "done")
    assert reader.get(place, params={"as_of": "2008-04-30"}).json()["status"] == "open"
    action = place.rpartition("/")[2]
    listed = reader.get(REPORTS, params={"action": action, "done": True}).json()["items"]
    assert [one["id"] for one in listed] == [ended.rpartition("/")[2]]
    assert len(reader.get(REPORTS, params={"action": action}).json()["items"]) == 2
    history = reader.get(f"/v1/recommendations/{R}003/history").json()["entries"]
    assert {("action", action), ("progress_report", ended.rpartition("/")[2])} <= {
        (one["kind"], one["id"]) for one in history
    }
    gone = reviewer.delete(ended, headers=tag(reviewer, ended))
    assert gone.status_code == 204
    assert refused(reader.get(ended)) == (410, "gone")
    assert reader.get(place).json()["status"] == "overdue"


def test_filters_of_actions(reader: httpx.Client, holds: Callable[..., str]) -> None:
    day = TODAY.isoformat()
    late = (TODAY - timedelta(days=1)).isoformat()
    made = {
        name: holds(title=name, recommendations=[f"{R}050"], **more).rpartition("/")[2]
        for name, more in {
            "today": {"due": day, "body": "CBP"},
            "late": {"due": late},
            "some day": {},
            "after": {"due": f"{day}/.."},
        }.items()
    }
    names = {action: name for name, action in made.items()}

    def listed(**asked: Any) -> list[str]:
        items = done(reader.get(ACTIONS, params={"recommendation": f"{R}050", **asked}))["items"]
        return [names[one["id"]] for one in items]

    assert set(listed()) == set(made)
    assert listed(sort="due") == ["late", "today", "after", "some day"]
    assert listed(sort="-due") == ["some day", "after", "today", "late"]
    assert listed(status="overdue") == listed(overdue=True) == ["late"]
    assert set(listed(overdue=False)) == {"today", "some day", "after"}
    assert set(listed(overdue=[True, False])) == set(made)
    assert set(listed(status=["open"], as_of=late)) == set(made)
    assert listed(body="cbp") == ["today"]
    assert set(listed(**{"from": day})) == {"today", "after"}
    assert listed(to=late) == ["late"]
    assert refused(reader.get(ACTIONS, params={"from": day, "to": late})) == (422, "invalid-request")
    asks: dict[str, Any] = {"has_action": True, "overdue": True}
    assert f"{R}050" in {one["id"] for one in reader.get("/v1/recommendations", params=asks).json()["items"]}
    none: dict[str, Any] = {"has_action": False, "id": [f"{R}050", f"{R}051"]}
    assert [one["id"] for one in reader.get("/v1/recommendations", params=none).json()["items"]] == [f"{R}051"]
    summary = reader.get("/v1/summary", params={"id": [f"{R}050", f"{R}051"]}).json()
    target = reader.get(f"/v1/recommendations/{R}050").json()["targets"]
    assert (summary["overdue_count"], summary["by_overdue"]) == (1, [{"target": one, "count": 1} for one in target])


def test_an_action_is_carried_forward(editor: httpx.Client, reader: httpx.Client, holds: Callable[..., str]) -> None:
    place = holds(title="Carried", body="CBP", due="2008", recurrence="yearly")
    way = f"{place}/carry-forward"
    unsaid = editor.post(way, json={}, headers=tag(editor, place))
    assert refused(unsaid) == (422, "invalid-request")
    carried = editor.post(way, json={"edition": "The Seventh", "due": "2009"}, headers=tag(editor, place))
    made = done(carried, 201)
    assert carried.headers["location"] == f"{ACTIONS}/{made['id']}"
    assert (made["carried_from"], made["edition"], made["due"]) == (place.rpartition("/")[2], "The Seventh", "2009")
    assert (made["title"], made["recurrence"], made["publication"]) == ("Carried", "yearly", "draft")
    known = editor.post(way, json={"roundtable": "beijing-2007"}, headers=tag(editor, place))
    assert done(known, 201)["roundtable"] == "beijing-2007"
    unknown = editor.post(way, json={"roundtable": "beijing-2099"}, headers=tag(editor, place))
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/roundtable")
    assert refused(editor.post(f"{ACTIONS}/{made['id']}/carry-forward", json={"edition": "x"},
                               headers=tag(editor, f"{ACTIONS}/{made['id']}"))) == (409, "conflict")  # fmt: skip
    assert reader.get(ACTIONS, params={"carried_from": place.rpartition("/")[2]}).json()["items"] == []


def test_a_withdrawn_action_is_410(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, holds: Callable[..., str]
) -> None:
    place = holds()
    assert refused(editor.delete(place, headers=tag(editor, place))) == (403, "forbidden")
    assert refused(reviewer.delete(place)) == (428, "precondition-required")
    assert reviewer.delete(place, headers=tag(reviewer, place)).status_code == 204
    for someone in (reader, editor):
        assert refused(someone.get(place)) == (410, "gone")
    assert place.rpartition("/")[2] not in reader.get(ACTIONS, params={"limit": 200}).text
    about = editor.post(REPORTS, json={"action": place.rpartition("/")[2], "text": "Too late."})
    assert (about.status_code, about.json()["errors"][0]["pointer"]) == (422, "/action")
    own = draft(reviewer)
    assert refused(reviewer.delete(own, headers=tag(reviewer, own))) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"recommendations": []}, "/recommendations"),
        ({"recommendations": [f"{R}003", f"{R}999"]}, "/recommendations/1"),
        ({"title": " "}, "/title"),
        ({"body": "no such body"}, "/body"),
        # An organization that the filter `body=` does not accept either.
        ({"body": "nike"}, "/body"),
        ({"due": "soon"}, "/due"),
        ({"recurrence": "daily"}, "/recurrence"),
        ({"done_on": "2008-01-01"}, "/done_on"),
    ],
)
def test_an_invalid_value_is_named(editor: httpx.Client, body: dict[str, Any], pointer: str) -> None:
    answer = editor.post(ACTIONS, json={"title": "A title", "recommendations": [f"{R}003"], **body})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


def test_the_same_request_drafts_once(editor: httpx.Client) -> None:
    body = {"title": "Once", "recommendations": [f"{R}003"]}
    first, again = (editor.post(ACTIONS, json=body, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")


def test_the_database_keeps_what_was_published(written: Engine, holds: Callable[..., str]) -> None:
    action = holds().rpartition("/")[2]
    for statement in (
        "UPDATE action_revisions SET title = 'x' WHERE action_id = :id",
        "DELETE FROM action_recommendations WHERE action_id = :id",
        "INSERT INTO action_recommendations VALUES (:id, 1, '07BEIJING7192-R009')",
        "UPDATE actions SET current = 9 WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), written.begin() as connection:
            connection.execute(text(statement), {"id": action})


# Drafts and records above a reader's clearance are in no response


def everything(client: httpx.Client, place: str) -> Iterator[str]:
    """Yields all responses about actions, in every format."""
    for path in (
        ACTIONS,
        REPORTS,
        place,
        f"/v1/recommendations/{R}009",
        f"/v1/recommendations/{R}009/history",
        f"/v1/recommendations/{R}009/position",
        f"/v1/recommendations/{R}009/implementation",
        "/v1/summary",
        "/v1/search?q=zqdraft",
        "/v1/changes?limit=200&collection=actions&collection=progress_reports&collection=recommendations",
        *(f"/v1/exports/{name}.{kind}" for name in ("actions", "progress-reports", "recommendations")
          for kind in ("csv", "jsonl")),
    ):  # fmt: skip
        answer = client.get(path)
        yield f"{path} {answer.headers.get('etag')} {answer.text}"


def test_drafts_are_in_no_answer_to_readers(
    editor: httpx.Client, reader: httpx.Client, holds: Callable[..., str]
) -> None:
    place = holds(title="Plain", recommendations=[f"{R}009"])
    before = [*everything(reader, place)]
    done(editor.patch(place, json={"title": "zqdraft"}, headers=tag(editor, place)))
    done(editor.post(REPORTS, json={"action": place.rpartition("/")[2], "text": "zqdraft"}), 201)
    draft(editor, title="zqdraft", recommendations=[f"{R}009"])
    for aspect, value in (("position", "noted"), ("implementation", "in_progress")):
        at = f"/v1/recommendations/{R}009/{aspect}"
        done(editor.put(at, json={"value": value, "source": {"words": "zqdraft"}}, headers=tag(editor, at)))
    responses = [*everything(reader, place)]
    assert not [one for one in responses if "zqdraft" in one.replace("q=zqdraft", "")]
    assert responses == before
    assert "zqdraft" in editor.get(place).text


def test_readers_of_u_see_what_is_marked_u(
    editor: httpx.Client,
    reviewer: httpx.Client,
    reader: httpx.Client,
    caller: Callable[..., httpx.Client],
    written: Engine,
    holds: Callable[..., str],
) -> None:
    from app.vocabulary import Marking, Role  # noqa: PLC0415 - only here

    low = caller("low", Role.READER, clearance=Marking.U)
    with written.begin() as connection:
        connection.execute(text("UPDATE paragraphs SET marking = 'U' WHERE label = '5'"))
    shown = holds(title="zqbright", marking="U", due="2008", recommendations=[f"{R}009", f"{R}092"])
    hidden = holds(title="zqdark", recommendations=[f"{R}009"])
    assert low.get(shown).json()["recommendations"] == [f"{R}009"]
    assert refused(low.get(hidden)) == (404, "not-found")
    report(editor, reviewer, shown, text="zqdark", done_on="2008-05-01")
    assert reader.get(shown).json()["status"] == "done"
    assert (low.get(shown).json()["status"], low.get(shown).json()["done_on"]) == ("overdue", None)
    at = f"/v1/recommendations/{R}009"
    for value, marking, words in (("noted", "U", "zqbright"), ("supported_in_part", "SBU", "zqdark")):
        body = {"value": value, "source": {"words": words}, "marking": marking}
        done(editor.put(f"{at}/position", json=body, headers=tag(editor, f"{at}/position")))
        publish(editor, reviewer, f"{at}/position")
    assert reader.get(at).json()["position"] == "supported_in_part"
    record = low.get(at).json()
    assert (record["position"], record["position_source"]["words"], record["marking"]) == ("noted", "zqbright", "U")
    assert reader.get(at).json()["marking"] == "SBU"
    assert low.get(f"{at}/position").json()["value"] == low.get(f"{at}/history").json()["position"] == "noted"
    assert f"{R}009" in low.get("/v1/recommendations", params={"position": "noted"}).text
    assert low.get("/v1/recommendations", params={"position": "supported_in_part"}).json()["items"] == []
    responses = [*everything(low, shown), *everything(low, hidden)]
    assert not [one for one in responses if "zqdark" in one]
    assert [one for one in responses if "zqbright" in one]
    with written.begin() as connection:
        connection.execute(text("UPDATE paragraphs SET marking = 'SBU' WHERE label = '5'"))
    assert refused(low.get(f"{at}/history")) == (404, "not-found")
    assert low.get(shown).json()["recommendations"] == []
