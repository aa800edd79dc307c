"""PostgreSQL server of the trials, which can be killed, stopped and suspended."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg

from app.core.db import admin_engine
from app.core.embedded_postgres import EmbeddedServer, embedded_database
from app.core.migrations import upgrade
from app.ingest.pipeline import ingest

WAIT_SECONDS = 10


class Postgres:
    """A server in a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.place = folder / "postgres"
        self.url = url

    def processes(self) -> list[psutil.Process]:
        """Returns the server process and its children. Empty if the server does not run."""
        try:
            pid = int((self.place / "postmaster.pid").read_text(encoding="ascii").split()[0])
            server = psutil.Process(pid)
            return [server, *server.children(recursive=True)]
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return []

    def kill(self) -> None:
        """Kills all processes at once, without a shutdown, as a loss of power does."""
        found = self.processes()
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(found, timeout=WAIT_SECONDS)

    def kill_backend(self) -> None:
        """Kills the process of one connection: the server ends all others, and recovers. Skips a recovering server."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, autocommit=True) as connection:
            listed = "SELECT pid FROM pg_stat_activity WHERE usename IS NOT NULL AND pid <> pg_backend_pid()"
            for (pid,) in connection.execute(listed).fetchall()[:1]:
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).kill()

    def start(self) -> None:
        """Starts the server again, and returns when it responds."""
        EmbeddedServer.in_folder(self.place.parent).start()

    def still(self) -> "Still":
        """Suspends every process of the server while it is open: connections hang, and none is refused."""
        return Still(self)


class Still:
    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.held: list[psutil.Process] = []

    def __enter__(self) -> Self:
        self.held = self.postgres.processes()
        self._send(signal.SIGSTOP)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        for one in self.held:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)


@contextmanager
def loaded(folder: Path) -> Iterator[Postgres]:
    """Yields a server with the register loaded. Stops it at the end, in whatever state it is."""
    with embedded_database(folder, say=lambda _: None) as url:
        upgrade(url)
        engine = admin_engine(url)
        ingest(engine)
        engine.dispose()
        postgres = Postgres(folder.resolve(), url)
        try:
            yield postgres
        finally:
            # Only a running server can be stopped, and the stop looks for the process that it once started.
            postgres.start()
