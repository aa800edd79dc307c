"""PostgreSQL server for one run, in a temporary folder, loaded with the real cable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg

from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database
from app.core.migrations import upgrade
from app.ingest.pipeline import ingest
from app.models.clearance import READERS
from app.vocabulary import Marking

READER = READERS[Marking.SBU]._asdict()
"""Session settings of every strategy: those of a reader with clearance SBU."""


@contextmanager
def loaded_database(say: Callable[[str], None]) -> Iterator[str]:
    """Yields the URL of a loaded database. Removes the database and its server afterwards."""
    with TemporaryDirectory(prefix="bench-") as folder, loaded_in(Path(folder), say) as url:
        yield url


@contextmanager
def empty_database(say: Callable[[str], None]) -> Iterator[str]:
    """Yields the URL of an empty database, and removes it afterwards."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        embedded_database(Path(folder), say=lambda _: say("starting PostgreSQL")) as url,
    ):
        yield url


@contextmanager
def loaded_in(
    folder: Path, say: Callable[[str], None], *, fill: Callable[[str], object] = lambda _: None
) -> Iterator[str]:
    """Yields the URL of a database in a folder. Loads it first, and calls `fill`, unless an earlier run did so."""
    done = folder / "loaded"
    with embedded_database(folder, say=lambda _: say("starting PostgreSQL")) as url:
        upgrade(url)
        if not done.exists():
            say("loading the cable")
            engine = admin_engine(url)
            ingest(engine)
            engine.dispose()
            fill(url)
            done.touch()
        with psycopg.connect(url, autocommit=True) as connection:
            # A database that has run for a minute has statistics. A newly loaded one has none, and so gets other plans.
            connection.execute("ANALYZE")
        yield url


def postgresql_version(url: str) -> str:
    with psycopg.connect(url) as connection:
        return str(connection.info.parameter_status("server_version"))


def backend_seconds(url: str) -> dict[int, float]:
    """Returns CPU seconds so far for each PostgreSQL process that serves another connection, by process id."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        spent = {}
        for (pid,) in connection.execute(others).fetchall():
            # A backend is listed for a moment after its process has ended.
            with suppress(psutil.NoSuchProcess):
                spent[pid] = cpu_seconds(psutil.Process(pid))
        return spent


def cpu_seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return spent.user + spent.system
