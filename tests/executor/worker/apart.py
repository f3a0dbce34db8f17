"""What the tests let run in processes of their own."""

import asyncio
from pathlib import Path

from django.db import OperationalError

from executor.dispatch.claim import Claim


async def wait_for_end(folder: Path, mine: Claim) -> None:
    """Leave a file that says it has begun; end once the file `end` is there."""
    (folder / f"begun-{mine.execution_id}").touch()
    while not (folder / "end").exists():
        await asyncio.sleep(0.01)


async def fail(mine: Claim) -> None:
    """By a fault of the execution's own."""
    raise ValueError("The execution cannot be run.")


async def miss_the_database(mine: Claim) -> None:
    raise OperationalError("The database is away.")
