"""Periodic background task, which also runs once at shutdown."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def run_periodically(work: Callable[[], Awaitable[None]], *, seconds: float) -> AsyncIterator[None]:
    """Runs `work` every `seconds` while the context is open, and once more when it closes.

    `work` has to handle its own errors.
    """

    async def for_ever() -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()

    doing = asyncio.create_task(for_ever())
    try:
        yield
    finally:
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing
        await work()
