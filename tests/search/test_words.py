"""Search terms as typed: punctuation, accents, abbreviations, Chinese, typos; in the search and in `q` of lists."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import CABLE, serving

TEXTS = {
    "R001": "A caf\u00e9 in Z\u00fcrich, a na\u00efve plan and the O\u2019Hara archive.",
    "R002": "A cafe\u0301 in Zu\u0308rich, written in two pieces.",
    "R003": "The \uff37\uff29\uff24\uff25\u3000\uff36\uff29\uff25\uff37 of \ufb01nance.",
    "R004": "Ask the soft\u00adware houses.",
    "R005": "The U.S.-China dialogue, by the F.D.A. and the W.T.O. alike.",
    "R006": "The US China dialogue, by the FDA.",
    "R007": "The IT industry and AT&T say so.",
    "R008": "It is at the industry that it aims.",
    "R009": "\u4e2d\u56fd\u4e13\u5229\u6cd5\u7684\u4fee\u6539",
    "R010": "zebra, quagga and okapi/gnu",
    "R011": "an ibex\u200bbongo, a dik\u200cdik, a wal\u2060rus, a nar\ufeffwhal and a bar\u200dbel",
}
"""Text of all recommendations here. The rest of the register is present too."""
FOUND: dict[str, set[str]] = {
    "cafe": {"R001", "R002"},
    "caf\u00e9": {"R001", "R002"},
    "cafe\u0301": {"R001", "R002"},
    "CAF\u00c9": {"R001", "R002"},
    "zurich": {"R001", "R002"},
    "naive": {"R001"},
    "O'Hara": {"R001"},
    "O\u2019Hara": {"R001"},
    "wide view": {"R003"},
    "finance wide": {"R003"},
    "\uff57\uff49\uff44\uff45 view": {"R003"},
    "software houses": {"R004"},
    "soft\u00adware houses": {"R004"},
    '"U.S.-China dialogue"': {"R005", "R006"},
    "U.S.-China dialogue": {"R005", "R006"},
    "U. S. China dialogue": {"R005", "R006"},
    '"us china dialogue"': {"R005", "R006"},
    "f.d.a. dialogue": {"R005", "R006"},
    "FDA dialogue": {"R005", "R006"},
    "w.t.o. dialogue": {"R005"},
    "AT&T": {"R007"},
    "AT&T industry": {"R007"},
    '"IT industry"': {"R007"},
    "\u4e13\u5229": {"R009"},
    "\u4e13\u5229\u6cd5": {"R009"},
    "\u4e13": {"R009"},
    "\u5229\u4e13": set(),
    "zebra -quagga": set(),
    "zebra -\u201cquagga and okapi\u201d": set(),
    '"quagga zebra"': set(),
    "\u201czebra, quagga\u201d": {"R010"},
    "quagga or nothingness": {"R010"},
    "ibex": {"R011"},
    "bongo": {"R011"},
    '"ibex bongo"': {"R011"},
    "ibex\u200bbongo": {"R011"},
    "ibexbongo": set(),
    "dikdik walrus narwhal barbel": {"R011"},
    "dik\u200cdik wal\u2060rus": {"R011"},
    "dik": set(),
    "wal": set(),
}
SIGNS = ",.;:/\\|_+*&^%$#@!?()[]{}<>=~`'\u2013\u2014\u2026\u00b7\u2019\u00a7-"


@pytest.fixture(scope="module")
def written_url(copy_database: Callable[[str], str]) -> str:
    url = copy_database("words")
    with psycopg.connect(url, autocommit=True) as connection:
        for number, words in TEXTS.items():
            one = {"id": f"{CABLE}-{number}", "words": words}
            connection.execute("UPDATE recommendations SET searched = %(words)s WHERE id = %(id)s", one)
            connection.execute(
                "UPDATE search_entries SET title = %(words)s, body = '', context = '' WHERE record_id = %(id)s", one
            )
    return url


@pytest.fixture(scope="module")
def reader(written_url: str) -> Iterator[httpx.Client]:
    with (
        serving(create_app(Settings(response_cache_bytes=0), database_url=written_url)) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        yield http


def asked(reader: httpx.Client, path: str, q: str) -> dict[str, Any]:
    narrowed = {"kind": "recommendation"} if path == "/v1/search" else {}
    answer = reader.get(path, params={"q": q, "limit": 200, **narrowed})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def planted(page: dict[str, Any]) -> set[str]:
    return {item["id"].removeprefix(f"{CABLE}-") for item in page["items"]} & set(TEXTS)


@pytest.mark.parametrize("path", ["/v1/search", "/v1/recommendations"])
@pytest.mark.parametrize("q", FOUND)
def test_words_are_found_however_they_are_spelled(reader: httpx.Client, path: str, q: str) -> None:
    assert planted(asked(reader, path, q)) == FOUND[q]


@pytest.mark.parametrize("path", ["/v1/search", "/v1/recommendations"])
@pytest.mark.parametrize("sign", SIGNS)
def test_punctuation_only_separates_words(reader: httpx.Client, path: str, sign: str) -> None:
    for q in (f"zebra{sign}okapi", f"okapi{sign}zebra", f"zebra{sign} okapi", f"gnu{sign}{sign}quagga"):
        assert planted(asked(reader, path, q)) == {"R010"}, q


def test_an_abbreviation_in_capitals_is_not_a_stop_word(reader: httpx.Client) -> None:
    assert "R007" in planted(asked(reader, "/v1/search", "IT"))
    assert "R008" not in planted(asked(reader, "/v1/search", "IT"))
    assert {"R007", "R008"} <= planted(asked(reader, "/v1/search", "it industry"))
    assert {"R007", "R008"} <= planted(asked(reader, "/v1/search", "IT AND INDUSTRY"))


@pytest.mark.parametrize(
    ("q", "number", "marked"),
    [
        ("cafe", "R001", "<mark>caf\u00e9</mark>"),
        ("cafe", "R002", "<mark>cafe\u0301</mark>"),
        ("US dialogue", "R005", "<mark>U.S.</mark>-China <mark>dialogue</mark>"),
        ("AT&T", "R007", "<mark>AT</mark>&amp;T"),
        ("\u4e13\u5229", "R009", "\u4e2d\u56fd<mark>\u4e13\u5229</mark>\u6cd5"),
        ("software", "R004", "<mark>soft\u00adware</mark>"),
        ("bongo", "R011", "ibex\u200b<mark>bongo</mark>"),
        ("dikdik", "R011", "<mark>dik\u200cdik</mark>"),
        ("walrus narwhal", "R011", "<mark>wal\u2060rus</mark>, a <mark>nar\ufeffwhal</mark>"),
    ],
)
def test_words_are_marked_as_they_are_written(reader: httpx.Client, q: str, number: str, marked: str) -> None:
    (hit,) = [one for one in asked(reader, "/v1/search", q)["items"] if one["id"].endswith(number)]
    assert marked in hit["snippet"]


def test_files_and_summaries_find_the_same(reader: httpx.Client) -> None:
    for q in ("zebra,okapi", "cafe", '"U.S.-China dialogue"', "AT&T"):
        params = {"q": q}
        listed = {one["id"] for one in reader.get("/v1/recommendations", params=params).json()["items"]}
        lines = reader.get("/v1/exports/recommendations.jsonl", params=params).text.splitlines()
        assert listed
        assert len(lines) == len(listed)
        assert reader.get("/v1/summary", params=params).json()["recommendation_count"] == len(listed)


def test_a_record_of_that_name_comes_first(client: httpx.Client) -> None:
    names = {
        "trademark law": "trademark-law",
        "TRADEMARK LAW": "trademark-law",
        "QBPC": "quality-brands-protection-committee",
        "W.T.O.": "world-trade-organization",
        "Nike Inc": "nike",
        "jack chang": "jack-chang",
        "Clark T Randt Jr": "clark-t-randt-jr",
    }
    for q, record in names.items():
        assert client.get("/v1/search", params={"q": q}).json()["items"][0]["id"] == record, q


def test_a_word_as_it_is_written_comes_before_its_other_forms(client: httpx.Client) -> None:
    items = client.get("/v1/search", params={"q": "Chang", "limit": 200}).json()["items"]
    has = ["chang" in f"{one['title']} {one['snippet']}".lower().replace("change", "") for one in items]
    assert has == sorted(has, reverse=True)
    assert not all(has)


@pytest.mark.parametrize(
    ("q", "meant"),
    [
        ("tradmark", "trademark"),
        ("pat", "patent"),
        ("Counsellor", "counselor"),
        ("counterfiet goods", "counterfeit goods"),
        ('"prelimnary injunctions"', '"preliminary injunctions"'),
        ("pharmaceuticls -patent", "pharmaceuticals -patent"),
        ("trademark", None),
        ("minister counselor", None),
        ("judge exchanges federal circuit", None),
        ("xylophone", None),
        # A part of an expression is not corrected: the result would be no word.
        ("Int'l", None),
        ("Int\u2019l tradmark", "Int\u2019l trademark"),
        ("cust*", None),
        ("AT&Tt", None),
        ("www.exampel.com", None),
        ("(tradmark)", "(trademark)"),
        ("R003", None),
        ("\u4e13\u5229", None),
    ],
)
def test_a_misspelled_word_is_corrected(client: httpx.Client, q: str, meant: str | None) -> None:
    page = client.get("/v1/search", params={"q": q}).json()
    assert page["did_you_mean"] == meant
    if meant is not None:
        assert client.get("/v1/search", params={"q": meant}).json()["items"]


def test_suggestions_use_published_records_only(scratch_client: httpx.Client, scratch_url: str) -> None:
    def meant() -> Any:
        return scratch_client.get("/v1/search", params={"q": "hypopotamus"}).json()["did_you_mean"]

    assert meant() is None
    with psycopg.connect(scratch_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE search_entries SET title = title || ' hippopotamus' WHERE record_id = %s", [f"{CABLE}-R003"]
        )
        assert meant() == "hippopotamus"
        connection.execute("UPDATE recommendations SET publication = 'withdrawn' WHERE id = %s", [f"{CABLE}-R003"])
        assert meant() is None


def test_hits_lead_below_the_prefix_of_the_service(served_url: str) -> None:
    settings = Settings(root_path="/register", anonymous="SBU")
    with serving(create_app(settings, database_url=served_url), settings) as address, httpx.Client() as http:
        page = http.get(f"{address}/v1/search", params={"q": "customs"}).json()
        assert page["items"]
        for hit in page["items"]:
            assert hit["url"].startswith("/register/v1/")
            assert http.get(f"{address}{hit['url'].removeprefix('/register')}").json()
