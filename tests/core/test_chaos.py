"""Short versions of the trials of `python3 run.py chaos`: faults injected into the running command, with a ledger."""

from collections.abc import Iterator

import pytest

from chaos import experiments, load_and_migrate
from chaos.__main__ import installed
from chaos.experiments import Outcome, Setting


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with installed(tmp_path_factory.mktemp("chaos")) as made:
        yield made


def holds(outcome: Outcome) -> None:
    assert outcome.holds, f"{outcome.what}: {outcome.found}"


@pytest.mark.parametrize("whom", ["PostgreSQL", "the service"])
def test_killed_in_mid_write_nothing_acknowledged_is_lost_and_nothing_doubled(on: Setting, whom: str) -> None:
    holds(experiments.kills(on, count=2, whom=whom, say=lambda _: None))
    assert on.ledger.read_text().count("\n") > 2


def test_the_same_write_many_times_at_once_has_one_effect(on: Setting) -> None:
    holds(experiments.same_write_at_once(on))


def test_clients_that_go_away_leave_no_connection_in_use(on: Setting) -> None:
    holds(experiments.aborts(on, count=100))


@pytest.mark.timing
def test_an_exhausted_pool_is_refused_in_time(on: Setting) -> None:
    holds(experiments.exhausted(on, most=10))


@pytest.mark.timing
def test_sigterm_lets_requests_in_flight_finish(on: Setting) -> None:
    holds(experiments.sigterm(on))


def test_a_load_that_is_killed_leaves_nothing_behind(on: Setting) -> None:
    holds(load_and_migrate.load_killed(on, stages=["anchors", "entries", "loads"]))


def test_a_migration_that_fails_leaves_nothing_behind(on: Setting) -> None:
    holds(load_and_migrate.migration_failing(on, every=150))
