"""Tests of run.py: real processes in nearly empty copies of the project.

A real installation takes seconds, so most copies use a stand-in for uv: it makes an empty
.venv and records its arguments. One test installs with pip.
"""

import ast
import hashlib
import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Result = subprocess.CompletedProcess[str]

SPEAK = """\
import json, os, sys
data = os.environ.get("ROUNDTABLE_DATA_DIR")
print(json.dumps({"words": sys.argv[1:], "cwd": os.getcwd(), "pid": os.getpid(), "data": data}))
"""

UV = """\
import os, pathlib, sys, time
words = sys.argv[1:]
with open(pathlib.Path(__file__).with_name("calls"), "a") as calls:
    print(*words, file=calls)
print(os.environ.get("UV_SAYS", "fine"), flush=True)
if words[0] == "venv":
    python, venv = pathlib.Path(words[words.index("--python") + 1]), pathlib.Path(words[-1])
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to(python)
    (venv / "pyvenv.cfg").write_text(f"home = {python.parent}\\nuv = 0\\n")
else:
    time.sleep(float(os.environ.get("UV_TAKES", "0")))
    sys.exit("UV_SAYS" in os.environ)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    for place in ("app", "benchmarks", "requirements", "tests"):
        (folder / place).mkdir(parents=True)
    shutil.copy(ROOT / "run.py", folder)
    for file in ("app/cli.py", "pytest.py", "tests/__main__.py", "benchmarks/__main__.py"):
        (folder / file).write_text(SPEAK)
    for name in ("local", "dev", "supply-chain", "e2e", "bench"):
        (folder / "requirements" / f"{name}.lock").write_text(f"# {name}\n")
    program(folder, "uv", UV)
    return folder


def program(project: Path, name: str, code: str) -> None:
    folder = project.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    file = folder / name
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{folder / name}.py" "$@"\n')
    file.chmod(0o755)


def environment(project: Path, **more: str) -> dict[str, str]:
    """Returns the machine's environment without its own package paths, settings and programs."""
    own = re.compile("(PIP|UV|PYTHON|ROUNDTABLE|VIRTUAL_ENV)|.*_proxy$", re.IGNORECASE)
    env = {name: value for name, value in os.environ.items() if not own.match(name)}
    return env | {"PATH": str(project.parent / "bin"), "PIP_CONFIG_FILE": os.devnull} | more


def start(project: Path, *words: str, by: list[str] | None = None, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*(by or [sys.executable, str(project / "run.py")]), *words],
        cwd=project.parent,
        env=environment(project, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(project: Path, *words: str, by: list[str] | None = None, **more: str) -> Result:
    process = start(project, *words, by=by, **more)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess([str(process.pid), *words], process.returncode, out, err)


def answer(result: Result) -> dict[str, object]:
    assert result.returncode == 0, result.stderr
    spoken: dict[str, object] = json.loads(result.stdout)
    return spoken


def complaint(result: Result) -> str:
    """Returns the one error line of a failure, after the progress lines."""
    *steps, line = result.stderr.splitlines()
    assert result.returncode == 1
    assert result.stdout == ""
    assert line.startswith("run.py: ")
    assert all(re.fullmatch(r"run.py: \w+ installs .*", step) for step in steps)
    return line


def calls(project: Path) -> list[str]:
    file = project.parent / "bin" / "calls"
    return file.read_text().splitlines() if file.exists() else []


def wait_for_call(project: Path, text: str) -> None:
    give_up = time.monotonic() + 20
    while not any(text in call for call in calls(project)):
        assert time.monotonic() < give_up, calls(project)
        time.sleep(0.02)


# Old Python versions


def test_old_pythons_can_read_the_file() -> None:
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 6))


def test_an_old_python_gets_a_one_line_error() -> None:
    refusal = runpy.run_path(str(ROOT / "run.py"))["refusal"]
    for version in [(2, 7), (3, 6), (3, 10)]:
        line = refusal(*version)
        assert line.startswith("run.py: this is Python {}.{}; install Python 3.11 or newer".format(*version))
        assert "\n" not in line
    assert not any(refusal(*version) for version in [(3, 11), (3, 14), (4, 0)])
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


# Location of the project


@pytest.mark.parametrize("name", ['a "project"', "$HOME", "a`b", "a\\b", "a:b", "two\nlines"])
def test_a_folder_that_cannot_be_is_refused_in_a_line_before_anything_is_made(project: Path, name: str) -> None:
    moved = project.rename(project.parent / name)
    assert f"{str(moved)!r} has " in complaint(run(moved))
    assert not (moved / ".venv").exists()


@pytest.mark.parametrize("name", ["my projects & more", "it's 50%; #1?", "-ü@a=b,c"])
def test_a_moved_project_still_starts(project: Path, name: str) -> None:
    moved = project.rename(project.parent / name)
    assert answer(run(moved))["data"] == str(moved / ".data")


# Command-line words


@pytest.mark.parametrize("word", ["help", "-h", "--help"])
def test_usage(project: Path, word: str) -> None:
    result = run(project, word)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: python3 run.py [serve] [--host HOST] [--port PORT]")
    assert result.stderr == ""
    assert not (project / ".venv").exists()


def test_words_go_to_the_command_line(project: Path) -> None:
    # A folder named app in the caller's working folder must not be imported instead of ours.
    (project.parent / "app").mkdir()
    (project.parent / "app" / "cli.py").write_text("raise SystemExit('the wrong one')")
    said = {
        (): ["serve"],
        ("--port", "9", "--data-dir", "here"): ["serve", "--port", "9", "--data-dir", "here"],
        ("serve", "--help"): ["serve", "--help"],
        ("ingest", "a file.yaml", "--dry-run"): ["ingest", "a file.yaml", "--dry-run"],
    }
    for words, heard in said.items():
        result = run(project, *words)
        spoken = answer(result)
        assert spoken["words"] == heard
        # Relative paths keep the caller's meaning. The data folder is the same wherever the caller is.
        assert spoken["cwd"] == str(project.parent)
        assert spoken["data"] == str(project / ".data")
        # The same process, so a signal to run.py reaches the server.
        assert spoken["pid"] == int(result.args[0])
    assert answer(run(project, ROUNDTABLE_DATA_DIR="mine"))["data"] == "mine"


@pytest.mark.parametrize(("word", "lock"), [("test", "dev"), ("bench", "bench")])
def test_development_words_run_in_the_project_with_their_lock(project: Path, word: str, lock: str) -> None:
    spoken = answer(run(project, word, "-k", "one"))
    assert spoken["words"] == ["-k", "one"]
    assert spoken["cwd"] == str(project)
    assert spoken["data"] is None
    assert any(f"{lock}.lock" in call for call in calls(project))
    assert not any("local.lock" in call for call in calls(project))


def test_check_runs_every_step_and_names_the_failed(project: Path) -> None:
    answer(run(project, "test"))
    for name in ("ruff", "mypy", "lint-imports"):
        step = project / ".venv" / "bin" / name
        step.write_text(f"#!/bin/sh\necho {name} $@\ntest {name} != mypy\n")
        step.chmod(0o755)
    result = run(project, "check")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "run.py: check failed: mypy"
    *steps, documents = result.stdout.splitlines()
    assert steps == ["ruff check .", "ruff format --check .", "mypy", "lint-imports"]
    assert json.loads(documents)["words"] == ["generate-docs", "--check"]
    (project / ".venv" / "bin" / "mypy").write_text("#!/bin/sh\n")
    result = run(project, "check")
    assert result.returncode == 0
    assert result.stderr.splitlines()[-1] == "run.py: check passed"


def test_verify_installs_more_and_keeps_it(project: Path) -> None:
    assert answer(run(project, "e2e", "-x"))["words"] == ["tests/e2e", "-x"]
    assert "e2e.lock" in calls(project)[-1]
    for word in ("test", "serve"):
        answer(run(project, word))
    assert len(calls(project)) == 2


# .venv


def test_nothing_is_done_while_the_lock_is_unchanged(project: Path) -> None:
    first = run(project)
    assert first.stderr == (
        "run.py: uv installs local.lock into .venv from the package index; this can take a minute\n"
    )
    before = {path: path.lstat().st_mtime_ns for path in (project / ".venv").rglob("*")}
    (project.parent / "bin" / "uv").unlink()
    second = run(project)
    assert answer(second)["words"] == ["serve"]
    assert second.stderr == ""
    assert {path: path.lstat().st_mtime_ns for path in (project / ".venv").rglob("*")} == before


def test_an_outdated_venv_is_rebuilt(project: Path) -> None:
    stamp, python = project / ".venv" / "stamp", project / ".venv" / "bin" / "python"
    changes: list[Callable[[], object]] = [
        lambda: (project / "requirements" / "local.lock").write_text("# changed\n"),
        lambda: stamp.write_text(re.sub("cpython-[0-9]+", "cpython-310", stamp.read_text())),
        lambda: stamp.write_text(stamp.read_text().replace(str(project), "elsewhere")),
        stamp.unlink,
        lambda: python.rename(python.with_name("lost")),
    ]
    answer(run(project))
    for number, change in enumerate(changes, start=1):
        (project / ".venv" / "left over").touch()
        change()
        answer(run(project))
        assert not (project / ".venv" / "left over").exists()
        assert len(calls(project)) == 2 + 2 * number


def test_the_dev_lock_is_added_in_place_and_covers_the_local_one(project: Path) -> None:
    answer(run(project))
    (project / ".venv" / "in use").touch()
    answer(run(project, "test"))
    assert [call.split()[0] for call in calls(project)] == ["venv", "pip", "pip"]
    assert (project / ".venv" / "in use").exists()
    assert run(project).stderr == ""
    assert len(calls(project)) == 3


def test_a_failed_addition_says_why_and_harms_nothing(project: Path) -> None:
    answer(run(project))
    unreachable = "the package index is unreachable; connect to the network, or put"
    reasons = {
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES": "a package does not match its hash in the lock",
        "error: Hash mismatch for tiny": "a package does not match its hash in the lock",
        "OSError: [Errno 28] No space left on device": "the disk is full; free some space",
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution": unreachable,
        "error: Failed to fetch\n  cause: dns error": unreachable,
        "ERROR: No matching distribution found for tiny==1": "no reachable source has all wheels",
        "something new": "see the log",
    }
    log = project / ".venv" / "install.log"
    for said, advice in reasons.items():
        line = complaint(run(project, "test", UV_SAYS=said))
        assert line.startswith(f"run.py: installing dev.lock failed: {advice}")
        assert line.endswith(f"Full log: {log}")
        assert said in log.read_text()
    assert run(project).stderr == ""


def test_a_stopped_install_stops_the_installer_and_is_made_good(project: Path) -> None:
    process = start(project, UV_TAKES="60")
    wait_for_call(project, "pip install")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "run.py: stopped"
    # An installer that still runs would hold the lock, and the next start would report that it waits.
    again = run(project)
    assert answer(again)["words"] == ["serve"]
    assert again.stderr.startswith("run.py: uv installs ")


@pytest.mark.parametrize("killed", [False, True])
def test_two_starts_at_once_install_once_at_a_time(project: Path, killed: bool) -> None:  # a case, not a switch  # noqa: FBT001 # a case, not a switch
    first = start(project, UV_TAKES="2")
    wait_for_call(project, "pip install")
    if killed:
        first.kill()
    second = run(project)
    _, err = first.communicate(timeout=60)
    assert answer(second)["words"] == ["serve"]
    assert second.stderr.startswith("run.py: another process is installing .venv; waiting for it\n")
    # The next start waits for an installer that outlived its run.py, and does not trust its result.
    assert len(calls(project)) == (4 if killed else 2)
    assert len(err.splitlines()) == 1


# Errors that a person can correct


def test_a_missing_lock(project: Path) -> None:
    (project / "requirements" / "local.lock").unlink()
    line = complaint(run(project))
    assert line == "run.py: requirements/local.lock is missing; restore it: git checkout -- requirements"
    assert not (project / ".venv").exists()


def test_a_venv_in_the_way(project: Path) -> None:
    (project / ".venv").touch()
    assert f"{project / '.venv'}/stamp: Not a directory; make" in complaint(run(project))


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_missing_venv_module(project: Path, lacking: str) -> None:
    (project.parent / "bin" / "uv").unlink()
    file = str(project / "run.py")
    code = f"import runpy, sys; sys.modules[{lacking!r}] = None; runpy.run_path({file!r}, run_name='__main__')"
    result = run(project, by=[sys.executable, "-c", code])
    assert "sudo apt install python3-venv" in complaint(result)


def test_a_read_only_folder(project: Path) -> None:
    command = [sys.executable, str(project / "run.py")]
    if os.geteuid() == 0:
        # Root may write anywhere, so a test of a read-only folder has to drop that capability.
        command = [
            shutil.which("setpriv") or "setpriv",
            "--bounding-set=-dac_override,-dac_read_search",
            *command,
        ]
        if not shutil.which("setpriv") or run(project, "help", by=command).returncode:
            pytest.skip("needs setpriv, or a user who is not root")
    project.chmod(0o555)
    try:
        line = complaint(run(project, by=command))
    finally:
        project.chmod(0o755)
    assert line.startswith(f"run.py: {project / '.venv'}: Permission denied; make {project} writable")


def test_pip_installs_from_a_wheelhouse_and_says_when_there_is_no_network(project: Path) -> None:
    house = project / "wheelhouse"
    house.mkdir()
    (project / "requirements" / "local.lock").write_text(f"tiny==1 --hash=sha256:{make_wheel(house)}\n")
    (project / "requirements" / "dev.lock").write_text(f"absent==1 --hash=sha256:{64 * '0'}\n")
    # pip may get packages that uv cannot, by its own settings. One of these would install outside .venv.
    result = run(project, UV_SAYS="no", PIP_USER="1")
    assert answer(result)["words"] == ["serve"]
    assert [line.split()[1] for line in result.stderr.splitlines()] == ["uv", "pip"]
    assert len([*(project / ".venv").glob("lib/python*/site-packages/tiny.py")]) == 1
    house.rename(project / "elsewhere")
    (project.parent / "bin" / "uv").unlink()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        result = run(project, "test", PIP_INDEX_URL=index, PIP_RETRIES="1")
    assert "the package index is unreachable; connect to the network, or put" in complaint(result)
    assert answer(run(project))["words"] == ["serve"]


def make_wheel(folder: Path) -> str:
    files = {
        "tiny.py": "",
        "tiny-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n",
        "tiny-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["tiny-1.dist-info/RECORD"] = "".join(f"{name},,\n" for name in [*files, "tiny-1.dist-info/RECORD"])
    wheel = folder / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()
