"""The `roundtable` command: serves, migrates and loads, validates data, manages API keys, and verifies the audit."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import uvicorn
from sqlalchemy.exc import OperationalError

from app import __version__
from app.audit.chain import SigningKeys
from app.cli.announcement import Announcement
from app.cli.audit import audit
from app.cli.backup import backup, restore
from app.cli.console import (
    WholeNumber,
    database,
    engines_of_revision,
    fail,
    new_database,
    operator_errors,
    pluralize,
    print_progress,
    read_settings,
    with_key_secret,
)
from app.cli.export import export_curated
from app.cli.keys import keys
from app.core.db import admin_engine
from app.core.logs import set_up_logs
from app.core.migrations import is_current, is_older, upgrade
from app.core.session import UnfitServer
from app.core.settings import Settings
from app.http.server import server_config, settle_memory
from app.ingest.fingerprint import DATA, is_up_to_date
from app.main import create_app
from app.records.errors import CurationError

ROOT = Path(__file__).resolve().parents[2]


def init_database(url: str, settings: Settings) -> None:
    engine = admin_engine(url, audit_keys=SigningKeys.of(settings.audit_keys))
    if not is_current(engine):
        print_progress("bringing the schema up to date")
        upgrade(url)
    if is_up_to_date(engine):
        print_progress("the data is loaded already")
        return
    from app.ingest.pipeline import ingest

    loaded = ingest(engine, say=print_progress)
    for difference in loaded.differences:
        print_progress(difference)
    changed = f"{loaded.tally.changed} rows changed" if loaded.tally.changed else "nothing changed"
    print_progress(
        f"{pluralize(loaded.cables, 'cable')}, {pluralize(loaded.recommendations, 'recommendation')}: {changed}"
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="roundtable")
def main() -> None:
    """A citable register of what policy roundtables asked for, read from diplomatic cables."""


@main.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=WholeNumber(), help="Port to listen on; 8000 by default, 0 takes a free one.")
@click.option("--root-path", help="Path that a reverse proxy strips from addresses, such as /register.")
@click.option("--data-dir", help="Folder of the embedded database; .data by default.")
def serve(host: str | None, port: int | None, root_path: str | None, data_dir: str | None) -> None:
    """Start the service until Ctrl-C or SIGTERM: the embedded database if none is set, migrations, data and server."""
    settings = read_settings(host=host, port=port, root_path=root_path, data_dir=data_dir)
    if settings.listens_unguarded:
        fail(
            f"ROUNDTABLE_ANONYMOUS: on {settings.host} others can reach the register; say who may read it without "
            "credentials (off, U or SBU), or set ROUNDTABLE_API_KEY_SECRET, ROUNDTABLE_OIDC_ISSUER or "
            "ROUNDTABLE_PROXY_AUTH_HEADER"
        )
    _stop_on_sigterm()
    with _listening(settings) as listener, operator_errors(), new_database(settings) as url:
        if settings.migrate_on_start == "on":
            init_database(url, settings)
        else:
            _refuse_an_older_schema(url)
        set_up_logs(settings.log_format)
        app = create_app(with_key_secret(settings), database_url=url)
        said = Announcement(settings, app.state.authenticator.clearance)
        _Server(server_config(app, settings), said=said).run(sockets=[listener])


def _refuse_an_older_schema(url: str) -> None:
    """Fails if the schema is older than this release. A newer one is accepted, as during a rolling upgrade."""
    try:
        older = is_older(*engines_of_revision(url))
    except OperationalError as error:
        if isinstance(error.orig, UnfitServer):
            raise
        print_progress("the database does not answer yet, so its schema is not looked at")
        return
    if older:
        fail("ROUNDTABLE_MIGRATE_ON_START: it is off, and the schema is older than this release: run `migrate` first")


class _Server(uvicorn.Server):
    """Uvicorn server that prints its addresses once it listens. We handle signals, so that all contexts close."""

    def __init__(self, config: uvicorn.Config, *, said: Announcement) -> None:
        super().__init__(config)
        self.said = said

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_memory()
        for listener in sockets or []:
            self.said.print(*listener.getsockname()[:2])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            self.handle_exit(number, frame)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _stop_on_sigterm() -> None:
    """Makes SIGTERM raise KeyboardInterrupt as Ctrl-C does, so that every context closes."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Opens the listening socket before anything else starts, so that a used port fails at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        fail(f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): choose another with --port")
    try:
        yield listener
    finally:
        listener.close()


main.add_command(keys)
main.add_command(audit)
main.add_command(export_curated)
main.add_command(backup)
main.add_command(restore)


@main.command()
@click.option("--data-dir", help="Folder of the embedded database; .data by default.")
def migrate(data_dir: str | None) -> None:
    """Migrate the database schema to this release."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), new_database(settings) as url:
        upgrade(url)
        print_progress("the schema is up to date")


@main.command()
@click.option("--data-dir", help="Folder of the embedded database; .data by default.")
def init(data_dir: str | None) -> None:
    """Migrate the schema, then load the data."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), new_database(settings) as url:
        init_database(url, settings)


@main.command("ingest")
@click.option("--data-dir", help="Folder of the embedded database; .data by default.")
def ingest_data(data_dir: str | None) -> None:
    """Load the cables and curated files of data/ into the database. A second run changes nothing."""
    settings = read_settings(data_dir=data_dir)
    with operator_errors(), database(settings) as url:
        from app.ingest.pipeline import ingest

        loaded = ingest(admin_engine(url, audit_keys=SigningKeys.of(settings.audit_keys)), say=print_progress)
        tally = loaded.tally
        for difference in loaded.differences:
            print_progress(difference)
        click.echo(
            f"{pluralize(loaded.cables, 'cable')}, {pluralize(loaded.recommendations, 'recommendation')}: "
            f"{tally.inserted} rows new, {tally.updated} changed, {tally.deleted} removed"
        )


@main.command("validate-data")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DATA)
def validate_data(folder: Path) -> None:
    """Validate the curated files: list all faults with file, line and record, and the parse result of each cable."""
    from app.cable_parser.report import report
    from app.ingest.pipeline import check

    try:
        curated = check(folder)
    except CurationError as refused:
        for fault in refused.faults:
            click.echo(f"{folder.name}/{fault}")
        fail(pluralize(len(refused.faults), "fault"))
    for cable in curated.cables:
        click.echo(cable.id)
        for line in report(cable.text, cable.finding):
            click.echo(line)
    count = sum(len(cable.recommendations) for cable in curated.cables)
    click.echo(f"no fault in {pluralize(len(curated.cables), 'cable')} with {pluralize(count, 'recommendation')}")


@main.command("generate-docs")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail where one is out of date.")
def generate_docs(only_check: bool) -> None:  # noqa: FBT001 - click passes flags as booleans
    """Generate the committed documents that are made from code and data."""
    stale = []
    with operator_errors():
        made = _generated_documents()
    for path, text in made.items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not only_check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
    if stale and only_check:
        fail(f"out of date: {', '.join(stale)}; run `python3 run.py generate-docs` and commit what it writes")
    click.echo(f"{'written' if stale else 'up to date'}: {', '.join(stale) or 'all'}")


def _generated_documents() -> dict[str, str]:
    from app.ingest.generated_docs import documents_of
    from app.ingest.pipeline import check

    openapi = create_app(Settings(), database_url="postgresql://").openapi()
    return {
        "docs/openapi.json": json.dumps(openapi, indent=1, ensure_ascii=False) + "\n",
        **documents_of(check()),
    }
