"""Concurrent writers on one record: of requests for the same version exactly one wins, and nothing is stored twice.

`RACES_IN_FULL=1 python3 run.py test tests/drafts/test_races.py` races 1,000 rounds of two and 100 of 32.
"""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.fixtures.clients import ASKS, CABLE, Desk, an_ask, changed, made, move, tag

IN_FULL = bool(os.environ.get("RACES_IN_FULL"))
BUSY = 503
"""Status for a request that waits too long for a connection. It had no effect, so the test repeats it."""


def at_once(times: int, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """Returns the responses to requests that start together."""
    barrier = Barrier(times)

    def one(number: int) -> httpx.Response:
        barrier.wait()
        while (answer := ask(number)).status_code == BUSY:
            pass
        return answer

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize(("editors", "rounds"), [(2, 1_000 if IN_FULL else 20), (32, 100 if IN_FULL else 2)])
def test_one_of_several_editors_of_the_same_version_wins(desk: Desk, editors: int, rounds: int) -> None:
    draft = made(desk, text=f"The Embassy should see {editors} at once.")
    place = f"{ASKS}/{draft.json()['record_id']}"
    for turn in range(rounds):

        def write(number: int, *, meant: httpx.Response = draft, turn: int = turn) -> httpx.Response:
            text = f"The Embassy should see {editors} at once: {number} in round {turn}."
            who = desk.editor if number % 2 else desk.other
            return who.patch(place, headers=tag(meant), json={"text": text})

        answers = at_once(editors, write)
        assert statuses(answers) == {200: 1, 412: editors - 1}, turn
        (won,) = (answer for answer in answers if answer.status_code == 200)
        now = desk.editor.get(f"{place}/draft")
        assert (now.content, now.json()["version"]) == (won.content, draft.json()["version"] + 1)
        assert {one.headers["etag"] for one in answers} == {now.headers["etag"]}
        draft = now


def test_one_of_several_concurrent_changes_opens_a_draft(desk: Desk) -> None:
    place = f"{ASKS}/{CABLE}-R010"
    for turn in range(5):
        read = tag(desk.editor.get(place))
        answers = at_once(
            8,
            lambda number: desk.editor.patch(place, headers=read, json={"text": f"It is {turn}, {number}."}),  # noqa: B023 - used at once
        )
        assert statuses(answers) == {200: 1, 412: 7}
        move(desk.editor, desk.editor.get(f"{place}/draft"), "withdraw")


def test_one_of_several_concurrent_reviews_wins(desk: Desk) -> None:
    handed_in = move(desk.editor, changed(desk, f"{CABLE}-R011", continuing=True), "submit")
    moves = ("publish", "return", "withdraw")
    body = {"return": {"note": "not so"}}
    answers = at_once(
        12,
        lambda number: move(desk.reviewer, handed_in, moves[number % 3], **body.get(moves[number % 3], {})),
    )
    assert statuses(answers) == {200: 1, 412: 11}


def test_new_records_at_once_have_ids_of_their_own(desk: Desk) -> None:
    answers = at_once(24, lambda number: desk.editor.post(ASKS, json=an_ask(text=f"It should be number {number}.")))
    assert statuses(answers) == {201: 24}
    assert len({answer.json()["record_id"] for answer in answers}) == 24


def test_the_same_record_at_once_is_made_once(desk: Desk) -> None:
    answers = at_once(12, lambda _: desk.editor.post(ASKS, json=an_ask(text="It should be made once.")))
    assert statuses(answers) == {201: 1, 409: 11}


def test_the_same_request_fifty_times_at_once_has_one_effect(desk: Desk) -> None:
    headers = {"Idempotency-Key": "fifty at once".replace(" ", "-")}
    body = an_ask(text="It should be asked fifty times.")
    answers = at_once(50, lambda _: desk.editor.post(ASKS, json=body, headers=headers))
    assert set(statuses(answers)) <= {201, 409}
    made_once = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made_once) == 1
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {"idempotency-in-flight"}
    assert desk.editor.post(ASKS, json=body, headers=headers).content in made_once
