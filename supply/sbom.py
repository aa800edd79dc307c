"""Writes what a lock pins to standard output, as a CycloneDX bill of materials that is the same each time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write(lock: str) -> int:
    file = ROOT / "requirements" / f"{lock}.lock"
    if not file.is_file():
        print(f"sbom: there is no requirements/{lock}.lock", file=sys.stderr)
        return 1
    options = ["--pyproject", "pyproject.toml", "--mc-type", "application", "--output-reproducible", "--validate"]
    # It warns that a lock does not say who depends on whom.
    quiet = ["-W", "ignore::UserWarning"]
    command = [sys.executable, *quiet, "-m", "cyclonedx_py", "requirements", str(file), *options, "--of", "JSON"]
    return subprocess.call(command, cwd=ROOT)
