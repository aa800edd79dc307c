"""Names and docstrings: no retired word in a name of ours, no docstring that asks, and a glossary that fits the code."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

GLOSSARY = ROOT / "docs/glossary.md"
CLOSED = ("migrations/versions/",)
"""Folders whose names stay: a landed migration is never edited."""
QUESTION = re.compile(
    r"\s*(what|who|whom|whose|whoever|whether|where|when|which|how|those|that which)\b", re.IGNORECASE
)


def section(title: str) -> str:
    text = GLOSSARY.read_text(encoding="utf-8")
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def retired_words() -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", section("Retired words"), flags=re.MULTILINE))


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def parts(name: str) -> set[str]:
    """Words of a name in snake case, camel case or capitals."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def names_in(tree: ast.AST) -> Iterator[str]:
    """Names that a module defines: classes, functions, parameters, variables, attributes, members."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr


def docstrings_in(tree: ast.AST) -> Iterator[str]:
    """Docstrings of modules, classes, functions and attributes."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield text


def test_the_retired_words_are_listed() -> None:
    assert len(retired_words()) == 23


def test_names_have_no_retired_word() -> None:
    retired = retired_words()
    found = []
    for path in sources():
        if str(path).startswith(CLOSED):
            continue
        names = {*path.with_suffix("").parts, *names_in(ast.parse((ROOT / path).read_text(encoding="utf-8")))}
        found += [f"{path}: {name}" for name in sorted(names) if parts(name) & retired]
    assert not found


def test_no_docstring_begins_with_a_question() -> None:
    found = [
        f"{path}: {text[:60]}"
        for path in sources()
        for text in docstrings_in(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if QUESTION.match(text)
    ]
    assert not found


def test_the_names_that_the_glossary_gives_are_in_the_code() -> None:
    """Each name in the last column of a table of terms is defined in `app/`, or is a module there."""
    cells = re.findall(r"\| ([^|\n]+) \|$", section("Technical terms"), flags=re.MULTILINE)
    wanted = {name for cell in cells for name in re.findall(r"`([\w./]+)`", cell)}
    defined: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        relative = path.relative_to(ROOT / "app")
        defined |= {str(relative), str(relative.parent), *names_in(ast.parse(path.read_text(encoding="utf-8")))}
    assert wanted
    assert not {name for name in wanted if name.removeprefix("app/").rstrip("/") not in defined}


def test_glossary_terms_are_in_order_and_stand_once() -> None:
    for title in ("Domain terms", "Technical terms"):
        terms = re.findall(r"^\| \*\*([^*]+)\*\* \|", section(title), flags=re.MULTILINE)
        assert terms
        assert terms == sorted(terms, key=str.lower)
        assert len(terms) == len(set(terms))
