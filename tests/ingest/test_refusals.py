"""Rejection of a classified document at every entry point: only its digest, the caller and the time are recorded."""

import json
import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from app.audit.chain import SigningKeys
from app.cli import main
from app.cli.audit_report import verify_with_report
from app.core.db import admin_engine
from app.ingest.pipeline import check, ingest
from app.models import Base
from app.records.errors import CurationError
from tests.fixtures.made_up_cables import CLEAN, write_cable

WORD = "zqsauce"
MARKED = {
    "a paragraph": CLEAN.replace("3. (U) Then", f"3.(C) {WORD} {WORD}sauce then"),
    "a header": CLEAN.replace("UNCLAS SECTION", f"C O N F I D E N T I A L SECTION 01 OF 02 {WORD}\nUNCLAS SECTION"),
    "the page below": f"{CLEAN}\n© A page\n\nClassified By: {WORD}\n",
    "the title": f"SECRET//NOFORN {WORD}\n{CLEAN}",
}


@pytest.fixture
def data(tmp_path: Path, common_folder: Path) -> Path:
    return Path(shutil.copytree(common_folder, tmp_path / "data"))


def refused(data: Path) -> CurationError:
    with pytest.raises(CurationError) as found:
        check(data)
    return found.value


def dump(engine: Engine) -> str:
    """Returns everything in the database as text."""
    with engine.connect() as connection:
        rows = (connection.execute(text(f"SELECT t::text FROM {table} t")).scalars() for table in Base.metadata.tables)
        return "\n".join(row for table in rows for row in table)


@pytest.mark.parametrize("where", MARKED)
def test_the_message_has_line_and_kind_and_no_word(data: Path, where: str) -> None:
    copy = write_cable(data, "08EXAMPLE101", MARKED[where])
    # Other errors in the cable's files are not reported: a message may quote the copy.
    (data / "curated/08EXAMPLE101/roundtable.yaml").write_text(f"{WORD}: [{WORD}\n", encoding="utf-8")
    error = refused(data)
    lines = copy.read_text(encoding="utf-8").splitlines()
    for fault in error.faults:
        assert fault.file == "sources/08EXAMPLE101/cable.txt"
        assert "a classified document is not taken" in fault.message
        assert re.search(r"\(C\)|C O N F|Classified By|SECRET", lines[fault.line - 1])
    assert WORD not in str(error)
    assert [one.sha256 for one in error.documents] == [sha256(copy.read_bytes()).hexdigest()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_no_encoding_hides_a_mark(data: Path, encoding: str) -> None:
    copy = write_cable(data, "08EXAMPLE101", CLEAN)
    copy.write_bytes(f"SECRET\nd\u00e9j\u00e0 {WORD}\n{CLEAN}".encode(encoding))
    error = refused(data)
    assert {fault.message.partition(":")[0] for fault in error.faults} == {"a classification line"}
    assert WORD not in str(error)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\xef\xbb\xbf\xff", b"\0"])
def test_no_first_bytes_hide_a_mark(data: Path, mark: bytes) -> None:
    copy = write_cable(data, "08EXAMPLE101", CLEAN)
    copy.write_bytes(mark + f"\nSECRET\n{WORD}\n{CLEAN}".encode())
    error = refused(data)
    assert {fault.message.partition(":")[0] for fault in error.faults} == {"a classification line"}
    assert WORD not in str(error)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (
            "header.yaml",
            f"header:\n  - {{field: classification_line, value: 'CONFIDENTIAL SECTION', origin: {WORD}}}\n",
        ),
        ("header.yaml", f"header:\n  - field: subject\n    value: '(C) {WORD}'\n    origin: a\n"),
        ("header.yaml", f'header:\n  - field: subject\n    value: "\\x28C) {WORD}"\n    origin: a\n'),
        ("manifest.yaml", f"Classified By: {WORD}\n"),
        ("older.txt", f"S E C R E T\n{WORD}\n"),
        ("older/copy.txt", f"4. (S) {WORD}\n"),
    ],
)
def test_a_mark_in_a_file_beside_the_copy_refuses_it_too(data: Path, file: str, content: str) -> None:
    copy = write_cable(data, "08EXAMPLE101", CLEAN)
    path = copy.with_name("cable.txt").parent / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    error = refused(data)
    assert {fault.file for fault in error.faults} == {f"sources/08EXAMPLE101/{file}"}
    assert error.documents
    assert WORD not in str(error)


def test_a_copy_outside_its_folder_is_looked_at_as_well(data: Path) -> None:
    write_cable(data, "08EXAMPLE101", CLEAN)
    (data / "elsewhere.txt").write_text(MARKED["a paragraph"].replace("SERIAL", "101"), encoding="utf-8")
    manifest = data / "sources/08EXAMPLE101/manifest.yaml"
    manifest.write_text(manifest.read_text().replace("file: cable.txt", "file: ../../elsewhere.txt"), encoding="utf-8")
    error = refused(data)
    assert error.documents
    assert WORD not in str(error)


def test_a_rejected_load_stores_digest_caller_and_time(
    data: Path, copy_database: Callable[[str], str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = write_cable(data, "08EXAMPLE101", MARKED["a paragraph"])
    url = copy_database("classified")
    keys = SigningKeys.of([b"k" * 32])
    engine = admin_engine(url, audit_keys=keys)
    before = dump(engine)
    said: list[str] = []
    with pytest.raises(CurationError):
        ingest(engine, data, say=said.append)
    with engine.connect() as connection:
        entry = connection.execute(text("SELECT * FROM audit_entries ORDER BY position DESC LIMIT 1")).one()
    digest = sha256(copy.read_bytes()).hexdigest()
    line = copy.read_text(encoding="utf-8").partition("3.(C)")[0].count("\n") + 1
    assert json.loads(entry.detail) == {
        "sha256": digest,
        "marks": 1,
        "reasons": [{"line": line, "kind": "a portion mark"}],
    }
    assert (entry.operation, entry.outcome, entry.code, entry.record) == (
        "ingest",
        "refused",
        "classified-document",
        None,
    )
    assert entry.caller.startswith("command:")
    assert entry.key_id is not None
    assert verify_with_report(url, keys=keys, files=(), say=lambda _: None)[1] == []
    new = set(dump(engine).splitlines()) - set(before.splitlines())
    assert len(new) == 1, "the entry is all that is new"
    assert "08EXAMPLE101" not in "".join(new)
    out, err = capfd.readouterr()
    assert WORD not in "".join([*said, caplog.text, out, err, dump(engine)])
    engine.dispose()


def test_the_command_prints_no_text_of_a_classified_document(data: Path) -> None:
    write_cable(data, "08EXAMPLE101", MARKED["the title"])
    done = CliRunner().invoke(main, ["validate-data", str(data)])
    assert done.exit_code == 1
    assert re.search(r"sources/08EXAMPLE101/cable.txt:1: a classification line: a classified document", done.output)
    assert WORD not in done.output


def test_an_error_of_the_database_does_not_show_what_was_loaded(scratch_engine: Engine) -> None:
    with pytest.raises(Exception, match="division by zero") as error, scratch_engine.begin() as connection:
        connection.execute(text("SELECT 1 / 0, :words"), {"words": WORD})
    assert "parameters hidden" in str(error.value)
    assert WORD not in str(error.value)


def test_check_data_prints_what_it_understood(data: Path) -> None:
    doubt = CLEAN.replace("and they asked.", "and they asked for an answer. (C) Then they went.")
    write_cable(data, "08EXAMPLE101", f"A page\n\n{doubt}\n4. A paragraph of {WORD}.\n")
    write_cable(data, "08EXAMPLE102", CLEAN)
    done = CliRunner().invoke(main, ["validate-data", str(data)])
    assert done.exit_code == 0, done.output
    first, second = (done.output.partition(f"{one}\n")[2] for one in ("08EXAMPLE101", "08EXAMPLE102"))
    output = re.sub(r"\s+", " ", first.partition("08EXAMPLE102")[0])
    assert "marking: SBU, of the document U, the copy for SBU alone" in output
    assert re.search(r"header fields: transmission_id 3, routing 4, de_line 5, .* info 10-11, ", output)
    assert "absent: none" in output
    assert re.search(r"paragraphs: 1 \(U\) \d+-\d+, 2 \(U\) \d+-\d+, 3 \(U\) \d+-\d+ ", output)
    assert re.search(r"doubts: line \d+: a portion mark", output)
    assert re.search(r"damages: page_chrome 1, heading_lost 1, page_line 1", output)
    assert re.search(r"lines of nothing: 1, \d+", output)
    assert WORD not in output
    assert "marking: U, of the document U, the copy for U\n" in second
    assert "lines of nothing: none\n" in second
    cables = len(list(data.glob("sources/*")))
    assert f"no fault in {cables} cables" in done.output
