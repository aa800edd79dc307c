"""Short versions of the trials of `python3 run.py faults`: faults injected into the running command, with a ledger."""

from collections.abc import Iterator

import pytest

from faults import making, trials
from faults.__main__ import ready
from faults.trials import Outcome, Setting


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with ready(tmp_path_factory.mktemp("faults")) as made:
        yield made


def holds(outcome: Outcome) -> None:
    assert outcome.holds, f"{outcome.what}: {outcome.found}"


@pytest.mark.parametrize("whom", ["PostgreSQL", "the service"])
def test_killed_in_mid_write_nothing_acknowledged_is_lost_and_nothing_doubled(on: Setting, whom: str) -> None:
    holds(trials.kills(on, count=2, whom=whom, say=lambda _: None))
    assert on.ledger.read_text().count("\n") > 2


def test_the_same_write_many_times_at_once_has_one_effect(on: Setting) -> None:
    holds(trials.same_write_at_once(on))


def test_clients_that_go_away_leave_no_connection_in_use(on: Setting) -> None:
    holds(trials.aborts(on, count=100))


def test_an_exhausted_pool_is_refused_in_time(on: Setting) -> None:
    holds(trials.exhausted(on))


def test_sigterm_lets_requests_in_flight_finish(on: Setting) -> None:
    holds(trials.sigterm(on))


def test_a_load_that_is_killed_leaves_nothing_behind(on: Setting) -> None:
    holds(making.load_killed(on, stages=["anchors", "entries", "loads"]))


def test_a_migration_that_fails_leaves_nothing_behind(on: Setting) -> None:
    holds(making.migration_failing(on, every=150))
