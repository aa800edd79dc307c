"""Command `python3 run.py chaos`: runs every trial, and writes a table of the outcomes."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from chaos import experiments, load_and_migrate
from chaos.experiments import Outcome, Setting
from chaos.postgres import loaded
from chaos.report import say, table, write
from chaos.service import FaultError, Service, new_key


@contextmanager
def installed(folder: Path) -> Iterator[Setting]:
    """Yields a service on its own PostgreSQL, both for this run only, with an empty ledger."""
    (folder / "ledger").touch()
    with loaded(folder) as postgres:
        service = Service(postgres.url, METRICS="on")
        shown = new_key(postgres.url)
        service.start()
        try:
            yield Setting(postgres, service, shown, folder / "ledger")
        finally:
            service.kill()


def every(kills: int) -> dict[str, Callable[[Setting], Outcome]]:
    """Returns the trials by name, with `kills` kills in all."""
    half = max(kills // 2, 1)
    return {
        "overload": experiments.overload,
        "overload-made": lambda on: experiments.overload(on, path=experiments.MADE),
        "same": experiments.same_write_at_once,
        "load": load_and_migrate.load_killed,
        "migration": lambda on: load_and_migrate.migration_failing(on, every=max(200 // kills, 1), say=say),
        "aborts": lambda on: experiments.aborts(on, count=max(kills * 5, 100)),
        "exhausted": experiments.exhausted,
        "sigterm": experiments.sigterm,
        "restart": lambda on: experiments.restart(on, count=max(kills // 20, 1), say=say),
        "postgres": lambda on: experiments.kills(on, count=half, whom="PostgreSQL", say=say),
        "service": lambda on: experiments.kills(on, count=half, whom="the service", say=say),
    }


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="run.py chaos", description="Fault injection: kill, overload and abort the service, and check the results."
    )
    parser.add_argument("--kills", type=int, default=200, help="Total number of kills; default: 200.")
    parser.add_argument(
        "--only", choices=sorted(every(1)), action="append", help="Run only this experiment, and write no table."
    )
    asked = parser.parse_args(words)
    # SIGTERM raises as Ctrl-C does, so that every process is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcomes = []
    say("loading the cable")
    with TemporaryDirectory(prefix="faults-") as folder, installed(Path(folder)) as on:
        for name, trial in every(asked.kills).items():
            if not asked.only or name in asked.only:
                say(name)
                outcomes.append(trial(on))
                print(
                    f"{'passed' if outcomes[-1].holds else 'FAILS'}  {outcomes[-1].what}: {outcomes[-1].found}",
                    flush=True,
                )
    if not asked.only:
        write(outcomes)
    print(table(outcomes))
    return 0 if all(one.holds for one in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FaultError as error:
        print(f"faults: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("chaos: stopped", file=sys.stderr)
        sys.exit(130)
