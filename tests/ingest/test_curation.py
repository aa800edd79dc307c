"""Validation of curated files: all errors at once, with file, line and record, and no load while one remains."""

import shutil
import weakref
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from app.cable_parser.model import Range
from app.core.db import admin_engine
from app.core.migrations import upgrade
from app.ingest.load import load
from app.ingest.pipeline import check, ingest, read_cables
from app.records.anchors import FoldedText, QuoteNotFound
from app.records.curated_cable import CuratedCable
from app.records.errors import CurationError, IssueCollector
from app.records.registry import read_registry
from benchmarks.synthetic_data import write_cables
from tests.conftest import CABLE

Edit = Callable[[str, str, str], None]


@pytest.fixture
def data(tmp_path: Path, common_folder: Path) -> Path:
    """A copy of the data folder to damage."""
    return Path(shutil.copytree(common_folder, tmp_path / "data"))


@pytest.fixture
def edit(data: Path) -> Edit:
    """Returns a function that replaces one piece of a curated file of the cable. The piece must exist."""

    def replace(file: str, old: str, new: str) -> None:
        path = data / "curated" / file
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return replace


def faults(data: Path) -> list[str]:
    with pytest.raises(CurationError) as refused:
        check(data)
    return [str(fault) for fault in refused.value.faults]


ASKS = f"{CABLE}/recommendations.yaml"
ROUNDTABLE = f"{CABLE}/roundtable.yaml"
PARTS = f"{CABLE}/participations.yaml"
PATENT = "events/patent-law.yaml"
FIGURES = f"{CABLE}/statistics.yaml"

SPOILS = [
    (ASKS, "quote: engage Chinese IPR owners", "quote: engage Chinese owners", "words not found"),
    (ASKS, "quote: engage Chinese IPR owners", "quote: IPR", "times; select one by `occurrence`: IPR"),
    (ASKS, "occurrence: 2", "occurrence: 7", "these words occur"),
    (ASKS, 'paragraph: "5"', 'paragraph: "2"', "there is no paragraph 2"),
    (ASKS, 'paragraph: "5"', "paragraph: 5", "put numbers and dates in quotes"),
    (ASKS, "    quote: engage Chinese IPR owners\n", "", "quote: is required"),
    (
        ASKS,
        "person: jeremie-waterman",
        "person: jeremy-waterman",
        '"jeremy-waterman" is not known in people.yaml; the nearest is jeremie-waterman',
    ),
    (
        ASKS,
        "organization: us-chamber-of-commerce",
        "organization: chamber",
        '"chamber" is not known in organizations.yaml',
    ),
    (ASKS, "bodies: [us-congress]", "bodies: [us-parliament]", 'bodies: "us-parliament" is not known'),
    (
        ASKS,
        "bodies: [us-congress]",
        "bodies: [nike]",
        'bodies: "nike" is not known in organizations.yaml as a public body',
    ),
    (
        ASKS,
        "bodies: [us-congress]",
        "bodies: [jcct]",
        '"jcct" is not known in organizations.yaml; it is a name of joint-commi',
    ),
    (ASKS, "targets: [usg]", "targets: [washington]", "must be one of embassy, usg, china, industry"),
    (ASKS, "topics: [staffing]", "topics: []", "must have 1 or more items"),
    (ASKS, "topics: [staffing]", "topics: [staffing, staffing]", "topics: a value occurs twice"),
    (ASKS, "panel: 1", "panel: 2", "panel: paragraph 4 reports panel 1"),
    (ASKS, f"id: {CABLE}-R003", f"id: {CABLE}-R004", "this id occurs 2 times"),
    (ASKS, f"id: {CABLE}-R003\n", f"id: {CABLE}-R003\n    tarjets: [usg]\n", "tarjets: unknown key"),
    (ASKS, "continuing: false", "continuing: false\n    continuing: true", "duplicate key continuing"),
    (ASKS, "reforms: [border-measures]", "reforms: [borders]", 'reforms: "borders" is not known'),
    (ROUNDTABLE, "host: us-embassy-beijing", "host: nobody", 'host: "nobody" is not known in organizations.yaml'),
    (ROUNDTABLE, "number: 2\n", "number: 9\n", f"the id of panel 9 must be {CABLE}-P9"),
    (PARTS, "person: jack-chang", "person: chang", '"chang" is not known in people.yaml'),
    (PARTS, "panel: 1\n", "panel: 7\n", "panel: there is no panel 7; known are 1, 2, 3, 4, 5, 6"),
    (PARTS, "quote: Keynote speakers included Ambassador Randt\n", "quote: Randt spoke\n", "words not found"),
    (PARTS, f"id: {CABLE}-PT02", f"id: {CABLE}-PT01", "this id occurs 2 times"),
    (f"{CABLE}/readings.yaml", "original: Congres", "original: Kongress", "words not found"),
    ("organizations.yaml", "aliases: [GSK]", "aliases: [GSK, Nike]", "the name Nike already belongs to"),
    ("people.yaml", "id: jon-dudas", "id: Jon Dudas", "id: does not have the format in its description"),
    (ASKS, "recommendations:\n", "recommendations: [\n", "the file is not valid YAML"),
    (PATENT, "2008-08-25", "2008-13-25", "is not a day of the calendar"),
    (PATENT, 'date: "2008-08-25"', "date: null", "exactly one of `date` and `latest` is required"),
    (PATENT, "stage: npcsc_reading_1", "stage: first_reading", ", npcsc_reading_1,"),
    (PATENT, "round: 3", "round: 33", "there is no round 33 of patent-law"),
    (
        PATENT,
        "fulfilled_by: patent-law-E07",
        "fulfilled_by: patent-law-E99",
        "patent-law-E99 is not an event of this reform that occurred",
    ),
    (
        PATENT,
        "fulfilled_by: patent-law-E07",
        "fulfilled_by: patent-law-E05",
        "patent-law-E05 is not an event of this reform that occurred",
    ),
    (PATENT, "most ripe -- it is", "ripest -- it is", "words not found"),
    (PATENT, "body: state-council\n", "body: council\n", 'body: "council" is not known'),
    (
        PATENT,
        "    kind: occurred\n",
        "    kind: expected\n    cable: 07BEIJING7192\n",
        "exactly one of `source`, `page`, and `cable` with `cite` is required",
    ),
    (
        "events/civil-procedure-law.yaml",
        "conflicts_with: [civil-procedure-law-E01]",
        "conflicts_with: [civil-procedure-law-E99]",
        "civil-procedure-law-E99 is not another event",
    ),
    (
        PATENT,
        "    source: sipo-basic-facts\n",
        "    page: {title: Facts, url: http://english.sipo.gov.cn/aboutcnipa/basicfacts/915396.htm, retrieved: 2026-11-21}\n",
        'page: the register has this page; name it in `source`: "sipo-basic-facts"',
    ),
    ("sources.yaml", "url: https://", "url: ftp://", "url: does not have the format in its description"),
    (f"{CABLE}/concerns.yaml", "reforms: [drug-data-exclusivity]", "reforms: [data]", 'reforms: "data" is not known'),
    (FIGURES, "quote: 14,675 IPR seizures", "quote: 14,657 IPR seizures", "words not found"),
    (FIGURES, "lead_in: Se noted that\n", "lead_in: She noted that\n", "words not found"),
    (FIGURES, "person: steve-thomas", "person: thomas", '"thomas" is not known in people.yaml'),
    (FIGURES, "      - organization: us-embassy-beijing\n", "      - person: null\n", "the party is missing"),
    (FIGURES, "value: 14675", 'value: "14,675"', "value: must be a number"),
    (FIGURES, "value: 14675", "value: true", "value: must be a number"),
    (FIGURES, "value: 14675", "value: .inf", "value: must be a finite number"),
    (FIGURES, "value: 14675", "value: null", "`value` is required, or `qualifier`"),
    (FIGURES, "value_to: 90", "value_to: 8", "`value_to` requires `value`, and must be greater"),
    (FIGURES, "qualifier: over", "qualifier: more than", '"more than" is not in the quote'),
    (FIGURES, "period: in April", "period: in May", '"in May" is not in the paragraph'),
    (FIGURES, "period: in April", "period: null", "`date` requires `period`"),
    (FIGURES, 'date: "2007-04"', 'date: "April 2007"', "date: must be a date in EDTF level 1"),
    (FIGURES, 'date: "1997/2006"', 'date: "2006/1997"', "date: the date ends before it starts"),
    (FIGURES, 'date: "1997/2006"', 'date: "../.."', "date: the date must have a first or a last day"),
    (FIGURES, "unit: seizures", "unit: Seizures", "unit: does not have the format in its description"),
    (FIGURES, f"id: {CABLE}-S02", f"id: {CABLE}-S03", "this id occurs 2 times"),
    (FIGURES, f"id: {CABLE}-S02", "id: 08BEIJING1-S02", f"the id does not start with {CABLE}-"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), SPOILS)
def test_a_fault_is_named_with_file_and_line(
    data: Path, edit: Edit, file: str, old: str, new: str, message: str
) -> None:
    edit(file, old, new)
    found = faults(data)
    named = [one for one in found if message in one]
    assert named, found
    assert named[0].startswith(f"curated/{file}:")
    assert int(named[0].split(":")[1]) >= 1


def test_an_error_names_the_line_of_the_record(data: Path, edit: Edit) -> None:
    edit(ASKS, "quote: engage Chinese IPR owners", "quote: engage Chinese owners")
    lines = (data / "curated" / ASKS).read_text(encoding="utf-8").splitlines()
    (found,) = faults(data)
    number = int(found.split(":")[1])
    assert f"{CABLE}-R009" in lines[number - 1]
    assert f"{CABLE}-R009" in found


def test_every_fault_is_named_at_once(data: Path, edit: Edit) -> None:
    edit(ASKS, "quote: engage Chinese IPR owners", "quote: engage Chinese owners")
    edit(ASKS, "person: jeremie-waterman", "person: jeremy-waterman")
    edit(ROUNDTABLE, "host: us-embassy-beijing", "host: nobody")
    edit("organizations.yaml", "aliases: [GSK]", "aliases: [GSK, Nike]")
    assert len(faults(data)) == 4


CLASSIFIED = [
    (
        PATENT,
        "text: The second amendment",
        'text: "(C) The second amendment',
        "of the Patent Law took effect.",
        "patent-law-E01",
    ),
    (PATENT, "note: Added so that", "note: |-\n      Added\n      CONFIDENTIAL\n      so that", "", "note"),
    ("people.yaml", "[Randt, Clark Randt", "[Randt, SECRET//NOFORN, Clark Randt", "", "aliases"),
    ("organizations.yaml", "name: Acushnet Company", "name: Classified By Ambassador A. Person", "", "name"),
    ("sources.yaml", "title: Protection", "title: (S/NF) Protection", "", "title"),
    (ROUNDTABLE, "place: Beijing", "place: (C) Beijing, in the hall of the guild", "", "place"),
]


@pytest.mark.parametrize(("file", "old", "new", "end", "named"), CLASSIFIED)
def test_a_text_of_a_classified_document_is_refused_by_line_and_not_quoted(
    data: Path, edit: Edit, file: str, old: str, new: str, end: str, named: str
) -> None:
    edit(file, old, new)
    if end:
        edit(file, end, f'{end}"')
    lines = (data / "curated" / file).read_text(encoding="utf-8").splitlines()
    with pytest.raises(CurationError) as refused:
        check(data)
    (found,) = (str(one) for one in refused.value.faults if "has the mark of a classified document" in str(one))
    assert [one.sha256 for one in refused.value.documents] == [
        sha256((data / "curated" / file).read_bytes()).hexdigest()
    ]
    assert found.startswith(f"curated/{file}:")
    assert new.splitlines()[0] in lines[int(found.split(":")[1]) - 1]
    assert named in found
    assert not any(word in found for word in ("(C)", "SECRET", "CONFIDENTIAL", "Ambassador", "(S/NF)"))


def test_a_stored_copy_that_was_changed_is_refused(data: Path) -> None:
    copy = data / "sources" / CABLE / "cable.txt"
    copy.write_bytes(copy.read_bytes().replace(b"Congres;", b"Congress;"))
    assert any("is not the copy that was reviewed" in one for one in faults(data))


@pytest.mark.parametrize("marking", ["SBU/NF", "LOU", "XYZ/SAUCE"])
def test_another_marking_refuses_the_copy_and_is_not_quoted(data: Path, marking: str) -> None:
    copy = data / "sources" / CABLE / "cable.txt"
    copy.write_bytes(copy.read_bytes().replace(b"17. (SBU)", f"17. ({marking})".encode()))
    (found,) = faults(data)
    assert "paragraph 17 has another marking: only U and SBU are taken" in found
    assert marking not in found


def test_missing_and_unreadable_files_are_named(data: Path) -> None:
    (data / "curated" / "people.yaml").unlink()
    assert faults(data)[0] == "curated/people.yaml:1: the file is missing"
    (data / "curated" / "people.yaml").write_bytes(b"people: \xff\xfe")
    assert faults(data)[0] == "curated/people.yaml:1: the file is not UTF-8"


def test_nothing_is_half_loaded(data: Path, edit: Edit, server_url: str, loaded_template: str) -> None:
    assert loaded_template
    with psycopg.connect(server_url.replace("/roundtable?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE half")
    url = server_url.replace("/roundtable?", "/half?")
    upgrade(url)
    engine = admin_engine(url)
    edit(ASKS, "quote: engaging WIPO", "quote: engaging the WIPO")
    with pytest.raises(CurationError):
        ingest(engine, data)
    with engine.connect() as connection_:
        assert connection_.scalar(text("SELECT count(*) FROM organizations")) == 0
    engine.dispose()


def test_a_fault_in_a_later_cable_leaves_the_earlier_ones_out(tmp_path: Path, scratch_engine: Engine) -> None:
    data = tmp_path / "data"
    write_cables(data, 3)
    folder = data / "curated" / "07BEIJING1001"
    for file, old, new in (
        ("recommendations.yaml", "quote: engaging WIPO", "quote: engaging the WIPO"),
        ("follow_up.yaml", "responsible:", "responsive:"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with scratch_engine.connect() as connection:
        before = connection.scalars(text("SELECT id FROM cables ORDER BY id")).all()
    with pytest.raises(CurationError) as refused:
        ingest(scratch_engine, data)
    assert {fault.file for fault in refused.value.faults} == {"curated/07BEIJING1001/follow_up.yaml"}
    with scratch_engine.connect() as connection:
        assert connection.scalars(text("SELECT id FROM cables ORDER BY id")).all() == before
    path.write_text(path.read_text(encoding="utf-8").replace("responsive:", "responsible:"), encoding="utf-8")
    with pytest.raises(CurationError, match="engaging the WIPO"):
        ingest(scratch_engine, data)


def test_cables_are_read_one_at_a_time(
    tmp_path: Path, copy_database: Callable[..., str], shipped_template: str
) -> None:
    data = tmp_path / "data"
    write_cables(data, 4)
    engine = admin_engine(copy_database("one_at_a_time", template=shipped_template))
    held: list[weakref.ref[CuratedCable]] = []
    most = 0

    def observed(cables: Iterator[CuratedCable]) -> Iterator[CuratedCable]:
        nonlocal most
        for cable in cables:
            held.append(weakref.ref(cable))
            most = max(most, sum(one() is not None and not one().events for one in held))  # type: ignore[union-attr]
            yield cable

    found = IssueCollector()
    registry = read_registry(data, faults=found)
    assert registry is not None
    loaded = load(engine, registry, observed(read_cables(data, registry, faults=found)), fingerprint="four")
    assert loaded.cables == 4
    with engine.connect() as connection:
        assert loaded.recommendations == connection.scalar(text("SELECT count(*) FROM recommendations"))
    engine.dispose()
    assert most <= 2, "what is loaded is let go"


def test_a_load_analyzes_the_tables(scratch_engine: Engine) -> None:
    known = "SELECT reltuples FROM pg_class WHERE oid = 'recommendations'::regclass"
    with scratch_engine.connect() as connection:
        assert connection.scalar(text(known)) == connection.scalar(text("SELECT count(*) FROM recommendations"))


def test_loading_again_changes_nothing(scratch_engine: Engine, common_folder: Path) -> None:
    with scratch_engine.connect() as connection:
        before = connection.execute(text("SELECT id, updated_at, xmin::text FROM recommendations ORDER BY id")).all()
    loaded = ingest(scratch_engine, common_folder)
    assert loaded.tally.changed == 0
    with scratch_engine.connect() as connection:
        after = connection.execute(text("SELECT id, updated_at, xmin::text FROM recommendations ORDER BY id")).all()
    assert after == before


def test_a_change_touches_only_its_record(data: Path, edit: Edit, scratch_engine: Engine) -> None:
    with scratch_engine.connect() as connection:
        before: dict[str, datetime] = dict(connection.execute(text("SELECT id, updated_at FROM recommendations")).all())
    edit(ASKS, "topics: [small_business]", "topics: [small_business, training]")
    edit(ASKS, "quote: engage Chinese IPR owners", "quote: Chinese IPR owners")
    ingest(scratch_engine, data)
    with scratch_engine.connect() as connection:
        after: dict[str, datetime] = dict(connection.execute(text("SELECT id, updated_at FROM recommendations")).all())
    assert {one for one in before if before[one] != after[one]} == {f"{CABLE}-R008", f"{CABLE}-R009"}


def test_a_record_that_is_no_longer_curated_is_withdrawn_not_lost(data: Path, scratch_engine: Engine) -> None:
    path = data / "curated" / ASKS
    content = path.read_text(encoding="utf-8")
    path.write_text(content[: content.index(f"  - id: {CABLE}-R101")], encoding="utf-8")
    ingest(scratch_engine, data)
    with scratch_engine.connect() as connection:
        state = connection.scalar(text("SELECT publication FROM recommendations WHERE id = '07BEIJING7192-R101'"))
    assert state == "withdrawn"


def test_words_are_found_across_a_page_line() -> None:
    witness = "one two\n\nPAGE\n\nthree  four"
    folded = FoldedText(witness, (Range(0, 7), Range(15, 26)))
    assert folded.text == "one two three four"
    assert folded.find("two three", occurrence=None) == (Range(4, 7), Range(15, 20))
    assert folded.find("three four", occurrence=None) == (Range(15, 26),)
    with pytest.raises(QuoteNotFound):
        folded.find("two  three", occurrence=None)
