"""Documentation: examples return what they show, every name is documented, and links resolve.

REWRITE_EXAMPLES=1 in the environment writes the actual responses into the documents. Read the diff then.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from app.cli import main as command_line
from app.core.problem_kinds import PROBLEMS
from app.core.settings import Settings
from tests.conftest import EVERY_ROLE, ROOT, new_key

README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs/api.md").read_text(encoding="utf-8")
DATA = (ROOT / "docs/data.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")

# The examples

ADDRESS = "http://127.0.0.1:8000"
EXAMPLE = re.compile(
    r"^```(?P<language>sh|python)\n(?P<code>.*?)^```$(\n\n```(?P<form>text|json)\n(?P<shown>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
STARTED = re.compile(r"^```console\n\$ python3 run\.py\n(?P<shown>.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A block of a document that sends a request, and the block below it that shows the response."""

    file: Path
    language: str
    code: str
    shown: str | None
    whole: str


def find_examples() -> Iterator[Any]:
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = file.read_text(encoding="utf-8")
        for found in EXAMPLE.finditer(text):
            if file.name == "README.md" or ADDRESS in found["code"]:
                line = text.count("\n", 0, found.start()) + 1
                one = Example(file, found["language"], found["code"], found["shown"], found[0])
                yield pytest.param(one, id=f"{file.name}:{line}")


def own_environment() -> dict[str, str]:
    """Returns the environment without our settings. `python3` is the Python of the tests; loopback has no proxy."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', os.defpath)}"
    return {**inherited, "PATH": path, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@pytest.fixture(scope="module")
def shown_key(shipped_url: str) -> str:
    return new_key(shipped_url, *EVERY_ROLE, name="everything")


@pytest.mark.parametrize("example", list(find_examples()))
def test_an_example_gives_what_is_shown(
    shipped_base_url: str, shown_key: str, tmp_path: Path, example: Example
) -> None:
    assert example.shown is not None, "no answer is shown below it"
    shell = [sys.executable, "-c"] if example.language == "python" else ["sh", "-c"]
    if example.language == "sh" and not shutil.which("curl"):
        pytest.skip("needs curl")
    done = subprocess.run(
        [*shell, example.code.replace(ADDRESS, shipped_base_url)],
        cwd=tmp_path,
        env={**own_environment(), "KEY": shown_key},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    output = done.stdout.replace(shipped_base_url, ADDRESS)
    if os.environ.get("REWRITE_EXAMPLES"):
        mended = example.whole.removesuffix(f"{example.shown}```") + f"{output}```"
        text = example.file.read_text(encoding="utf-8")
        example.file.write_text(text.replace(example.whole, mended, 1), encoding="utf-8")
    else:
        assert output == example.shown


def test_a_first_start_prints_what_is_shown(tmp_path: Path) -> None:
    shown = STARTED.search(README)
    assert shown is not None
    install, *lines = shown["shown"].splitlines()
    assert install.startswith("run.py: pip installs local.lock into .venv ")  # tests/test_run.py checks this line
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env={**own_environment(), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    too_long = threading.Timer(60, process.kill)
    too_long.start()
    try:
        output = [process.stdout.readline().rstrip("\n") for _ in lines]
        found = re.search(r"http://[\d.]+:\d+", "\n".join(output))
        assert found, output
        with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as http:
            assert http.get(f"{found[0]}/healthz/live").status_code == 200
        process.send_signal(signal.SIGINT)
        assert (process.stdout.read(), process.wait()) == ("", 0)
    finally:
        too_long.cancel()
        process.kill()
        process.stdout.close()

    def settled(text: str) -> str:
        """Returns the text without the port and the number of rows, which changes with every edit of the data."""
        return re.sub(r"\d+ rows", "N rows", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text))

    assert [settled(line) for line in output] == [settled(line) for line in lines]


# Every name is documented


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^#+ ", API, flags=re.MULTILINE)[1:])
"""Sections of docs/api.md by heading."""


def documentation_of(route: str) -> str:
    """Returns what docs/api.md says about a route: the section it heads, or sections that name it, and linked ones."""
    word = f"`{route}`"
    own = [heading for heading in SECTIONS if word in heading] or [one for one in SECTIONS if word in SECTIONS[one]]
    assert own, f"docs/api.md does not tell of {route}"
    text = SECTIONS[own[0]]
    pointed = re.findall(r"`GET /[^`]+`", text)
    return "".join([text, *(body for heading, body in SECTIONS.items() if any(one in heading for one in pointed))])


def unnamed(words: set[str], text: str) -> list[str]:
    return sorted(word for word in words if f"`{word}`" not in text)


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yields every object inside a JSON value."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from nodes(part)


COMMON = SECTIONS["Lists"] + SECTIONS["Conditional requests"] + SECTIONS["Writing"]
"""Text that applies to all endpoints."""


def test_every_route_and_parameter_is_described(app: FastAPI) -> None:
    for route, operation in operations(app):
        asked = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert not unnamed(asked, documentation_of(route) + COMMON), route


def test_every_field_and_word_of_the_answers_is_described(app: FastAPI) -> None:
    document = app.openapi()
    fields = {name for shape in document["components"]["schemas"].values() for name in shape.get("properties", {})}
    words = {word for node in nodes(document) for word in (*node.get("enum", ()), *node.get("x-extensible-enum", ()))}
    assert {"lead_in", "seeks_change_by"} <= fields
    assert {"embassy", "open_unresolved", "page_chrome"} <= words
    assert not unnamed(fields | words, DATA + API)


def test_every_problem_is_described() -> None:
    assert not unnamed(set(PROBLEMS), SECTIONS["Problems"])


def test_every_setting_is_described() -> None:
    assert not unnamed({f"ROUNDTABLE_{name.upper()}" for name in Settings.model_fields}, OPERATIONS)


def test_every_command_is_described() -> None:
    assert not unnamed({f"python3 run.py {name}" for name in command_line.commands}, OPERATIONS)


def test_every_adr_says_what_was_decided() -> None:
    for file in (ROOT / "docs/adr").glob("*.md"):
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", file.name)
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {file.name[:4]}: "), file.name
        for heading in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"\n## {heading}\n" in text, (file.name, heading)


# References in the files of the repository

OUTSIDE = {"__pycache__", "node_modules", "generated", "compiled", "wheelhouse", ".env", ".git"}
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.~/-])/(?:work|root|home|Users|tmp)/[\w.-]+|\b[A-Z]:\\+Users|\.\./shared")
IN_THE_IMAGE = {"/tmp/server.lock"}  # a folder of the image  # noqa: S108 # a folder of the image
ADDRESS_OF_A_REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.|crates\.io|-index-ur[l]|proxy\.golang\.")


def repository() -> Iterator[Path]:
    """Yields the files of the repository, without tool folders (.venv and others) and personal settings."""
    for entry in sorted(ROOT.iterdir()):
        if entry.name in OUTSIDE:
            continue
        if entry.is_file():
            yield entry
        elif not entry.name.startswith(".") or entry.name == ".ci":
            yield from (one for one in sorted(entry.rglob("*")) if one.is_file() and not OUTSIDE & set(one.parts))


def test_no_file_names_a_path_of_a_machine_or_the_address_of_a_registry() -> None:
    named = []
    for file in repository():
        text = file.read_text(encoding="utf-8", errors="replace")
        found = [*PATH_OF_A_MACHINE.findall(text), *ADDRESS_OF_A_REGISTRY.findall(text)]
        named += [f"{file.relative_to(ROOT)}: {one}" for one in found if one not in IN_THE_IMAGE]
    assert not named


def slug(heading: str) -> str:
    """Returns the anchor of a heading in rendered Markdown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_link_within_the_repository_leads_somewhere() -> None:
    lost = []
    for file in repository():
        if file.suffix != ".md":
            continue
        text = re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = file.parent / path if path else file
            if not target.exists():
                lost.append(f"{file.relative_to(ROOT)}: {link}")
            elif anchor:
                headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                lost += [] if anchor in map(slug, headings) else [f"{file.relative_to(ROOT)}: {link}"]
    assert not lost
