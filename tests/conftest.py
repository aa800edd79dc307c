"""A real PostgreSQL built by the migrations and loaded with the real cable, and the service over a real socket."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, event
from starlette.requests import Request
from starlette.types import ASGIApp

from app.access.schemas import Caller
from app.core.db import loading_engine
from app.core.embedded import embedded_database
from app.core.http.server import server_config
from app.core.migration import upgrade
from app.core.settings import Settings
from app.editorial.routes.audit import AUDITS
from app.ingest.pipeline import ingest
from app.main import create_app
from app.vocabulary import Marking, Role

CABLE = "07BEIJING7192"
IN_PATHS = {
    "cable_id": CABLE,
    "label": "5",
    "panel_id": f"{CABLE}-P1",
    "recommendation_id": f"{CABLE}-R001",
    "person_id": "jack-chang",
    "organization_id": "nike",
    "roundtable_id": "beijing-2007",
    "slug": "patent-law",
    "event_id": "patent-law-E03",
    "target": "embassy",
    "statistic_id": f"{CABLE}-S14",
    "record_id": f"{CABLE}-R003",
    "checkpoint_id": "1",
}
"""A record that is there, for each parameter of a path."""
NEEDED = {"/v1/search": {"q": "patent"}}
"""What an address does not answer without."""
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database on a PostgreSQL of our own."""
    with embedded_database(tmp_path_factory.mktemp("postgres"), say=lambda _: None) as url:
        yield url


def _named(server_url: str, name: str) -> str:
    return server_url.replace("/roundtable?", f"/{name}?")


def _administer(server_url: str, statement: str) -> None:
    with psycopg.connect(_named(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def loaded_template(server_url: str) -> str:
    """The name of a database with the real cable, to make copies of."""
    _administer(server_url, "CREATE DATABASE loaded")
    url = _named(server_url, "loaded")
    upgrade(url)
    engine = loading_engine(url)
    ingest(engine)
    engine.dispose()
    return "loaded"


@pytest.fixture(scope="session")
def copy_database(server_url: str, loaded_template: str) -> Callable[[str], str]:
    """Makes a copy of the loaded database under a name; its address."""

    def copy(name: str, *, template: str = loaded_template) -> str:
        _administer(server_url, f'CREATE DATABASE "{name}" TEMPLATE {template}')
        return _named(server_url, name)

    return copy


@pytest.fixture
def scratch_url(copy_database: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    """A loaded database for one test to write to."""
    return copy_database(f"scratch_{abs(hash(request.node.nodeid)):x}")


@pytest.fixture
def scratch_engine(scratch_url: str) -> Iterator[Engine]:
    engine = loading_engine(scratch_url)
    yield engine
    engine.dispose()


@contextlib.contextmanager
def serving(app: ASGIApp, settings: Settings | None = None) -> Iterator[str]:
    """The application on a socket of its own, as the command serves it; its base address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(server_config(app, settings or Settings()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


def admit_auditor(app: FastAPI, name: str = "auditor") -> dict[str, str]:
    """The headers by which an auditor is known to the application, beside those who show none."""
    headers = {"Authorization": f"Bearer {name}"}
    caller = Caller(f"key:{name}", name, frozenset({Role.READER, Role.AUDITOR}), Marking.SBU)
    admit = app.dependency_overrides.get(AUDITS.dependency, AUDITS.dependency)

    async def admit_with_key(request: Request) -> Caller:
        if request.headers.get("Authorization") != headers["Authorization"]:
            found: Caller = await admit(request)
            return found
        request.state.caller = caller
        request.state.clearance = caller.clearance
        return caller

    app.dependency_overrides[AUDITS.dependency] = admit_with_key
    return headers


@pytest.fixture(scope="session")
def app(copy_database: Callable[[str], str]) -> FastAPI:
    return create_app(Settings(), database_url=copy_database("served"))


@pytest.fixture(scope="session")
def base_url(app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def client(app: FastAPI, base_url: str) -> Iterator[httpx.Client]:
    """Asks as someone who may read everything, the audit trail too."""
    with httpx.Client(base_url=base_url, timeout=30, headers=admit_auditor(app)) as http:
        yield http


@pytest.fixture
def scratch_client(scratch_url: str) -> Iterator[httpx.Client]:
    """The service over a database that the test may write to."""
    with serving(create_app(Settings(), database_url=scratch_url)) as address, httpx.Client(base_url=address) as http:
        yield http


@pytest.fixture
def statements(app: FastAPI, base_url: str) -> Iterator[list[str]]:
    """Every SQL statement that the service runs during the test."""
    assert base_url
    seen: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = app.state.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    yield seen
    event.remove(engine, "before_cursor_execute", record)


def given(path: str, **params: Any) -> dict[str, Any]:
    """The parameters, with those that the address does not answer without."""
    return {**NEEDED.get(path, {}), **params}


def walk(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    params = given(path, **params)
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]
