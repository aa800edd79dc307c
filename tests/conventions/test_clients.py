"""Client documentation and its folder, checked against each other and the locks. `e2e` runs their commands."""

import json
import re
from typing import Any

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs/clients.md").read_text(encoding="utf-8")
PACKAGE: dict[str, Any] = json.loads((ROOT / "clients/typescript/package.json").read_text(encoding="utf-8"))
PINNED = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements/e2e.lock").read_text(), re.MULTILINE))
ROW = re.compile(r"^\| \w+ \| (\S+) ([\d.]+) \| \[(\S+)\]", re.MULTILINE)


@pytest.mark.parametrize(("generator", "version", "folder"), ROW.findall(PAGE))
def test_a_generator_of_the_page_is_the_pinned_one(generator: str, version: str, folder: str) -> None:
    package = "openapi-generator-cli" if generator == "openapi-generator" else generator
    assert version == {**PINNED, **PACKAGE["devDependencies"]}[package]
    assert [file for file in (ROOT / folder).iterdir() if "config" in file.name]
    assert [file for file in (ROOT / folder).iterdir() if file.stem.lower() in {"worked", "main"}]


def test_the_page_has_every_folder_and_installs_what_it_names() -> None:
    assert {folder for _, _, folder in ROW.findall(PAGE)} == {
        str(file.parent.relative_to(ROOT)) for file in (ROOT / "clients").glob("**/*config.[ty]*")
    }
    for package, version in re.findall(r"([\w-]+)==([\d.]+)", PAGE):
        assert PINNED[package] == version


def test_npm_packages_are_pinned_by_digest() -> None:
    lock = json.loads((ROOT / "clients/typescript/package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if name and not package.get("integrity")]
    assert lock["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in PACKAGE["devDependencies"].values())
