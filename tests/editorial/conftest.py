"""A service that its tests may write to, and an auditor who asks it."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.db import loading_engine
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import admit_auditor, serving

KEY = "a key of the tests and long enough to be taken"


@pytest.fixture(scope="module")
def written_url(copy_database: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    return copy_database(f"written_{request.path.stem}")


@pytest.fixture(scope="module")
def written(written_url: str) -> Iterator[Engine]:
    """The database of the service, as its owner sees it."""
    engine = loading_engine(written_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def writing_app(written_url: str) -> FastAPI:
    return create_app(Settings(audit_key=KEY), database_url=written_url)


@pytest.fixture(scope="module")
def writing_url(writing_app: FastAPI) -> Iterator[str]:
    with serving(writing_app) as address:
        yield address


@pytest.fixture(scope="module")
def headers(writing_app: FastAPI) -> dict[str, str]:
    """What an auditor shows."""
    return admit_auditor(writing_app)


@pytest.fixture(scope="module")
def auditor(writing_url: str, headers: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=writing_url, headers=headers, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def anyone(writing_url: str) -> Iterator[httpx.Client]:
    """Someone who shows nothing."""
    with httpx.Client(base_url=writing_url, timeout=30) as http:
        yield http
