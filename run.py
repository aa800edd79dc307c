"""The two commands: `python3 run.py` serves the register, `python3 run.py test` tests it.

Standard library only, and in the syntax of Python 3.6, so that an old Python parses this file and prints in
one line what is needed, without a syntax error.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn, TextIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def refusal(major: int, minor: int) -> str:
    """Returns the error text for a Python that is too old, or an empty string for a supported version."""
    if (major, minor) >= (3, 11):
        return ""
    return f"run.py: this is Python {major}.{minor}; install Python 3.11 or newer: python3.11 run.py"


# An old Python only parses the code below and never runs it.
if refusal(*sys.version_info[:2]):
    sys.exit(refusal(*sys.version_info[:2]))

USAGE = """\
usage: python3 run.py [serve] [--host HOST] [--port PORT] [--root-path PATH] [--data-dir FOLDER]
                              start the register on 127.0.0.1:8000; Ctrl-C stops it
       python3 run.py test    run the tests; accepts the arguments of pytest
       python3 run.py check   run lint, type checks, import rules, and the check of generated documents
       python3 run.py e2e     run the end-to-end tests, which need system packages and list missing ones;
                              accepts the arguments of pytest
       python3 run.py bench   run the benchmarks; for one part: python3 run.py bench --help
       python3 run.py chaos   run fault injection: kill, overload and abort, and record the results
       python3 run.py sbom    write the software bill of materials (CycloneDX) of the server to standard output
       python3 run.py audit-deps  check the packages of a lock for known vulnerabilities
       python3 run.py WORD    run any other command of the register, such as migrate or ingest;
                              python3 run.py WORD --help describes it

The packages of requirements/*.lock are installed into .venv. Without network access, they are read from the folder
wheelhouse/. To fill it: python3 -m pip download --no-deps -r requirements/dev.lock -d wheelhouse"""

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "stamp"
LOG = VENV / "install.log"
WHEELHOUSE = ROOT / "wheelhouse"

# The lock files. Each one contains all packages of the one before it.
LEVELS = ["local", "dev", "supply-chain", "e2e", "bench"]

# Commands that another module runs: its name, and the arguments that come first.
HANDED_OVER = {
    "test": ["tests"],
    "e2e": ["pytest", "tests/e2e"],
    "bench": ["benchmarks"],
    "chaos": ["chaos"],
    "sbom": ["supply_chain", "sbom"],
    "audit-deps": ["supply_chain", "audit-deps"],
}

# The lock that a command needs, where it is not the smallest one.
NEEDS = {
    "test": "dev",
    "check": "dev",
    "bench": "bench",
    "chaos": "dev",
    "sbom": "supply-chain",
    "audit-deps": "supply-chain",
    "e2e": "e2e",
}

# Patterns in an installer's log with advice for each. The first match counts.
REASONS = {
    "do not match the hashes|hash mismatch": "a package does not match its hash in the lock; use another source",
    "no space left": "the disk is full; free some space",
    "new ?connection|connection refused|failed to fetch|dns error|name resolution|timed out": (
        "the package index is unreachable; connect to the network, or put the packages into wheelhouse/"
    ),
    "no matching distribution|no solution found|not found in the provided": (
        "no reachable source has all wheels for this Python; check the network and wheelhouse/"
    ),
}


def main(words: list[str]) -> int:
    word, rest = (words[0], words[1:]) if words else ("serve", [])
    if word in ("help", "-h", "--help"):
        print(USAGE)
        return 0
    if word.startswith("-"):
        word, rest = "serve", words
    if word == "check" and rest:
        fail("check accepts no arguments")
    if word in ("bench", "chaos") and not (ROOT / HANDED_OVER[word][0]).is_dir():
        fail(f"the folder {HANDED_OVER[word][0]}/ is missing; use a full checkout")
    odd = [sign for sign in str(ROOT) if sign in ':"$`\\' or not sign.isprintable()]
    if odd and os.name == "posix":
        fail(f"the folder {str(ROOT)!r} has {odd[0]!r} in its path, which PostgreSQL or venv does not support; move it")
    prepare(NEEDS.get(word, "local"))
    if word == "check":
        return check()
    if word in HANDED_OVER:
        os.chdir(ROOT)
        module, *words = HANDED_OVER[word]
        return hand_over(module, [*words, *rest])
    # The working folder stays the caller's, so that relative paths keep their meaning. The default database folder
    # is beside this file.
    os.environ.setdefault("ROUNDTABLE_DATA_DIR", str(ROOT / ".data"))
    return hand_over("app.cli", [word, *rest])


def say(text: str) -> None:
    print(f"run.py: {text}", file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    sys.exit(f"run.py: {text}")


def environment() -> dict[str, str]:
    """Returns the caller's environment, with the locked packages and this checkout as the only import path."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def hand_over(module: str, words: list[str]) -> int:
    """Replaces this process by the module's where the system can, so that signals reach the module directly."""
    # Without -P, a folder named app in the caller's working folder would be imported instead of ours.
    command = [str(PYTHON), "-P", "-m", module, *words]
    own = environment()
    if module == "tests":
        # Tests start Python often. Compiling the code at each start would take a quarter of their time.
        own.pop("PYTHONDONTWRITEBYTECODE", None)
    if os.name == "posix":
        os.execve(command[0], command, own)
    return subprocess.call(command, env=own)


def prepare(level: str) -> None:
    """Installs at least the packages of a lock into .venv. Changes nothing if they are installed already."""
    try:
        if is_installed(level):
            return
        # Stopping run.py stops the installer too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        VENV.mkdir(exist_ok=True)
        with LOG.open("a", errors="replace") as log:
            wait_for_turn(log)
            if not is_installed(level):
                build(level, log)
    except OSError as error:
        where = error.filename or VENV
        fail(f"{where}: {error.strerror}; make {ROOT} writable and free some space, or copy the project elsewhere")


def is_installed(level: str) -> bool:
    return stamp() == expected(level) and PYTHON.exists()


def stamp() -> str:
    try:
        return os.fsdecode(STAMP.read_bytes())
    except FileNotFoundError:
        return ""


def expected(level: str) -> str:
    """Returns the stamp of a finished .venv: lock, Python and folder, since a venv cannot be moved.

    Once a larger lock is installed, it stays.
    """
    name = max(stamp().partition(" ")[0], level, key=lambda one: LEVELS.index(one) if one in LEVELS else -1)
    lock = ROOT / "requirements" / f"{name}.lock"
    if not lock.is_file():
        fail(f"requirements/{name}.lock is missing; restore it: git checkout -- requirements")
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{name} {digest} {sys.implementation.cache_tag} {sys.base_prefix} {ROOT}\n"


def wait_for_turn(log: TextIO) -> None:
    """Locks the log file. Installers inherit it as their output, so the lock outlives a run.py that was killed."""
    if sys.platform == "win32":
        log.seek(1 << 30)  # a byte that no installer writes to
        while True:
            try:
                msvcrt.locking(log.fileno(), msvcrt.LK_LOCK, 1)
                break
            except OSError:
                say("another process is installing .venv; waiting for it")
        log.seek(0)
    else:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is installing .venv; waiting for it")
            fcntl.flock(log, fcntl.LOCK_EX)


def build(level: str, log: TextIO) -> None:
    """Fills .venv. Deletes the stamp first and writes it last, so that an interrupted build is repeated."""
    target = expected(level)
    lock = ROOT / "requirements" / f"{target.split()[0]}.lock"
    # The packages of a larger lock are added to a good .venv in place: a server may be running from it.
    before = stamp() if is_installed("local") and (shutil.which("uv") or "uv = " not in venv_settings()) else ""
    tools = installers(adding=bool(before))
    log.truncate(0)
    STAMP.unlink(missing_ok=True)
    for tool in tools:
        if not before:
            clear()
        source = "wheelhouse/" if WHEELHOUSE.is_dir() else "the package index"
        say(f"{Path(tool).stem} installs {lock.name} into .venv from {source}; this can take a minute")
        if all(run_logged(command, log) for command in commands(tool, lock, fresh=not before)):
            STAMP.write_bytes(os.fsencode(target))
            return
    # Installers fetch all packages before they change anything, so a failed addition leaves the old .venv usable.
    if before:
        STAMP.write_bytes(os.fsencode(before))
    text = LOG.read_text(errors="replace").lower()
    reason = next((advice for signs, advice in REASONS.items() if re.search(signs, text)), "see the log")
    fail(f"installing {lock.name} failed: {reason}. Full log: {LOG}")


def venv_settings() -> str:
    return (VENV / "pyvenv.cfg").read_text()


def installers(*, adding: bool) -> list[str]:
    """Returns the programs that can fill .venv, in order of preference: uv, then pip, which also reads its settings."""
    uv = shutil.which("uv")
    if adding:
        return [uv or "pip"]
    whole = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    if not uv and not whole:
        fail("this Python has no venv module; on Debian and Ubuntu: sudo apt install python3-venv")
    return ([uv] if uv else []) + (["pip"] if whole else [])


def commands(tool: str, lock: Path, *, fresh: bool) -> list[list[str]]:
    """Returns the commands that make and fill .venv. Wheels only: a build would fetch packages that no lock pins."""
    base: str = getattr(sys, "_base_executable", None) or sys.executable
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    if WHEELHOUSE.is_dir():
        options += ["--no-index", "--find-links", str(WHEELHOUSE)]
    if tool == "pip":
        # -I: a package found through PYTHONPATH would count as installed.
        make = [base, "-I", "-m", "venv", str(VENV)]
        fill = [str(PYTHON), "-I", "-m", "pip", "--disable-pip-version-check", "install", *options]
    else:
        make = [tool, "venv", "--allow-existing", "--python", base, str(VENV)]
        # Compiled at install time, as pip does. Otherwise every start pays for it where Python writes no bytecode.
        fill = [tool, "pip", "install", "--compile-bytecode", "--python", str(PYTHON), *options]
    return [make, fill] if fresh else [fill]


def run_logged(command: list[str], log: TextIO) -> bool:
    print("$", *command, file=log, flush=True)
    # With `user = true` in the pip settings of the caller, packages would be installed outside .venv.
    env = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1"}
    return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env) == 0


def clear() -> None:
    """Empties .venv except for the log, which is also the lock file."""
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != LOG:
            entry.unlink()


def check() -> int:
    """Runs every step, also after a failure, and names the steps that failed."""
    steps: list[tuple[str, list[str | Path]]] = [
        ("ruff check", [PROGRAMS / "ruff", "check", "."]),
        ("ruff format", [PROGRAMS / "ruff", "format", "--check", "."]),
        ("mypy", [PROGRAMS / "mypy"]),
        ("lint-imports", [PROGRAMS / "lint-imports"]),
        ("generated documents", [PYTHON, "-P", "-m", "app.cli", "generate-docs", "--check"]),
    ]
    failed = []
    for name, command in steps:
        say(f"check: {name}")
        if subprocess.call(command, cwd=ROOT, env=environment()) != 0:
            failed.append(name)
    say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(130)
