"""Uvicorn's HTTP protocol with limits: the size of the request head, and an idle timeout."""

import asyncio
import re
from enum import Enum, auto
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.http.middleware.progress_timeout import ENFORCED, MIN_BYTES_PER_SECOND
from app.http.middleware.request_context import ENCODED

HEAD_MOST = 256 * 1024
"""Maximum size of a request without its body, in bytes. Far above our own limits, which give a problem document."""
LOOKS = 4
"""Number of checks of a connection within its timeout."""


class Phase(Enum):
    """Part of a request that the server expects from the client."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()


_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")

EXTENSIONS = {**ENFORCED, ENCODED: {}}


class EncodedCycle(RequestResponseCycle):
    """Request-response cycle that also takes a whole response with encoded headers, and writes it as it is."""

    async def send(self, message: Any) -> None:
        if message["type"] != ENCODED:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        lines = b"".join(b"%b: %b\r\n" % one for one in self.default_headers)
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(b"%b%b%b%b" % (STATUS_LINE[message["status"]], lines, message["headers"], end))
        if self.scope["method"] != "HEAD" and message["body"]:
            self.transport.write(message["body"])
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class BoundedProtocol(HttpToolsProtocol):
    """Connection that is aborted when its client makes no progress for `seconds`.

    The whole head has that time, since it is small. Each part of a body, and each part of a response, has it anew. A
    whole body has it plus a second per `MIN_BYTES_PER_SECOND` bytes. Without this class, uvicorn waits for ever, and
    httptools collects an endless header in memory.
    """

    seconds = 30.0
    head_size = 0
    _running: RequestResponseCycle | None = None
    """Request that is being answered; others of the same connection wait behind it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn has the same signature
        super().connection_made(transport)
        self._phase = Phase.IDLE
        self._since = self._unsent_since = self._looked = self._body_due = self.loop.time()
        self._unsent = 0
        # Uvicorn starts this timer only after a response, but a connection without a request is idle too.
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        self._timer = self.loop.call_later(self.seconds / LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._unset_keepalive_if_required()
        self._disconnect()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Aborts a stuck connection; `connection_lost` wakes the tasks that wait for it."""
        if self._is_stuck():
            self._disconnect()
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(self.seconds / LOOKS, self._look)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        cycle.__class__ = EncodedCycle
        super()._start_asgi_task(cycle, app)

    def _disconnect(self) -> None:
        """Marks the running request as one whose client is gone, and drops those that wait behind it.

        Uvicorn marks only the request that came last. Another one would go on to write to a closed connection, which
        is an error.
        """
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _is_stuck(self) -> bool:
        now = self.loop.time()
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        if self._phase is Phase.IDLE or self.flow.read_paused:
            # The server expects nothing, or the application has not read yet.
            self._since = now
            self._body_due += now - self._looked
        self._looked = now
        if self._phase is Phase.BODY and now >= self._body_due:
            return True
        return now - min(self._since, self._unsent_since) >= self.seconds

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._since = self.loop.time()

    def _unsupported_upgrade_warning(self) -> None:
        """Suppresses uvicorn's warning: an offered upgrade, which Java's client always sends, gets HTTP/1.1."""

    def data_received(self, data: bytes) -> None:
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEAD)
        self.head_size += len(data)
        if self.head_size > HEAD_MOST:
            self.send_400_response("The headers are too large.")
        else:
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._enter(Phase.HEAD)
        super().on_message_begin()
        # The peer address, before any header is applied.
        self.scope["peer"] = self.client[0] if self.client else None  # type: ignore[typeddict-unknown-key] # our own scope key
        self.scope["extensions"] = EXTENSIONS  # type: ignore[typeddict-item] # our own extension

    def on_headers_complete(self) -> None:
        self._enter(Phase.BODY)
        self._body_due = self._since + self.seconds
        self.head_size = 0
        self._apply_authority()
        super().on_headers_complete()

    def _apply_authority(self) -> None:
        """Replaces Host by the authority of a target such as `http://host/path`, which takes precedence (RFC 9112)."""
        authority = _AUTHORITY.match(self.url)
        hosts = [at for at, (name, _) in enumerate(self.headers) if name == b"host"]
        # Requests with two hosts, or since HTTP/1.1 with none, are refused later.
        if authority and len(hosts) == 1:
            self.headers[hosts[0]] = (b"host", authority[1])
        elif authority and not hosts and self.parser.get_http_version() == "1.0":
            self.headers.append((b"host", authority[1]))

    def on_body(self, body: bytes) -> None:
        self._since = self.loop.time()
        self._body_due += len(body) / MIN_BYTES_PER_SECOND
        self.head_size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase = Phase.IDLE
        super().on_message_complete()
