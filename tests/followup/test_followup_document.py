"""Worked example of docs/followup.md, run unchanged against its own register."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import KEY_SECRET, ROOT, serving
from tests.conventions.test_docs import ADDRESS, own_environment

BLOCK = re.compile(r"^```bash\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def test_the_documented_followup_works_as_shown(copy_database: Callable[[str], str], tmp_path: Path) -> None:
    url = copy_database("as_documented")
    blocks = BLOCK.findall((ROOT / "docs/followup.md").read_text(encoding="utf-8"))
    shown = "".join(answer for _, answer in blocks)
    assert len(shown.splitlines()) > 15
    app = create_app(Settings.model_validate({"api_key_secret": KEY_SECRET}), database_url=url)
    with serving(app) as address:
        # The environment is installed already, so this runs the command itself, without run.py.
        pasted = "".join(code for code, _ in blocks).replace(
            "python3 run.py", f"{shlex.quote(sys.executable)} -m app.cli"
        )
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", pasted.replace(ADDRESS, address)],
            cwd=tmp_path,
            env={
                **own_environment(),
                "PYTHONPATH": str(ROOT),
                "ROUNDTABLE_DATABASE_URL": url,
                "ROUNDTABLE_API_KEY_SECRET": KEY_SECRET,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert (done.stdout, done.returncode) == (shown, 0), done.stderr
