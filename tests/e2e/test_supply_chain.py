"""Bill of materials and vulnerability audit, against a local stand-in for the OSV service."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import ROOT

UNSAFE = {
    "id": "PYSEC-2099-1",
    "summary": "It can be made to fall over.",
    "affected": [
        {
            "package": {"name": "starlette", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


def supply(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", str(ROOT / "run.py"), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def osv(status: int = 200, *, against: str = "") -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = query["package"]["name"]
            asked.append(f"{name}=={query['version']}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"vulns": [UNSAFE]} if name == against else {}).encode())

        def log_message(self, format: str, *args: object) -> None: ...  # the name it has there  # noqa: A002 # the name in the base class

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
        server.shutdown()


def pinned() -> set[str]:
    text = (ROOT / "requirements" / "server.lock").read_text()
    return {
        f"{name}=={version}" for name, version in re.findall(r"^([a-z0-9.-]+)(?:\[\w+\])?==(\S+)", text, re.MULTILINE)
    }


def test_the_bill_of_materials_names_each_package_of_the_server_and_is_the_same_each_time() -> None:
    first, second = supply("sbom"), supply("sbom")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    bill = json.loads(first.stdout)
    version = SchemaVersion.from_version(bill["specVersion"])
    assert JsonStrictValidator(version).validate_str(first.stdout) is None
    assert {f"{one['name'].lower()}=={one['version']}" for one in bill["components"]} == pinned()
    assert all("purl" in one for one in bill["components"])
    assert bill["metadata"]["component"]["name"] == "roundtable-register"


def test_a_lock_against_which_nothing_is_known() -> None:
    with osv() as (url, asked):
        done = supply("audit-deps", "--lock", "server", "--osv-url", url)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("advisories: server: no known vulnerability in its ")
    # Packages for another system are not queried.
    assert set(asked) <= pinned()
    assert len(asked) > len(pinned()) * 0.9


def test_a_package_that_is_known_to_be_unsafe_is_named_with_the_release_that_mends_it() -> None:
    with osv(against="starlette") as (url, _):
        done = supply("audit-deps", "--lock", "server", "--osv-url", url)
    assert done.returncode == 1
    assert re.fullmatch(r"server: starlette \S+: PYSEC-2099-1; fixed in 99\.0\n", done.stdout)


def test_a_missing_response_is_not_a_success() -> None:
    with osv(500) as (url, _):
        refused = supply("audit-deps", "--lock", "server", "--osv-url", url)
    # The stand-in no longer listens at this URL.
    away = supply("audit-deps", "--lock", "server", "--osv-url", url)
    for done in (refused, away):
        assert (done.returncode, done.stdout) == (3, "")
        assert re.fullmatch(r"advisories: server: no response, so its packages are not checked: .+\n", done.stderr)
