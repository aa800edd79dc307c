"""Load generator of the benchmarks, against a server that closes connections and one that responds wrongly."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.conftest import ROOT

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WRONG = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
CUT_OFF = GOOD[:20]


@contextmanager
def server(answer: Callable[[int], bytes]) -> Iterator[int]:
    """Serves these bytes for the nth request, and closes the connection after an incomplete response."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            asked += 1
            writer.write(answer(asked))
            if answer(asked) == CUT_OFF:
                break
        writer.close()

    loop = asyncio.new_event_loop()
    listener = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(listener.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def load(port: int) -> subprocess.CompletedProcess[str]:
    words = [str(port), "/", "--connections=2", "--requests=40", "--seconds=30"]
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_connection_that_is_closed_is_counted_and_the_burst_goes_on() -> None:
    with server(lambda number: CUT_OFF if number % 10 == 0 else GOOD) as port:
        done = load(port)
    assert (done.returncode, done.stderr) == (0, "")
    words = json.loads(done.stdout)
    assert (words["requests"], words["failed"]) == (36, 4)


def test_an_answer_of_another_status_is_counted_and_the_burst_goes_on() -> None:
    with server(lambda number: WRONG if number % 4 == 0 else GOOD) as port:
        done = load(port)
    words = json.loads(done.stdout)
    assert (done.returncode, words["requests"], words["failed"]) == (0, 30, 10)


def test_a_server_that_never_answers_rightly_is_one_line() -> None:
    for answer in (WRONG, CUT_OFF):
        with server(lambda _, answer=answer: answer) as port:  # type: ignore[misc] # bound in the loop
            done = load(port)
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
