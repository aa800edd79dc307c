"""Idle timeout: aborts a request whose client neither sends nor receives for some seconds."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROGRESS = "roundtable.progress"
ENFORCED: Mapping[str, Mapping[str, Any]] = {PROGRESS: {}}
"""Scope extension of a server that enforces the timeout itself, byte by byte: see `http.protocol`."""

MIN_BYTES_PER_SECOND = 1024
"""Minimum rate of a body in bytes per second, beyond the timeout: a client cannot send for hours."""


class ProgressTimeout:
    """ASGI middleware that aborts a request whose client makes no progress, under any server.

    Middleware sees messages, not bytes: the client has to take each one, and to send each part of a body, within the
    timeout; and the whole body within the timeout plus a second per `MIN_BYTES_PER_SECOND` bytes. The request context
    leaves it out where the server counts bytes itself.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send, seconds=self.seconds)
        try:
            async with exchange.limit:
                await self.app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            # A TimeoutError of anything else is a defect of the application.
            if not exchange.limit.expired():
                raise
            if not exchange.started:
                await send({"type": "http.response.start", "status": 408, "headers": [(b"connection", b"close")]})
                await send({"type": "http.response.body", "body": b""})


class _Exchange:
    """One request and its response. The timeout runs only while the application waits for the client."""

    def __init__(self, receive: Receive, send: Send, *, seconds: float) -> None:
        self.limit = asyncio.timeout(None)
        self.started = False
        self._seconds = seconds
        self._receive = receive
        self._send = send
        self._has_body = True
        """True while more of the body is expected. After it, `receive` waits for the client to disconnect."""
        self._waits = 0
        self._left = seconds
        """Seconds left to wait for the body."""

    async def receive(self) -> Message:
        if not self._has_body:
            return await self._receive()
        loop = asyncio.get_running_loop()
        since = loop.time()
        with _waiting(partial(self._began, min(self._left, self._seconds)), self._ended):
            message = await self._receive()
        self._left += len(message.get("body", b"")) / MIN_BYTES_PER_SECOND - (loop.time() - since)
        self._has_body = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        with _waiting(partial(self._began, self._seconds), self._ended):
            await self._send(message)
        self.started = True

    def _began(self, seconds: float) -> None:
        self._waits += 1
        self._run(seconds)

    def _ended(self) -> None:
        self._waits -= 1
        self._run(self._seconds)

    def _run(self, seconds: float) -> None:
        if not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time() + seconds if self._waits else None)


class _waiting:  # noqa: N801 - used as a function, as contextlib's are
    """Context manager of a wait for the client."""

    def __init__(self, began: Callable[[], None], ended: Callable[[], None]) -> None:
        self._began = began
        self._ended = ended

    def __enter__(self) -> None:
        self._began()

    def __exit__(self, *_error: object) -> None:
        self._ended()
