"""Architecture rules: import contracts that catch violations, file sizes, and tests and data with clear boundaries."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def contracts(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


BREAKS = {
    "Rooms are stacked": ("app/cables/queries.py", "from app.panels import queries"),
    "Inside a noun": ("app/cables/schemas.py", "from app.cables import queries"),
    "Inside access": ("app/auth/queries.py", "from app.auth import keys"),
    "Inside the command": ("app/cli/common.py", "from app.cli import keys"),
    "Inside pages": ("app/pages/layout.py", "from app.pages import landing"),
    "HTTP stays at the door": ("app/panels/queries.py", "import fastapi"),
    "Routes and schemas know no SQL": ("app/facets/routes.py", "import sqlalchemy"),
    "Reading a cable needs neither": ("app/cable_parser/lines.py", "import app.models"),
}


@pytest.mark.parametrize("contract", BREAKS)
def test_breaking_a_contract_is_noticed(tmp_path: Path, contract: str) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line = BREAKS[contract]
    target = tmp_path / file
    target.write_text(target.read_text(encoding="utf-8") + f"\n{line}  # noqa\n", encoding="utf-8")
    code, output = contracts(tmp_path)
    assert code != 0, output
    assert any(contract in line and "BROKEN" in line for line in output.splitlines()), output


def test_a_module_outside_the_contracts_is_detected(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "app" / "utils.py").write_text('"""Nothing."""\n', encoding="utf-8")
    code, output = contracts(tmp_path)
    assert code != 0, output


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files_are_of_a_size_to_read() -> None:
    long = [path.name for path in (ROOT / "app").rglob("*.py") if lines(path) > 400]
    long += [path.name for path in (ROOT / "tests").rglob("*.py") if lines(path) > 400]
    assert not long


def test_functions_are_of_a_size_to_read() -> None:
    long = []
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                most = 8 + 8 if path.name == "routes.py" else 40
                if size > most:
                    long.append(f"{path.name}:{node.name} {size}")
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent
