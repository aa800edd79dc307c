"""Architecture rules: import contracts that catch violations, file sizes, and tests and data with clear boundaries."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import ROOT


def contracts(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


BREAKS = {
    "Rooms are stacked": ("app/cables/queries.py", "from app.panels import queries"),
    "Inside a noun": ("app/cables/schemas.py", "from app.cables import queries"),
    "Inside audit_api": ("app/audit_api/schemas.py", "from app.audit_api import queries"),
    "Inside auth": ("app/auth/queries.py", "from app.auth import api_keys"),
    "Inside http": ("app/http/responses.py", "from app.http import routing"),
    "Inside records": ("app/records/anchors.py", "from app.records import writer"),
    "Inside the command": ("app/cli/console.py", "from app.cli import keys"),
    "Inside pages": ("app/pages/layout.py", "from app.pages import index"),
    "HTTP stays in routes": ("app/panels/queries.py", "import fastapi"),
    "Routes, schemas, formats and pages": ("app/facets/routes.py", "import sqlalchemy"),
    "The cable parser imports": ("app/cable_parser/lines.py", "import app.models"),
    "SVG primitives and the vocabulary": ("app/svg/canvas.py", "import sqlalchemy"),
}
"""For each contract, the beginning of its name, and an import that breaks it."""


def test_every_contract_is_shown_to_break() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [one["name"] for one in settings["tool"]["importlinter"]["contracts"]]
    assert [name for name in names if not name.startswith(tuple(BREAKS))] == []


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report on each contract, by its name, of a copy of the code in which each import of `BREAKS` was added."""
    copy = tmp_path_factory.mktemp("broken")
    shutil.copytree(ROOT / "app", copy / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file, line in BREAKS.values():
        target = copy / file
        target.write_text(target.read_text(encoding="utf-8") + f"\n{line}  # noqa\n", encoding="utf-8")
    code, output = contracts(copy)
    assert code != 0, output
    # Below this title, each broken contract has its name, a line of dashes, and its imports.
    parts = re.split(r"^(.+)\n-+$", output.partition("Broken contracts")[2], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("contract", BREAKS)
def test_breaking_a_contract_is_noticed(broken: dict[str, str], contract: str) -> None:
    (report,) = (report for name, report in broken.items() if name.startswith(contract))
    file, line = BREAKS[contract]
    imported = re.sub("^import |^from | import ", ".", line).strip(".")
    importer = file.removesuffix(".py").replace("/", ".")
    assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)} \(l\.\d+\)", report), report


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


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its signature and docstring."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_functions_are_of_a_size_to_read() -> None:
    """Functions have at most 40 lines, and the bodies of endpoints at most 10, in every file of routes."""
    long = []
    for path in (ROOT / "app").rglob("*.py"):
        routes = path.name == "routes.py" or "routes" in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                is_endpoint = routes and not node.name.startswith("_")
                size = body_lines(node) if is_endpoint else (node.end_lineno or 0) - node.lineno + 1
                if size > (10 if is_endpoint else 40):
                    long.append(f"{path.name}:{node.name} {size}")
    assert not long


def test_every_endpoint_is_in_a_file_of_routes() -> None:
    """Every endpoint is in a file that the limit of its lines covers. Its name begins with a letter, for the same reason."""
    included: list[Any] = create_app(Settings(), database_url="postgresql://").router.routes
    endpoints = [route.endpoint for one in included for route in one.original_router.routes]
    assert len(endpoints) > 150
    elsewhere = [one for one in endpoints if "routes" not in one.__module__.split(".") or one.__name__.startswith("_")]
    assert not elsewhere


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent
