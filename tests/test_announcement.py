"""Startup message of `serve`: every printed address works as printed."""

from typing import Any

import httpx
import pytest

from app.cli.announcement import Announcement
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving

CASES = [
    {},
    {"anonymous": "SBU"},
    {"anonymous": "off"},
    {"anonymous": "U"},
    {"root_path": "/register"},
    {"root_path": "/register", "anonymous": "SBU"},
    {"allowed_hosts": "register.example"},
]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_every_announced_address_responds(served_url: str, options: dict[str, Any]) -> None:
    settings = Settings.model_validate(options)
    app = create_app(settings, database_url=served_url)
    with serving(app, settings) as base:
        lines = Announcement(settings, app.state.authenticator.clearance).lines(
            "127.0.0.1", int(base.rpartition(":")[2])
        )
        addresses = [line.strip() for line in lines if line.startswith("  ")]
        # Elsewhere, the public host names resolve to this machine.
        host = {"Host": "register.example"} if settings.known_hosts else {}
        found = {address: httpx.get(address, headers=host, timeout=60).status_code for address in addresses}
    words = "\n".join(line for line in lines if not line.startswith("  "))
    if not settings.known_hosts:
        assert set(found.values()) == {200}, found
    assert ("register.example" in words) == bool(settings.known_hosts)
    assert ("credentials" in words) == (app.state.authenticator.clearance is None)
    assert ("/register" in words) == bool(settings.root_path)
