"""Public responses: without credentials, documents, pages, files and errors contain no text above U."""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.core.settings import Settings
from app.main import create_app
from app.pages.assets import ASSETS
from app.vocabulary import Marking, Role
from tests.conftest import IN_PATHS, KEY_SECRET, ROOT, bearer, new_key, serving, walk, with_required_params

WINDOW = 25
"""Number of characters in a row that count as a quotation."""
PAGES: tuple[str, ...] = (
    "/",
    "/docs",
    "/reference",
    "/problems",
    "/openapi.json",
    "/favicon.ico",
    "/healthz/live",
    "/healthz/ready",
)
PAGES += ("/.well-known/api-catalog", "/.well-known/security.txt", "/nothing/here", "/v1", "/v1/nothing", "/metrics")


def folded(text: str) -> str:
    """Returns the text as a reader sees it: unescaped, with white space and case folded."""
    plain = html.unescape(text).replace("\\n", " ").replace('\\"', '"').replace("\\/", "/")
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    return " ".join(plain.split()).casefold()


def windows(text: str) -> Iterator[str]:
    plain = folded(text)
    found = (plain[place : place + WINDOW] for place in range(len(plain) - WINDOW + 1))
    # A row of dashes is not a quotation.
    return (one for one in found if sum(map(str.isalpha, one)) > WINDOW // 2)


def texts(value: Any) -> Iterator[str]:
    """Yields every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def readable(client: httpx.Client) -> set[str]:
    """Returns the windows of every text that a reader finds: all lists, the cables, and their stored copies."""
    found: set[str] = set()
    paths = client.get("/openapi.json").json()["paths"]
    exports = [path for path in paths if path.endswith(".jsonl")]
    assert len(exports) > 10
    for path in exports:
        for line in client.get(path).raise_for_status().text.splitlines():
            for text in texts(json.loads(line)):
                found.update(windows(text))
    cables = [f"/v1/cables/{one['id']}" for one in walk(client, "/v1/cables")]
    for path in (*cables, "/v1/roundtables"):
        for text in texts(client.get(path).raise_for_status().json()):
            found.update(windows(text))
    for path in cables:
        source = client.get(f"{path}/source")
        found.update(windows(source.text if source.is_success else ""))
    return found


@pytest.fixture(scope="module")
def url(copy_database: Callable[[str], str]) -> str:
    """A loaded register without records from other tests."""
    return copy_database("public")


@pytest.fixture(scope="module")
def above(url: str) -> set[str]:
    """The windows of text above U that does not appear anywhere at U."""
    found = {}
    with serving(create_app(Settings(api_key_secret=SecretStr(KEY_SECRET)), database_url=url)) as address:
        for clearance in Marking:
            key = new_key(url, Role.READER, clearance=clearance)
            with httpx.Client(base_url=address, headers=bearer(key), timeout=60) as client:
                found[clearance] = readable(client)
    above = found[Marking.SBU] - found[Marking.U]
    assert len(above) > 50_000
    return above


def quoted(text: str, above: set[str]) -> list[str]:
    """Returns the quotations in a text, each in full."""
    plain = folded(text)
    hits = [place for place in range(len(plain) - WINDOW + 1) if plain[place : place + WINDOW] in above]
    found: list[list[int]] = []
    for place in hits:
        if found and place <= found[-1][1]:
            found[-1][1] = place + WINDOW
        else:
            found.append([place, place + WINDOW])
    return [plain[start:end] for start, end in found]


@pytest.mark.parametrize("name", ["docs/openapi.json", "docs/releases/openapi-0.1.0.json", "app/examples.json"])
def test_the_document_quotes_nothing_above_u(above: set[str], name: str) -> None:
    found = quoted((ROOT / name).read_text(encoding="utf-8"), above)
    assert not found, "\n".join([str(len(found)), *found])


@pytest.mark.parametrize("anonymous", ["off", "U"])
def test_public_responses_quote_nothing_above_u(url: str, above: set[str], app: FastAPI, anonymous: str) -> None:
    """Pages, files, and errors of each endpoint: without credentials, with unknown parameters, with odd values."""
    settings = Settings.model_validate({"anonymous": anonymous, "api_key_secret": KEY_SECRET})
    asked = [*PAGES, *(f"/{one.address}" for one in ASSETS.values())]
    asked += [f"/problems/{code}" for code in ("invalid-request", "not-found", "nothing")]
    for path, methods in app.openapi()["paths"].items():
        address = path.format(**IN_PATHS)
        needed = "&".join(f"{name}={value}" for name, value in with_required_params(path).items())
        asked += [address, f"{address}?{needed}&tarjet=1", re.sub(r"{\w+}", "x", path)]
        asked += [
            f"{address}?{needed}&{one['name']}=embasy"
            for one in methods.get("get", {}).get("parameters", [])
            if one["in"] == "query"
        ]
    with (
        serving(create_app(settings, database_url=url)) as server,
        httpx.Client(base_url=server, timeout=60) as client,
    ):
        # Rows in a successful /v1 response may be read at U. Error texts are ours.
        answers = [client.get(path) for path in dict.fromkeys(asked)]
        shown = [one for one in answers if not (one.is_success and one.url.path.startswith("/v1/"))]
        faults = [f"{one.url}: {words}" for one in shown for words in quoted(one.text, above)]
    assert not faults, "\n".join(faults)
    assert sum(one.status_code >= 400 for one in shown) > 100
