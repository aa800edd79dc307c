"""CycloneDX bill of materials of a lock, written to standard output, with the same bytes each time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write(lock: str) -> int:
    file = ROOT / "requirements" / f"{lock}.lock"
    if not file.is_file():
        print(f"sbom: requirements/{lock}.lock does not exist", file=sys.stderr)
        return 1
    options = ["--pyproject", "pyproject.toml", "--mc-type", "application", "--output-reproducible", "--validate"]
    # The tool warns that a lock does not record the dependencies between packages.
    quiet = ["-W", "ignore::UserWarning"]
    command = [sys.executable, *quiet, "-m", "cyclonedx_py", "requirements", str(file), *options, "--of", "JSON"]
    return subprocess.call(command, cwd=ROOT)
