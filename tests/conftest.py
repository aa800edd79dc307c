"""Common fixtures: PostgreSQL built by the migrations and loaded with cables of several posts, and the service."""

import contextlib
import functools
import os
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
from httpx._config import DEFAULT_TIMEOUT_CONFIG, create_ssl_context
from httpx._transports import default as httpx_transports
from pydantic import SecretStr
from sqlalchemy import Engine, event
from starlette.types import ASGIApp

from app.auth.schemas import KeyIn
from app.cli.keys import enter_key
from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.http.server import server_config, settle_memory
from app.ingest.fingerprint import DATA
from app.ingest.pipeline import ingest
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.fixtures.common_data import common_data
from tests.fixtures.followup import insert_followup, insert_followup_elsewhere

pytest_plugins = ["tests.fixtures.editing"]
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
    "participation_id": f"{CABLE}-PT04",
    "target": "embassy",
    "statistic_id": f"{CABLE}-S14",
    "record_id": f"{CABLE}-R003",
    "key_id": "4f2a9c01d7e3",
    "checkpoint_id": "1",
    "action_id": "ACT-0001",
    "report_id": "REP-0001",
}
"""An existing record for each path parameter."""
NEEDED = {"/v1/search": {"q": "patent"}}
"""The required query parameters of an endpoint."""
ROOT = Path(__file__).parents[1]
# Tests send more requests in a minute than people do. Tests of the limit set their own.
os.environ["ROUNDTABLE_ANONYMOUS_RATE_LIMIT"] = ""
for _phase in ("connect", "read", "write", "pool"):
    # On a busy machine, a response takes more than the five seconds of the default.
    setattr(DEFAULT_TIMEOUT_CONFIG, _phase, 60.0)


@functools.cache
def _tls_context(_authorities: str | None, *settings: Any) -> Any:
    return create_ssl_context(*settings)


def _shared_tls_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> Any:  # noqa: FBT001, FBT002 - httpx's signature
    """TLS context of a client. For each, httpx reads all authorities of the machine, which takes longer than a request."""
    return _tls_context(os.environ.get("SSL_CERT_FILE"), verify, cert, trust_env)


httpx_transports.create_ssl_context = _shared_tls_context  # type: ignore[attr-defined] # a name that it imports
MADE_UP = ROOT / "tests/made_up"
"""A register without any events after the cable, in the form of the data folder."""
KEY_SECRET = "what the tests store their keys under"  # noqa: S105 - for databases of one test run
EVERY_ROLE = tuple(Role)
LONGEST_FILES = (
    "test_outages",
    "test_clearance",
    "test_surroundings",
    "test_bad_input",
    "test_changes",
    "test_chaos",
    "test_backup",
    "test_curation",
    "test_values",
    "test_cli",
    "test_yaml_export",
    "test_keys_command",
    "test_followup_document",
    "test_migrations",
    "test_progress_timeout",
    "test_parts_and_events",
    "test_cacheable_routes",
)
"""Files that take longest, roughly in this order."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m timing`, files without such a test are not imported."""
    if config.option.markexpr == "timing" and collection_path.name.startswith("test_"):
        return "mark.timing" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the files that take longest first, since the last one would run while the other workers are idle."""
    order = {name: place for place, name in enumerate(LONGEST_FILES)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_collection_finish() -> None:
    """Excludes modules and collected tests from garbage collection, which would look through them at each round."""
    settle_memory()


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores, since some tests wait for a timeout or a process."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an empty database on our own PostgreSQL. POSTGRESQL_PROGRAMS names the programs of another version."""
    programs = Path(os.environ["POSTGRESQL_PROGRAMS"]) if "POSTGRESQL_PROGRAMS" in os.environ else None
    with embedded_database(tmp_path_factory.mktemp("postgres"), say=lambda _: None, programs=programs) as url:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            _administer(url, f"ALTER SYSTEM SET {setting} = off")
        _administer(url, "SELECT pg_reload_conf()")
        yield url


def _named(server_url: str, name: str) -> str:
    return server_url.replace("/roundtable?", f"/{name}?")


def _administer(server_url: str, statement: str) -> None:
    with psycopg.connect(_named(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _loaded(server_url: str, name: str, data: Path) -> str:
    """Creates a database under a name, migrates it and loads a data folder. Returns the name."""
    _administer(server_url, f"CREATE DATABASE {name}")
    url = _named(server_url, name)
    upgrade(url)
    engine = admin_engine(url)
    ingest(engine, data)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder that the common database is loaded from. Not to be changed."""
    return common_data(tmp_path_factory.mktemp("common"))


@pytest.fixture(scope="session")
def loaded_template(server_url: str, common_folder: Path) -> str:
    """Name of the common template database: the shipped data, and made-up cables of other posts."""
    return _loaded(server_url, "loaded", common_folder)


@pytest.fixture(scope="session")
def shipped_template(server_url: str) -> str:
    """Name of a template database with the shipped data alone, for tests of that data and its documentation."""
    return _loaded(server_url, "shipped", DATA)


@pytest.fixture(scope="session")
def copy_database(server_url: str, loaded_template: str) -> Callable[[str], str]:
    """Copies the loaded database under a name. Returns the URL of the copy."""

    def copy(name: str, *, template: str = loaded_template) -> str:
        # A worker that comes back to a module sets its fixtures up again.
        _administer(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        # Copying the files takes half the time of logging each of their pages, which is the default.
        _administer(server_url, f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY FILE_COPY')
        return _named(server_url, name)

    return copy


@pytest.fixture(scope="session")
def made_up_template(server_url: str) -> str:
    """Name of a template database with the made-up cable alone."""
    return _loaded(server_url, "made_up", MADE_UP)


@pytest.fixture
def scratch_url(copy_database: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    """URL of a loaded database for one test to write to."""
    return copy_database(f"scratch_{abs(hash(request.node.nodeid)):x}")


@pytest.fixture
def scratch_engine(scratch_url: str) -> Iterator[Engine]:
    engine = admin_engine(scratch_url)
    yield engine
    engine.dispose()


@contextlib.contextmanager
def serving(app: ASGIApp, settings: Settings | None = None, *, config: uvicorn.Config | None = None) -> Iterator[str]:
    """Serves the application on its own socket, as the command does or by `config`. Yields the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config or server_config(app, settings or Settings()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listener.close()


def new_key(
    url: str,
    *roles: Role,
    clearance: Marking = Marking.SBU,
    days: int = 365,
    name: str = "a test",
    person: str | None = None,
) -> str:
    """Creates a key as `roundtable keys create` does. Its person is `name`, unless another one is named."""
    # Not validated: a database may have older keys that are no longer allowed.
    ordered_roles = [role for role in Role if role in roles]
    key = KeyIn.model_construct(
        name=name, person=person or name, roles=ordered_roles, clearance=clearance, expires_in_days=days
    )
    return enter_key(url, key, secret=SecretStr(KEY_SECRET)).text


def cursor_key(url: str) -> bytes:
    """Returns the key that signs the cursors of a database."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT secret FROM cursor_keys").fetchone()
    assert found is not None
    return bytes(found[0])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The API document, built once in a process, for tests that are made for each of its operations."""
    return create_app(Settings(), database_url="postgresql://").openapi()


@pytest.fixture(scope="session")
def served_url(copy_database: Callable[[str], str]) -> str:
    """URL of the database that most tests read. It has one key that examples show, older than all others."""
    url = copy_database("served")
    enter_shown_key(url)
    insert_followup(url)
    insert_followup_elsewhere(url)
    return url


def enter_shown_key(url: str) -> None:
    """Stores the key that examples show, and its usage."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO api_keys (id, name, person, digest, roles, clearance, created_at, created_by, expires_at) VALUES "
            "(%s, 'weekly export', 'a.officer@office.example', repeat('0', 64), '{reader}', 'U', '2026-11-02T09:00:00Z', 'command', '2027-11-02')",
            (IN_PATHS["key_id"],),
        )
        connection.execute(
            "INSERT INTO read_counts VALUES ('2026-11-02T09:00:00Z', %(id)s, 'list_recommendations', 12), "
            "('2026-11-02T09:00:00Z', %(id)s, 'get_recommendation', 3)",
            {"id": f"key:{IN_PATHS['key_id']}"},
        )


@pytest.fixture(scope="session")
def every_key(served_url: str) -> str:
    """A key with every role in that database."""
    return new_key(served_url, *EVERY_ROLE, name="everything")


@pytest.fixture(scope="session")
def app(served_url: str) -> FastAPI:
    # All tests use one address, and some send more requests than any limit would allow.
    settings = Settings(api_key_secret=SecretStr(KEY_SECRET), anonymous_rate_limit="")
    return create_app(settings, database_url=served_url)


@pytest.fixture(scope="session")
def base_url(app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def shipped_url(copy_database: Callable[..., str], shipped_template: str) -> str:
    """URL of a database with the shipped data alone, and the key and the actions that the documentation shows."""
    url = copy_database("served_shipped", template=shipped_template)
    enter_shown_key(url)
    insert_followup(url)
    return url


@pytest.fixture(scope="session")
def shipped_base_url(shipped_url: str) -> Iterator[str]:
    """Base URL of a service with the shipped data alone, which the documentation shows."""
    settings = Settings(api_key_secret=SecretStr(KEY_SECRET), anonymous_rate_limit="")
    with serving(create_app(settings, database_url=shipped_url)) as address:
        yield address


@pytest.fixture(scope="session")
def client(base_url: str, every_key: str) -> Iterator[httpx.Client]:
    """A client with every role, by an API key."""
    with httpx.Client(base_url=base_url, timeout=60, headers=bearer(every_key)) as http:
        yield http


@pytest.fixture
def scratch_client(scratch_url: str) -> Iterator[httpx.Client]:
    """A client of a service on a database that the test may change."""
    with (
        serving(create_app(Settings(response_cache_bytes=0), database_url=scratch_url)) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        yield http


@pytest.fixture
def statements(app: FastAPI, base_url: str) -> Iterator[list[str]]:
    """Every SQL statement that the service runs during the test."""
    assert base_url
    seen: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engines = [engine.sync_engine for engine in app.state.engines.values()]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)


def with_required_params(path: str, **params: Any) -> dict[str, Any]:
    """Returns the parameters, with the required ones of the endpoint added."""
    return {**NEEDED.get(path, {}), **params}


def walk(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Returns every item of a list, page by page."""
    params = with_required_params(path, **params)
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]
