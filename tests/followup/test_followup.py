"""Follow-up: positions, implementations and states, drafted by one person, published by another, with their history."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from app.ingest.pipeline import ingest
from app.vocabulary import Role
from tests.fixtures.transitions import ASKS, SAID, done, publish, put, refused, step, tag

R = "07BEIJING7192-R"


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> str:
    """A recommendation that no other test of this file changes."""
    numbers = request.session.stash.setdefault(NUMBERS, iter(range(1, 60)))
    return f"{ASKS}/{R}{next(numbers):03}"


NUMBERS = pytest.StashKey[Any]()


def test_a_position_goes_from_draft_to_what_readers_see(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, auditor: httpx.Client, ask: str
) -> None:
    before = reader.get(ask).json()
    assert (before["position"], before["position_source"]) == ("none", None)
    place = f"{ask}/position"
    nothing = reader.get(place).json()
    assert (nothing["value"], nothing["version"], nothing["recorded_at"]) == ("none", 0, None)
    source = {"title": "An answer", "url": "https://www.cbp.gov/answer", "retrieved": "2026-11-20"}
    drafted = done(put(editor, place, "supported_in_part", source=source, said_by="CBP", dated="2008-03~"))
    assert (drafted["publication"], drafted["version"]) == ("draft", 1)
    assert reader.get(place).json() == nothing
    assert reader.get(ask).json() == before
    done(step(editor, place, "submit"))
    assert refused(step(editor, place, "publish")) == (403, "forbidden")
    published = done(step(reviewer, place, "publish"))
    assert (published["value"], published["publication"]) == ("supported_in_part", "published")
    after = reader.get(ask).json()
    assert after["position"] == "supported_in_part"
    published_source = {
        name: after["position_source"][name] for name in (*source, "dated", "earliest", "latest", "citation")
    }
    dates = {"dated": "2008-03~", "earliest": "2008-03-01", "latest": "2008-03-31", "citation": None}
    assert published_source == source | dates
    named = done(reader.get("/v1/organizations", params={"name": "CBP"}))["items"]
    assert [after["position_source"]["said_by"]] == [one["id"] for one in named]
    assert after["updated_at"] > before["updated_at"]
    assert after["id"] in {
        one["id"] for one in reader.get(ASKS, params={"position": "supported_in_part"}).json()["items"]
    }
    record = ask.removeprefix("/v1/") + "/position"
    entries = auditor.get("/v1/audit", params={"record": record, "sort": "id"}).json()["items"]
    assert [(one["operation"], one["caller_name"], one["outcome"]) for one in entries] == [
        ("change_position", "editor", "done"),
        ("submit_position", "editor", "done"),
        ("publish_position", "reviewer", "done"),
    ]


def test_authors_cannot_publish_their_own_assessment(editor: httpx.Client, reviewer: httpx.Client, ask: str) -> None:
    place = f"{ask}/implementation"
    done(put(editor, place, "in_progress", source=SAID))
    # The reviewer edits the draft, and so becomes one of its authors.
    done(put(reviewer, place, "not_started", source=SAID))
    done(step(editor, place, "submit"))
    assert refused(step(reviewer, place, "publish")) == (409, "conflict")
    assert refused(step(reviewer, place, "return")) == (409, "conflict")


def test_a_passage_of_the_cable_is_held_to_its_words(editor: httpx.Client, reviewer: httpx.Client, ask: str) -> None:
    place = f"{ask}/position"
    words = "The China Mission responded that it was already extensively engaged"
    passage = {"cable_id": "07BEIJING7192", "paragraph": "27", "quote": words}
    wrong = put(editor, place, "noted", source={"citation": {**passage, "quote": words.replace("China", "Chinese")}})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/source/citation/quote")
    nowhere = put(editor, place, "noted", source={"citation": {**passage, "paragraph": "99"}})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (422, "/source/citation")
    done(put(editor, place, "noted", source={"citation": passage}))
    publish(editor, reviewer, place)
    found = reviewer.get(ask).json()
    assert found["position_citation"] == found["position_source"]["citation"]
    assert found["position_citation"]["quote"] == words


@pytest.mark.parametrize(
    ("aspect", "body", "pointer"),
    [
        ("position", {"value": "supported"}, "/source"),
        ("implementation", {"value": "in_progress"}, "/source"),
        ("position", {"value": "perhaps"}, "/value"),
        ("state", {"value": "supported"}, "/value"),
        ("position", {"value": "noted", "source": {}}, "/source"),
        ("position", {"value": "noted", "source": {"title": "A page"}}, "/source"),
        ("position", {"value": "noted", "source": {**SAID, "url": "https://a.gov/b"}}, "/source"),
        ("position", {"value": "noted", "source": {"words": "  "}}, "/source/words"),
        ("position", {"value": "noted", "source": SAID, "said_by": "nobody at all"}, "/said_by"),
        ("position", {"value": "noted", "source": SAID, "dated": "soon"}, "/dated"),
        ("position", {"value": "noted", "source": SAID, "dated": "2008-13"}, "/dated"),
        ("position", {"value": "noted", "source": SAID, "dated": "2009/2008"}, "/dated"),
        ("position", {"value": "noted", "source": SAID, "marking": "C"}, "/marking"),
        ("position", {"value": "noted", "source": SAID, "author": "me"}, "/author"),
    ],
)
def test_an_invalid_value_is_named(editor: httpx.Client, aspect: str, body: dict[str, Any], pointer: str) -> None:
    place = f"{ASKS}/{R}070/{aspect}"
    answer = editor.put(place, json=body, headers=tag(editor, place))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert editor.get(place).json()["version"] == 0


def test_a_contradiction_is_rejected_and_resolved_in_one_step(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, ask: str
) -> None:
    """`supported` contradicts `open_unresolved`, and `open_resolved` needs a position: one step changes both."""
    position, state = f"{ask}/position", f"{ask}/state"
    done(put(editor, position, "supported", source=SAID))
    done(step(editor, position, "submit"))
    single = step(reviewer, position, "publish")
    assert refused(single) == (409, "conflict")
    assert "open_unresolved is not allowed with the position supported" in single.json()["detail"]
    assert "together_with" in single.json()["detail"]
    assert editor.get(position).json()["publication"] == "in_review"
    done(put(editor, state, "open_resolved"))
    done(step(editor, state, "submit"))
    only_one = reviewer.post(f"{position}/publish", params={"together_with": "state"}, headers=tag(reviewer, position))
    assert refused(only_one) == (412, "stale")
    both = ", ".join(reviewer.get(place).headers["etag"] for place in (position, state))
    done(reviewer.post(f"{position}/publish", params={"together_with": "state"}, headers={"If-Match": both}))
    found = reader.get(ask).json()
    assert (found["position"], found["state"]) == ("supported", "open_resolved")


def test_invalid_transitions_are_refused(editor: httpx.Client, reviewer: httpx.Client, ask: str) -> None:
    place = f"{ask}/position"
    assert refused(step(editor, place, "submit")) == (409, "conflict")
    done(put(editor, place, "noted", source=SAID))
    assert refused(step(reviewer, place, "publish")) == (409, "conflict")
    done(step(editor, place, "submit"))
    assert refused(put(editor, place, "none")) == (409, "conflict")
    assert done(step(reviewer, place, "return"))["publication"] == "returned"
    done(put(editor, place, "supported_in_part", source=SAID))
    done(step(editor, place, "submit"))
    assert done(step(editor, place, "withdraw"))["publication"] == "withdrawn"
    gone = editor.get(place).json()
    assert (gone["value"], gone["recorded_at"]) == ("none", None)
    again = done(put(editor, place, "noted", source=SAID))
    assert again["publication"] == "draft"


def test_a_draft_is_taken_back_by_who_wrote_it_or_by_a_reviewer(
    editor: httpx.Client, caller: Callable[..., httpx.Client], ask: str
) -> None:
    other, only_reviews = caller("another", Role.READER, Role.EDITOR), caller("second", Role.READER, Role.REVIEWER)
    place = f"{ask}/position"
    done(put(editor, place, "noted", source=SAID))
    assert refused(step(other, place, "withdraw")) == (403, "forbidden")
    done(put(other, place, "none"))
    assert done(step(other, place, "withdraw"))["publication"] == "withdrawn"
    done(put(editor, place, "noted", source=SAID))
    assert done(step(only_reviews, place, "withdraw"))["publication"] == "withdrawn"


def test_a_change_names_the_version_it_means(editor: httpx.Client, ask: str) -> None:
    place = f"{ask}/position"
    body = {"value": "noted", "source": SAID}
    assert refused(editor.put(place, json=body)) == (428, "precondition-required")
    first = tag(editor, place)
    assert editor.put(place, json=body, headers=first).status_code == 200
    stale = editor.put(place, json=body, headers=first)
    assert refused(stale) == (412, "stale")
    assert stale.headers["etag"] == editor.get(place).headers["etag"]
    other = tag(editor, f"{ask}/state")
    assert refused(editor.put(place, json=body, headers=other)) == (412, "stale")


def test_a_history_lists_each_version_with_its_time(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, written: Engine, ask: str
) -> None:
    place, history = f"{ask}/position", f"{ask}/history"
    begun = reader.get(history).json()
    assert [one["kind"] for one in begun["entries"]] == ["version"]
    before = datetime.now(UTC)
    done(put(editor, place, "noted", source=SAID, note="zqdraft"))
    assert reader.get(history).json() == begun
    publish(editor, reviewer, place)
    done(put(editor, place, "supported_in_part", source={"words": "A second letter"}))
    publish(editor, reviewer, place)
    now = reader.get(history).json()
    assert (now["position"], now["record"]["position"]) == ("supported_in_part", "supported_in_part")
    assessments = [(one["aspect"], one["value"]) for one in now["entries"] if one["kind"] == "assessment"]
    assert assessments == [("position", "supported_in_part"), ("position", "noted")]
    times = [one["recorded_at"] for one in now["entries"]]
    assert times == sorted(times, reverse=True)
    then = reader.get(history, params={"recorded_at": before.isoformat()}).json()
    assert (then["position"], then["entries"]) == ("none", begun["entries"])
    assert then["record"] == begun["record"]
    between = next(one for one in now["entries"] if one["value"] == "noted")["recorded_at"]
    middle = datetime.fromisoformat(between) + timedelta(milliseconds=1)
    assert reader.get(history, params={"recorded_at": middle.isoformat()}).json()["position"] == "noted"
    never = reader.get(history, params={"recorded_at": "2007-11-21"}).json()
    assert (never["position"], never["record"], never["entries"]) == ("none", None, [])
    assert refused(reader.get(history, params={"recorded_at": "2007"})) == (422, "invalid-request")
    assert "key:" not in str(now)
    # The database rejects changes to published rows by any role.
    for statement in ("UPDATE assessments SET value = 'none'", "DELETE FROM recommendation_versions"):
        with pytest.raises(Exception, match="append-only"), written.begin() as connection:
            connection.execute(text(statement))


def test_the_curated_position_begins_its_history(reader: httpx.Client) -> None:
    history = reader.get(f"{ASKS}/{R}092/history").json()
    first = history["entries"][-2:]
    assert {one["kind"] for one in first} == {"version", "assessment"}
    noted = next(one for one in first if one["kind"] == "assessment")
    assert (noted["value"], noted["source"]["citation"]["paragraph"]) == ("noted", "27")


def test_a_load_leaves_what_was_followed_up(
    editor: httpx.Client, reviewer: httpx.Client, reader: httpx.Client, written: Engine, common_folder: Path
) -> None:
    curated, other = f"{ASKS}/{R}092", f"{ASKS}/{R}060"
    for place, value in ((f"{curated}/position", "supported_in_part"), (f"{other}/implementation", "in_progress")):
        done(put(editor, place, value, source=SAID))
        publish(editor, reviewer, place)
    before = [reader.get(one).json() for one in (curated, other)]
    assert ingest(written, common_folder).tally.changed == 0
    assert [reader.get(one).json() for one in (curated, other)] == before
    assert (before[0]["position"], before[1]["implementation"]) == ("supported_in_part", "in_progress")
    # A curated record without follow-up edits is still corrected by a load.
    with written.begin() as connection:
        connection.execute(text("UPDATE recommendations SET text = 'x' WHERE id LIKE '%R060'"))
    assert ingest(written, common_folder).tally.updated == 1
    mended = reader.get(f"{ASKS}/{R}060").json()
    assert (mended["text"], mended["implementation"]) == (before[1]["text"], "in_progress")


def test_a_changed_curated_position_adds_a_history_entry(
    reader: httpx.Client, written: Engine, common_folder: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(common_folder, tmp_path / "data"))
    curated = data / "curated/07BEIJING7192/recommendations.yaml"
    lines = curated.read_text(encoding="utf-8")
    start = lines.index("    position:", lines.index(f"- id: {R}093"))
    end = lines.index("  - id:", start)
    curated.write_text(lines[:start].rstrip() + "\n\n" + lines[end:], encoding="utf-8")
    ingest(written, data)
    assert reader.get(f"{ASKS}/{R}093").json()["position"] == "none"
    ingest(written, common_folder)
    assert reader.get(f"{ASKS}/{R}093").json()["position"] == "noted"
    entries = reader.get(f"{ASKS}/{R}093/history").json()["entries"]
    assert [one["value"] for one in entries if one["kind"] == "assessment"] == ["noted", "none", "noted"]


def test_only_published_recommendations_have_assessments(editor: httpx.Client, written: Engine) -> None:
    assert refused(editor.get(f"{ASKS}/{R}999/position")) == (404, "not-found")
    with written.begin() as connection:
        connection.execute(text("UPDATE recommendations SET publication = 'withdrawn' WHERE id LIKE '%R061'"))
        connection.execute(text("UPDATE recommendations SET publication = 'draft' WHERE id LIKE '%R062'"))
    for path in ("position", "history"):
        assert refused(editor.get(f"{ASKS}/{R}061/{path}")) == (410, "gone")
        assert refused(editor.get(f"{ASKS}/{R}062/{path}")) == (404, "not-found")
