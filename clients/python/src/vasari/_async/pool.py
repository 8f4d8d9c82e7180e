"""Several things at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_parallel(
    work: Callable[[Item], Coroutine[Any, Any, Result]], items: Iterable[Item], at_a_time: int
) -> AsyncIterator[Result]:
    """What comes of each item, as it comes."""
    running: set[asyncio.Task[Result]] = set()
    try:
        for item in items:
            running.add(asyncio.create_task(work(item)))
            if len(running) < at_a_time:
                continue
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
