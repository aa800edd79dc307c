"""Uvicorn's HTTP protocol with bounds: the size of a head, and the time in which a client makes progress."""

import asyncio
from enum import Enum, auto

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.http.progress import ENFORCED, LEAST_RATE

HEAD_MOST = 256 * 1024
"""Bytes of a request without its body. Far over our own limits, which are answered with a problem document."""
LOOKS = 4
"""How often a connection is looked at in the time that it has."""


class Phase(Enum):
    """The part of a request that is expected from the client."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """A connection that ends when its client makes no progress for `seconds`.

    A head has that time in all, since it is small; each part of a body, and each part of an answer, has it anew, and a
    whole body has it and a second for each `LEAST_RATE` of its bytes. By itself, uvicorn waits for ever, and httptools
    collects a header that never ends in memory.
    """

    seconds = 30.0
    head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._phase = Phase.IDLE
        self._since = self._unsent_since = self._looked = self._body_due = self.loop.time()
        self._unsent = 0
        # Uvicorn has it after an answer only: a connection on which nothing is asked is idle, too.
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        self._timer = self.loop.call_later(self.seconds / LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Breaks a stuck connection off; whoever waits for it is woken by `connection_lost`."""
        if self._is_stuck():
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(self.seconds / LOOKS, self._look)

    def _is_stuck(self) -> bool:
        now = self.loop.time()
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        if self._phase is Phase.IDLE or self.flow.read_paused:
            # Nothing is expected, or it is the application that has not read yet.
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
        """Says nothing: who offers another protocol, as Java's client does each time, is answered in this one."""

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
        # The address that was seen, before any header is heard.
        self.scope["peer"] = self.client[0] if self.client else None  # type: ignore[typeddict-unknown-key] # ours
        self.scope["extensions"] = ENFORCED  # type: ignore[typeddict-item] # with names of our own

    def on_headers_complete(self) -> None:
        self._enter(Phase.BODY)
        self._body_due = self._since + self.seconds
        self.head_size = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._since = self.loop.time()
        self._body_due += len(body) / LEAST_RATE
        self.head_size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase = Phase.IDLE
        super().on_message_complete()
