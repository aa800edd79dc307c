"""Stored copy of a cable. The classification guard checks every file of its folder before any other use."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from app.cable_parser import Classified, ParsedCable, Unreadable, parse_cable
from app.cable_parser.classification import classify
from app.cable_parser.marks import Mark
from app.cable_parser.understanding import with_elsewhere
from app.records.errors import ClassifiedDocument, IssueCollector
from app.records.schemas.cables import HeaderElsewhereFile, WitnessFile
from app.vocabulary import Marking

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32"}
NAMED = 20
"""Limit of marks that errors name for one document; one mark is enough to reject it."""


def refuse_classified(folder: Path, *, name: str, faults: IssueCollector) -> bool:
    """Returns true if a file of the folder has a mark of a classified document.

    Adds an error for each mark, without its words.
    """
    refused = False
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        raw = path.read_bytes()
        marks = tuple(sorted({mark for text in _decoded(raw) for mark in classify(text).refusals}))
        if marks:
            refused = True
            _refuse(raw, marks, file=f"{name}/{path.relative_to(folder)}", faults=faults)
    return refused


def read_copy(
    folder: Path,
    manifest: WitnessFile | None,
    *,
    cable_id: str,
    elsewhere: HeaderElsewhereFile | None,
    faults: IssueCollector,
) -> tuple[str, ParsedCable] | None:
    """Returns the stored copy and its parse result. Rejects a copy that differs from the manifest.

    `elsewhere` contains header fields as other copies have them.
    """
    if manifest is None:
        return None
    name = f"sources/{cable_id}/manifest.yaml"
    raw = _bytes_of(folder / manifest.file, name=name, faults=faults)
    values = [entry.value for entry in elsewhere.header] if elsewhere else []
    finding = None if raw is None else _read(raw, manifest, values, cable_id=cable_id, faults=faults)
    if raw is None or finding is None:
        return None
    digest = sha256(raw).hexdigest()
    if digest != manifest.sha256:
        faults.add(name, "", f"{manifest.file} is not the copy that was reviewed: its sha256 is {digest}")
    header = finding.header
    if manifest.cable != cable_id or not _is_reference(cable_id, header.year, header.serial):
        faults.add(name, "", f"{manifest.file} is cable {header.serial} of {header.year}, not {cable_id}")
    return raw.decode("utf-8"), finding


def _bytes_of(path: Path, *, name: str, faults: IssueCollector) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        faults.add(name, "", f"the stored copy {path.name} is missing")
        return None


def _read(
    raw: bytes, manifest: WitnessFile, values: list[str], *, cable_id: str, faults: IssueCollector
) -> ParsedCable | None:
    """Parses the bytes of a copy, and applies the header fields of other copies."""
    folder = f"sources/{cable_id}"
    together = "\n\n".join(values)
    if marks := classify(together).refusals:
        _refuse(together.encode(), marks, file=f"{folder}/header.yaml", faults=faults)
        return None
    try:
        text = raw.decode("utf-8")
        finding = parse_cable(text, reviewed=frozenset(manifest.reviewed_lines))
    except Classified as classified:
        _refuse(raw, classified.marks, file=f"{folder}/{manifest.file}", faults=faults)
        return None
    except (UnicodeDecodeError, Unreadable) as error:
        faults.add(f"{folder}/manifest.yaml", "", f"the stored copy {manifest.file} cannot be read: {error}")
        return None
    taken = _is_taken(text, finding, name=f"{folder}/manifest.yaml", faults=faults)
    return with_elsewhere(finding, values) if taken else None


def _decoded(raw: bytes) -> Iterator[str]:
    """Yields a file in each encoding that it may have: neither its first bytes nor odd ones must hide a mark."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            yield raw.decode(encoding, errors="replace")
    try:
        yield raw.decode("utf-8")
    except UnicodeDecodeError:
        yield raw.decode("cp1252", errors="replace")


def _refuse(raw: bytes, marks: tuple[Mark, ...], *, file: str, faults: IssueCollector) -> None:
    for mark in marks[:NAMED]:
        faults.add(file, "", f"{mark.kind}: a classified document is not taken, and nothing of it is stored", mark.line)
    faults.documents.append(ClassifiedDocument(sha256(raw).hexdigest(), marks))


def _is_taken(text: str, finding: ParsedCable, *, name: str, faults: IssueCollector) -> bool:
    for paragraph in finding.paragraphs:
        if paragraph.marking not in set(Marking):
            # Reject the copy without quoting the paragraph in the message.
            faults.add(name, "", f"paragraph {paragraph.label} has another marking: only U and SBU are taken")
            return False
    if "\0" in text:
        faults.add(name, "", "the stored copy has a NUL character, which PostgreSQL cannot hold")
        return False
    return True


def _is_reference(cable_id: str, year: int, serial: int) -> bool:
    return cable_id.startswith(f"{year % 100:02}") and cable_id.rstrip("0123456789") + str(serial) == cable_id
