"""Container image, built and run as Compose would run it, on a PostgreSQL behind TCP.

No image registry can be reached here, so a Debian with Python replaces the image that the Dockerfile names, and
crun alone runs what a container engine would have it run.
"""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
import yaml
from psycopg import sql

from app.core.embedded_postgres import EmbeddedServer
from app.core.session import libpq_parameters
from app.ingest.pipeline import check
from tests.conftest import ROOT
from tests.e2e.conftest import Found, run

IMAGE = "localhost/roundtable-register"
PORT = 5431
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]
PASSWORDS = {"REGISTER_OWNER_PASSWORD": "it's $an owner", "REGISTER_WEB_PASSWORD": 'a "web" one'}
Config = dict[str, Any]


class Engine:
    """Builds, unpacks and runs images with buildah and crun, which store them in a folder of the test."""

    def __init__(self, folder: Path, *, buildah: str, crun: str) -> None:
        self.folder = folder
        self.crun = crun
        self.rootfs = folder
        self.words = [buildah, "--storage-driver=vfs", f"--root={folder / 'storage'}", f"--runroot={folder / 'run'}"]

    def buildah(self, *words: str | Path, cwd: Path = ROOT, timeout: int = 300) -> str:
        return run(*self.words, *words, cwd=cwd, timeout=timeout).stdout.strip()

    def take_in(self, tree: Path, name: str) -> None:
        """Imports a folder as an image."""
        container = self.buildah("from", "scratch")
        self.buildah("copy", "--quiet", container, tree, "/")
        self.buildah("commit", "--quiet", "--rm", container, name)


@pytest.fixture(scope="module")
def engine(program: Found, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(
        tmp_path_factory.mktemp("engine"),
        buildah=program("buildah", package="buildah"),
        crun=program("crun", package="crun"),
    )


@pytest.fixture(scope="module")
def config(engine: Engine, program: Found) -> Config:
    """The run configuration of the image. Its files are in the engine's `rootfs`."""
    tree = engine.folder / "debian"
    packages = "--include=python3,python3-pip,ca-certificates"
    run(
        program("debootstrap", package="debootstrap"), "--variant=minbase", packages, "bookworm", tree,
        cwd=engine.folder, timeout=600,
    )  # fmt: skip
    (tree / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    # Of the machine's pip settings, the build gets only those that lead to the index.
    # The tree's certificates are links to files of the machine: a copy would overwrite its own source.
    shutil.rmtree(tree / "etc/ssl/certs")
    shutil.copytree("/etc/ssl/certs", tree / "etc/ssl/certs", ignore_dangling_symlinks=True)
    engine.take_in(tree, "localhost/python")
    engine.buildah(
        *("build", "--isolation=chroot", "--pull=never", "--format=docker", "--layers=false"),
        *("--build-arg=BASE_IMAGE=localhost/python", f"--tag={IMAGE}", "."),
        timeout=600,
    )
    container = engine.buildah("from", "--pull=never", IMAGE)
    engine.rootfs = Path(engine.buildah("mount", container))
    found: Config = json.loads(engine.buildah("inspect", "--type=image", IMAGE))["Docker"]["config"]
    return found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yields the port of a PostgreSQL with password authentication over TCP, prepared by `deploy/roles.sql`."""
    server = EmbeddedServer.in_folder(tmp_path_factory.mktemp("database"))
    server.start()
    try:
        psql = server.programs / "psql"
        with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER SYSTEM SET listen_addresses = '127.0.0.1'"))
        (server.folder / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8"
        )
        socket = libpq_parameters(server.address("postgres"))["host"]
        run(
            psql, "-X", "-v", "ON_ERROR_STOP=1", "-h", socket, "-U", "postgres", "-f", "deploy/roles.sql", "postgres",
            cwd=ROOT, env=PASSWORDS,
        )  # fmt: skip
        server.run("pg_ctl", "stop", "-w", "-D", "postgres")
        words = ("-l", "postgres/log", "-o", f"-h 127.0.0.1 -p {PORT} -k {socket}")
        assert server.run("pg_ctl", "start", "-w", "-D", "postgres", *words) == 0
        yield PORT
    finally:
        server.stop()


def bundle(engine: Engine, config: Config, service: str, *, command: list[str] | None = None) -> Path:
    """Returns a folder for crun: the image's settings, overridden by those of the service in Compose."""
    composed = SERVICES[service]
    folder = engine.folder / service
    folder.mkdir(exist_ok=True)
    run(engine.crun, "spec", cwd=folder) if not (folder / "config.json").exists() else None
    spec = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    user, group = map(int, config["User"].split(":"))
    environment = {key: str(value) for key, value in composed["environment"].items() if "${" not in str(value)}
    environment["ROUNDTABLE_DATABASE_URL"] = environment["ROUNDTABLE_DATABASE_URL"].replace(
        "@db:5432", f"@127.0.0.1:{PORT}"
    )
    login = environment["ROUNDTABLE_DATABASE_URL"].split("//")[1].split("@")[0]
    environment |= {"PGPASSWORD": PASSWORDS[f"{login.upper()}_PASSWORD"], "ROUNDTABLE_ANONYMOUS": "SBU"}
    spec["process"] |= {
        "terminal": False,
        "user": {"uid": user, "gid": group},
        "args": command or config["Entrypoint"] + composed.get("command", config["Cmd"]),
        "env": [*config["Env"], *(f"{key}={value}" for key, value in environment.items())],
        "cwd": config["WorkingDir"],
        "capabilities": {} if composed["cap_drop"] == ["ALL"] else spec["process"]["capabilities"],
        "noNewPrivileges": "no-new-privileges:true" in composed["security_opt"],
    }
    spec["root"] = {"path": str(engine.rootfs), "readonly": composed["read_only"]}
    spec["mounts"] = [one for one in spec["mounts"] if one["destination"] in {"/proc", "/dev"}]
    spec["mounts"] += [{"destination": at, "type": "tmpfs", "source": "tmpfs"} for at in composed["tmpfs"]]
    # The machine's network, since the database is on its loopback; and no cgroups, which may need more rights.
    spec["linux"] = {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]}
    (folder / "config.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def runtime(engine: Engine, *words: str) -> list[str]:
    """Returns a crun command that hides cgroups: crun refuses machines that have both versions of them."""
    unseen = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
    crun = [engine.crun, f"--root={engine.folder / 'crun'}", "--cgroup-manager=disabled"]
    return ["unshare", "--mount", "sh", "-c", unseen, "sh", *crun, *words]


def ended(engine: Engine, config: Config, service: str, *, command: list[str] | None = None) -> str:
    """Returns the output of a container that runs to its end."""
    folder = bundle(engine, config, service, command=command)
    done = run(*runtime(engine, "run", "--bundle", str(folder), f"{service}-{time.monotonic_ns()}"), cwd=folder)
    return done.stdout + done.stderr


@contextmanager
def started(engine: Engine, config: Config, service: str) -> Iterator[subprocess.Popen[bytes]]:
    folder = bundle(engine, config, service)
    words = runtime(engine, "run", "--bundle", str(folder), service)
    with (folder / "log").open("wb") as log, subprocess.Popen(words, cwd=folder, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            subprocess.run(runtime(engine, "delete", "--force", service), capture_output=True, check=False)
            process.wait(timeout=30)


def test_the_image_migrates_loads_serves_and_stops(engine: Engine, config: Config, database: int) -> None:
    assert database == PORT
    count = len(check().cables[0].recommendations)
    assert f"{count} recommendations" in ended(engine, config, "load")
    with started(engine, config, "app") as process, httpx.Client(base_url="http://127.0.0.1:8000") as http:
        until = time.monotonic() + 60
        while subprocess.run(exec_words(engine, config), capture_output=True, check=False).returncode:
            assert time.monotonic() < until, (engine.folder / "app/log").read_text()
            time.sleep(0.2)
        assert http.get("/healthz/ready").json() == {"status": "ok"}
        assert http.get("/v1/recommendations", params={"include": "total", "limit": 1}).json()["total"] == count
        user = int(config["User"].split(":")[0])
        (inside,) = [one for one in psutil.process_iter(["uids"]) if one.info["uids"].real == user]
        status = Path(f"/proc/{inside.pid}/status").read_text(encoding="ascii")
        assert "NoNewPrivs:\t1" in status
        assert "CapBnd:\t0000000000000000" in status
        subprocess.run(runtime(engine, "kill", "app", config["StopSignal"]), check=True)
        assert process.wait(timeout=60) == 0
    assert signal.Signals[config["StopSignal"]] is signal.SIGTERM


def exec_words(engine: Engine, config: Config) -> list[str]:
    """Returns the arguments of the image's health check, to run inside the container."""
    kind, *command = config["Healthcheck"]["Test"]
    assert kind == "CMD"
    return runtime(engine, "exec", "app", *command)


def test_nothing_can_be_written_but_to_the_folder_for_that(engine: Engine, config: Config, database: int) -> None:
    assert database
    code = "import os\nfor at in ('/tmp', '/', '/srv/roundtable', '/venv'):\n    print(at, os.access(at, os.W_OK), os.getuid())"
    output = ended(engine, config, "load", command=["python", "-c", code])
    user = config["User"].split(":")[0]
    assert output.splitlines() == [
        f"/tmp True {user}",  # noqa: S108 - in the container
        f"/ False {user}", f"/srv/roundtable False {user}", f"/venv False {user}"
    ]  # fmt: skip


def test_no_login_of_the_services_is_a_superuser(config: Config, database: int) -> None:
    assert config
    address = f"postgresql://register_web@127.0.0.1:{database}/register"
    password = PASSWORDS["REGISTER_WEB_PASSWORD"]
    with psycopg.connect(address, password=password) as connection:
        mighty = "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls) AND rolname !~ '^pg_'"
        assert connection.execute(mighty.encode()).fetchall() == [("postgres",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE of_ours (id int)")
