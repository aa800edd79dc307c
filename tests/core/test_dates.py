"""Date parameters: accepted forms, their meaning, and the error messages for all others."""

import re
from datetime import date

import httpx
import pytest
from fastapi import FastAPI

from app.core.dates import parse_day, parse_instant, rfc3339
from app.core.edtf import edtf_bounds
from tests.conftest import IN_PATHS, ROOT, with_required_params

INSTANTS = {
    "2007-11-21": "2007-11-21T00:00:00Z",
    "2007-11-21T06:42:00Z": "2007-11-21T06:42:00Z",
    "2007-11-21t06:42:00z": "2007-11-21T06:42:00Z",
    "2007-11-21T06:42:00.1Z": "2007-11-21T06:42:00.100000Z",
    "2026-11-27T21:05:00.123456789Z": "2026-11-27T21:05:00.123456Z",
    "2007-11-21T14:42:00+08:00": "2007-11-21T06:42:00Z",
    "2007-11-21T06:42:00-00:00": "2007-11-21T06:42:00Z",
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
    "2016-12-31T15:59:60.5-08:00": "2017-01-01T00:00:00.500000Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z": "9999-12-31T23:59:59.999999Z",
}
NO_INSTANTS = {
    "2007": "RFC 3339",
    "2007-11-21T06:42Z": "RFC 3339",
    "2007-11-21T06:42:00": "RFC 3339",
    "2007-11-21T06:42:00.1234567890Z": "RFC 3339",
    "2007-11-21 06:42:00Z": "RFC 3339",
    "2007-11-21\n": "RFC 3339",
    "1195627320": "RFC 3339",
    "\u0662\u0660\u0660\u0667-\u0661\u0661-\u0662\u0661": "RFC 3339",
    "\uff12007-11-21": "RFC 3339",
    "2007-11-21T06:42:00 08:00": "%2B",
    "2007-02-30": "no such day",
    "0000-01-01": "0001 to 9999",
    "2007-11-21T24:00:00Z": "not a valid time of day",
    "2007-11-21T06:42:61Z": "not a valid time of day",
    "2007-11-21T06:42:60Z": "second 60",
    "2007-11-21T06:42:00+24:00": "not a valid offset",
    "2007-11-21T06:42:00+08:60": "not a valid offset",
    "0001-01-01T00:00:00+01:00": "0001 to 9999",
    "9999-12-31T23:59:59-01:00": "0001 to 9999",
    "9999-12-31T23:59:60Z": "0001 to 9999",
}
EDTF = {
    "2007": ("2007-01-01", "2007-12-31"),
    "2007-11": ("2007-11-01", "2007-11-30"),
    "2008-02": ("2008-02-01", "2008-02-29"),
    "2007-11-21": ("2007-11-21", "2007-11-21"),
    "2007~": ("2007-01-01", "2007-12-31"),
    "2007-11?": ("2007-11-01", "2007-11-30"),
    "2007-11-21%": ("2007-11-21", "2007-11-21"),
    "200X": ("2000-01-01", "2009-12-31"),
    "19XX": ("1900-01-01", "1999-12-31"),
    "2007-XX": ("2007-01-01", "2007-12-31"),
    "2007-XX-XX": ("2007-01-01", "2007-12-31"),
    "2008-02-XX": ("2008-02-01", "2008-02-29"),
    "2008-21": ("2008-03-01", "2008-05-31"),
    "2008-22": ("2008-06-01", "2008-08-31"),
    "2008-23": ("2008-09-01", "2008-11-30"),
    "2008-24": ("2008-12-01", "2009-02-28"),
    "2007-24": ("2007-12-01", "2008-02-29"),
    "9999-12": ("9999-12-01", "9999-12-31"),
    "1997/2006": ("1997-01-01", "2006-12-31"),
    "2008-01~/2008-04~": ("2008-01-01", "2008-04-30"),
    "/2007": (None, "2007-12-31"),
    "../2007": (None, "2007-12-31"),
    "2007/": ("2007-01-01", None),
    "2007/..": ("2007-01-01", None),
}
NO_EDTF = ["~2007", "2007-~11", "?2007-11-21", "2007-11?-21", "2007-25", "2007-32", "2007-41", "[2007,2008]", "{2007}"]
NO_EDTF += ["2007-XX/2008-XX", "2XXX", "XXXX", "156X-12-25", "2007-X1", "2007~?", "Y17000", "Y-17E7", "-1985", "1950S2"]
NO_EDTF += ["2007-13", "2007-00", "2007-02-30", "0000", "000X", "9999-24", "2008/2007", "2008/2007-12", "../..", "/"]
NO_EDTF += [
    "..",
    "",
    "/..",
    "2007/2008/2009",
    "2007\n",
    "\uff12007",
    "200\u0667",
    "2007-21-XX",
    "2007-11-21T00:00:00Z",
    "soon",
]
NO_EDTF += ["2007 ", " 2007", "2007-1", "07", "x" * 41]


@pytest.mark.parametrize(("text", "meant"), INSTANTS.items())
def test_a_time_is_taken(text: str, meant: str) -> None:
    assert rfc3339(parse_instant(text)) == meant
    assert parse_instant(meant) == parse_instant(text)


@pytest.mark.parametrize(("text", "words"), NO_INSTANTS.items())
def test_an_invalid_time_gets_an_error_in_our_wording(client: httpx.Client, text: str, words: str) -> None:
    answer = client.get("/v1/recommendations", params={"updated_since": text, "limit": 1})
    assert answer.status_code == 422
    fault = answer.json()["errors"][-1]
    assert fault["parameter"] == "updated_since"
    assert words in fault["message"] or "control characters" in fault["message"]
    assert "isoformat" not in answer.text


def test_a_plus_that_became_a_blank_is_explained(base_url: str, client: httpx.Client) -> None:
    address = f"{base_url}/v1/recommendations?limit=1&updated_since=2026-11-27T21:05:59.538672+00:00"
    answer = client.get(address)
    assert (answer.status_code, "%2B" in answer.text) == (422, True)
    assert client.get(address.replace("+", "%2B")).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "2007-2-1",
        "\u0662\u0660\u0660\u0667-\u0661\u0661-\u0662\u0661",
        "2007-11-21\n",
        "20071121",
        "2007-W47-3",
        "2007-02-29",
        "0000-01-01",
    ],
)
def test_an_invalid_date_gets_an_error_in_our_wording(text: str) -> None:
    with pytest.raises(ValueError, match=r"full date|no such day|0001 to 9999"):
        parse_day(text)


@pytest.mark.parametrize(("text", "bounds"), EDTF.items())
def test_level_1_has_its_bounds(text: str, bounds: tuple[str | None, str | None]) -> None:
    assert edtf_bounds(text) == tuple(day and date.fromisoformat(day) for day in bounds)


@pytest.mark.parametrize("text", NO_EDTF)
def test_dates_beyond_edtf_level_1_are_rejected(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match=r"EDTF|years|calendar|date|months|season"):
        edtf_bounds(text)
    assert not caplog.records


def test_no_pattern_takes_the_digits_of_every_script() -> None:
    r"""`\d` and `\w` of Python match digits of every script, and `int()` reads them: two spellings of one number."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in (ROOT / "app").rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\\d", line)
    ]
    assert not found


TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}[0-9:.]*(?:[Zz]|[+-][0-9:]+)?")
SPELLED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


def test_every_time_in_every_answer_can_be_sent_back_as_it_is(client: httpx.Client, app: FastAPI) -> None:
    """In lists, records, exports, feeds and the audit trail: RFC 3339 in UTC with a `Z`, as every parameter accepts."""
    seen: set[str] = set()
    for path, item in app.openapi()["paths"].items():
        if "get" not in item or path.endswith("/source"):
            continue
        answer = client.get(path.format(**IN_PATHS, code="gone", name="none"), params=with_required_params(path))
        found = set(TIME.findall(answer.text))
        assert all(SPELLED.fullmatch(time) for time in found), (
            path,
            [one for one in found if not SPELLED.fullmatch(one)],
        )
        seen |= set(sorted(found)[:2])
    assert len(seen) > 5
    for time in seen:
        answer = client.get(f"/v1/recommendations?limit=1&updated_since={time}")
        assert answer.status_code == 200, time
        answer = client.get(f"/v1/audit?limit=1&from={time}")
        assert answer.status_code == 200, time
