"""Classification guard: with clearance U, every byte of a response comes from text that was recognized as U."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.db import admin_engine
from app.core.settings import Settings
from app.http.openapi.document import operations_of
from app.ingest.pipeline import ingest
from app.main import create_app
from tests.conftest import openapi_document, serving
from tests.fixtures.made_up_cables import CLEAN, write_cable
from tests.fixtures.markings import places

BEFORE_2 = "Zqbrightheading of the Guild\n"
LAST = "office, where zqbrightthree was shown.\n"
ALL = ("1", "2", "3")
NEAR_ELSEWHERE = "08EXAMPLE104"
"""Cable with a fuller copy whose subject resembles a classified mark."""


class Variant(NamedTuple):
    """One replacement in the clean cable, and the paragraphs that a reader with clearance U then still sees."""

    old: str
    new: str
    seen: tuple[str, ...] = ALL


def after(piece: str, added: str, *, seen: tuple[str, ...] = ALL) -> Variant:
    return Variant(piece, f"{piece}{added}", seen)


VARIANTS = {
    "an unmarked paragraph in the middle": Variant(
        BEFORE_2, f"2. Zqdark it asked the office\n\n{BEFORE_2}", ("2", "3")
    ),
    "an unmarked paragraph right before another": Variant(
        "2. (U) It asked", "4. Zqdark the guild's asks.\n\n2. (U) It asked"
    ),
    "an unmarked line without a number": Variant(
        BEFORE_2, f"Zqdark went to the office and asked\n\n{BEFORE_2}", ("2", "3")
    ),
    "an unmarked block": Variant("3. (U) Then", "Zqdark was asked.\nOf the\noffice.\n\n3. (U) Then", ("1", "3")),
    "an unmarked paragraph at the end": after(LAST, "\n4. Zqdark comment.\n", seen=("1", "2")),
    **{
        f"the level {level!r} below a paragraph": after(LAST, f"{level} Zqdark comment.\n", seen=())
        for level in ("CONFIDENTIAL.", "SECRET")
    },
    **{
        f"the mark {mark!r} below a paragraph": after(LAST, f"{mark} Zqdark comment.\n", seen=("1", "2"))
        for mark in (
            "SBU:",
            "SBU.",
            "- SBU:",
            "(SBU",
            "SBU)",
            "[SBU",
            "(5BU)",
            "(SBV)",
            "(OUO)",
            "SENSITIVE:",
            "3 CONFIDENTIAL",
            "Confidential:",
            "C:",
        )
    },
    "an unmarked block at the end": after(LAST, "\nZqdark was told of it.\n", seen=("1", "2")),
    "an unmarked paragraph without a blank line": after(LAST, "4. Zqdark comment.\n", seen=("1", "2")),
    "another form of number": after(LAST, "\n4) Zqdark comment.\n", seen=("1", "2")),
    "SBU after two blanks": after(LAST, "\n4.  (SBU) Zqdark comment.\n", seen=("1", "2")),
    "SBU without a blank": after(LAST, "\n4.(SBU) Zqdark comment.\n", seen=("1", "2")),
    "SBU in small letters": after(LAST, "\n4. (sbu) Zqdark comment.\n", seen=("1", "2")),
    "SBU after a pilcrow": after(LAST, "\n¶4. (SBU) Zqdark comment.\n", seen=("1", "2")),
    "SBU in other letters": after(LAST, "\n4. （ＳＢＵ） Zqdark comment.\n", seen=("1", "2")),
    "SBU with nothing to see within": after(LAST, "\n4. (S\u200bBU) Zqdark comment.\n", seen=("1", "2")),
    "SBU alone": after(LAST, "\n(SBU) Zqdark comment.\n", seen=("1", "2")),
    "SBU, as it should be": after(LAST, "\n4. (SBU) Zqdark comment.\n"),
    "SBU in the midst of a paragraph": Variant("and they asked.", "and they asked. (SBU) Zqdark too.", ("2", "3")),
    "SBU in an item": Variant("-- that the rule", "-- (SBU) that zqdark", ("1", "3")),
    "a mark after U in one line": Variant("-- that the rule", "-- that (UNCLASSIFIED//FOUO) zqdark", ("1", "3")),
    "a mark over two lines": Variant("and they asked.", "and (FOR OFFICIAL\nUSE ONLY) zqdark asked.", ("2", "3")),
    "a mark without brackets": Variant("and they asked.", "and they asked. SBU: Zqdark asked.", ("2", "3")),
    "a mark at the end of the subject": Variant("A GUILD ZQBRIGHTSUBJECT", "ZQDARK - SBU"),
    "SBU after a label": Variant("It had", "Comment: (SBU) It had zqdark", ("2", "3")),
    "SBU in an item taken for a heading": Variant("-- and no more.\n", "-- and no more.\n\n-- (SBU) zqdark asks\n"),
    "LOU in an item": Variant("-- that the rule", "-- (LOU) that zqdark", ("1", "3")),
    "two paragraphs on a line": Variant("and they asked.", "and they asked. 2. Zqdark too.", ("2", "3")),
    "a signature": after(LAST, "\nZQDARK\n", seen=("1", "2")),
    "a signature without a blank line": after(LAST, "ZQDARK\n", seen=("1", "2")),
    "text before the first paragraph": Variant("\n\n1. (U)", "\nZqdark asked first.\n\n1. (U)"),
    "text right below the reference": Variant("REF: BEIJING 7192\n", "REF: BEIJING 7192\nzqdark asked first.\n"),
    "text right below the subject": Variant("SUBJECT\nREF", "SUBJECT\nZQDARK ASKED FIRST.\nREF"),
    "a mark on the subject": Variant("SUBJECT: A", "SUBJECT: (SBU) ZQDARK A"),
    "a sentence that looks like an attention line": Variant("STATE FOR", "zqdark asked for an answer\nSTATE FOR"),
    "a sentence that looks like an address": Variant("INFO RUEHBJ", "INFO zqdark was given to them\nINFO RUEHBJ"),
    "a section break": Variant(
        "office, where", "UNCLAS SECTION 02 OF 02 EXAMPLE 000SERIAL\nzqdark office,", ("1", "2")
    ),
    "a page line of another cable": Variant("EXAMPLE 00000SERIAL 002", "ZQDARK WORDS 00000999 002", ("1", "2")),
    "a title of the page": Variant("VZCZC", "Zqdark, a page\n\nVZCZC"),
    "a page below": after(LAST, "\n© Zqdark Media\nMore zqdark\n"),
    "a heading of a cable with a caption": Variant("SIPDIS", "SENSITIVE\nSIPDIS\nZQDARK OF THE GUILD"),
    "a doubt": Variant("and they asked.", "and they asked for zqdark. (C) Then they went.", ()),
    "a sentence in the E.O. line": Variant("12958: N/A", "12958: zqdark was asked", ()),
    "a letter in a circle": Variant("-- that zqbrighttwo", "-- © that zqdark", ()),
    "a level with a letter lost": Variant("EXAMPLE 00000SERIAL 002 OF 002", "SECET EXAMPLE 000SERIAL\nzqdark", ()),
    "a level glued to the post": Variant("UNCLAS SECTION 01 OF 02 EXAMPLE", "CONFIDENTIALZQDARK", ()),
    "a short form in the subject": Variant("SUBJECT: A GUILD", "SUBJECT: (CONF) ZQDARK", ()),
    "a level of another language": Variant("-- that zqbrighttwo", "-- (СЕКРЕТНО) that zqdark", ()),
    "a mark in quoted-printable": Variant("-- that zqbrighttwo", "-- =28C=29 that zqdark", ()),
}
HEADED = re.compile("zqbrightheading", re.IGNORECASE)


def cable_of(variant: str) -> str:
    return f"08EXAMPLE{200 + list(VARIANTS).index(variant)}"


class Understood:
    def __init__(self, engine: Engine, u: httpx.Client, sbu: httpx.Client) -> None:
        self.engine, self.u, self.sbu = engine, u, sbu


@pytest.fixture(scope="module")
def understood(
    copy_database: Callable[[str], str], common_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Understood]:
    data = Path(shutil.copytree(common_folder, tmp_path_factory.mktemp("understood") / "data"))
    for name, variant in VARIANTS.items():
        assert CLEAN.count(variant.old) == 1, name
        write_cable(data, cable_of(name), CLEAN.replace(variant.old, variant.new))
    write_cable(data, "08EXAMPLE101", CLEAN)
    line = CLEAN.replace(VARIANTS["a doubt"].old, VARIANTS["a doubt"].new).split("(C)")[0].count("\n") + 1
    reviewed = CLEAN.replace(VARIANTS["a doubt"].old, VARIANTS["a doubt"].new.replace("zqdark", "zqbright"))
    write_cable(data, "08EXAMPLE102", reviewed, manifest=f"reviewed_lines: [{line}]\n")
    raised = "header:\n  - {field: captions, value: SENSITIVE, origin: another copy}\n"
    write_cable(data, "08EXAMPLE103", CLEAN, header=raised)
    near = "header:\n  - {field: subject, value: 'SUBJECT: ZQDARK (CONF)', origin: another copy}\n"
    write_cable(data, NEAR_ELSEWHERE, CLEAN, header=near)
    url = copy_database("understood")
    engine = admin_engine(url)
    ingest(engine, data)
    at_u, at_sbu = (create_app(Settings(anonymous=one), database_url=url) for one in ("U", "SBU"))
    with (
        serving(at_u) as low,
        serving(at_sbu) as high,
        httpx.Client(base_url=low, timeout=60) as u,
        httpx.Client(base_url=high, timeout=60) as sbu,
    ):
        yield Understood(engine, u, sbu)
    engine.dispose()


def test_no_response_has_text_that_was_not_recognized_as_u(understood: Understood) -> None:
    cables = [*(cable_of(name) for name in VARIANTS), NEAR_ELSEWHERE]
    labels = ["1", "2", "3", "4"]
    ids: dict[str, list[str]] = {
        "cable_id": cables,
        "label": labels,
        "record_id": [*cables, *(f"{cable}-{label}" for cable in cables for label in labels)],
        "roundtable_id": [f"made-up-{cable[9:]}" for cable in cables],
    }
    document = openapi_document()
    asked = 0
    for path, methods in document["paths"].items():
        for operation in operations_of({"paths": {path: methods}}):
            if operation["security"] and {} not in operation["security"]:
                continue
            names = set(re.findall(r"{(\w+)}", path))
            if names - set(ids):
                continue  # these cables have no record of this kind
            taken = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            params: dict[str, Any] = {"limit": 200} if "limit" in taken else {}
            params |= {"q": "zqdark"} if path == "/v1/search" else {}
            for place in places(path, ids):
                answer = understood.u.get(place, params=params)
                assert answer.status_code < 500, (place, answer.text)
                body = f"{answer.headers.multi_items()}\n{answer.text}"
                found = [one for one in re.findall("zqdark", body, re.IGNORECASE) if "q" not in params]
                assert not found, (place, body)
                assert answer.json()["items"] == [] if "q" in params else True
                asked += 1
    assert asked > 8 * len(cables)


def test_no_view_of_u_has_such_a_word(understood: Understood) -> None:
    from app.models.clearance import READABLE, READERS  # noqa: PLC0415 - only here
    from app.vocabulary import Marking  # noqa: PLC0415 - only here

    reader = READERS[Marking.U]
    with understood.engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL ROLE {reader.role}")
        for table in READABLE:
            found = connection.execute(text(f"SELECT t::text FROM {reader.schema}.{table} t WHERE t::text ~* 'zqdark'"))
            assert found.all() == [], table


@pytest.mark.parametrize("name", VARIANTS)
def test_recognized_paragraphs_are_visible(understood: Understood, name: str) -> None:
    """Readers with clearance SBU see all the rest too."""
    cable = cable_of(name)
    whole = understood.sbu.get(f"/v1/cables/{cable}/source")
    assert "zqdark" in whole.text.lower()
    assert understood.u.get(f"/v1/cables/{cable}/source").status_code == 404
    paragraphs = understood.u.get(f"/v1/cables/{cable}/paragraphs")
    if not VARIANTS[name].seen:
        assert paragraphs.status_code == understood.u.get(f"/v1/cables/{cable}").status_code == 404
        return
    items = paragraphs.json()["items"]
    assert tuple(one["label"] for one in items) == VARIANTS[name].seen
    assert {one["heading"] for one in items} == {None}
    record = understood.u.get(f"/v1/cables/{cable}").json()
    assert record["witness"] is None
    assert record["paragraph_count"] == len(items)
    assert {one["name"]: one["value"] for one in record["header"]}["de_line"] is not None


def test_a_cable_that_is_u_throughout_is_seen_throughout(understood: Understood) -> None:
    for cable in ("08EXAMPLE101", "08EXAMPLE102"):
        for path in ("", "/paragraphs", "/source"):
            low, high = (client.get(f"/v1/cables/{cable}{path}") for client in (understood.u, understood.sbu))
            assert low.status_code == 200
            assert low.text == high.text
        record = understood.u.get(f"/v1/cables/{cable}").json()
        assert record["marking"] == "U"
        assert HEADED.search(understood.u.get(f"/v1/cables/{cable}/paragraphs").text)
    found = understood.u.get("/v1/search", params={"q": "zqbrighttwo", "limit": 200}).json()["items"]
    assert "08EXAMPLE101-2" in {one["id"] for one in found}


def test_the_marking_of_a_cable_is_the_highest_of_its_parts(understood: Understood) -> None:
    markings = {name: understood.sbu.get(f"/v1/cables/{cable_of(name)}").json()["marking"] for name in VARIANTS}
    assert markings["SBU, as it should be"] == "SBU"
    assert markings["a heading of a cable with a caption"] == "SBU"
    assert markings["a title of the page"] == "U"
    assert understood.sbu.get("/v1/cables/07BEIJING7192").json()["marking"] == "SBU"
    # A more complete copy can raise the marking, too.
    for cable in ("08EXAMPLE103", NEAR_ELSEWHERE):
        assert understood.sbu.get(f"/v1/cables/{cable}").json()["marking"] == "SBU"
        assert understood.u.get(f"/v1/cables/{cable}/source").status_code == 404
