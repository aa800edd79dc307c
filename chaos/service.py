"""The service as an operator runs it: the command, in its own process, on a PostgreSQL that it did not start."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
from pydantic import SecretStr

from app.auth.schemas import KeyIn
from app.cli.keys import enter_key
from app.vocabulary import Marking, Role

ROOT = Path(__file__).resolve().parents[1]
SECRET = "Xk2-of-the-trials-alone-9fQ7-vN4m-tB1s"  # noqa: S105 - for databases of one run
ANSWERS_WITHIN = 30


class FaultError(Exception):
    """A trial could not be run. The message gives the reason."""


def new_key(url: str) -> dict[str, str]:
    """Returns the credentials of a caller who may read, and write checkpoints."""
    roles = [Role.READER, Role.AUDITOR]
    key = KeyIn(name="trials", person="trials", roles=roles, clearance=Marking.SBU, expires_in_days=1)
    made = enter_key(url, key, secret=SecretStr(SECRET))
    return {"Authorization": f"Bearer {made.text}"}


class Service:
    """A process of `serve`, on the same port across restarts."""

    def __init__(self, url: str, **settings: str) -> None:
        self.url = url
        self.settings = settings
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
        # All requests come from one address, as fast as possible.
        settings = {
            "DATABASE_URL": self.url,
            "API_KEY_SECRET": SECRET,
            "MIGRATE_ON_START": "off",
            "ANONYMOUS_RATE_LIMIT": "",
            **self.settings,
        }
        command = [sys.executable, "-P", "-m", "app.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            env={**own, "PYTHONPATH": str(ROOT), **{f"ROUNDTABLE_{name}": value for name, value in settings.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        found = re.search(r":(\d+);", line)
        if found is None:
            raise FaultError("the service does not start")
        self.port = int(found[1])

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self._ended()

    def terminate(self) -> tuple[int, float]:
        """Sends SIGTERM. Returns the exit status, and the seconds until the exit."""
        assert self.process is not None  # noqa: S101 - it was started
        began = time.monotonic()
        self.process.terminate()
        return self._ended(), time.monotonic() - began

    def _ended(self) -> int:
        assert self.process is not None  # noqa: S101 - it was started
        status = self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return status


def seconds_until_available(base: str) -> float:
    """Returns the seconds until the service responds to a read from the database."""
    began = time.monotonic()
    while time.monotonic() - began < ANSWERS_WITHIN:
        try:
            if httpx.get(f"{base}/v1/panels?limit=1", timeout=10).is_success:
                return time.monotonic() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise FaultError(f"no response within {ANSWERS_WITHIN} s")
