"""Work that is done again and again beside the requests, and a last time at the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def repeated(work: Callable[[], Awaitable[None]], *, seconds: float) -> AsyncIterator[None]:
    """While it is open, does the work each so many seconds. What the work raises is the work's to handle."""

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
