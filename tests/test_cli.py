"""Command line: start, stop and misuse."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from app.core.settings import SettingsError, settings_of_environment
from app.ingest.pipeline import check
from tests.conftest import ROOT
from tests.fixtures.commands import run, run_process


def environment(**extra: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    return {**own, "PYTHONUNBUFFERED": "1", **extra}


@contextmanager
def served(folder: Path, *words: str, **extra: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Runs `serve` on a free port with its own database. Yields the process and its base URL."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--data-dir", str(folder), *words]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(**extra), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found, "the address was not announced"
        yield process, found.group()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def postgres_in(folder: Path) -> list[psutil.Process]:
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.name() == "postgres" and Path(one.cwd()).is_relative_to(folder):
                found.append(one)
    return found


def listed_at(base: str) -> str:
    """Returns the path of the link from the first page of panels to the second."""
    return httpx.get(f"{base}/v1/panels", params={"limit": 1}).headers["link"].strip("<").partition("?")[0]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_leaves_nothing_running(tmp_path: Path, sent: signal.Signals) -> None:
    with served(tmp_path, "--root-path", "/register", ROUNDTABLE_ANONYMOUS="SBU") as (process, base):
        listed = httpx.get(f"{base}/v1/recommendations", params={"target": "embassy", "include": "total"}).json()
        assert listed["total"] == sum("embassy" in one.targets for one in check().cables[0].recommendations)
        assert httpx.get(f"{base}/healthz/ready").json() == {"status": "ok"}
        assert listed_at(base) == "/register/v1/panels"
        assert postgres_in(tmp_path)
        process.send_signal(sent)
        assert process.wait(timeout=60) == 0
    assert not postgres_in(tmp_path)


def test_a_second_start_finds_everything_done(tmp_path: Path) -> None:
    recommendations = check().cables[0].recommendations
    first = run_process("init", "--data-dir", str(tmp_path))
    assert f"{len(recommendations)} recommendations" in first.stderr
    again = run("ingest", "--data-dir", str(tmp_path))
    assert again.stdout == f"1 cable, {len(recommendations)} recommendations: 0 rows new, 0 changed, 0 removed\n"
    assert not postgres_in(tmp_path)


def test_a_process_that_was_killed_does_not_keep_the_database_running(tmp_path: Path) -> None:
    with served(tmp_path) as (process, _):
        process.kill()
        process.wait()
    assert postgres_in(tmp_path)
    assert run("ingest", "--data-dir", str(tmp_path)).returncode == 0
    assert not postgres_in(tmp_path)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Returns the error message, which is the last line and the only one that begins with "Error: "."""
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == errors[0]
    return errors[0]


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = one_line(run("serve", "--port", port, "--data-dir", str(tmp_path)))
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = one_line(run("serve", "--port", "0", "--data-dir", str(tmp_path / "file")))
    assert "--data-dir" in said


def test_a_database_that_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = one_line(run("serve", "--port", "0", ROUNDTABLE_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/none"))
    assert "ROUNDTABLE_DATABASE_URL" in said


def test_a_setting_that_does_not_exist_or_does_not_fit() -> None:
    assert "there is no setting ROUNDTABLE_PROT" in one_line(run("serve", ROUNDTABLE_PROT="1"))
    assert "ROUNDTABLE_PORT" in one_line(run("serve", ROUNDTABLE_PORT="99999"))
    for address in ("", "foo", "mysql://user@host/name", "postgresql://host:port/name"):
        assert "ROUNDTABLE_DATABASE_URL: give an address" in one_line(run("migrate", ROUNDTABLE_DATABASE_URL=address))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CORS_ORIGINS", "*", "'*' is no single origin"),
        ("CORS_ORIGINS", "https://wiki.example, https://*.example", "is no single origin"),
        ("CORS_ORIGINS", "https://wiki.example/", "is no single origin"),
        ("CORS_ORIGINS", "null", "is no single origin"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "'10.0.0.0/33' is not an IP address or network"),
        ("TRUSTED_PROXIES", "10.0.0.1,10.0.0.1/8", "'10.0.0.1/8' is not an IP address or network"),
        ("TRUSTED_PROXIES", "*", "'*' is not an IP address or network"),
        *(
            ("TRUSTED_PROXIES", networks, "trusts all its addresses")
            for networks in (
                "0.0.0.0/0",
                "0.0.0.0/1,128.0.0.0/1",
                "10.0.0.0/7",
                "10.0.0.0/8, 11.0.0.0/8",
                "::/1,8000::/1",
                "2000::/3",
                "::ffff:0:0/96",
                "64:ff9b::/96",
                "64:ff9b::/100",
                "64:ff9b::/32",
                "2002::/16",
                "::/96",
                "::/80",
            )
        ),
        ("ALLOWED_HOSTS", "*", "'*' is no name of a host"),
        ("ALLOWED_HOSTS", "register.example:8000", "is no name of a host"),
        ("ROOT_PATH", "register", "give the path that the proxy strips"),
        ("ROOT_PATH", "/register/", "give the path that the proxy strips"),
        ("ROOT_PATH", "/..", "give the path that the proxy strips"),
        ("ROOT_PATH", "/a/./b", "give the path that the proxy strips"),
        ("PUBLIC_URL", "https://register.example:99999", "give an address such as https://register.example"),
        ("PUBLIC_URL", "https://register.example/a/..", "give an address such as https://register.example"),
        ("CORS_ORIGINS", "https://wiki.example:0", "is no single origin"),
        ("OTLP_ENDPOINT", "http://collector:65536", "give the address of a collector"),
        ("DATABASE_URL", "postgresql://user@host:99999/name", "give an address such as postgresql://"),
        *(
            (name, value, "must be a whole number")
            for name in ("PORT", "POOL_SIZE", "MAX_CONCURRENT_REQUESTS", "RESPONSE_CACHE_BYTES")
            for value in ("8_0", "+80", " 80", "80.0", "080", "\u0668\u0660", "8e1")
        ),
        *(
            ("PROGRESS_TIMEOUT", value, "must be a number")
            for value in ("nan", "inf", "1_0", "+1", " 1", "01", ".5", "")
        ),
        ("SECURITY_CONTACT", "security@register.example", "give an address such as mailto:"),
    ],
)
def test_a_setting_for_the_network_that_does_not_fit(name: str, value: str, said: str) -> None:
    with pytest.MonkeyPatch.context() as environment_of_test:
        environment_of_test.setenv(f"ROUNDTABLE_{name}", value)
        with pytest.raises(SettingsError) as refused:
            settings_of_environment()
    assert str(refused.value).startswith(f"ROUNDTABLE_{name}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("value", ["8_463", "+8463", " 8463", "8463.0", "08463"])
def test_an_option_that_is_a_number_has_the_spelling_of_settings(value: str) -> None:
    done = run("serve", "--port", value)
    assert (done.returncode, "--port" in done.stderr, "must be a whole number" in done.stderr) == (2, True, True)


def test_check_data_reports_success_or_the_error(tmp_path: Path) -> None:
    output = run("validate-data").stdout
    assert output.startswith("07BEIJING7192\n  marking: SBU, ")
    assert output.endswith(f"\nno fault in 1 cable with {len(check().cables[0].recommendations)} recommendations\n")
    spoiled = tmp_path / "data"
    subprocess.run(["cp", "-r", str(ROOT / "data"), str(spoiled)], check=True)
    file = spoiled / "curated/07BEIJING7192/recommendations.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("engaging WIPO", "engaging the WIPO"), encoding="utf-8")
    done = run("validate-data", str(spoiled))
    assert re.match(r"data/curated/07BEIJING7192/recommendations.yaml:\d+: 07BEIJING7192-R088: ", done.stdout)
    assert one_line(done) == "Error: 1 fault"


def test_committed_documents_are_up_to_date() -> None:
    assert run("generate-docs", "--check").stdout == "up to date: all\n"
