"""Slow clients over real sockets: the service closes their connections, and they block nobody else."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
import uvicorn

from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import KEY_SECRET, bearer, new_key, serving

SECONDS = 1.0
"""Progress timeout in these tests, in seconds."""
WAIT_SECONDS = 30
HELD = 132
"""More connections than the limit of concurrent requests."""


@contextmanager
def served(url: str, *, most: int = 128, foreign: bool = False, access_log: str = "off") -> Iterator[httpx.Client]:
    """Serves the application with a short progress timeout. `foreign` uses a server without that timeout."""
    settings = Settings.model_validate(
        {
            "api_key_secret": KEY_SECRET,
            "progress_timeout": SECONDS,
            "max_concurrent_requests": most,
            "anonymous_rate_limit": "",
            "access_log": access_log,
        }
    )
    app = create_app(settings, database_url=url)
    config = uvicorn.Config(app, http="h11", log_config=None, proxy_headers=False) if foreign else None
    with serving(app, settings, config=config) as base, httpx.Client(base_url=base, timeout=30) as http:
        yield http


def connect(http: httpx.Client, sent: str = "", *, buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(WAIT_SECONDS)
    connection.connect((http.base_url.host, http.base_url.port or 80))
    connection.sendall(sent.encode())
    return connection


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def is_cut(connection: socket.socket) -> bool:
    """Returns true if the server has closed the connection. Reads nothing of the response."""
    with suppress(OSError):
        connection.send(b"\r\n")
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 or _has_hung_up(connection)


def _has_hung_up(connection: socket.socket) -> bool:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return info[0] in {7, 8}  # CLOSE or CLOSE_WAIT: closed by both sides, or by the server


def _is_answered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(64, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(WAIT_SECONDS)


ASK = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("foreign", [False, True])
def test_clients_that_do_not_read_block_nobody(served_url: str, foreign: bool) -> None:  # noqa: FBT001 - a parameter of tests
    with served(served_url, foreign=foreign) as http, ExitStack() as held:
        connections = [held.enter_context(connect(http, ASK * 4, buffer=2_048)) for _ in range(HELD)]
        until(lambda: http.get("/v1/panels").status_code == 200, "nobody else is answered")
        assert [http.get("/v1/panels").status_code for _ in range(20)] == [200] * 20
        if not foreign:
            until(lambda: all(is_cut(one) for one in connections), "a connection is still there")


PIPELINED = 40
"""More responses than the buffers of a connection take."""


@pytest.mark.parametrize("leaves", [False, True])
def test_a_lost_client_of_pipelined_requests_is_no_error(
    served_url: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    leaves: bool,  # noqa: FBT001 - a parameter of tests
) -> None:
    output: list[str] = []

    def answered() -> int:
        output.append(capsys.readouterr().err)
        return "".join(output).count("GET /openapi.json")

    with served(served_url, access_log="on") as http:
        connections = [connect(http, ASK * PIPELINED, buffer=2_048) for _ in range(4)]
        until(lambda: all(map(_is_answered, connections)), "nothing is answered")
        if leaves:
            for one in connections:
                one.close()
        else:
            until(lambda: all(is_cut(one) for one in connections), "a connection is still there")
        before = 0
        while before != (before := answered()):
            time.sleep(SECONDS)
        assert answered() < 4 * PIPELINED
        for one in connections:
            one.close()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("coding", ["Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_stalled_request_body_is_aborted(served_url: str, coding: str, foreign: bool) -> None:  # noqa: FBT001 - likewise
    key = new_key(served_url, Role.EDITOR, Role.READER)
    head = f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    with served(served_url, most=4, foreign=foreign) as http, ExitStack() as held:
        sent = f"{head}Content-Type: application/json\r\n{coding}"
        connections = [held.enter_context(connect(http, sent)) for _ in range(4)]
        until(lambda: http.get("/v1/panels").status_code == 200, "a place is held")
        for one in connections:
            with suppress(ConnectionError):
                answer = one.recv(1_000)
                assert not answer or answer.startswith(b"HTTP/1.1 408 ")
        until(lambda: all(is_cut(one) for one in connections), "a connection is still there")
        assert http.get("/v1/actions", headers=bearer(key)).status_code == 200


@pytest.mark.timing
@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("coding", ["Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"])
def test_a_dripping_request_body_blocks_nobody_and_is_aborted(served_url: str, coding: str, foreign: bool) -> None:  # noqa: FBT001 - likewise
    key = new_key(served_url, Role.EDITOR, Role.READER)
    head = f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    part = b"1\r\n \r\n" if "chunked" in coding else b" "
    with served(served_url, most=4, foreign=foreign) as http, ExitStack() as held:
        sent = f"{head}Content-Type: application/json\r\n{coding}"
        connections = [held.enter_context(connect(http, sent)) for _ in range(8)]
        answers = []
        began = time.monotonic()
        while connections:
            assert time.monotonic() - began < WAIT_SECONDS, "a body may drip for ever"
            answers.append(http.get("/v1/panels").status_code)
            # Another server responds, and closes the connection at its own time.
            is_over = _is_answered if foreign else _has_hung_up
            connections = [one for one in connections if _sends(one, part) and not is_over(one)]
            time.sleep(SECONDS / 5)
        # Authenticating the key takes a moment, during which the request counts as concurrent.
        assert answers.count(200) >= len(answers) / 2, "a place is held"


@pytest.mark.parametrize("begun", ["G", "GET /v1/panels HTTP/1.1\r\nHost: loc", ASK + "GET /v1/pan", "\r\n"])
def test_a_stalled_request_head_is_aborted(served_url: str, begun: str) -> None:
    with served(served_url) as http, connect(http, begun) as connection:
        with suppress(ConnectionError):
            while connection.recv(1_000_000):
                pass
        assert http.get("/healthz/live").status_code == 200


def test_the_timeout_covers_the_whole_head(served_url: str) -> None:
    """The timeout covers the whole head. Otherwise a client could hold each connection with a byte now and then."""
    with served(served_url) as http, connect(http, "GET /") as connection:
        until(lambda: _sends(connection, b"x") is False, "a head may take for ever")


def _sends(connection: socket.socket, data: bytes) -> bool:
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def test_an_idle_connection_stays_open(served_url: str) -> None:
    with served(served_url) as http, connect(http) as fresh, connect(http, ASK) as used:
        _read_answer(used)
        time.sleep(3 * SECONDS)
        for connection in (fresh, used):
            connection.sendall(ASK.encode())
            assert _read_answer(connection).startswith(b"HTTP/1.1 200 ")


def _read_answer(connection: socket.socket, *, pause: float = 0.0) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(64)
    head, _, body = head.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(min(65_536, length - len(body)))
        time.sleep(pause)
    return head


@pytest.mark.timing
@pytest.mark.parametrize("foreign", [False, True])
def test_slow_clients_with_progress_get_a_response(served_url: str, foreign: bool) -> None:  # noqa: FBT001 - likewise
    key = new_key(served_url, Role.EDITOR, Role.READER)
    head = f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    with served(served_url, foreign=foreign) as http:
        with connect(http, f"{head}Content-Type: application/json\r\nContent-Length: 12000\r\n\r\n") as connection:
            for _ in range(12):
                time.sleep(SECONDS / 3)
                connection.sendall(b"x" * 1_000)
            assert connection.recv(10_000).startswith(b"HTTP/1.1 400 ")
        # The document has some hundred kilobytes. Reading it takes several times the timeout.
        with connect(http, ASK + ASK, buffer=65_536) as connection:
            for _ in range(2):
                assert _read_answer(connection, pause=SECONDS / 4).startswith(b"HTTP/1.1 200 ")
