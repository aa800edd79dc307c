"""Edits over loads: published edits survive a load of the files, and are exported into the curated files."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from app.cli import main
from app.core.db import admin_engine
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.ingest.fingerprint import DATA
from app.ingest.pipeline import check, ingest
from app.main import create_app
from tests.conftest import serving, walk
from tests.fixtures.clients import ASKS, CABLE, FIGURES, Desk, changed, made, published, tag

LISTS = (ASKS, FIGURES, "/v1/people", "/v1/organizations", "/v1/panels", "/v1/reforms", "/v1/events")
ASK, FIGURE, WITHDRAWN = f"{CABLE}-R003", f"{CABLE}-S02", f"{CABLE}-R009"
FILE = f"curated/{CABLE}/recommendations.yaml"
TEXT = "The Embassy should appoint a legate: one, of rank."


@pytest.fixture(scope="module")
def edited(desk: Desk) -> Desk:
    """A register in which people changed, created and withdrew records."""
    published(desk, changed(desk, ASK, text=TEXT, topics=["training", "staffing"], lead_in=None))
    published(desk, changed(desk, FIGURE, FIGURES, value=11.5, value_to=13, period=None, date=None))
    published(
        desk, made(desk, text="The Embassy should appoint an archivist.", related=[{"kind": "related", "id": ASK}])
    )
    published(desk, made(desk, FIGURES, what="The Chamber held many events.", qualifier=None))
    read = desk.editor.get(f"{ASKS}/{WITHDRAWN}")
    published(desk, desk.editor.delete(f"{ASKS}/{WITHDRAWN}", headers=tag(read)))
    made(desk, text="The Embassy should appoint someone in a draft.")
    return desk


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: timeless(part) for name, part in value.items() if name != "updated_at"}
    return [timeless(part) for part in value] if isinstance(value, list) else value


def register_state(reader: httpx.Client) -> dict[str, Any]:
    """Returns all that readers get, except timestamps."""
    lists = {at: timeless(walk(reader, at)) for at in LISTS}
    found = reader.get("/v1/search", params={"q": "archivist or legate or embassy", "limit": 200}).json()
    gone = reader.get(f"{ASKS}/{WITHDRAWN}").status_code
    return {**lists, "found": sorted(found["items"], key=lambda one: str(one["id"])), "gone": gone}


@pytest.fixture(scope="module")
def written_url(copy_database: Callable[..., str], shipped_template: str) -> str:
    """A database with the shipped data alone: `export-edits` writes into a copy of it."""
    return copy_database("written_edits", template=shipped_template)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data folder."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def mend(folder: Path, *pairs: tuple[str, str]) -> None:
    written = (folder / FILE).read_text()
    for old, new in pairs:
        assert written.count(old) == 1, old
        written = written.replace(old, new)
    (folder / FILE).write_text(written)


def test_a_load_leaves_what_people_changed(edited: Desk, written: Engine) -> None:
    before, changes = register_state(edited.reader), edited.reader.get("/v1/changes", params={"limit": 200}).json()
    loaded = ingest(written)
    assert (loaded.tally.changed, loaded.differences) == (0, [])
    assert register_state(edited.reader) == before
    assert edited.reader.get("/v1/changes", params={"limit": 200}).json() == changes
    assert before["gone"] == 410


def test_a_load_reports_conflicts_with_edits_and_preserves_the_edits(
    edited: Desk, written: Engine, folder: Path
) -> None:
    curated = next(ask for ask in check().cables[0].recommendations if ask.id == ASK)
    mend(folder, (f"    text: {curated.text}\n", "    text: The Embassy should appoint someone else.\n"))
    mend(folder, ("  - id: 07BEIJING7192-R004\n", "  - id: 07BEIJING7192-R004\n    occurrence: 1\n"))
    loaded = ingest(written, folder)
    (difference,) = loaded.differences
    assert difference.startswith(f"recommendations/{ASK}: text: the files changed from")
    assert "The Embassy should appoint someone else." in difference
    assert edited.reader.get(f"{ASKS}/{ASK}").json()["text"] == TEXT
    # Publishing the edit again resolves the difference: its base is now the content of the files.
    published(edited, changed(edited, ASK, text=f"{TEXT} Now."))
    assert ingest(written, folder).differences == []
    published(edited, changed(edited, ASK, text=TEXT))
    assert len(ingest(written).differences) == 1
    published(edited, changed(edited, ASK, text=curated.text))
    with written.connect() as connection:
        fields = connection.scalar(text("SELECT fields FROM edits WHERE record_id = :id"), {"id": ASK})
    assert sorted(fields) == ["lead_in", "topics"]
    published(edited, changed(edited, ASK, text=TEXT))
    assert ingest(written).differences == []


def test_an_edit_that_no_longer_fits_stops_the_load(edited: Desk, written_url: str, folder: Path) -> None:
    before = register_state(edited.reader)
    people = folder / "curated/people.yaml"
    people.write_text(people.read_text().replace("id: jeremie-waterman", "id: jeremy-waterman"))
    files = [folder / FILE, folder / f"curated/{CABLE}/roundtable.yaml", folder / f"curated/{CABLE}/statistics.yaml"]
    for file in files:
        file.write_text(file.read_text().replace("jeremie-waterman", "jeremy-waterman"))
    engine = admin_engine(written_url)
    with pytest.raises(Exception, match="jeremie-waterman"):
        ingest(engine, folder)
    engine.dispose()
    assert register_state(edited.reader) == before


@pytest.fixture
def exported(edited: Desk, written_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder with the exported edits."""
    assert edited
    monkeypatch.setenv("ROUNDTABLE_DATABASE_URL", written_url)
    into = tmp_path / "exported"
    ran = CliRunner().invoke(main, ["export-edits", "--into", str(into)])
    assert (ran.exit_code, ran.output.splitlines()[-1]) == (0, "2 files changed"), ran.output
    again = CliRunner().invoke(main, ["export-edits", "--into", str(into)])
    assert (again.exit_code, again.stdout) == (0, "0 files changed\n")
    return into


@pytest.fixture
def anew(server_url: str, exported: Path, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A service on an empty database, loaded with the exported files."""
    with psycopg.connect(server_url.replace("/roundtable?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "anew_{request.node.name}"'.encode())
    url = server_url.replace("/roundtable?", f"/anew_{request.node.name}?")
    upgrade(url)
    engine = admin_engine(url)
    assert ingest(engine, exported).differences == []
    engine.dispose()
    with serving(create_app(Settings(), database_url=url)) as address, httpx.Client(base_url=address) as http:
        yield http


def test_exported_files_load_the_same_records_into_an_empty_database(
    edited: Desk, exported: Path, anew: httpx.Client, written: Engine
) -> None:
    there, here = register_state(anew), register_state(edited.reader)
    for name, items in here.items():
        assert there[name] == items, name
    assert ingest(written, exported).tally.changed == 0


def test_an_export_touches_nothing_but_what_was_changed(exported: Path) -> None:
    for path in sorted(DATA.rglob("*")):
        now = exported / path.relative_to(DATA)
        if path.suffix != ".yaml" or path.parent.name != CABLE or now.read_bytes() == path.read_bytes():
            continue
        assert re.findall("(?m)^ *#.*", now.read_text()) == re.findall("(?m)^ *#.*", path.read_text())
        parts = [dict(_records(file)) for file in (path, now)]
        differ = {record for record in {*parts[0], *parts[1]} if parts[0].get(record) != parts[1].get(record)}
        of = {"recommendations": {ASK, WITHDRAWN, f"{CABLE}-A001"}, "statistics": {FIGURE, f"{CABLE}-SA01"}}
        assert differ == of[path.stem]
        assert list(parts[1])[: len(parts[0])] == list(parts[0])


def _records(file: Path) -> Iterator[tuple[str, str]]:
    for part in re.split(r"(?m)^  - (?=id: )", file.read_text())[1:]:
        yield part.splitlines()[0].removeprefix("id: "), part.rstrip()
