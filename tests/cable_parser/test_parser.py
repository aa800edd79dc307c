"""Cable parser: the real cable, and arbitrary text."""

import cProfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cable_parser import ParsedCable, Unreadable, parse_cable
from app.ingest.fingerprint import DATA

WITNESS = (DATA / "sources/07BEIJING7192/cable.txt").read_bytes().decode()
HEADER = "DE RUEHBJ #7192/01 3250642\nO 210642Z NOV 07\n\n"


@pytest.fixture(scope="module")
def finding() -> ParsedCable:
    return parse_cable(WITNESS)


def of_kind(finding: ParsedCable, kind: str) -> list[str | None]:
    return [damage.paragraph for damage in finding.damages if damage.kind == kind]


def test_spans_join_to_the_witness(finding: ParsedCable) -> None:
    assert "".join(WITNESS[span.place.start : span.place.end] for span in finding.spans) == WITNESS


def test_labels_are_the_paragraph_numbers_of_the_cable(finding: ParsedCable) -> None:
    labels = [paragraph.label for paragraph in finding.paragraphs]
    assert labels == ["1", *(str(number) for number in range(3, 32)), "34", "35", "35-2", "36"]


def test_page_chrome_is_set_aside(finding: ParsedCable) -> None:
    assert not any("Cablegate" in one.text or "Scoop" in one.text for one in finding.paragraphs)
    assert len(of_kind(finding, "page_chrome")) == 2


def test_thirteen_page_lines_of_which_eleven_cut_a_paragraph(finding: ParsedCable) -> None:
    page_lines = [damage for damage in finding.damages if damage.kind == "page_line"]
    assert len(page_lines) == 13
    assert sum(damage.paragraph is not None for damage in page_lines) == 11
    assert [damage.paragraph for damage in page_lines if "inside a note" in damage.detail] == ["27"]
    assert not any("BEIJING 0000" in one.text for one in finding.paragraphs)
    assert "including nearly a dozen events in 2007" in finding.paragraphs[2].text


def test_missing_and_repeated_numbers(finding: ParsedCable) -> None:
    missing = [damage.detail for damage in finding.damages if damage.kind == "number_missing"]
    assert missing == ["no paragraph 2", "no paragraph 32", "no paragraph 33"]
    assert of_kind(finding, "number_repeated") == ["35-2"]


def test_each_kind_of_break_is_named(finding: ParsedCable) -> None:
    assert of_kind(finding, "breaks_off") == ["3", "4", "15", "21", "24", "26", "30"]
    assert of_kind(finding, "closing_mark_cut") == ["1", "36"]
    assert of_kind(finding, "web_address_lost") == ["35-2"]
    assert of_kind(finding, "heading_lost") == ["1", "36"]


def test_headings(finding: ParsedCable) -> None:
    assert len(finding.headings) == 20
    assert sum(heading.underlined for heading in finding.headings) == 10
    headed = {one.label: one.heading for one in finding.paragraphs}
    assert headed["1"] is None
    assert headed["36"] is None
    fourteen, seventeen = headed["14"], headed["17"]
    assert fourteen is not None
    assert seventeen is not None
    assert finding.headings[fourteen].text == "Technical Assistance Recommended for Judiciary"
    assert finding.headings[seventeen].text == "Case Studies: IPR Protection Successes in China"


def test_three_notes_one_cut_by_a_page_line(finding: ParsedCable) -> None:
    notes = {one.label: one.notes for one in finding.paragraphs if one.notes}
    assert {label: len(found) for label, found in notes.items()} == {"7": 1, "16": 1, "27": 1}
    assert len(notes["27"][0].places) == 2
    assert notes["27"][0].text.startswith("(Note: The China Mission responded that it was already")
    assert notes["16"][0].text.endswith("End Note).")


def test_header(finding: ParsedCable) -> None:
    header = finding.header
    assert (header.originator, header.serial, header.precedence) == ("RUEHBJ", 7192, "immediate")
    assert header.sent_at == "2007-11-21T06:42:00+00:00"
    absent = {field.name for field in header.fields if field.value is None}
    assert {"subject", "tags", "from", "to", "info", "captions"} <= absent
    attention = next(field for field in header.fields if field.name == "attention")
    assert attention.value is not None
    assert attention.value.startswith("State for EAP/CM - JYamomoto")
    assert attention.value.endswith("ITC for LLevine, LSchlitt")


def test_marking_of_every_paragraph(finding: ParsedCable) -> None:
    assert {one.marking for one in finding.paragraphs} == {"SBU"}


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "no header found"),
        ("1. (SBU) words without a header", "no header found"),
        (HEADER, "no numbered paragraph"),
        ("DE RUEHBJ #7192/01 3250642\n\n1. (U) Words.", "no date time group line"),
        ("DE RUEHBJ #7192/01 3250642\nO 410642Z NOV 07\n\n1. (U) Words.", "is no date"),
    ],
)
def test_text_that_is_not_a_cable_is_rejected_with_the_missing_part(text: str, missing: str) -> None:
    with pytest.raises(Unreadable, match=missing):
        parse_cable(text)


PIECES = st.sampled_from(
    ["1. (SBU) Text here", "2. (U) More.\n", "\n", "\n\n", "\n\nBEIJING 00007192 002 OF 014\n\n", "A Heading\n"]
    + ["-------- ---\n", HEADER, "© A page\n", "(Note: x", "End Note.)", "End", " tail words\n", "VZCZCX1\n", "\t"]
    + ["State for X - Y\n", "\x0b", "é😀 ", "\r\n", "\x00"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), st.booleans())
def test_any_text_is_read_without_loss_or_refused(text: str, with_header: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    whole = f"{HEADER}1. (SBU) A\n{text}" if with_header else text
    try:
        found = parse_cable(whole)
    except Unreadable:
        return
    assert "".join(whole[span.place.start : span.place.end] for span in found.spans) == whole


def test_ten_times_the_length_takes_ten_times_the_steps() -> None:
    body = "\n\nSome Heading\n\n1. (SBU) Words (Note: x\n\nBEIJING 00007192 002 OF 014\n\nmore. End Note.) and on\n"

    def steps(times: int) -> int:
        profile = cProfile.Profile()
        profile.runcall(parse_cable, HEADER + body * times)
        return sum(entry.callcount for entry in profile.getstats())

    assert steps(500) < 11 * steps(50)
