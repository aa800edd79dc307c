"""The container files, held to what Docker Compose accepts. It reads them; no container is started."""

from tests.conftest import ROOT
from tests.verify.conftest import Found, run


def test_compose_accepts_its_file(program: Found) -> None:
    compose = program("docker-compose", package="docker-compose")
    # Any password will do: the file is only read.
    run(compose, "-f", "docker-compose.yml", "config", "-q", cwd=ROOT, env={"POSTGRES_PASSWORD": "unused"})
