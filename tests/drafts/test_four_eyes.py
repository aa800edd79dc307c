"""Four-eyes rule: a person does not review or withdraw his own text, whatever key, token or name spelling he uses."""

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from app.vocabulary import Role
from tests.fixtures.clients import ASKS, FIGURES, a_figure, a_part, an_ask, an_event, code, move, tag
from tests.fixtures.transitions import SAID, done, put, refused, step

BOTH = (Role.READER, Role.EDITOR, Role.REVIEWER)
Make = Callable[..., httpx.Client]
RECORDS: dict[str, Callable[..., dict[str, Any]]] = {
    ASKS: an_ask,
    FIGURES: a_figure,
    "/v1/participations": a_part,
    "/v1/events": an_event,
}


@pytest.fixture(scope="module")
def person(caller: Make) -> Make:
    """Returns a function that makes a client who edits and reviews, with a separate key."""
    return lambda name, key="one of several": caller(key, *BOTH, person=name)


@pytest.mark.parametrize("at", RECORDS)
def test_a_record_is_not_reviewed_by_another_key_of_its_author(person: Make, at: str) -> None:
    draft = person("Carol").post(at, json=RECORDS[at](**({"text": "By Carol."} if at == ASKS else {})))
    assert draft.status_code == 201, draft.text
    submitted = move(person("carol"), draft, "submit")
    for name in ("carol", "CAROL", "ex\\Carol", "carol@ex.com", "Car\u00f3l"):
        same = person(name)
        assert code(move(same, submitted, "publish")) == (409, "conflict"), name
        assert code(move(same, submitted, "return", note="Say more.")) == (409, "conflict"), name
    assert move(person("dave", key="carol"), submitted, "publish").status_code == 200


def test_everyone_who_wrote_in_a_draft_is_among_its_persons(person: Make) -> None:
    draft = person("ann@ex.com").post(FIGURES, json=a_figure(what="Figures of two."))
    at = f"{FIGURES}/{draft.json()['record_id']}"
    ben = person("Ben")
    changed = ben.patch(at, headers=tag(draft), json={"what": "Figures of both."})
    assert changed.json()["persons"] == ["ann@ex.com", "ben"]
    submitted = move(ben, changed, "submit")
    for name in ("ann", "EX\\ann", "ben@ex"):
        assert code(move(person(name), submitted, "publish")) == (409, "conflict"), name
    # The same user name in another domain is another person.
    assert move(person("ann@ex.org"), submitted, "publish").status_code == 200


def test_the_author_takes_his_draft_back_by_any_of_his_keys(caller: Make, person: Make) -> None:
    draft = person("Eve").post(ASKS, json=an_ask(text="By Eve."))
    other = caller("another editor", Role.READER, Role.EDITOR)
    assert code(move(other, draft, "withdraw")) == (403, "forbidden")
    same = caller("hers", Role.READER, Role.EDITOR, person="EX\\eve")
    assert move(same, draft, "withdraw").status_code == 200


def test_a_reviewer_who_edits_a_returned_draft_cannot_publish_it(person: Make) -> None:
    fay, gus = person("fay"), person("gus")
    draft = move(fay, fay.post(ASKS, json=an_ask(text="By Fay.")), "submit")
    returned = move(gus, draft, "return", note="Say which embassy.")
    at = f"{ASKS}/{draft.json()['record_id']}"
    changed = gus.patch(at, headers=tag(returned), json={"text": "By Fay, and by Gus."})
    assert changed.status_code == 200, changed.text
    submitted = move(fay, changed, "submit")
    assert code(move(person("Gus"), submitted, "publish")) == (409, "conflict")


ASPECTS = {"position": "noted", "implementation": "in_progress", "state": "open_unresolved"}


@pytest.mark.parametrize("aspect", ASPECTS)
def test_an_assessment_is_not_reviewed_by_another_key_of_its_author(person: Make, aspect: str) -> None:
    path = f"{ASKS}/07BEIJING7192-R040/{aspect}"
    more = {} if aspect == "state" else {"source": SAID}
    done(put(person("hal"), path, ASPECTS[aspect], **more))
    done(step(person("hal"), path, "submit"))
    for way in ("publish", "return"):
        assert refused(step(person("HAL@ex"), path, way)) == (409, "conflict")
    done(step(person("ida"), path, "publish"))


def test_authors_cannot_publish_their_assessment_together_with_another(person: Make) -> None:
    path = f"{ASKS}/07BEIJING7192-R041"
    done(put(person("jan"), f"{path}/state", "closed_implemented"))
    done(put(person("kim"), f"{path}/implementation", "implemented", source=SAID))
    for aspect in ("state", "implementation"):
        done(step(person("jan"), f"{path}/{aspect}", "submit"))
    tags = ", ".join(person("kim").get(f"{path}/{one}").headers["etag"] for one in ("state", "implementation"))
    answer = person("EX\\Kim").post(
        f"{path}/state/publish", headers={"If-Match": tags}, json={"together_with": ["implementation"]}
    )
    assert refused(answer) == (409, "conflict")


def drafted(client: httpx.Client, kind: str, action: str) -> str:
    """Creates a draft of an action, or of a report on one. Returns its path."""
    body = {"title": "Ask for figures", "recommendations": ["07BEIJING7192-R001"], "marking": "U"}
    if kind == "progress-reports":
        body = {"action": action, "text": "They came.", "evidence": []}
    answer = client.post(f"/v1/{kind}", json=body)
    return f"/v1/{kind}/{done(answer, 201)['id']}"


@pytest.fixture(scope="module")
def action(person: Make) -> str:
    at = drafted(person("lou"), "actions", "")
    done(step(person("lou"), at, "submit"))
    done(step(person("mia"), at, "publish"))
    return at.rpartition("/")[2]


@pytest.mark.parametrize("kind", ["actions", "progress-reports"])
def test_authors_of_any_version_cannot_withdraw_the_record(person: Make, kind: str, action: str) -> None:
    """Authors of the published version, of the open draft, and of an earlier version are all refused."""
    text = "title" if kind == "actions" else "text"
    nan, oli, pia = person("nan"), person("oli"), person("pia")
    at = drafted(nan, kind, action)

    def withdraws(client: httpx.Client) -> int:
        answer = client.delete(at, headers={"If-Match": client.get(at).headers["etag"]})
        return answer.status_code

    def patches(client: httpx.Client, words: str) -> None:
        done(client.patch(at, json={text: words}, headers={"If-Match": client.get(at).headers["etag"]}))

    assert withdraws(person("NAN@ex")) == 409
    done(step(nan, at, "submit"))
    assert refused(step(person("NAN@ex"), at, "publish")) == (409, "conflict")
    done(step(pia, at, "publish"))
    assert withdraws(nan) == 409
    patches(oli, "Ask again")
    for client in (nan, oli, person("EX\\Nan"), person("Oli")):
        assert withdraws(client) == 409
    done(step(oli, at, "submit"))
    done(step(pia, at, "publish"))
    assert [withdraws(client) for client in (nan, oli, person("Nan"))] == [409, 409, 409]
    assert withdraws(pia) == 204


def test_a_record_is_not_withdrawn_by_those_who_wrote_it(person: Make) -> None:
    """Refused for its author, and also for the other person, who opened the withdrawal."""
    quin, rob = person("quin"), person("rob")
    draft = move(quin, quin.post(ASKS, json=an_ask(text="By Quin.")), "submit")
    assert move(rob, draft, "publish").status_code == 200
    at = f"{ASKS}/{draft.json()['record_id']}"
    gone = move(rob, rob.delete(at, headers=tag(rob.get(at))), "submit")
    assert code(move(person("Quin"), gone, "publish")) == (409, "conflict")
    assert code(move(person("Rob"), gone, "publish")) == (409, "conflict")
    assert move(person("sue"), gone, "publish").status_code == 200


def test_the_trail_names_caller_and_person(person: Make, auditor: httpx.Client) -> None:
    made = person("EX\\Tom").post(ASKS, json=an_ask(text="By Tom."))
    assert made.status_code == 201
    entries = auditor.get("/v1/audit", params={"person": "TOM@EX", "limit": 1}).json()["items"]
    assert [(one["caller"], one["person"]) for one in entries] == [(made.json()["author"], "tom@ex")]


TABLES = ("revisions", "assessments", "action_revisions", "progress_report_revisions")


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_a_review_by_the_person_who_wrote(person: Make, written_url: str, table: str) -> None:
    """For every program that writes, and for another spelling of the name."""
    drafts = {
        "revisions": lambda: person("uwe").post(ASKS, json=an_ask(text="By Uwe.")),
        "assessments": lambda: put(person("uwe"), f"{ASKS}/07BEIJING7192-R042/state", "open_unresolved"),
        "action_revisions": lambda: person("uwe").get(drafted(person("uwe"), "actions", "")),
    }
    with psycopg.connect(written_url) as connection:
        drafts.get(table, lambda: None)()
        recorded = "" if table == "revisions" else ", recorded_at = now()"
        for reviewer in ("uwe", "uwe@ex.com"):
            if table == "progress_report_revisions":
                check = (
                    "SELECT conname FROM pg_constraint WHERE conname = 'ck_' || %s || '_published_by_another_person'"
                )
                assert connection.execute(check, (table,)).fetchone()
                continue
            with pytest.raises(psycopg.errors.CheckViolation, match="published_by_another_person"):
                connection.execute(
                    f"UPDATE {table} SET publication = 'published', reviewer = 'x', reviewer_person = %s{recorded} "
                    "WHERE publication = 'draft' AND persons = '{uwe}'".encode(),
                    (reviewer,),
                )
            connection.rollback()
