"""`roundtable audit`: verifies the audit trail and takes checkpoints."""

from pathlib import Path

import click

from app.audit.chain import Keys
from app.cli.audit_report import checkpoint_at, look_through
from app.cli.common import (
    counted,
    database,
    fail,
    read_settings,
    say,
    told,
)

DATA_DIR = click.option("--data-dir", help="Folder of the embedded database; .data by default.")


@click.group()
def audit() -> None:
    """Verify the audit trail, and take checkpoints."""


@audit.command("verify")
@click.option("--checkpoint", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--unsealed-until",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="The last entry that may be without a key: the end of the trail when ROUNDTABLE_AUDIT_KEY was first set.",
)
@DATA_DIR
def verify_audit(files: tuple[Path, ...], unsealed_until: int, data_dir: str | None) -> None:
    """Verify every entry, and report the first that was changed, removed, moved or added.

    Exits with 0 if the trail is intact, with 1 for any fault or if it cannot be verified.
    """
    settings = read_settings(data_dir=data_dir)
    keys = Keys.of(settings.audit_keys)
    if unsealed_until and keys.current is None:
        fail("--unsealed-until says from where on entries have a key: set ROUNDTABLE_AUDIT_KEY")
    with told(), database(settings) as url:
        lines, faults = look_through(url, keys=keys, files=files, unsealed_until=unsealed_until, say=say)
    for line in (*lines, *faults):
        click.echo(line)
    if faults:
        fail(f"{counted(len(faults), 'fault')}, the first one above first: see docs/operations.md")


@audit.command("checkpoint")
@click.option("--kept-at", help="Where you will keep what this prints.")
@DATA_DIR
def take_checkpoint(kept_at: str | None, data_dir: str | None) -> None:
    """Take a signed checkpoint of the end of the trail, and print it, to be stored elsewhere."""
    settings = read_settings(data_dir=data_dir)
    with told(), database(settings) as url:
        click.echo(checkpoint_at(url, keys=Keys.of(settings.audit_keys), kept_at=kept_at), nl=False)
