"""Background tasks beside the requests: one that runs as long as the service, and one that repeats."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def background_task(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs a coroutine as a task while the context is open, and cancels it when the context closes."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def run_periodically(work: Callable[[], Awaitable[None]], *, seconds: float) -> AsyncIterator[None]:
    """Runs `work` every `seconds` while the context is open, and once more when it closes.

    `work` has to handle its own errors.
    """

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()

    try:
        async with background_task(repeat()):
            yield
    finally:
        await work()
