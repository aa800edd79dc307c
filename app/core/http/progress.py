"""The time limit of connections: a client that neither sends nor takes anything for so long is cut off."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENFORCED: Mapping[str, Mapping[str, Any]] = {"roundtable.progress": {}}
"""The extensions of a scope whose server holds the limit by itself, to the byte: see `core.http.protocol`."""

LEAST_RATE = 1024
"""Bytes of a body that come in a second at the least, beside the time that a client has: no one drips for hours."""


class ProgressTimeout:
    """ASGI layer that ends a request whose client makes no progress, under whatever server.

    A layer sees messages, not bytes: each one has to be taken, and each part of a body has to come, within the time;
    and the whole body within that time and a second for each `LEAST_RATE` of its bytes. Where the server counts
    bytes itself, this layer stands aside.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope.get("extensions") or {}).keys() >= ENFORCED.keys():
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, seconds=self.seconds)
        try:
            async with exchange.limit:
                await self.app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            # One that is not ours is a defect of the application.
            if not exchange.limit.expired():
                raise
            if not exchange.started:
                await send({"type": "http.response.start", "status": 408, "headers": [(b"connection", b"close")]})
                await send({"type": "http.response.body", "body": b""})


class _Exchange:
    """One request and its answer. The time runs only while the client is waited for."""

    def __init__(self, receive: Receive, send: Send, *, seconds: float) -> None:
        self.limit = asyncio.timeout(None)
        self.started = False
        self._seconds = seconds
        self._receive = receive
        self._send = send
        self._has_body = True
        """Whether more of the body is to come. After it, waiting is for the client to go."""
        self._waits = 0
        self._left = seconds
        """How long the body may still be waited for."""

    async def receive(self) -> Message:
        if not self._has_body:
            return await self._receive()
        loop = asyncio.get_running_loop()
        since = loop.time()
        with _waiting(partial(self._began, min(self._left, self._seconds)), self._ended):
            message = await self._receive()
        self._left += len(message.get("body", b"")) / LEAST_RATE - (loop.time() - since)
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
    """Context of a wait for the client."""

    def __init__(self, began: Callable[[], None], ended: Callable[[], None]) -> None:
        self._began = began
        self._ended = ended

    def __enter__(self) -> None:
        self._began()

    def __exit__(self, *_error: object) -> None:
        self._ended()
