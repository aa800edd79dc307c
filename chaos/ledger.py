"""Writing clients, and a ledger of acknowledged writes, flushed to disk before a client continues."""

import os
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx
import psycopg

CHECKPOINTS = "/v1/audit/checkpoints"


class Writers:
    """Runs `count` writing clients while it is open. Each write has a unique name."""

    def __init__(self, base: str, shown: dict[str, str], *, ledger: Path, count: int = 4) -> None:
        self.base = base
        self.shown = shown
        self.statuses: Counter[str] = Counter()
        self.unfit: list[str] = []
        """Responses that no client may get."""
        self._ledger = ledger.open("a", encoding="ascii")
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._ledger.close()

    def _write(self) -> None:
        with httpx.Client(base_url=self.base, headers=self.shown, timeout=30) as http:
            while not self._over.is_set():
                name = uuid4().hex
                try:
                    answer = http.post(CHECKPOINTS, json={"location": name}, headers={"Idempotency-Key": name})
                except httpx.HTTPError as error:
                    self._note(type(error).__name__)
                    self._over.wait(0.02)
                    continue
                self._note(str(answer.status_code), answer=answer, name=name)
                if not answer.is_success:
                    self._over.wait(0.02)

    def _note(self, status: str, *, answer: httpx.Response | None = None, name: str = "") -> None:
        with self._lock:
            self.statuses[status] += 1
            if answer is None:
                return
            if answer.is_success:
                self._ledger.write(f"{name}\n")
                self._ledger.flush()
                os.fsync(self._ledger.fileno())
            elif answer.status_code != 503 or not answer.headers.get("retry-after", "").isdigit():  # noqa: PLR2004 - unavailable
                self.unfit.append(f"{status} {answer.text[:200]}")


def compare(url: str, ledger: Path) -> tuple[int, int, int]:
    """Returns the number of acknowledged writes, of those that are missing, and of those that are stored twice."""
    acknowledged = set(ledger.read_text(encoding="ascii").split())
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT location FROM audit_checkpoints WHERE location IS NOT NULL").fetchall()
    there = Counter(name for (name,) in rows)
    doubled = sum(count > 1 for count in there.values())
    return len(acknowledged), len(acknowledged - set(there)), doubled
