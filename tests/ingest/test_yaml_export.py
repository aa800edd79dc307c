"""Export of edits into the curated files: the loader reads every published text back unchanged."""

import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert

from app.cli import main
from app.core.db import admin_engine
from app.core.folding import FORBIDDEN, has_letter
from app.ingest.pipeline import check, ingest
from app.ingest.yaml_export import export_edits
from app.models import RecordEdit

CABLE = "07BEIJING7192"
ODD = (
    *("yes", "Yes", "YES", "no", "No", "on", "off", "true", "False", "y", "n", "~", "null", "Null", "NULL"),
    *("12:30", "1:2:3", "190:20:30", "1e-05", "1.0e+5", "0o7", "0x1f", "017", "0b101", "1_000", "-1", "+1", "1.", ".5"),
    *(
        ".inf",
        "-.inf",
        ".nan",
        "2007-11-21",
        "2007-11-21 10:00:00",
        "2007-02-30",
        "=",
        "<<",
        "-",
        "?",
        ":",
        "---",
        "...",
    ),
    *(
        "- a",
        "? a",
        "a: b",
        "a:",
        "a #b",
        "#b",
        "&a",
        "*a",
        "!a",
        "!!int 1",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "'a",
        '"a',
        "a'",
    ),
    *("{a}", "[a]", "a, b", "a]", "{", "}", '"', "'", "\\", "\\n", "a\tb", "a\u2028b", "a\u2029b", "a\x85b", "\ufeffa"),
    *(
        "a\ufeffb",
        "a\u00a0b",
        "a\u200db",
        "a\u202eb",
        "😀",
        "👩‍💻 at work",
        "专利",
        "é",
        "e\u0301",
        "\uffff",
        "a\ufffeb",
    ),
    *(
        "x" * 4_000,
        "word " * 799 + "word",
        "a  b",
        "a\x7fb",
        "a\x0bb",
        "a\x0cb",
        "a\x1cb",
        "a\rb",
        "None",
        "nan",
        "inf",
    ),
)


def publishable(text: str) -> str:
    """Returns the text, changed where the service would not accept it."""
    text = unicodedata.normalize("NFC", FORBIDDEN.sub("", text)).replace("\n", " ")
    return (text if has_letter(text) else f"{text}0").strip()


TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(min_size=1, max_size=60),
    st.text(alphabet="0123456789_:.eE+-xob~ ", min_size=1, max_size=8),
    st.text(alphabet="#:-?[]{},&*!|>'\"%@` \t\u2028\x85\ufeffa", min_size=1, max_size=12),
).map(publishable)
NUMBERS = st.one_of(
    st.sampled_from([1e-05, 1e-7, 1.5e-9, 5e-324, 0.1, -0.0, 2.0**53, 12.5, -7, 0, 10**15]),
    st.floats(-(2.0**53), 2.0**53),
    st.integers(-(2**53), 2**53),
)


@pytest.fixture
def folder(tmp_path: Path, common_folder: Path) -> Path:
    return Path(shutil.copytree(common_folder, tmp_path / "data"))


def enter(engine: Engine, *edits: tuple[str, str, Mapping[str, Any]]) -> None:
    """Inserts edits of the cable's records into the database, as if they had been published."""
    rows = [
        {"collection": of, "record_id": f"{CABLE}-{number}", "made": False, "fields": dict(fields), "base": {}}
        for of, number, fields in edits
    ]
    with engine.begin() as connection:
        connection.execute(delete(RecordEdit))
        connection.execute(insert(RecordEdit), rows)


def asks(texts: list[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for number, text in enumerate(texts, start=1):
        yield "recommendations", f"R{number:03}", {"text": text}


def read(folder: Path) -> tuple[dict[str, str], dict[str, float | None]]:
    """Returns the texts and figures in the files."""
    cable = next(one for one in check(folder).cables if one.id == CABLE)
    return {one.id: one.text for one in cable.recommendations}, {one.id: one.value for one in cable.statistics}


def test_texts_that_yaml_takes_for_something_else_stay_texts(scratch_engine: Engine, folder: Path) -> None:
    odd = [publishable(text) for text in ODD]
    for start in range(0, len(odd), 90):
        some = odd[start : start + 90]
        enter(scratch_engine, *asks(some))
        exported = export_edits(scratch_engine, folder)
        assert exported.left_out == []
        texts, _ = read(folder)
        assert [texts[f"{CABLE}-R{number:03}"] for number in range(1, len(some) + 1)] == some
        # A second export changes nothing.
        assert export_edits(scratch_engine, folder).files == []


@settings(
    max_examples=4,
    deadline=None,
    # Each example loads a register, so shrinking one would take minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(TEXTS, min_size=20, max_size=60),
    numbers=st.lists(NUMBERS, min_size=10, max_size=15),
)
def test_any_text_and_number_is_read_back_as_it_was(
    scratch_engine: Engine, common_folder: Path, tmp_path: Path, texts: list[str], numbers: list[float]
) -> None:
    folder = tmp_path / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(common_folder, folder)
    figures = [
        ("statistics", f"S{number:02}", {"value": value, "value_to": None})
        for number, value in enumerate(numbers, start=1)
    ]
    enter(scratch_engine, *asks(texts), *figures)
    exported = export_edits(scratch_engine, folder)
    assert exported.left_out == []
    read_texts, read_numbers = read(folder)
    assert [read_texts[f"{CABLE}-R{number:03}"] for number in range(1, len(texts) + 1)] == texts
    assert [read_numbers[f"{CABLE}-S{number:02}"] for number in range(1, len(numbers) + 1)] == numbers


def test_exported_edits_are_loaded_unchanged(
    scratch_engine: Engine, folder: Path, copy_database: Any, tmp_path: Path
) -> None:
    """Odd texts in every kind of field, one of a withdrawn record, loaded into another database."""
    enter(
        scratch_engine,
        ("recommendations", "R001", {"text": "yes", "withdrawn": True}),
        ("recommendations", "R002", {"text": "12:30", "topics": ["training", "staffing"]}),
        ("statistics", "S01", {"what": "no", "value": 0.00001, "date": "2007-11-21"}),
        ("participations", "PT04", {"title": "no", "description": None}),
    )
    assert export_edits(scratch_engine, folder).left_out == []
    assert tmp_path in folder.parents
    other = admin_engine(copy_database("exported_anew"))
    assert ingest(other, folder).differences == []
    with other.connect() as connection:
        query = "SELECT text, publication FROM recommendations WHERE id IN (%(a)s, %(b)s) ORDER BY id"
        rows = connection.exec_driver_sql(query, {"a": f"{CABLE}-R001", "b": f"{CABLE}-R002"}).all()
        assert [tuple(row) for row in rows] == [("yes", "withdrawn"), ("12:30", "published")]
        figure = connection.exec_driver_sql("SELECT what, value FROM statistics WHERE id = '07BEIJING7192-S01'").one()
        assert (figure.what, float(figure.value)) == ("no", 0.00001)
    other.dispose()


def test_a_record_that_cannot_be_written_is_named_and_stops_no_other(
    scratch_engine: Engine, scratch_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(
        scratch_engine,
        ("recommendations", "R001", {"text": "The Embassy should stay."}),
        ("recommendations", "R002", {"text": " blanks around it "}),
        ("recommendations", "R999", {"text": "no record of the files"}),
        ("statistics", "S01", {"value": "no number"}),
        ("statistics", "S02", {"value": 12.5}),
    )
    monkeypatch.setenv("ROUNDTABLE_DATABASE_URL", scratch_url)
    ran = CliRunner().invoke(main, ["export-edits", "--into", str(folder)])
    assert ran.exit_code == 1
    assert "2 files changed" in ran.output
    for record in ("R002", "R999", "S01"):
        assert f": {CABLE}-{record}: " in ran.stderr
    assert "3 records could not be written, all others were" in ran.stderr
    texts, values = read(folder)
    assert texts[f"{CABLE}-R001"] == "The Embassy should stay."
    assert values[f"{CABLE}-S02"] == 12.5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"recommendations: [\n", "the file is not valid YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "empty"),
        (b"[1, 2]\n", "recommendations.yaml"),
        (b"recommendations:\n  - id: x\n    text: 2007-02-30\n", "cannot be parsed"),
        (None, "missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    scratch_engine: Engine,
    scratch_url: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    words: str,
) -> None:
    enter(scratch_engine, ("recommendations", "R001", {"text": "The Embassy should stay."}))
    file = folder / "curated" / CABLE / "recommendations.yaml"
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    monkeypatch.setenv("ROUNDTABLE_DATABASE_URL", scratch_url)
    ran = CliRunner().invoke(main, ["export-edits", "--into", str(folder)])
    assert isinstance(ran.exception, SystemExit), ran.exception
    assert ran.exit_code == 1
    assert words in ran.stderr
    assert file.exists() == (content is not None)
