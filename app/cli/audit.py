"""`roundtable audit`: verifies the audit trail and takes checkpoints."""

import re
from pathlib import Path

import click

from app.audit.chain import SigningKeys
from app.audit.verification import KeyLimits
from app.cli.audit_report import create_checkpoint, verify_with_report
from app.cli.console import WholeNumber, database, fail, operator_errors, pluralize, print_progress, read_settings

DATA_DIR = click.option("--data-dir", help="Folder of the embedded database; .data by default.")


@click.group()
def audit() -> None:
    """Verify the audit trail, and take checkpoints."""


def _parse_key_limits(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    found = [re.fullmatch("([0-9a-f]{16})=(0|[1-9][0-9]{0,15})", value, re.ASCII) for value in values]
    if not all(found):
        raise click.BadParameter(
            "give the id of a key and the position of its last entry, such as 4f2a9c01d7e3b586=120"
        )
    limits = {one[1]: int(one[2]) for one in found if one}
    if len(limits) < len(values):
        raise click.BadParameter("give each key once")
    return limits


@audit.command("verify")
@click.option("--checkpoint", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--unsigned-until",
    type=WholeNumber(),
    default=0,
    metavar="N",
    help="Last entry that may be unsigned: the end of the trail when ROUNDTABLE_AUDIT_SIGNING_KEYS was first set.",
)
@click.option(
    "--key-until",
    "key_until",
    multiple=True,
    callback=_parse_key_limits,
    metavar="KEY_ID=N",
    help="Last entry that an earlier key may have signed; `audit verify` reports it. May be repeated.",
)
@DATA_DIR
def verify_audit(files: tuple[Path, ...], unsigned_until: int, key_until: dict[str, int], data_dir: str | None) -> None:
    """Verify every entry, and report the first that was changed, removed, moved or added.

    Exits with 0 if the trail is intact, with 1 for any fault or if it cannot be verified.
    """
    settings = read_settings(data_dir=data_dir)
    keys = SigningKeys.of(settings.audit_keys)
    if unsigned_until and keys.current is None:
        fail("--unsigned-until says from where on entries have a key: set ROUNDTABLE_AUDIT_SIGNING_KEYS")
    unknown = sorted(set(key_until) - set(keys.ids[1:]))
    if unknown:
        fail(f"--key-until: {unknown[0]} is no earlier key of ROUNDTABLE_AUDIT_SIGNING_KEYS")
    limits = KeyLimits(unsigned_until, key_until)
    with operator_errors(), database(settings) as url:
        lines, faults = verify_with_report(url, keys=keys, files=files, limits=limits, say=print_progress)
    for line in (*lines, *faults):
        click.echo(line)
    if faults:
        fail(f"{pluralize(len(faults), 'fault')}, the first one above first: see docs/operations.md")


@audit.command("checkpoint")
@click.option("--location", help="Where you will keep what this prints.")
@DATA_DIR
def take_checkpoint(location: str | None, data_dir: str | None) -> None:
    """Take a signed checkpoint of the end of the trail, and print it, to be stored elsewhere."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), database(settings) as url:
        click.echo(create_checkpoint(url, keys=SigningKeys.of(settings.audit_keys), location=location), nl=False)
