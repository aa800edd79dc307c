"""Records of a cable that is not published: drafts like any others, published after the cable or together with it."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, select, text

from app.auth.schemas import Caller
from app.core.db import write_engine
from app.drafts.commands.records import RECORD_DRAFT_KINDS
from app.drafts.commands.transitions import apply_transition
from app.drafts.workflow import Decision, Transition
from app.models import Draft
from app.vocabulary import Editable, Marking, Role
from tests.conftest import walk
from tests.fixtures.clients import ASKS, CABLE, Desk, code, made, move

SENTENCE = "The Embassy should appoint an ombudsman for {}."
PUBLISH = f"UPDATE cables SET publication = 'published' WHERE id = '{CABLE}'"


@pytest.fixture
def open_cable(written: Engine) -> Iterator[None]:
    with written.begin() as connection:
        connection.execute(text(f"UPDATE cables SET publication = 'draft' WHERE id = '{CABLE}'"))
    yield
    with written.begin() as connection:
        connection.execute(text(PUBLISH))


@pytest.mark.usefixtures("open_cable")
def test_nobody_reads_what_is_of_a_cable_that_is_not_published(desk: Desk) -> None:
    for path in (f"cables/{CABLE}", f"cables/{CABLE}/paragraphs/5", f"recommendations/{CABLE}-R001"):
        assert desk.reader.get(f"/v1/{path}").status_code == 404, path
    for path in ("cables", "recommendations", "panels", "statistics", "participations"):
        assert CABLE not in str(walk(desk.reader, f"/v1/{path}", limit=200)), path
    assert CABLE not in str(desk.reader.get("/v1/search", params={"q": "enforcement", "limit": 100}).json()["items"])


@pytest.mark.usefixtures("open_cable")
def test_a_draft_of_such_a_cable_is_published_after_the_cable(desk: Desk, written: Engine) -> None:
    draft = move(desk.editor, made(desk, text=SENTENCE.format("later")), "submit")
    refused = move(desk.reviewer, draft, "publish")
    assert code(refused) == (409, "conflict")
    assert f"Cable {CABLE} is not published" in refused.json()["detail"]
    assert desk.editor.get(f"{ASKS}/{draft.json()['record_id']}/draft").content == draft.content
    with written.begin() as connection:
        connection.execute(text(PUBLISH))
    assert move(desk.reviewer, draft, "publish").status_code == 200
    assert desk.reader.get(f"{ASKS}/{draft.json()['record_id']}").status_code == 200


@pytest.mark.usefixtures("open_cable")
def test_a_draft_of_such_a_cable_is_published_together_with_it(desk: Desk, written_url: str) -> None:
    draft: httpx.Response = move(desk.editor, made(desk, text=SENTENCE.format("now")), "submit")
    record_id = draft.json()["record_id"]
    kind = RECORD_DRAFT_KINDS[Editable.RECOMMENDATIONS]
    reviewer = Caller("key:together", "Rita", frozenset({Role.REVIEWER}), Marking.SBU, "rita")

    async def publish() -> None:
        engine = write_engine(written_url, operation="publish_recommendation", trace_id="0" * 32)
        async with engine.begin() as connection:
            await connection.execute(text(PUBLISH))
            row = (await connection.execute(select(Draft.__table__).where(Draft.record_id == record_id))).one()
            await apply_transition(
                connection, kind, record_id, {kind: row}, Decision(Transition.PUBLISH, reviewer, None)
            )
        await engine.dispose()

    asyncio.run(publish())
    assert desk.reader.get(f"{ASKS}/{record_id}").json()["text"] == SENTENCE.format("now")
