"""Command `roundtable keys`, and unsafe settings: `serve` rejects them in one line that names the setting."""

import getpass
import re
import stat
from pathlib import Path

import httpx
import psycopg
import pytest
from click.testing import CliRunner

from app.cli import main as command_line
from tests.conftest import KEY_SECRET, bearer
from tests.fixtures.commands import run, run_process
from tests.test_cli import one_line, served

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the start fails before it listens
SECRET = "ROUNDTABLE_API_KEY_SECRET"  # noqa: S105 - the name of the setting


def test_a_key_made_beside_the_embedded_database_opens_until_it_is_revoked(tmp_path: Path) -> None:
    place = ("--data-dir", str(tmp_path))
    with served(tmp_path) as (_, base):
        key = made_while_it_runs(place, base)
    assert "  revoked 2" in run("keys", "list", *place).stdout
    assert stat.S_IMODE((tmp_path / "key-secret").stat().st_mode) == 0o600
    assert key not in (tmp_path / "key-secret").read_text(encoding="ascii")


def made_while_it_runs(place: tuple[str, ...], base: str) -> str:
    """Creates, uses and revokes a key while the service runs. Both share a generated secret."""
    made = run_process("keys", "create", "--name", "weekly export", "--person", "Ann", "--clearance", "SBU", *place)
    key = made.stdout.strip()
    assert re.fullmatch(r"rr_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", key)
    assert key not in made.stderr
    listed = run("keys", "list", *place).stdout
    assert re.fullmatch(
        rf"{key[3:15]}  reader  SBU  until \d{{4}}-\d\d-\d\d  never used  weekly export  Ann\n", listed
    ), listed
    assert httpx.get(f"{base}/v1/panels", headers=bearer(key)).status_code == 200
    assert httpx.get(f"{base}/v1/panels", headers=bearer(key[:-3] + "xxx")).status_code == 401
    assert run("keys", "revoke", key[3:15], *place).stdout == f"key {key[3:15]} is revoked\n"
    assert "`keys list` names them" in one_line(run("keys", "revoke", key[3:15], *place))
    return key


def test_a_key_for_another_database_needs_the_secret_that_the_service_has(scratch_url: str) -> None:
    settings = {"ROUNDTABLE_DATABASE_URL": scratch_url}
    words = ("keys", "create", "--name", "x", "--person", "ann", "--role", "admin", "--role", "reader")
    assert one_line(run(*words, **settings)).startswith(f"Error: {SECRET}: ")
    made = run(*words, "--expires-in-days", "2", **settings, **{SECRET: KEY_SECRET})
    assert made.stdout.startswith("rr_")
    with psycopg.connect(scratch_url) as connection:
        stored = connection.execute(
            "SELECT roles, clearance, created_by, expires_at - created_at < '49 hours' FROM api_keys"
        ).fetchall()
    assert stored == [(["reader", "admin"], "U", f"command:{getpass.getuser()}", True)]
    assert "--expires-in-days: " in one_line(run(*words, "--expires-in-days", "0", **settings, **{SECRET: KEY_SECRET}))
    assert (
        "reader and admin with the clearance U, for 365 days" in run(*words, **settings, **{SECRET: KEY_SECRET}).stderr
    )
    useless = one_line(run(*words[:6], "--role", "editor", **settings, **{SECRET: KEY_SECRET}))
    assert useless == "Error: --clearance: editor requires the clearance SBU: with U it permits nothing"
    lacking = run(*words[:4], **settings, **{SECRET: KEY_SECRET})
    assert (lacking.returncode, "--person" in lacking.stderr) == (2, True)
    assert "--name: " in one_line(run(*words[:3], "", *words[4:], **settings, **{SECRET: KEY_SECRET}))


OIDC = {"OIDC_ISSUER": "https://login.example", "OIDC_AUDIENCE": "register", "OIDC_JWKS": "https://login.example/keys"}


SSO = {"PROXY_AUTH_HEADER": "X-User", "TRUSTED_PROXIES": "10.0.0.1"}


@pytest.mark.parametrize(
    ("settings", "named", "said"),
    [
        ({"HOST": EVERYWHERE}, "ANONYMOUS", "others can reach the register"),
        ({"HOST": "::"}, "ANONYMOUS", "others can reach the register"),
        ({"HOST": "register.example"}, "ANONYMOUS", "others can reach the register"),
        ({"API_KEY_SECRET": "short"}, "API_KEY_SECRET", "is shorter than 32 bytes"),
        ({"API_KEY_SECRET": "a" * 64}, "API_KEY_SECRET", "is a default"),
        ({"API_KEY_SECRET": "change-me-change-me-change-me-now-123"}, "API_KEY_SECRET", "is a default"),
        ({"PROXY_AUTH_HEADER": "X-Remote-User"}, "TRUSTED_PROXIES", "everybody could say who they are"),
        (
            {"PROXY_AUTH_HEADER": "Authorization", "TRUSTED_PROXIES": "10.0.0.1"},
            "PROXY_AUTH_HEADER",
            "a header of its own",
        ),
        ({"PROXY_AUTH_HEADER": "X Y", "TRUSTED_PROXIES": "10.0.0.1"}, "PROXY_AUTH_HEADER", "a header of its own"),
        ({"PROXY_AUTH_ROLES": "reader,king"}, "PROXY_AUTH_ROLES", "'king' is not a role"),
        ({"PROXY_AUTH_ROLES": "reader,editor"}, "PROXY_AUTH_ROLES", "editor requires the clearance SBU"),
        ({"GROUP_GRANTS": "a=reader:U"}, "PROXY_AUTH_GROUPS_HEADER", "is needed too"),
        ({"GROUP_GRANTS": "a=king:U"}, "GROUP_GRANTS", "'king' is not a role"),
        ({"PROXY_AUTH_GROUPS_HEADER": "X-Groups", "GROUP_GRANTS": "a=reader:U"}, "PROXY_AUTH_HEADER", "is needed too"),
        ({**SSO, "PROXY_AUTH_GROUPS_HEADER": "X-Groups"}, "GROUP_GRANTS", "is needed too"),
        (
            {**SSO, "GROUP_GRANTS": "a=reader:U", "PROXY_AUTH_GROUPS_HEADER": "x-user"},
            "PROXY_AUTH_GROUPS_HEADER",
            "of the user",
        ),
        ({"REALM_ALIASES": "EX"}, "REALM_ALIASES", "is no name of a domain"),
        ({**OIDC, "OIDC_AUDIENCE": ""}, "OIDC_AUDIENCE", "is needed too"),
        ({**OIDC, "OIDC_JWKS": ""}, "OIDC_JWKS", "is needed too"),
        ({"OIDC_AUDIENCE": "register"}, "OIDC_ISSUER", "is needed too"),
        ({**OIDC, "OIDC_JWKS": "http://login.example/keys"}, "OIDC_JWKS", "give an https: address"),
        ({**OIDC, "OIDC_JWKS": "pyproject.toml"}, "OIDC_JWKS", "nor a file that holds a JWK set"),
        ({"ANONYMOUS": "yes"}, "ANONYMOUS", "must be one of off, U, SBU"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS", "is no single origin"),
    ],
)
def test_an_unsafe_start_ends_in_one_line(tmp_path: Path, settings: dict[str, str], named: str, said: str) -> None:
    variables = {f"ROUNDTABLE_{name}": value for name, value in settings.items()}
    done = CliRunner(env=variables).invoke(command_line, ["serve", "--port", "0", "--data-dir", str(tmp_path)])
    (line,) = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (1, "")
    assert line.startswith(f"Error: ROUNDTABLE_{named}: ")
    assert said in line
    assert "change-me" not in line
    assert not list(tmp_path.iterdir())


def test_an_unsafe_start_ends_the_process(tmp_path: Path) -> None:
    assert "ROUNDTABLE_ANONYMOUS" in one_line(run_process("serve", "--host", EVERYWHERE, "--data-dir", str(tmp_path)))


@pytest.mark.parametrize("opened", [{"ANONYMOUS": "off"}, {"API_KEY_SECRET": KEY_SECRET}, OIDC])
def test_beyond_loopback_a_start_requires_access_settings(opened: dict[str, str]) -> None:
    """The start passes this check and fails at the database, which does not exist."""
    variables = {f"ROUNDTABLE_{name}": value for name, value in opened.items()}
    address = "postgresql://nobody@127.0.0.1:9/none"
    done = run("serve", "--host", EVERYWHERE, "--port", "0", ROUNDTABLE_DATABASE_URL=address, **variables)
    assert one_line(done).startswith("Error: the database cannot be reached")


def test_a_schema_older_than_the_code_is_not_served(scratch_url: str) -> None:
    with psycopg.connect(scratch_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'c41d7e0b95aa'")
    done = run("serve", "--port", "0", ROUNDTABLE_DATABASE_URL=scratch_url, ROUNDTABLE_MIGRATE_ON_START="off")
    assert one_line(done).startswith("Error: ROUNDTABLE_MIGRATE_ON_START: ")
