"""Fixtures of a service that tests may write to, and of its callers."""

import contextlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.db import loading_engine
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.conftest import IN_PATHS, KEY_SECRET, bearer, given, new_key, serving
from tests.editorial.desk import PLANTED, Desk
from tests.editorial.trails import NINE, grow

KEY = "5a4b3c2d1e0f9182736455463728190a0b1c2d3e4f"
IN_PAGES = {"code": "not-found", "digest": "0", "name": "none"}
# No response cache: tests read a published change at once, not within a second.
SETTINGS = Settings.model_validate({"audit_key": KEY, "key_secret": KEY_SECRET, "cache_bytes": 0})


@pytest.fixture(scope="module")
def written_url(copy_database: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    return copy_database(f"written_{request.path.stem}")


@pytest.fixture(scope="module")
def written(written_url: str) -> Iterator[Engine]:
    """Engine on the database of the service, as its owner."""
    engine = loading_engine(written_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def writing_app(written_url: str) -> FastAPI:
    return create_app(SETTINGS, database_url=written_url)


@pytest.fixture(scope="module")
def writing_url(writing_app: FastAPI) -> Iterator[str]:
    with serving(writing_app) as address:
        yield address


@pytest.fixture(scope="module")
def headers(written_url: str) -> dict[str, str]:
    """Credentials of an auditor."""
    return bearer(new_key(written_url, Role.READER, Role.AUDITOR, name="auditor"))


@pytest.fixture(scope="module")
def auditor(writing_url: str, headers: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=writing_url, headers=headers, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def anyone(writing_url: str) -> Iterator[httpx.Client]:
    """A client without credentials."""
    with httpx.Client(base_url=writing_url, timeout=30) as http:
        yield http


@contextlib.contextmanager
def asking(address: str, url: str, *roles: Role, name: str) -> Iterator[httpx.Client]:
    """Yields a client with these roles, by a key."""
    with httpx.Client(base_url=address, headers=bearer(new_key(url, *roles, name=name)), timeout=60) as http:
        yield http


@pytest.fixture(scope="module")
def desk(writing_url: str, written_url: str, anyone: httpx.Client) -> Iterator[Desk]:
    """Clients of two editors, a reviewer, and someone who only reads."""
    with contextlib.ExitStack() as stack:
        editor, other, reviewer = (
            stack.enter_context(asking(writing_url, written_url, Role.READER, role, name=name))
            for role, name in ((Role.EDITOR, "Ed"), (Role.EDITOR, "Olga"), (Role.REVIEWER, "Rita"))
        )
        yield Desk(editor, other, reviewer, anyone)


@pytest.fixture(scope="module")
def both(writing_url: str, written_url: str) -> Iterator[httpx.Client]:
    """A client with the roles editor and reviewer."""
    with asking(writing_url, written_url, Role.READER, Role.EDITOR, Role.REVIEWER, name="Bo") as http:
        yield http


@pytest.fixture
def everywhere(writing_app: FastAPI, anyone: httpx.Client) -> Iterator[httpx.Response]:
    """The response of every endpoint that readers call, requested one after the other."""

    def answers() -> Iterator[httpx.Response]:
        for path, methods in writing_app.openapi()["paths"].items():
            security = methods.get("get", {}).get("security", [{}])
            if "get" in methods and {} in security:
                for more in ({}, {"q": PLANTED} if path == "/v1/search" else {}):
                    yield anyone.get(path.format(**IN_PATHS, **IN_PAGES), params={**given(path), **more})

    return answers()


@pytest.fixture(scope="module")
def caller(writing_url: str, written_url: str) -> Iterator[Callable[..., httpx.Client]]:
    """Returns a function that makes a client with a key of the given roles."""
    made: list[httpx.Client] = []

    def make(name: str, *roles: Role, clearance: Marking = Marking.SBU, person: str | None = None) -> httpx.Client:
        shown = bearer(new_key(written_url, *roles, clearance=clearance, name=name, person=person))
        made.append(httpx.Client(base_url=writing_url, headers=shown, timeout=30))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def editor(caller: Callable[..., httpx.Client]) -> httpx.Client:
    return caller("editor", Role.READER, Role.EDITOR)


@pytest.fixture(scope="module")
def reviewer(caller: Callable[..., httpx.Client]) -> httpx.Client:
    return caller("reviewer", Role.READER, Role.EDITOR, Role.REVIEWER)


@pytest.fixture(scope="module")
def reader(caller: Callable[..., httpx.Client]) -> httpx.Client:
    return caller("reader", Role.READER)


@pytest.fixture(scope="module")
def template(copy_database: Callable[..., str], request: pytest.FixtureRequest) -> str:
    """Name of a template database with nine audit entries and no checkpoint."""
    name = f"trail_{request.path.stem}"
    engine = loading_engine(copy_database(name))
    grow(engine, NINE)
    engine.dispose()
    return name


@pytest.fixture
def url(copy_database: Callable[..., str], template: str, request: pytest.FixtureRequest) -> str:
    return copy_database(f"trail_{abs(hash(request.node.nodeid)):x}", template=template)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = loading_engine(url)
    yield made
    made.dispose()
