"""`roundtable keys`: creates, lists and revokes API keys, for operators with access to the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

import click
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.chain import SigningKeys
from app.audit.trail import OsUser
from app.auth import commands, queries
from app.auth.api_keys import NewApiKey, new_api_key
from app.auth.schemas import Caller, KeyIn
from app.cli.console import WholeNumber, database, fail, operator_errors, print_progress, read_settings, with_key_secret
from app.core.db import write_engine
from app.core.validation_messages import setting_message
from app.vocabulary import Marking, Role

ResultT = TypeVar("ResultT")
ROLES = click.Choice([role.value for role in Role])
MARKINGS = click.Choice([marking.value for marking in Marking])
DATA_DIR = click.option("--data-dir", help="Folder of the embedded database; .data by default.")


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command("create")
@click.option("--name", required=True, help="Who or what it is for.")
@click.option("--person", required=True, help="The person who answers for it, by the name that he signs on by.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    default=["reader"],
    type=ROLES,
    show_default=True,
    help="May be repeated.",
)
@click.option(
    "--clearance",
    default="U",
    type=MARKINGS,
    show_default=True,
    help="The highest marking it may see; an editor, reviewer or auditor needs SBU.",
)
@click.option(
    "--expires-in-days", "days", type=WholeNumber(), default=365, help="For how many days it holds.", show_default=True
)
@DATA_DIR
def create_key(  # noqa: PLR0913, PLR0917 - one for each option
    name: str, person: str, roles: tuple[str, ...], clearance: str, days: int, data_dir: str | None
) -> None:
    """Create an API key, and print it once. Anybody who can run this command may grant any role."""
    settings = read_settings(data_dir=data_dir)
    values = {"roles": [Role(role) for role in roles], "clearance": Marking(clearance), "expires_in_days": days}
    try:
        key = KeyIn.model_validate({"name": name, "person": person, **values})
    except ValidationError as error:
        fault = error.errors()[0]
        fail(f"--{str(fault['loc'][0]).replace('_', '-')}: {setting_message(fault)}")
    with operator_errors(), database(settings) as url:
        secret = with_key_secret(settings).api_key_secret
        if secret is None:
            fail("ROUNDTABLE_API_KEY_SECRET: set it, to what the service has, or keys made here would not hold there")
        made = enter_key(url, key, secret=secret, audit_keys=settings.audit_keys)
    rights = f"{' and '.join(key.roles)} with the clearance {key.clearance}"
    print_progress(f"key {made.id} for {key.name}, of {key.person}: {rights}, for {key.expires_in_days} days")
    print_progress("this is the only time that it is shown:")
    click.echo(made.text)


def enter_key(url: str, key: KeyIn, *, secret: SecretStr, audit_keys: Iterable[bytes] = ()) -> NewApiKey:
    """Creates a key in a database, with the secret of its service."""
    made = new_api_key(secret.get_secret_value().encode())
    by = operator()
    _run(url, lambda db: commands.create_key(db, key, key_id=made.id, digest=made.digest, by=by), audit_keys=audit_keys)
    return made


def operator() -> Caller:
    """Caller for the user of the command, with all roles: he has the whole database."""
    here = OsUser.here()
    return Caller(here.id, here.name, frozenset(Role), Marking.SBU, here.person)


@keys.command("list")
@DATA_DIR
def list_keys(data_dir: str | None) -> None:
    """List all API keys, including revoked and expired ones, without their secrets."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), database(settings) as url:
        for key in _run(url, queries.list_every_key):
            state = f"revoked {_day(key.revoked_at)}" if key.revoked_at else f"until {_day(key.expires_at)}"
            used = f"used {_day(key.last_used_at)}" if key.last_used_at else "never used"
            click.echo(f"{key.id}  {','.join(key.roles)}  {key.clearance}  {state}  {used}  {key.name}  {key.person}")


@keys.command("revoke")
@click.argument("key_id")
@DATA_DIR
def revoke_key(key_id: str, data_dir: str | None) -> None:
    """Revoke an API key. Within five seconds the service rejects it."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), database(settings) as url:
        if not _run(url, lambda db: commands.revoke_key(db, key_id, by=operator()), audit_keys=settings.audit_keys):
            fail(f"there is no key {key_id!r} to revoke: `keys list` names them")
    click.echo(f"key {key_id} is revoked")


def _run(
    url: str, work: Callable[[AsyncConnection], Awaitable[ResultT]], *, audit_keys: Iterable[bytes] = ()
) -> ResultT:
    """Runs `work` in one transaction."""

    async def run() -> ResultT:
        engine = write_engine(url, pool_size=1, audit_keys=SigningKeys.of(audit_keys))
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
