"""Temporary file that one task writes while another reads it: in memory up to a limit, then on disk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

MEMORY_BYTES = 2 * 1024 * 1024
"""Size in bytes up to which the file is in memory."""
READ_BYTES = 256 * 1024


class Spool:
    """Spooled file between a fast writer and a slow reader, so that the writer never waits for the reader."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed on exit of the context
        self._lock = asyncio.Lock()
        self._grown = asyncio.Event()
        self._size = 0
        self._is_whole = False
        self._is_abandoned = False
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def abandon(self) -> None:
        """Ends the filling after the current part, because nobody reads the file any more."""
        self._is_abandoned = True

    async def fill(self, parts: AsyncIterator[bytes]) -> None:
        """Writes the parts at the speed of their source. An error is raised where the file is read."""
        try:
            async for part in parts:
                if self._is_abandoned:
                    break
                await self._write(part)
                self._grown.set()
        except Exception as error:  # noqa: BLE001 - raised by `read`
            self._error = error
        finally:
            self._is_whole = True
            self._grown.set()

    async def read(self) -> AsyncGenerator[bytes]:
        """Yields the content from its beginning, and waits for parts that are not written yet."""
        place = 0
        while place < self._size or not self._is_whole:
            if place < self._size:
                part = await self._read(place)
                place += len(part)
                yield part
            else:
                self._grown.clear()
                await self._grown.wait()
        if self._error is not None:
            raise self._error

    async def _write(self, part: bytes) -> None:
        def write() -> None:
            self._file.seek(self._size)
            self._file.write(part)

        async with self._lock:
            if self._size + len(part) <= MEMORY_BYTES:
                write()
            else:
                # A disk may be slow, and the event loop must not wait for it.
                await asyncio.to_thread(write)
            self._size += len(part)

    async def _read(self, place: int) -> bytes:
        def read() -> bytes:
            self._file.seek(place)
            return self._file.read(READ_BYTES)

        async with self._lock:
            return read() if self._size <= MEMORY_BYTES else await asyncio.to_thread(read)
