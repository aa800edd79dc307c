"""Startup message of `serve`: example addresses, and the limits of access."""

import sys
from typing import NamedTuple

import click

from app.core.settings import Settings
from app.http.forwarding_headers import host_name
from app.pages.index import EXAMPLES
from app.vocabulary import Marking

OPEN = ("/docs", "/openapi.json")
"""Paths without authentication."""


class Announcement(NamedTuple):
    """Startup message for the settings and the clearance of anonymous callers (None: anonymous access is off)."""

    settings: Settings
    clearance: Marking | None

    def print(self, host: str, port: int) -> None:
        for line in self.lines(host, port):
            click.echo(line)
        sys.stdout.flush()

    def lines(self, host: str, port: int) -> list[str]:
        shown = f"[{host}]" if ":" in host else host
        base = f"http://{shown}:{port}"
        lines = [f"Serving on {base}; Ctrl-C stops it. To begin with:", *(f"  {base}{path}" for path in self._paths())]
        names = self.settings.known_hosts
        if names and host_name(shown) not in names:
            lines.append(f"It answers to no other name than {', '.join(names)} (ROUNDTABLE_ALLOWED_HOSTS).")
        if self.settings.root_path:
            lines.append(f"The proxy in front has them below {self.settings.root_path} (ROUNDTABLE_ROOT_PATH).")
        if self.clearance is None:
            lines.append(
                "What is below /v1/ needs credentials (ROUNDTABLE_ANONYMOUS): Authorization: Bearer KEY, with a key of "
                "`keys create`."
            )
        return lines

    def _paths(self) -> list[str]:
        if self.clearance is None:
            return list(OPEN)
        # The paragraphs are marked SBU, so the message omits them for the clearance U.
        examples = [path for path in EXAMPLES if self.clearance is Marking.SBU or "/paragraphs/" not in path]
        return [*examples, *OPEN]
