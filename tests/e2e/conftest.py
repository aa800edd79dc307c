"""System programs that `python3 run.py e2e` needs and that no Python package provides."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Found = Callable[..., str]


@pytest.fixture(scope="session")
def program() -> Found:
    """Returns a function that finds a system program by one of its names. Without it, the test names the package."""

    def find(*names: str, package: str, path: str = "") -> str:
        for name in names:
            # Servers are in sbin, which is not on every PATH.
            found = shutil.which(name, path=path or None) or shutil.which(
                name, path=path or "/usr/sbin:/usr/local/sbin"
            )
            if found:
                return found
        pytest.fail(f"verify needs {names[0]}, which is not here: sudo apt-get install {package}", pytrace=False)

    return find


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: int = 300
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, with `env` added to the environment. A failure shows its output."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done
