"""`roundtable export-edits`: exports changes made through the service to the curated files."""

import shutil
from pathlib import Path

import click

from app.cli.console import database, fail, operator_errors, pluralize, print_progress, read_settings
from app.ingest.fingerprint import DATA


@click.command("export-edits")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder to write into; one that is not there begins as a copy of data/, which is the default.",
)
@click.option("--data-dir", help="Folder of the embedded database; .data by default.")
def export_curated(into: Path | None, data_dir: str | None) -> None:
    """Export changes made through the service into the curated files."""
    from app.core.db import admin_engine
    from app.ingest.yaml_export import export_edits

    settings = read_settings(data_dir=data_dir)
    folder = into or DATA
    with operator_errors(), database(settings) as url:
        if not folder.exists():
            print_progress(f"copying data/ to {folder}")
            shutil.copytree(DATA, folder)
        engine = admin_engine(url)
        exported = export_edits(engine, folder, say=print_progress)
        engine.dispose()
    for name in exported.files:
        click.echo(f"{folder.name}/{name}")
    click.echo(f"{pluralize(len(exported.files), 'file')} changed")
    if exported.left_out:
        for fault in exported.left_out:
            click.echo(f"{folder.name}/{fault}", err=True)
        left = pluralize(len({fault.record for fault in exported.left_out}), "record")
        fail(f"{left} could not be written, all others were: mend them, and export again")
