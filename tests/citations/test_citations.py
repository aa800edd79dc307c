"""Citations of any record: a line for a memo, CSL-JSON validated by its schema, and BibTeX read by a parser."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import bibtexparser.entrypoint
import httpx
import jsonschema
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, Locator, formatter
from citeproc.source.json import CiteProcJSON
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.citations.schemas import MEDIA_TYPES
from app.vocabulary import Editable
from tests.conftest import CABLE, ROOT, walk
from tests.conventions.test_lists import PATHS
from tests.fixtures.clients import Desk, published
from tests.fixtures.clients import tag as if_match

SCHEMA_FILE = ROOT / "tests/golden/csl/csl-data.json"
CSL_SCHEMA = jsonschema.Draft7Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))

HEAD = f'US Embassy Beijing, "CHINA/IPR: AMBASSADOR\'S SIXTH IPR ROUNDTABLE," cable {CABLE}, 21 November 2007'
TAIL = "; www.scoop.co.nz/stories/WL0711/S00331.htm.\n"
LATE_2008 = "https://chinalawandpractice.com/2009/02/09/patent-law-improves-again"
MEMO = {
    CABLE: HEAD + TAIL,
    f"{CABLE}-5": f"{HEAD}, para. 5{TAIL}",
    f"{CABLE}-35": f"{HEAD}, para. 35 (the first so numbered){TAIL}",
    f"{CABLE}-35-2": f"{HEAD}, para. 35-2 (the second so numbered){TAIL}",
    f"{CABLE}-R003": f'{HEAD}, para. 5: "appoint a Minister Counselor-level representative for IPR efforts"{TAIL}',
    f"{CABLE}-P4": (
        f"{HEAD}, para. 19: \"the fourth panel, 'IPR Directions for the Future - Legislation and National IPR Strategies "
        f"and United States Government Support,'\"{TAIL}"
    ),
    f"{CABLE}-PT07": (
        f'{HEAD}, para. 7: "Research and Development-based Pharmaceutical Association Committee (RDPAC) Managing '
        f'Director, Jeffrey Schultz"{TAIL}'
    ),
    f"{CABLE}-F01": (
        f'{HEAD}, para. 35 (the first so numbered): "In coordination with the Office of the Coordinator for '
        "International IPR Enforcement, Embassy is preparing a separate white paper detailing the status of IPR "
        f'enforcement in China and industry recommendations presented to the Ambassador at the Roundtable."{TAIL}'
    ),
    f"{CABLE}-C03": (
        f"{HEAD}, para. 8: \"to empower courts to hear infringement cases even before drugs are on sale ('patent "
        f"linkage')\"{TAIL}"
    ),
    f"{CABLE}-S01": (
        f'{HEAD}, para. 1: "Attendees included more than 250 lawyers, trade association representatives, company '
        f'representatives, academics, and United States Government officials"{TAIL}'
    ),
    "patent-law-E03": (
        f'{HEAD}, para. 20: "China-s patent law is the most ripe -- it is currently under examination at the State '
        f'Council for Legislative Affairs Office (SC/LAO)"{TAIL}'
    ),
    "patent-law-E08": (
        f'"Patent Law improves again (China Law & Practice, 9 Feb 2009; Deacons)," published 9 February 2009, '
        f"{LATE_2008}, retrieved 22 November 2026, read in a stored excerpt of the page.\n"
    ),
    "patent-law-E07": (
        '"NPC Standing Committee Examines and Discusses the Modified Draft of Patent Law, Tian Lipu Makes Explanations '
        'Mandated by the State Council (SIPO/CNIPA)," '
        "https://english.cnipa.gov.cn/transfer/news/officialinformation/1122403.htm, retrieved 22 November 2026, "
        "read in a stored excerpt of the page.\n"
    ),
    "beijing-2007": (
        f"{HEAD}, para. 1: \"On October 23-24, the China Mission held Ambassador Clark T. Randt, Jr.'s Sixth Annual "
        "Roundtable Discussion on Intellectual Property Rights (IPR) in China, with the theme 'IPR Protection on the "
        "Ground - What the United States Embassy is Doing to Support Rights Holders in China, and What Can we be Doing "
        f"Better?'\"{TAIL}"
    ),
}
"""One record of each kind, with its memo line."""


def cite(client: httpx.Client, record_id: str, **params: str) -> httpx.Response:
    answer = client.get(f"/v1/citations/{record_id}", params=params)
    assert answer.status_code == 200, answer.text
    return answer


def csl(client: httpx.Client, record_id: str) -> dict[str, Any]:
    items = cite(client, record_id, format="csl_json").json()
    CSL_SCHEMA.validate(items)
    (item,) = items
    assert item["id"] == record_id
    return dict(item)


def entries(bibtex: str, *, decoded: bool = False) -> dict[str, dict[str, str]]:
    """Returns the fields of each entry by key, as a BibTeX parser reads them, decoded from LaTeX if requested."""
    added = [LatexDecodingMiddleware()] if decoded else []
    library = bibtexparser.entrypoint.parse_string(bibtex, append_middleware=added)
    assert not library.failed_blocks
    assert len(library.blocks) == len(library.entries)
    return {
        entry.key: {"": entry.entry_type, **{field.key: str(field.value) for field in entry.fields}}
        for entry in library.entries
    }


def bibtex(client: httpx.Client, record_id: str, *, decoded: bool = False) -> dict[str, str]:
    (found,) = entries(cite(client, record_id, format="bibtex").text, decoded=decoded).items()
    assert found[0] == record_id
    return found[1]


# Each kind in each format


@pytest.mark.parametrize("record_id", MEMO)
def test_a_memo_takes_this_line(client: httpx.Client, record_id: str) -> None:
    assert cite(client, record_id).text == MEMO[record_id]
    assert cite(client, record_id, format="text").text == MEMO[record_id]


@pytest.mark.parametrize("record_id", MEMO)
def test_csl_json_has_the_same_facts(client: httpx.Client, record_id: str) -> None:
    item, line = csl(client, record_id), MEMO[record_id]
    if item["type"] == "webpage":
        assert f'"{item["title"]},"' in line
        assert item["URL"] in line
        assert item["accessed"] == {"date-parts": [[2026, 11, 22]]}
        assert ("issued" in item) == ("published" in line)
        assert item["note"] == "Read in a stored excerpt of the page, not live."
        return
    assert (item["type"], item["genre"], item["number"]) == ("report", "Diplomatic cable", CABLE)
    assert item["author"] == [{"literal": "US Embassy Beijing"}]
    assert item["title"] == "CHINA/IPR: AMBASSADOR'S SIXTH IPR ROUNDTABLE"
    assert item["issued"] == {"date-parts": [[2007, 11, 21]]}
    assert (item["source"], item["URL"]) == ("Scoop Media", "https://www.scoop.co.nz/stories/WL0711/S00331.htm")
    assert ("section" in item) == ("locator" in item) == ("para." in line)
    assert f", {item.get('section', '21 November 2007')}" in line
    assert item.get("note", "").replace('"', "'") in line
    assert "accessed" not in item


@pytest.mark.parametrize("record_id", MEMO)
def test_bibtex_has_the_same_facts(client: httpx.Client, record_id: str) -> None:
    entry, item = bibtex(client, record_id, decoded=True), csl(client, record_id)
    assert (entry["title"], entry["url"]) == (item["title"], item["URL"])
    if item["type"] == "webpage":
        assert (entry[""], entry["urldate"]) == ("misc", "2026-11-22")
        assert entry["note"].startswith("Retrieved 22 November 2026; read in a stored excerpt")
        assert [entry.get(part) for part in ("year", "month", "day")] == (
            ["2009", "feb", "9"] if "issued" in item else [None] * 3
        )
        return
    assert entry[""] == "techreport"
    assert {entry["author"], entry["institution"]} == {"US Embassy Beijing"}
    assert (entry["type"], entry["number"]) == ("Diplomatic cable", CABLE)
    assert [entry[part] for part in ("year", "month", "day")] == ["2007", "nov", "21"]
    assert entry.get("note", "").startswith(item.get("section", ""))


def test_the_exact_words_stay_exact(client: httpx.Client) -> None:
    panel = client.get(f"/v1/panels/{CABLE}-P4").json()
    assert '"' in panel["citation"]["quote"]
    assert csl(client, f"{CABLE}-P4")["note"] == panel["citation"]["quote"]


def test_quotes_inside_quotes_and_dashes_in_bibtex(client: httpx.Client) -> None:
    assert bibtex(client, f"{CABLE}-C03")["note"].endswith("are on sale (`patent linkage')''")
    assert "Government Support,'{}''" in bibtex(client, f"{CABLE}-P4")["note"]
    assert "ripe -{}- it is" in bibtex(client, "patent-law-E03")["note"]


def test_an_address_stays_whole_in_bibtex(client: httpx.Client) -> None:
    event = client.get("/v1/events/criminal-law-ipr-E01").json()
    address = event["citation"]["source"]["url"]
    assert "%E2%80%99" in address
    assert bibtex(client, event["id"])["url"] == address


def test_media_types(client: httpx.Client) -> None:
    media_types = {form: cite(client, CABLE, format=form).headers["content-type"] for form in MEDIA_TYPES}
    assert [*media_types.values()] == [
        "text/plain; charset=utf-8",
        "application/vnd.citationstyles.csl+json",
        "application/x-bibtex",
    ]


# All records


def named(node: Any) -> Iterator[str]:
    """Yields every record id anywhere in a response."""
    if isinstance(node, dict):
        if {"cable_id", "label"} <= node.keys():
            yield f"{node['cable_id']}-{node['label']}"
        for value in node.values():
            yield from named(value)
    elif isinstance(node, list):
        for value in node:
            yield from named(value)
    elif isinstance(node, str) and re.fullmatch(r"\d{2}[A-Z]+\d+(-[A-Z]+\d+)?|[a-z0-9-]+-E\d+", node):
        yield node


def test_every_record_that_is_listed_can_be_cited(client: httpx.Client) -> None:
    listed = [
        item
        for path in PATHS
        if path not in {"/v1/search", "/v1/drafts", "/v1/audit"}
        for item in walk(client, path, limit=200)
    ]
    details = [client.get(f"/v1/reforms/{one['slug']}").json() for one in walk(client, "/v1/reforms")]
    ids = {*named(listed), *named(details), *(one["id"] for one in walk(client, "/v1/roundtables"))}
    kinds = {re.sub(r"\d+$", "", one.removeprefix(CABLE)) for one in ids if one.startswith(CABLE)}
    assert kinds >= {"", "-", "-35-", "-R", "-P", "-PT", "-F", "-C", "-S"}
    assert len(ids) > 450
    written = ""
    for record_id in sorted(ids):
        line = cite(client, record_id).text
        assert re.fullmatch(r".+\.\n", line), record_id
        assert line.count('"') in {2, 4}, line
        if record_id.endswith("1"):
            csl(client, record_id)
        written += cite(client, record_id, format="bibtex").text
    found = entries(written)
    assert found.keys() == ids
    for fields in found.values():
        assert fields["title"]
        assert all(value.count("{") == value.count("}") for value in fields.values())


# Missing records


@pytest.mark.parametrize(
    "record_id",
    ["x", "jack-chang", "patent-law", "patent-law-E99", "07BEIJING1", "-E01", "a b", "é", "x" * 200]
    + [f"{CABLE}{rest}" for rest in ("-", "-2", "-R999", "-P9", "-X1", "-E01", "-R003-2", "-35-3", "-R", " ")],
)
def test_anything_else_is_404(client: httpx.Client, record_id: str) -> None:
    for form in MEDIA_TYPES:
        answer = client.get(f"/v1/citations/{record_id}", params={"format": form})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("state", ["draft", "in_review", "returned", "withdrawn"])
def test_unpublished_records_are_not_cited(scratch_client: httpx.Client, scratch_engine: Engine, state: str) -> None:
    hidden = f"{CABLE}-R003"
    with scratch_engine.begin() as connection:
        connection.execute(
            text("UPDATE recommendations SET publication = :state WHERE id = :id"), {"state": state, "id": hidden}
        )
    answer, own = (scratch_client.get(f"/v1/{room}/{hidden}") for room in ("citations", "recommendations"))
    assert answer.status_code == own.status_code == (410 if state == "withdrawn" else 404)
    assert (answer.json()["code"], answer.json()["detail"]) == (own.json()["code"], own.json()["detail"])
    assert "Minister Counselor" not in answer.text


@pytest.mark.parametrize("collection", list(Editable))
def test_a_withdrawn_record_of_any_kind_is_410_as_at_its_own_address(desk: Desk, collection: str) -> None:
    record_id = desk.reader.get(f"/v1/{collection}", params={"limit": 1}).json()["items"][0]["id"]
    own = f"/v1/{collection}/{record_id}"
    assert desk.reader.get(f"/v1/citations/{record_id}").status_code == 200
    gone = published(desk, desk.editor.delete(own, headers=if_match(desk.editor.get(own))))
    answer = desk.reader.get(f"/v1/citations/{record_id}")
    assert (answer.status_code, answer.json()["code"]) == (gone.status_code, "gone") == (410, "gone")
    assert answer.json()["detail"] == gone.json()["detail"]


def test_a_form_that_is_not_known_is_refused_and_the_known_are_named(client: httpx.Client) -> None:
    answer = client.get(f"/v1/citations/{CABLE}", params={"format": "ris"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "format")
    assert all(form in answer.json()["errors"][0]["message"] for form in MEDIA_TYPES)


# HTTP and the API document


def test_unchanged_is_304_by_the_tag(client: httpx.Client) -> None:
    tags = {form: cite(client, CABLE, format=form).headers["etag"] for form in MEDIA_TYPES}
    assert len(set(tags.values())) == 3
    for form, tag in tags.items():
        again = client.get(f"/v1/citations/{CABLE}", params={"format": form}, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_a_citation_costs_one_statement_and_that_of_an_event_two(client: httpx.Client, statements: list[str]) -> None:
    for record_id in MEMO:
        statements.clear()
        cite(client, record_id)
        assert len(statements) == (2 if record_id == "patent-law-E03" else 1), record_id


def test_the_document_has_all_three_forms(client: httpx.Client, app: FastAPI) -> None:
    answers = app.openapi()["paths"]["/v1/citations/{record_id}"]["get"]["responses"]
    assert {"200", "304", "401", "403", "404", "410", "422", "default"} == answers.keys()
    content = answers["200"]["content"]
    assert content.keys() == set(MEDIA_TYPES.values())
    promised = jsonschema.Draft202012Validator(content["application/vnd.citationstyles.csl+json"]["schema"])
    known = content["application/vnd.citationstyles.csl+json"]["schema"]["items"]["properties"].keys()
    for record_id in MEMO:
        items = cite(client, record_id, format="csl_json").json()
        promised.validate(items)
        assert items[0].keys() <= known


# Other programs


def test_the_schema_is_the_one_that_the_project_publishes() -> None:
    digest = hashlib.sha256(SCHEMA_FILE.read_bytes()).hexdigest()
    assert digest in (SCHEMA_FILE.parent / "README.md").read_text(encoding="utf-8")


def test_a_citation_processor_renders_it(client: httpx.Client) -> None:
    cited = [f"{CABLE}-R003", "patent-law-E08"]
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    source = CiteProcJSON([csl(client, record_id) for record_id in cited])
    bibliography = CitationStylesBibliography(style, source, formatter.plain)
    place = Locator("paragraph", csl(client, cited[0])["locator"])
    calls = [Citation([CitationItem(cited[0], locator=place)]), Citation([CitationItem(cited[1])])]
    for call in calls:
        bibliography.register(call)
    assert [str(bibliography.cite(call, pytest.fail)) for call in calls] == [
        "(US Embassy Beijing, 2007, para. 5)",
        "(Patent Law improves again (China Law & Practice, 9 Feb 2009; Deacons), 2009)",
    ]
    report, page = (str(line) for line in bibliography.bibliography())
    assert report == (
        f"US Embassy Beijing (2007) CHINA/IPR: AMBASSADOR'S SIXTH IPR ROUNDTABLE. Diplomatic cable {CABLE}. "
        "Available at: https://www.scoop.co.nz/stories/WL0711/S00331.htm."
    )
    assert page.endswith(f"Available at: {LATE_2008} (Accessed: November 22, 2026).")
